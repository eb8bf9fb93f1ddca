import Foundation

/// Hands elements from one thread to another in their order. It holds so many bytes at most: whoever fills it faster than the
/// other empties it, waits.
final class BoundedQueue<Element: Sendable>: @unchecked Sendable {
    // Sound to share: everything is read and written under the condition's lock.
    private let condition = NSCondition()
    private let limit: Int
    private var waiting: [(element: Element, size: Int)] = []
    private var size = 0
    private var isClosed = false
    private var failure: (any Error)?

    /// `limit` in bytes; an element that is larger goes in alone.
    init(limit: Int) { self.limit = limit }

    /// Waits while there is no room. Throws what the other side failed with.
    func push(_ element: Element, size elementSize: Int) throws {
        condition.lock()
        defer { condition.unlock() }
        while failure == nil, !waiting.isEmpty, size + elementSize > limit { condition.wait() }
        if let failure { throw failure }
        waiting.append((element, elementSize))
        size += elementSize
        condition.signal()
    }

    /// Nothing more will come.
    func close() {
        condition.withLock {
            isClosed = true
            condition.signal()
        }
    }

    /// Waits for the next element; nil after the last.
    func next() -> Element? {
        condition.lock()
        defer { condition.unlock() }
        while waiting.isEmpty, !isClosed { condition.wait() }
        guard !waiting.isEmpty else { return nil }
        let (element, elementSize) = waiting.removeFirst()
        size -= elementSize
        condition.signal()
        return element
    }

    /// Nothing more will be taken: what is here is dropped, and who pushes gets the error.
    func fail(_ error: any Error) {
        condition.withLock {
            failure = error
            waiting = []
            size = 0
            condition.signal()
        }
    }
}

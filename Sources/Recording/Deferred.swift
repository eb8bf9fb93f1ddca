import Foundation

/// A value computed on another thread while the caller goes on, from when it is started.
final class Deferred<Value: Sendable>: @unchecked Sendable {
    // Sound to share: everything that changes is read and written under the condition's lock.
    private let condition = NSCondition()
    private var isStarted = false
    private var result: Value?
    private let compute: @Sendable () -> Value

    init(_ compute: @escaping @Sendable () -> Value) { self.compute = compute }

    /// Once; asking again does nothing.
    func start() {
        let isFirst = condition.withLock {
            defer { isStarted = true }
            return !isStarted
        }
        guard isFirst else { return }
        // A thread of its own: it may wait long for a disk or another program, which those of a shared pool should not.
        Thread.detachNewThread { [self] in
            let value = compute()
            condition.withLock {
                result = value
                condition.broadcast()
            }
        }
    }

    /// Waits until it is there, if it was started.
    func wait() {
        condition.withLock {
            while isStarted, result == nil { condition.wait() }
        }
    }

    /// Starts it if nobody did, waits until it is there, and returns it.
    func value() -> Value {
        start()
        return condition.withLock {
            while true {
                if let result { return result }
                condition.wait()
            }
        }
    }
}

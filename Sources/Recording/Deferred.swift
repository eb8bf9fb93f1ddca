import Foundation

/// A value computed on another thread while the caller goes on.
final class Deferred<Value: Sendable>: @unchecked Sendable {
    // Sound to share: `result` is written before the group is left, and read after it was waited for.
    private var result: Value?
    private let group = DispatchGroup()

    init(_ compute: @escaping @Sendable () -> Value) {
        DispatchQueue.global(qos: .utility).async(group: group) { self.result = compute() }
    }

    /// Waits until it is there.
    func wait() { group.wait() }

    /// Waits until it is there, and returns it.
    func value() -> Value {
        wait()
        return result!  // the group is left only after it was set
    }
}

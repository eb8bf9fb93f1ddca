import Foundation

/// A value computed on another thread while the caller goes on, from when it is started.
final class Deferred<Value: Sendable>: @unchecked Sendable {
    // Sound to share: `result` is written before the group is left, and read after it was waited for; `isStarted` is under
    // the lock.
    private var result: Value?
    private let group = DispatchGroup()
    private let lock = NSLock()
    private var isStarted = false
    private let compute: @Sendable () -> Value

    init(_ compute: @escaping @Sendable () -> Value) { self.compute = compute }

    /// Once; asking again does nothing.
    func start() {
        lock.withLock {
            if isStarted { return }
            isStarted = true
            DispatchQueue.global(qos: .utility).async(group: group) { self.result = self.compute() }
        }
    }

    /// Waits until it is there, if it was started.
    func wait() { group.wait() }

    /// Starts it if nobody did, waits until it is there, and returns it.
    func value() -> Value {
        start()
        wait()
        return result!  // the group is left only after it was set
    }
}

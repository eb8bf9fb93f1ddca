import Foundation

/// Ctrl-C once asks the work to stop at the next safe place; a second time ends the process.
final class InterruptWatch {
    private let source: any DispatchSourceSignal
    private let state = State()

    private final class State: @unchecked Sendable {
        // Sound to share: guarded by the lock.
        private let lock = NSLock()
        private var count = 0
        func signal() -> Int {
            lock.withLock {
                count += 1; return count
            }
        }
        var isRequested: Bool { lock.withLock { count > 0 } }
    }

    /// - Parameter message: what the first Ctrl-C says.
    init(message: String = "stopping after this batch; press Ctrl-C again to stop at once") {
        signal(SIGINT, SIG_IGN)
        source = DispatchSource.makeSignalSource(signal: SIGINT, queue: .global())
        let state = state
        source.setEventHandler {
            if state.signal() > 1 { _exit(Failure.interrupted.rawValue) }
            note(message)
        }
        source.resume()
    }

    var isRequested: Bool { state.isRequested }
}

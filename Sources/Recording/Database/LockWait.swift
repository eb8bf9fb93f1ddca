import Foundation

/// Waits while another program holds a lock on the recording, and says for whom.
///
/// A reader holds up a commit for as long as its statement runs. What is to be committed has been computed already, so it
/// is worth a longer wait than the file's opening.
final class LockWait: @unchecked Sendable {
    // Sound to share: everything that changes is guarded by the lock.
    private let lock = NSLock()
    private let path: String
    private var limit = Duration.seconds(5)
    private var log: @Sendable (Recording.Message) -> Void = { _ in }
    private var start = ContinuousClock.now
    private var nextMessage = ContinuousClock.now
    private var found: [String]?

    init(path: String) { self.path = path }

    /// Waits up to `limit` from now on, and says so after two seconds and then every minute.
    func extend(to limit: Duration, log: @escaping @Sendable (Recording.Message) -> Void) {
        lock.withLock { (self.limit, self.log) = (limit, log) }
    }

    /// Those who are, or were last, waited for, in words; nil while nobody was.
    var holders: [String]? { lock.withLock { found } }

    /// SQLite's busy handler: called again and again while the lock is not free. False gives up.
    func callback(tries: Int) -> Bool {
        let (goesOn, message) = lock.withLock { step(tries) }
        if let message { log(message) }
        // Soon at first, then ten times a second.
        if goesOn { Thread.sleep(forTimeInterval: tries < 200 ? 0.005 : 0.1) }
        return goesOn
    }

    private func step(_ tries: Int) -> (goesOn: Bool, message: Recording.Message?) {
        let now = ContinuousClock.now
        if tries == 0 { (start, nextMessage, found) = (now, now + .seconds(2), nil) }
        if now - start >= limit {
            found = LockHolders.describe(path)
            // It was long enough: what is left to do, such as marking the run, does not wait as long again.
            limit = min(limit, .seconds(5))
            return (false, nil)
        }
        guard now >= nextMessage else { return (true, nil) }
        nextMessage = now + .seconds(60)
        let holders = LockHolders.describe(path)
        found = holders
        let who = holders.isEmpty ? "a program that reads it" : holders.joined(separator: ", ")
        let seconds = Int((now - start) / .seconds(1))
        return (
            true,
            Recording.Message(
                level: .warning,
                text: "waiting for \(who) to let go of \(path), for \(seconds) s so far; "
                    + "what was recorded meanwhile is committed then")
        )
    }
}

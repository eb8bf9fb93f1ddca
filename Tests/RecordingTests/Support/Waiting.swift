import Foundation
import Testing

/// What a test waits for did not come.
struct WaitedInVain: Error { let what: String }

/// Waits until `condition` holds. Half a minute is much longer than anything here takes on a busy machine.
func wait(for what: String, until condition: () throws -> Bool) throws {
    let end = ContinuousClock.now + .seconds(30)
    while try !condition() {
        if ContinuousClock.now >= end { throw WaitedInVain(what: what) }
        usleep(2_000)
    }
}

/// Waits until a reader of the file sees that many sequences. A recorder writes rows on a thread of its own: that a line was
/// taken, or went through the model, does not say that it is committed.
func waitForSequences(_ count: Int, in path: String) throws {
    try wait(for: "\(count) sequences in \(path)") {
        // There may be no file yet, no table, or a commit may be going on.
        guard let seen = try? dump(path, "SELECT count(*) FROM sequences").first.flatMap(Int.init) else { return false }
        return seen >= count
    }
}

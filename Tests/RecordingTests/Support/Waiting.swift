import TestSupport

/// Waits until a reader of the file sees that many sequences. A recorder writes rows on a thread of its own: that a line was
/// taken, or went through the model, does not say that it is committed.
func waitForSequences(_ count: Int, in path: String) throws {
    try wait(for: "\(count) sequences in \(path)") {
        // There may be no file yet, no table, or a commit may be going on.
        guard let seen = try? dump(path, "SELECT count(*) FROM sequences").first.flatMap(Int.init) else { return false }
        return seen >= count
    }
}

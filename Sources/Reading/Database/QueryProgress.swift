import CSQLite
import Foundation
import Output

/// Shows on standard error how much of its file a long statement has read. How much it will read, nobody knows.
final class QueryProgress {
    private let makeBar: () -> ProgressBar
    private var bar: ProgressBar
    private var start = ContinuousClock.now
    private var isShown = false
    /// Of the file, in bytes.
    var pageSize = 0

    /// What takes less is not worth a line.
    private static let patience = Duration.seconds(1)

    init(makeBar: @escaping () -> ProgressBar = { .onStandardError(total: nil, unit: .bytes, quiet: false) }) {
        self.makeBar = makeBar
        bar = makeBar()
    }

    /// A statement begins on this connection.
    func restart(_ connection: OpaquePointer) {
        erase()
        _ = Self.pagesRead(connection, resets: true)
        start = .now
        bar = makeBar()
    }

    /// It goes on; called often.
    func update(_ connection: OpaquePointer) {
        guard ContinuousClock.now - start >= Self.patience else { return }
        bar.update(done: Self.pagesRead(connection, resets: false) * pageSize)
        isShown = true
    }

    /// A row came, or the last one had come.
    func stepped(isAtEnd: Bool) {
        if isAtEnd || Self.rowsMayBeShown { erase() }
    }

    /// On the same terminal.
    private static let rowsMayBeShown = Terminal.isTerminal(STDOUT_FILENO)

    private func erase() {
        guard isShown else { return }
        bar.erase()
        isShown = false
    }

    /// Pages that SQLite did not have in its own memory.
    private static func pagesRead(_ connection: OpaquePointer, resets: Bool) -> Int {
        var (pages, highest): (Int32, Int32) = (0, 0)
        sqlite3_db_status(connection, SQLITE_DBSTATUS_CACHE_MISS, &pages, &highest, resets ? 1 : 0)
        return Int(pages)
    }
}

import CSQLite

/// Stops statements that run for too long. Only SQLite's own time counts: a slow reader of the rows costs nothing.
final class TimeLimit {
    private let limit: Duration?
    private var left: Duration = .zero
    private var end: ContinuousClock.Instant?
    private(set) var isExceeded = false

    /// - Parameter seconds: for each statement; nil is no limit.
    init(seconds: Double?) {
        limit = seconds.map { .seconds(min(max($0, 0), 1e9)) }
    }

    /// Watches a connection; this object must live as long.
    func watch(_ connection: OpaquePointer) {
        guard limit != nil else { return }
        let context = Unmanaged.passUnretained(self).toOpaque()
        sqlite3_progress_handler(connection, 2_000, { context in
            guard let context else { return 0 }
            return Unmanaged<TimeLimit>.fromOpaque(context).takeUnretainedValue().check() ? 1 : 0
        }, context)
    }

    /// A statement begins.
    func restart() {
        left = limit ?? .zero
        isExceeded = false
    }

    /// Runs a part of the statement on the clock.
    func counting<Result>(_ body: () -> Result) -> Result {
        guard limit != nil else { return body() }
        let end = ContinuousClock.now + left
        self.end = end
        defer {
            left = end - ContinuousClock.now
            self.end = nil
        }
        return body()
    }

    private func check() -> Bool {
        if let end, ContinuousClock.now >= end { isExceeded = true }
        return isExceeded
    }
}

import CSQLite
import Foundation
import Synchronization

/// Stops statements that run for too long, and tells somebody that they run. Only SQLite's own time counts: a slow reader of the
/// rows costs nothing.
final class TimeLimit {
    private let limit: Duration?
    private var left: Duration = .zero
    private var end: ContinuousClock.Instant?
    private(set) var isExceeded = false
    private let overrun: Overrun?
    private let onProgress: (() -> Void)?

    /// - Parameters:
    ///   - seconds: for each statement; nil is no limit.
    ///   - onOverrun: called, from another thread, where a statement does not stop at its limit.
    ///   - onProgress: called some ten thousand times a second while a statement runs.
    init(seconds: Double?, onOverrun: (@Sendable () -> Void)? = nil, onProgress: (() -> Void)? = nil) {
        self.onProgress = onProgress
        limit = seconds.map { .seconds(min(max($0, 0), 1e9)) }
        overrun = limit == nil ? nil : onOverrun.map(Overrun.init)
    }

    /// Watches a connection; this object must live as long.
    func watch(_ connection: OpaquePointer) {
        guard limit != nil || onProgress != nil else { return }
        let context = Unmanaged.passUnretained(self).toOpaque()
        sqlite3_progress_handler(
            connection, 2_000,
            { context in
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
        overrun?.expect(end: left)
        defer {
            left = end - ContinuousClock.now
            self.end = nil
            overrun?.expect(end: nil)
        }
        return body()
    }

    private func check() -> Bool {
        onProgress?()
        if let end, ContinuousClock.now >= end { isExceeded = true }
        return isExceeded
    }
}

/// SQLite asks whether to go on between the steps of its program, not within one: a row of functions that each make a value of
/// 100 MB can keep it from asking for hours. This clock runs on a thread of its own.
private final class Overrun: @unchecked Sendable {
    // Sound to share: the timer is only made and cancelled, which any thread may do.
    /// When the statement should have ended, in nanoseconds of the system's uptime; 0 while none runs.
    private let end = Atomic<UInt64>(0)
    private let timer: any DispatchSourceTimer

    private static let grace: UInt64 = 3_000_000_000

    init(_ action: @escaping @Sendable () -> Void) {
        timer = DispatchSource.makeTimerSource(queue: .global(qos: .userInitiated))
        timer.schedule(deadline: .now() + 1, repeating: 1)
        timer.setEventHandler { [weak self] in
            guard let self else { return }
            let end = self.end.load(ordering: .relaxed)
            if end > 0, DispatchTime.now().uptimeNanoseconds > end + Self.grace { action() }
        }
        timer.resume()
    }

    func expect(end left: Duration?) {
        guard let left else { return end.store(0, ordering: .relaxed) }
        let nanoseconds = max(0, left / .nanoseconds(1))
        end.store(DispatchTime.now().uptimeNanoseconds + UInt64(min(nanoseconds, 1e18)), ordering: .relaxed)
    }

    deinit { timer.cancel() }
}

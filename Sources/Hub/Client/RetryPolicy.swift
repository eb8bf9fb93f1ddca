/// How often a request is made again after a failure that may pass, and how long to wait before.
public struct RetryPolicy: Sendable {
    /// In all, the first included. Counted anew whenever another megabyte has arrived.
    public var attempts = 5
    /// Seconds before the second attempt; each wait is twice the one before, up to `longestWait`.
    public var firstWait = 1.0
    public var longestWait = 8.0
    /// The longest wait that a server may ask for, in seconds.
    public var longestRequestedWait = 120

    public init() {}

    /// Seconds to wait after the given number of failures in a row.
    func wait(afterFailures failures: Int) -> Double {
        var wait = firstWait
        for _ in 1..<max(failures, 1) { wait = min(wait * 2, longestWait) }
        return wait
    }
}

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

/// The processes that hold a lock on a database file, as far as the system tells.
enum LockHolders {
    /// SQLite locks bytes of the file from here on, whether or not the file is so long (sqlite.org/fileformat.html, 1.2.1).
    private static let firstLockByte = 1 << 30

    /// Names such as `process 4711 (sqlite3)`, this process left out. Empty where the system does not tell: only Linux does.
    ///
    /// The file is not opened for it: closing it again would take away this process's own locks.
    static func describe(_ path: String) -> [String] {
        var info = stat()
        guard stat(path, &info) == 0, let locks = try? String(contentsOfFile: "/proc/locks", encoding: .utf8) else { return [] }
        let own = ProcessInfo.processInfo.processIdentifier
        let holders = processes(in: locks, inode: UInt64(info.st_ino)).filter { $0 != own }
        return Set(holders).sorted().map { "process \($0)" + (name(of: $0).map { " (\($0))" } ?? "") }
    }

    /// Lines such as `1: POSIX  ADVISORY  READ 4711 fe:00:5580336 1073741826 1073742335`. The device is not compared: a layered
    /// file system shows another one here than `stat` does.
    static func processes(in locks: String, inode: UInt64) -> [Int32] {
        locks.split(separator: "\n").compactMap { line in
            let fields = line.split(separator: " ")
            guard fields.count == 8, fields[1] == "POSIX", let process = Int32(fields[4]), process > 0,
                fields[5].split(separator: ":").last.flatMap({ UInt64($0) }) == inode,
                let start = Int(fields[6]), start >= firstLockByte
            else { return nil }
            return process
        }
    }

    private static func name(of process: Int32) -> String? {
        guard let text = try? String(contentsOfFile: "/proc/\(process)/comm", encoding: .utf8) else { return nil }
        // Any process may call itself anything.
        let name = text.unicodeScalars.filter { $0.isASCII && $0.value > 0x20 && $0.value < 0x7F }
        return name.isEmpty ? nil : String(String.UnicodeScalarView(name))
    }
}

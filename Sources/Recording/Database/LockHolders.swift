import Foundation

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

import Foundation
import Output

/// A directory of files, written beside its place and moved there when it is whole.
final class ExportDirectory {
    private let path: String
    private let temporary: String
    private var isCommitted = false

    /// - Parameters:
    ///   - force: whether what is there may be replaced, if it is an export.
    ///   - known: what an export holds; a directory with anything else is never replaced.
    init(path: String, force: Bool, known: Set<String>) throws {
        // A link to a directory stays a link.
        self.path = URL(fileURLWithPath: path).resolvingSymlinksInPath().path
        temporary = self.path + ".incomplete-\(ProcessInfo.processInfo.processIdentifier)"
        var isDirectory: ObjCBool = false
        if FileManager.default.fileExists(atPath: self.path, isDirectory: &isDirectory) {
            guard isDirectory.boolValue else { throw ParquetExportError.notADirectory(path: path) }
            let entries = try FileManager.default.contentsOfDirectory(atPath: self.path).sorted()
            if !entries.isEmpty, !force { throw ParquetExportError.notEmpty(path: path) }
            for entry in entries where !known.contains(entry) { throw ParquetExportError.notAnExport(path: path, entry: entry) }
        }
        guard mkdir(temporary, 0o777) == 0 else { throw OutputError.cannotWrite(target: path, errno: errno) }
    }

    /// Calls `body` with a new file of a folder, which is made where it is not there.
    func addFile(in folder: String, _ body: (_ descriptor: Int32, _ name: String) throws -> Void) throws {
        var place = temporary
        for part in folder.split(separator: "/") {
            place += "/" + part
            guard mkdir(place, 0o777) == 0 || errno == EEXIST else { throw OutputError.cannotWrite(target: place, errno: errno) }
        }
        let name = "\(folder)/data.parquet"
        let descriptor = open("\(place)/data.parquet", O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o666)
        guard descriptor >= 0 else { throw OutputError.cannotWrite(target: "\(path)/\(name)", errno: errno) }
        defer { close(descriptor) }
        try body(descriptor, "\(path)/\(name)")
        guard fsync(descriptor) == 0 || errno == EINVAL else {
            throw OutputError.cannotWrite(target: "\(path)/\(name)", errno: errno)
        }
    }

    /// All files are written: the directory takes its name, and what was there goes.
    func commit() throws {
        let replaced = path + ".replaced-\(ProcessInfo.processInfo.processIdentifier)"
        // An empty directory is replaced by the system itself.
        let hadEntries = (try? FileManager.default.contentsOfDirectory(atPath: path).isEmpty) == false
        if hadEntries { try move(path, to: replaced) }
        do {
            try move(temporary, to: path)
        } catch {
            if hadEntries { try move(replaced, to: path) }
            throw error
        }
        isCommitted = true
        if hadEntries { try FileManager.default.removeItem(atPath: replaced) }
    }

    private func move(_ old: String, to new: String) throws {
        guard rename(old, new) == 0 else { throw OutputError.cannotWrite(target: path, errno: errno) }
    }

    deinit {
        if !isCommitted { try? FileManager.default.removeItem(atPath: temporary) }
    }
}

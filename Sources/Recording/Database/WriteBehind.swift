import CSQLite
import Foundation

/// Has the system begin to write a file to the disk while more is added to it. Else it may wait until the next commit asks for
/// everything at once, and the disk stands idle till then and the recorder after.
struct WriteBehind {
    private let descriptor: Int32
    private var pending = 0
    private static let step = 16 << 20

    /// Takes the descriptor that SQLite has open: one of our own, when closed, would end SQLite's locks on the file.
    /// Nil when there is none to be found.
    init?(path: String) {
        let target = URL(fileURLWithPath: path).resolvingSymlinksInPath().path
        let directory = "/proc/self/fd"
        let files = (try? FileManager.default.contentsOfDirectory(atPath: directory)) ?? []
        guard
            let name = files.first(where: {
                (try? FileManager.default.destinationOfSymbolicLink(atPath: directory + "/" + $0)) == target
            }),
            let descriptor = Int32(name)
        else { return nil }
        self.descriptor = descriptor
    }

    /// So many bytes were handed to SQLite.
    mutating func wrote(_ bytes: Int) {
        pending += bytes
        guard pending >= Self.step else { return }
        pending = 0
        csqlite_write_behind(descriptor)
    }
}

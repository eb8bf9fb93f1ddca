import Foundation

/// What the system says of the file that a path leads to, links followed.
package struct FileInfo: Equatable, Sendable {
    package enum Kind: Sendable {
        case regular, directory
        /// A pipe, a terminal, another device, a socket: nothing that can be replaced by a file.
        case stream
    }

    /// Which file it is, whatever it is called.
    package struct Identity: Hashable, Sendable {
        let device: UInt64
        let inode: UInt64
    }

    package let kind: Kind
    package let byteCount: Int
    /// The lower twelve bits of its mode.
    package let permissions: mode_t
    package let owner: uid_t
    package let group: gid_t
    package let identity: Identity

    /// Nil where nothing is, or it cannot be asked: `errno` says which.
    package init?(_ path: String) {
        var info = stat()
        guard stat(path, &info) == 0 else { return nil }
        kind =
            switch info.st_mode & S_IFMT {
            case S_IFREG: .regular
            case S_IFDIR: .directory
            default: .stream
            }
        byteCount = Int(info.st_size)
        permissions = info.st_mode & 0o7777
        (owner, group) = (info.st_uid, info.st_gid)
        identity = Identity(device: UInt64(info.st_dev), inode: UInt64(info.st_ino))
    }
}

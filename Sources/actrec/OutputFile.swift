import Files
import Foundation
import Output

/// A file that a command writes.
///
/// A regular file is written beside its place and moved there when it is whole, so that a failed command leaves what was there
/// before. A link stays a link: its target is replaced. Mode and owner stay. Whatever is no regular file (a pipe, a terminal,
/// another device, `/dev/stdout`, a shell's `>(command)`) is written straight into.
final class OutputFile {
    /// What may be overwritten.
    struct Overwriting {
        /// What a file holds that an earlier command has written.
        let earlier: EarlierOutput
        /// Whether another file may be replaced too.
        let force: Bool
        /// The recording that the output is made of, which is never overwritten.
        let source: String
    }

    let descriptor: Int32
    private let path: String
    private let target: String
    /// Nil where the output goes straight to its place.
    private let temporary: String?
    private var isCommitted = false

    /// - Throws: `OutputError`, and nothing is changed.
    init(path: String, _ overwriting: Overwriting) throws {
        self.path = path
        target = FilePath.followingLinks(path)
        if let open = FilePath.descriptor(target) {
            temporary = nil
            descriptor = dup(open)
            guard descriptor >= 0 else { throw OutputError.cannotWrite(target: path, errno: errno) }
            return
        }
        let there = FileInfo(target)
        switch there?.kind {
        case .stream:
            temporary = nil
            descriptor = open(target, O_WRONLY | O_CLOEXEC | O_NOCTTY)
        case .directory:
            throw OutputError.cannotWrite(target: path, errno: EISDIR)
        case .regular:
            try Self.check(path, overwriting)
            fallthrough
        case nil:
            let name = target + ".incomplete-\(ProcessInfo.processInfo.processIdentifier)"
            temporary = name
            descriptor = open(name, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o666)
        }
        guard descriptor >= 0 else { throw OutputError.cannotWrite(target: path, errno: errno) }
        if let there, temporary != nil {
            // Only the superuser may give a file to another; then what the mode allows the group is allowed to nobody new.
            let keepsOwner = fchown(descriptor, there.owner, there.group) == 0
            guard fchmod(descriptor, keepsOwner ? there.permissions : there.permissions & 0o700) == 0 else {
                throw OutputError.cannotWrite(target: path, errno: errno)
            }
        }
    }

    /// Whether the regular file at `path` may be replaced.
    private static func check(_ path: String, _ overwriting: Overwriting) throws {
        if FileInfo(path)?.identity == FileInfo(overwriting.source)?.identity { throw OutputError.isTheRecording(path: path) }
        guard access(path, W_OK) == 0 else { throw OutputError.cannotWrite(target: path, errno: errno) }
        guard overwriting.force || overwriting.earlier.isAt(path) else { throw OutputError.notAnOutput(path: path) }
    }

    /// Everything is written: the file takes its name.
    func commit() throws {
        // Pipes and terminals have nothing to bring to a disk.
        guard fsync(descriptor) == 0 || errno == EINVAL || errno == EROFS else {
            throw OutputError.cannotWrite(target: path, errno: errno)
        }
        if let temporary, rename(temporary, target) != 0 { throw OutputError.cannotWrite(target: path, errno: errno) }
        isCommitted = true
    }

    deinit {
        if descriptor >= 0 { close(descriptor) }
        if !isCommitted, let temporary { unlink(temporary) }
    }
}

extension OutputFile {
    /// Writes one text to `path`.
    static func write(_ text: String, to path: String, _ overwriting: Overwriting) throws {
        let file = try OutputFile(path: path, overwriting)
        let sink = FileDescriptorSink(fileDescriptor: file.descriptor, name: path)
        try sink.write(text)
        try sink.flush()
        try file.commit()
    }
}

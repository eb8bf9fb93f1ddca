import Foundation

/// Pipes between a test and a program.
enum Pipe {
    struct Failed: Error { let code: Int32 }

    /// Held while pipes are made and a program is started, so that no program inherits another's ends.
    static let starting = NSLock()

    /// Both ends; a program that is started later inherits neither by itself.
    static func make() throws -> (read: Int32, write: Int32) {
        var ends: [Int32] = [0, 0]
        guard pipe(&ends) == 0 else { throw Failed(code: errno) }
        for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
        return (ends[0], ends[1])
    }

    /// `write(2)` that gives EPIPE, and no signal, once the reader is gone.
    static func send(_ descriptor: Int32, _ bytes: UnsafeRawBufferPointer) -> Int {
        _ = ignored
        return write(descriptor, bytes.baseAddress, bytes.count)
    }

    private static let ignored: Void = { signal(SIGPIPE, SIG_IGN) }()
}

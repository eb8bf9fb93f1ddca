import Output
import Foundation

/// Standard output for answers. What is longer than the screen of a terminal goes through a pager, as with git and psql.
final class Pager: OutputSink {
    private let terminal = FileDescriptorSink(fileDescriptor: STDOUT_FILENO, name: "standard output")
    /// The shell command of the pager.
    private let command: String
    private let width: Int
    private var linesLeft: Int
    /// What has come so far; nil once the pager has it.
    private var held: String? = ""
    private var pipe: FileDescriptorSink?
    private var descriptor: Int32 = -1
    private var process: pid_t = 0

    /// Standard output through a pager; nil when it is no terminal, or no pager is wanted or there.
    init?(wanted: Bool) {
        guard wanted, Terminal.isTerminal(STDOUT_FILENO), !Terminal.isDumb, let command = Self.command else { return nil }
        self.command = command
        width = Terminal.outputWidth
        // The prompt takes a line.
        linesLeft = (Terminal.height(of: STDOUT_FILENO) ?? 24) - 1
    }

    /// PAGER, or else less; nil for none.
    private static var command: String? {
        let environment = ProcessInfo.processInfo.environment
        if let pager = environment["PAGER"] { return pager.isEmpty || pager == "cat" ? nil : pager }
        let folders = (environment["PATH"] ?? "").split(separator: ":")
        return folders.contains { access("\($0)/less", X_OK) == 0 } ? "less" : nil
    }

    func write(_ text: String) throws {
        if let pipe { return try pipe.write(text) }
        held? += text
        for line in text.split(separator: "\n", omittingEmptySubsequences: false).dropFirst() {
            linesLeft -= 1 + max(DisplayWidth.of(String(line)) - 1, 0) / width
        }
        if linesLeft <= 0 { try start() }
    }

    func flush() throws { try pipe?.flush() }

    private func start() throws {
        var ends: [Int32] = [0, 0]
        guard Foundation.pipe(&ends) == 0 else { throw OutputError.cannotWrite(target: command, errno: errno) }
        for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
        defer { close(ends[0]) }
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_adddup2(&actions, ends[0], STDIN_FILENO)
        // The pager takes Ctrl-C for itself; a closed pipe ends it.
        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        var usual = sigset_t()
        sigemptyset(&usual)
        for number in [SIGINT, SIGPIPE, SIGXFSZ] { sigaddset(&usual, number) }
        posix_spawnattr_setsigdefault(&attributes, &usual)
        posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGDEF))
        // Text stays on the screen, bold is shown, lines are not broken; characters are ours whatever the locale says.
        let usualVariables = ["LESS": "FRX", "LESSCHARSET": "utf-8"]
        let variables = usualVariables.merging(ProcessInfo.processInfo.environment) { $1 }
        let argv: [UnsafeMutablePointer<CChar>?] = ["/bin/sh", "-c", command].map { (word: String) in strdup(word) } + [nil]
        let envp: [UnsafeMutablePointer<CChar>?] = variables.map { (name, value) in strdup("\(name)=\(value)") } + [nil]
        defer { for pointer in argv + envp { free(pointer) } }
        let code = posix_spawn(&process, "/bin/sh", &actions, &attributes, argv, envp)
        guard code == 0 else {
            close(ends[1])
            throw OutputError.cannotWrite(target: command, errno: code)
        }
        signal(SIGINT, SIG_IGN)
        descriptor = ends[1]
        let pipe = FileDescriptorSink(fileDescriptor: descriptor, name: "the pager '\(command)'")
        self.pipe = pipe
        try pipe.write(held ?? "")
        held = nil
    }

    /// Prints what was short enough, or waits until the user leaves the pager.
    func finish() throws {
        guard let pipe else {
            try terminal.write(held ?? "")
            return try terminal.flush()
        }
        defer {
            close(descriptor)
            var status: Int32 = 0
            while waitpid(process, &status, 0) < 0, errno == EINTR {}
        }
        try pipe.flush()
    }
}

/// Calls `body` with standard output, through a pager where that helps.
func withStandardOutput(paged: Bool, _ body: (any OutputSink) throws -> Void) throws {
    let pager = Pager(wanted: paged)
    do {
        let sink: any OutputSink = pager ?? FileDescriptorSink(fileDescriptor: STDOUT_FILENO, name: "standard output")
        let result = Result { try body(sink) }
        try pager?.finish()
        try result.get()
    } catch OutputError.readerGone {
        // `actrec ... | head`, or a user who left the pager, has what was wanted.
    }
}

/// Text as it is, on standard output.
func printText(_ text: String, paged: Bool = false) throws {
    try withStandardOutput(paged: paged) { sink in
        try sink.write(text)
        try sink.flush()
    }
}

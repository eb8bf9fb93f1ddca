import Foundation

/// A program that runs: feed it, signal it, wait for it.
package final class RunningProgram {
    package struct StartFailed: Error { package let program: String, code: Int32 }

    private let process: pid_t
    private let input: Int32
    private var inputIsOpen = true
    private let output: StreamReader
    private let errors: StreamReader

    /// Starts `program`. Without `keepsOutput`, its standard output is a pipe that nobody reads any more; with `terminal`, a
    /// terminal of that size.
    package init(
        _ program: String, _ arguments: [String], environment: [String: String] = [:], directory: String? = nil,
        keepsOutput: Bool = true, terminal: (columns: Int, rows: Int)? = nil
    ) throws {
        Pipe.starting.lock()
        defer { Pipe.starting.unlock() }
        let (stdin, stdout, stderr) = (
            try Pipe.make(), try terminal.map { try PseudoTerminal.make(columns: $0.columns, rows: $0.rows) } ?? Pipe.make(),
            try Pipe.make()
        )
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_adddup2(&actions, stdin.read, 0)
        posix_spawn_file_actions_adddup2(&actions, stdout.write, 1)
        posix_spawn_file_actions_adddup2(&actions, stderr.write, 2)

        // The program must not inherit what a test runner ignores or holds back.
        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        var usual = sigset_t()
        sigemptyset(&usual)
        for number in [SIGINT, SIGPIPE, SIGXFSZ, SIGTERM] { sigaddset(&usual, number) }
        posix_spawnattr_setsigdefault(&attributes, &usual)
        var none = sigset_t()
        sigemptyset(&none)
        posix_spawnattr_setsigmask(&attributes, &none)
        posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK))

        let variables = Self.inherited.merging(environment) { $1 }
        // A shell changes the directory, because not every system lets a new process do so.
        let command = directory.map { ["/bin/sh", "-c", "cd \"$0\" && exec \"$@\"", $0, program] } ?? [program]
        var argv = (command + arguments).map { strdup($0) } + [nil]
        var envp = variables.map { strdup("\($0)=\($1)") } + [nil]
        defer { for pointer in argv + envp { free(pointer) } }
        var started: pid_t = 0
        let code = posix_spawn(&started, command[0], &actions, &attributes, &argv, &envp)
        for end in [stdin.read, stdout.write, stderr.write] { close(end) }
        guard code == 0 else {
            for end in [stdin.write, stdout.read, stderr.read] { close(end) }
            throw StartFailed(program: program, code: code)
        }
        process = started
        input = stdin.write
        if !keepsOutput { close(stdout.read) }
        output = StreamReader(keepsOutput ? stdout.read : nil)
        errors = StreamReader(stderr.read)
    }

    /// The tests' own environment without what leads to the user's models, token and proxies. Unless a test says where the
    /// hub, its cache and the samples are, there are none.
    private static let inherited: [String: String] = {
        var variables = ProcessInfo.processInfo.environment.filter { name, _ in
            !name.hasPrefix("HF_") && !name.hasPrefix("HUGGING") && name != "TRANSFORMERS_OFFLINE"
                && !name.lowercased().hasSuffix("_proxy")
        }
        variables["HF_HOME"] = "/nonexistent"
        variables["HF_ENDPOINT"] = "http://127.0.0.1:9"
        variables["ACTREC_MODELS"] = "/nonexistent"
        return variables
    }()

    package var identifier: Int32 { process }

    /// The most memory it held at a time so far, in KB; nil where the system does not say. What `wait4` says of a program
    /// counts the memory of whoever started it too.
    package var peakMemory: Int? {
        guard let status = try? String(contentsOfFile: "/proc/\(process)/status", encoding: .utf8) else { return nil }
        let line = status.split(separator: "\n").first { $0.hasPrefix("VmHWM:") }
        return line?.split(whereSeparator: \.isWhitespace).dropFirst().first.flatMap { Int($0) }
    }

    /// Writes to its standard input; returns once the system took everything. False when the program closed it.
    @discardableResult
    package func feed(_ text: String) -> Bool {
        let bytes = Array(text.utf8)
        var sent = 0
        while sent < bytes.count {
            let count = bytes[sent...].withUnsafeBytes { Pipe.send(input, $0) }
            if count < 0, errno != EINTR { return false }
            sent += max(count, 0)
        }
        return true
    }

    package func closeInput() {
        if inputIsOpen { close(input) }
        inputIsOpen = false
    }

    package func send(signal: Int32) { kill(process, signal) }

    /// Waits until its standard error holds `text`; false when it closed the stream without.
    package func waitForErrors(containing text: String) -> Bool { errors.wait(for: Array(text.utf8)) }

    /// Waits until it ends; closes its standard input first.
    package func wait() -> Outcome {
        closeInput()
        let (output, errors) = (self.output.all(), self.errors.all())
        var status: Int32 = 0
        while waitpid(process, &status, 0) < 0, errno == EINTR {}
        let signal = status & 0x7f
        return Outcome(
            output: output, errors: errors, code: signal == 0 ? (status >> 8) & 0xff : nil,
            signal: signal == 0 ? nil : signal)
    }
}

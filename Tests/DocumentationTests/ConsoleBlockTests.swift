import Foundation
import TestSupport
import Testing
import Transformer

/// The documents' ```console blocks: a line that begins with `$ ` is run, the lines after it are what it printed.
/// With UPDATE_SNAPSHOTS=1 the documents are written anew.
@Suite struct ConsoleBlockTests {
    static let documents = ["README.md", "docs/layer-norm.md", "docs/edits.md", "docs/predictions.md"]
    /// Of models that `make samples` gets.
    static let sampleDocuments = ["docs/ways-to-normalize.md"]

    @Test(arguments: documents)
    func everyCommandPrintsWhatTheDocumentSays(document: String) throws {
        try expectCurrent(document)
    }

    @Test(.enabled(if: SampleModel.allCases.allSatisfy(\.isThere)), arguments: sampleDocuments)
    func everyCommandWithASamplePrintsWhatTheDocumentSays(document: String) throws {
        try expectCurrent(document)
    }

    private func expectCurrent(_ document: String) throws {
        let file = Paths.root.appendingPathComponent(document)
        let text = try String(contentsOf: file, encoding: .utf8)
        let directory = try TemporaryDirectory()
        let current = try rewrite(text) { command in try self.run(command, in: directory) }
        let difference = try Snapshot(document).difference(from: current)
        #expect(difference == nil, "\(difference ?? "")")
    }

    /// The text with each command's lines replaced by what it prints now.
    private func rewrite(_ text: String, _ run: (String) throws -> String) throws -> String {
        var lines: [String] = []
        var isConsole = false
        var isOutput = false
        for line in text.components(separatedBy: "\n") {
            if line.hasPrefix("```") {
                isConsole = line == "```console"
                isOutput = false
                lines.append(line)
            } else if isConsole, line.hasPrefix("$ ") {
                lines.append(line)
                lines += try run(String(line.dropFirst(2))).split(separator: "\n", omittingEmptySubsequences: false)
                    .dropLast().map { String($0).trimmingTrailingSpaces() }
                isOutput = true
            } else if !(isConsole && isOutput) {
                lines.append(line)
            }
        }
        return lines.joined(separator: "\n")
    }

    /// What a command prints on standard output, run by the shell with the built program on its path.
    private func run(_ command: String, in directory: TemporaryDirectory) throws -> String {
        let products = URL(fileURLWithPath: try Executable.path()).deletingLastPathComponent().path
        let path = ProcessInfo.processInfo.environment["PATH"] ?? "/usr/bin:/bin"
        let models = URL(fileURLWithPath: SampleModel.minilm.directory).deletingLastPathComponent().path
        let environment = [
            "PATH": "\(products):\(path)", "LC_ALL": "C.UTF-8", "ACTREC_MODELS": models, "FIXTURES": Paths.fixture(""),
        ]
        let outcome = try RunningProgram("/bin/sh", ["-c", command], environment: environment, directory: directory.path).wait()
        #expect(outcome.code == 0, "\(command): \(outcome.stderr)")
        return outcome.stdout
    }
}

extension String {
    fileprivate func trimmingTrailingSpaces() -> String {
        var text = self
        while text.last == " " { text.removeLast() }
        return text
    }
}

import Foundation
import TestSupport
import Testing

@Suite struct ReadmeTests {
    let readme = Result { try String(contentsOf: Paths.root.appendingPathComponent("README.md"), encoding: .utf8) }

    /// The code blocks of one language.
    func blocks(of language: String) throws -> [String] {
        try readme.get().components(separatedBy: "```\(language)\n").dropFirst().map {
            String($0.prefix(upTo: $0.range(of: "```")?.lowerBound ?? $0.endIndex))
        }
    }

    @Test func theSwiftExampleIsTheProgramThatIsBuilt() throws {
        let source = try String(contentsOf: Paths.root.appendingPathComponent("Examples/OwnHook/main.swift"), encoding: .utf8)
        #expect(try blocks(of: "swift").first == source)
    }

    @Test func theSwiftExampleRuns() throws {
        let program = try RunningProgram(Executable.path(of: "OwnHook"), [])
        let outcome = program.wait()
        #expect(outcome.code == 0)
        #expect(outcome.stdout.contains(#/^token \d+ has variance \d+\.\d+ at (blocks\.\d\.ln\d|ln_final)\.hook_in\n$/#))
    }

    @Test func everyCommandInTheReadmeExists() throws {
        let lines = try blocks(of: "sh").flatMap { $0.split(separator: "\n") }
        let commands = Set(
            lines.compactMap { line -> String? in
                let words = line.split(separator: " ")
                return words.first == "actrec" && words.count > 1 ? String(words[1]) : nil
            })
        #expect(commands.count >= 5)
        for command in commands where !command.hasPrefix("-") {
            #expect(try actrec(command, "--help").code == 0, "actrec \(command)")
        }
    }

    @Test func everyFileTheReadmeLinksToIsThere() throws {
        let links = try readme.get().matches(of: #/\]\(([^)#:]+)\)/#).map { String($0.output.1) }
        #expect(!links.isEmpty)
        for link in links {
            #expect(FileManager.default.fileExists(atPath: Paths.root.appendingPathComponent(link).path), "\(link)")
        }
    }
}

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
        let page = try String(contentsOf: Paths.root.appendingPathComponent("docs/hooks.md"), encoding: .utf8)
        let source = try String(contentsOf: Paths.root.appendingPathComponent("Examples/OwnHook/main.swift"), encoding: .utf8)
        #expect(page.contains("```swift\n\(source)```"))
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

    @Test(arguments: ["README.md", "docs/gallery.md", "docs/hooks.md", "docs/install.md", "docs/recording.md", "docs/trust.md"])
    func everyFileThatAPageLinksToIsThere(_ page: String) throws {
        let file = Paths.root.appendingPathComponent(page)
        let links = try String(contentsOf: file, encoding: .utf8).matches(of: #/\]\(([^)#:]+)(#[^)]*)?\)/#).map {
            String($0.output.1)
        }
        #expect(!links.isEmpty || page == "docs/install.md")
        for link in links {
            let target = file.deletingLastPathComponent().appendingPathComponent(link).standardizedFileURL.path
            #expect(FileManager.default.fileExists(atPath: target), "\(page): \(link)")
        }
    }

    /// One sentence, one picture, two commands and an answer before anything else; the whole on about one screen.
    @Test func theReadmeIsReadInTenSeconds() throws {
        let text = try readme.get()
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
        let order = ["**actrec runs", "![", "make demo", "xdg-open demo/words.html", "$ actrec compare", "## Your own question"]
        let places = order.map { text.range(of: $0)?.lowerBound }
        #expect(places.allSatisfy { $0 != nil } && places.compactMap(\.self) == places.compactMap(\.self).sorted())
        #expect(lines.count <= 90, "\(lines.count) lines")
        let pictures = Paths.root.appendingPathComponent("docs/pictures")
        for name in try FileManager.default.contentsOfDirectory(atPath: pictures.path) {
            let size = try Data(contentsOf: pictures.appendingPathComponent(name)).count
            #expect(size < 150_000, "\(name): \(size) bytes")
        }
    }
}

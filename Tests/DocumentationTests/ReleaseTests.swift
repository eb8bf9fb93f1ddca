import Foundation
import TestSupport
import Testing

/// What a release is made of tells one story.
@Suite struct ReleaseTests {
    private func text(_ path: String) throws -> String {
        try String(contentsOf: Paths.root.appendingPathComponent(path), encoding: .utf8)
    }

    /// A command without its comment, and with one space between words.
    private func words(_ command: some StringProtocol) -> String {
        let command = command.components(separatedBy: " #")[0]
        return command.split(whereSeparator: \.isWhitespace).joined(separator: " ")
    }

    /// No Docker runs here: the image is made by the commands that docs/install.md gives for the tarball.
    @Test func theDockerfileRunsTheDocumentedCommands() throws {
        let page = try text("docs/install.md").components(separatedBy: "```sh\n").dropFirst().flatMap { block in
            block.components(separatedBy: "```")[0].split(separator: "\n").map(words)
        }
        let commands = try text("Dockerfile").split(separator: "\n").filter { $0.hasPrefix("RUN ") }.flatMap { line in
            line.dropFirst(4).components(separatedBy: "&&").map(words)
        }
        let ownToImages = ["apt-get update", "rm -r dist"]
        #expect(commands.count == 4)
        for command in commands where !ownToImages.contains(command) { #expect(page.contains(command), "\(command)") }
    }

    @Test func theVersionHasOnePlace() throws {
        let version = try actrec("--version").stdout
        let tool = try RunningProgram(Paths.root.appendingPathComponent("Tools/version").path, []).wait()
        #expect(tool.stdout == version)
        #expect(try text("CHANGELOG.md").contains("\n## \(version)"))
        #expect(try !text("pyproject.toml").contains(version.dropLast()))
    }
}

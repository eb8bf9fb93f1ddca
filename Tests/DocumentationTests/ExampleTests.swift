import Foundation
import TestSupport
import Testing

/// The programs of `Examples`, a library's each.
@Suite struct ExampleTests {
    @Test(arguments: [("Transformer", "OwnHook"), ("Recording", "RecordTexts"), ("Reading", "ReadRecording")])
    func theLibrarysPageShowsTheProgramThatIsBuilt(library: String, example: String) throws {
        let page = try text("Sources/\(library)/\(library).docc/\(library).md")
        #expect(page.contains("```swift\n\(try text("Examples/\(example)/main.swift"))```"))
    }

    @Test func whatOneProgramRecordsTheOtherReads() throws {
        let directory = try TemporaryDirectory()
        let file = directory.path + "/run.db"
        #expect(try output(of: "RecordTexts", file).hasSuffix("run 1: 2 sequences, 14 tokens\n"))
        let read = try output(of: "ReadRecording", file)
        #expect(read.contains(#/blocks\.0\.ln1: variance \d+\.\d+/#))
        #expect(read.contains(#/ hatred \d+\.\d+\n/#))
    }

    private func output(of example: String, _ argument: String) throws -> String {
        let outcome = try RunningProgram(Executable.path(of: example), [argument]).wait()
        #expect(outcome.code == 0)
        return outcome.stdout
    }

    private func text(_ path: String) throws -> String {
        try String(contentsOf: Paths.root.appendingPathComponent(path), encoding: .utf8)
    }
}

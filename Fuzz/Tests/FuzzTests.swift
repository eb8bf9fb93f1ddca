import Foundation
import FuzzTargets
import Testing

/// A few thousand changed inputs a target, the same each time, and every input that ever made one fail.
/// One after another: two targets share a recording.
@Suite(.serialized) struct FuzzTests {
    /// About a second each.
    private static let counts: [FuzzTarget: Int] = [
        .statement: 500, .database: 40, .tokenizerJSON: 1_000, .tokenizerFiles: 400, .gguf: 1_000, .splitGGUF: 1_000,
        .safetensorsIndex: 2_000, .text: 1_000, .jsonLines: 1_000,
        .queryHeader: 2_000,
    ]

    @Test(arguments: FuzzTarget.allCases)
    func changedInputsAreRefusedOrRead(_ target: FuzzTarget) throws {
        var run = try FuzzRun(target, seed: 2026)
        for _ in 0..<(Self.counts[target] ?? 4_000) { try run.step() }
    }

    /// `Found/TARGET/` holds them.
    @Test func whatOnceFailedIsReadOrRefused() throws {
        let found = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent("Found")
        let folders = try FileManager.default.contentsOfDirectory(at: found, includingPropertiesForKeys: [.isDirectoryKey])
            .filter { try $0.resourceValues(forKeys: [.isDirectoryKey]).isDirectory == true }
        #expect(!folders.isEmpty)
        for folder in folders {
            let target = try #require(
                FuzzTarget(rawValue: folder.lastPathComponent), "no target is called \(folder.lastPathComponent)")
            let files = try FileManager.default.contentsOfDirectory(at: folder, includingPropertiesForKeys: nil)
            #expect(!files.isEmpty, "\(folder.lastPathComponent)")
            for file in files { try target.run(Array(Data(contentsOf: file))) }
        }
    }

    @Test func theSameSeedGivesTheSameInputs() throws {
        let seeds = try FuzzTarget.safetensors.seeds()
        var (a, b, c) = (Mutator(seed: 1), Mutator(seed: 1), Mutator(seed: 2))
        let inputs = (0..<100).map { _ in a.next(from: seeds) }
        #expect(inputs == (0..<100).map { _ in b.next(from: seeds) })
        #expect(inputs != (0..<100).map { _ in c.next(from: seeds) })
        #expect(Set(inputs).count > 90)
    }
}

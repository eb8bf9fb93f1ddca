import Foundation
import Testing

import Transformer

/// Model files as people have them: split, named otherwise, alone in a directory, not fetched.
@Suite struct ModelFilesTests {
    private static let fixtures = TokenizerFixtures.root.appendingPathComponent("Tests/Fixtures/gguf").path

    private func folder(_ files: [String: String], _ body: (String) throws -> Void) throws {
        let manager = FileManager.default
        let folder = manager.temporaryDirectory.appendingPathComponent("files-\(UUID().uuidString)").path
        try manager.createDirectory(atPath: folder, withIntermediateDirectories: false)
        defer { try? manager.removeItem(atPath: folder) }
        for (name, source) in files { try manager.copyItem(atPath: Self.fixtures + "/" + source, toPath: folder + "/" + name) }
        try body(folder)
    }

    /// Any of the files that are one model stands for all, and the directory too. It has biases of queries, keys and values, whose rows
    /// the converter reorders as those of the matrices, and a list of head counts.
    @Test(arguments: ["", "/llama-00001-of-00003.gguf", "/llama-00003-of-00003.gguf"])
    func splitFilesAreOneModel(_ name: String) throws {
        let split = try Model(named: Self.fixtures + "/split" + name)
        let whole = try Model(named: Self.fixtures + "/split-llama")
        #expect(split.hookPoints == whole.hookPoints && split.unknownTensors.isEmpty)
        #expect(split.configuration.attentionHasBias && !split.configuration.attentionOutputHasBias)
        #expect(split.configuration.keyValueHeadCount == 2)
        let batch = Batch([[1, 5, 9, 30, 2, 2, 17], [3]])
        let (here, there) = (try observe(split, batch), try observe(whole, batch))
        for point in whole.hookPoints {
            var difference = Difference()
            for (a, b) in zip(try #require(here.values[point]), try #require(there.values[point])) { difference.add(row: a, b) }
            #expect(difference.ratio <= 1e-6, "\(point)")
        }
    }

    @Test func aFileOfASplitIsMissing() throws {
        let part = "split/llama-00001-of-00003.gguf"
        try folder(["llama-00001-of-00003.gguf": part]) { folder in
            #expect {
                try Model(named: folder)
            } throws: {
                "\($0)".contains("llama-00002-of-00003.gguf")
            }
        }
    }

    @Test func namesOfGGUFFiles() throws {
        try folder(["M.GGUF": "llama.gguf"]) { folder in
            let (named, alone) = (try Model(named: folder + "/M.GGUF"), try Model(named: folder))
            #expect(named.configuration.width == 64 && alone.configuration.width == 64)
        }
        // Two models, and none is named.
        try folder(["a.gguf": "llama.gguf", "b.gguf": "qwen2.gguf"]) { folder in
            #expect {
                try Model(named: folder)
            } throws: {
                "\($0)".hasSuffix(" has 2 GGUF files; give one of them: a.gguf, b.gguf")
            }
        }
    }

    @Test func pointersOfGitLFSAreNamed() throws {
        try folder(["config.json": "llama/config.json"]) { folder in
            let pointer =
                "version https://git-lfs.github.com/spec/v1\noid sha256:\(String(repeating: "0", count: 64))\nsize 538090408\n"
            for name in ["model.safetensors", "m.gguf"] {
                try pointer.write(toFile: folder + "/" + name, atomically: true, encoding: .utf8)
            }
            for path in [folder, folder + "/m.gguf"] {
                #expect {
                    try Model(named: path)
                } throws: {
                    "\($0)".contains("git-lfs pointer") && "\($0)".contains("git lfs pull")
                }
            }
        }
    }
}

import Checkpoints
import Foundation
import Testing
import Transformer

@Suite struct CheckpointTests {
    private typealias Build = SafetensorsBuilder

    private static let fixtures = URL(fileURLWithPath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        .appendingPathComponent("Fixtures")

    private func tensors(
        _ bytes: [UInt8], _ configuration: ModelConfiguration
    ) throws(CheckpointError) -> CheckpointTensors {
        try CheckpointTensors(Checkpoint(SharedBytes(bytes), file: "w"), configuration: configuration)
    }

    private func expectError(
        _ expected: CheckpointError, _ bytes: [UInt8], _ configuration: ModelConfiguration, says: String = "",
        sourceLocation: SourceLocation = #_sourceLocation
    ) {
        do throws(CheckpointError) {
            _ = try tensors(bytes, configuration)
            Issue.record("found all", sourceLocation: sourceLocation)
        } catch {
            #expect(error == expected, sourceLocation: sourceLocation)
            #expect(says.isEmpty || error.description.contains(says), sourceLocation: sourceLocation)
        }
    }

    @Test(arguments: ["", "transformer."])
    func bothNamings(prefix: String) throws {
        let configuration = try ModelConfigurationTests.configuration()
        let extra = [prefix + "h.0.attn.bias", prefix + "h.1.attn.masked_bias", prefix + "other"]
        let found = try tensors(Build.gpt2(configuration, prefix: prefix, extra: extra), configuration)
        #expect(found.layers.count == 2)
        #expect(found.tokenEmbedding.shape == [10, 12] && found.positionEmbedding?.shape == [8, 12])
        #expect(found.layers[1].attentionInput.weight.name == prefix + "h.1.attn.c_attn.weight")
        #expect(found.layers[1].mlpOutput.weight.shape == [48, 12])
        #expect(found.finalNorm?.gain?.floats() == [Float](repeating: 2, count: 12))
        #expect(found.unembedding == nil)
        #expect(found.unknownNames == [prefix + "other"])
    }

    @Test func faults() throws {
        let configuration = try ModelConfigurationTests.configuration()
        expectError(
            .missing(tensors: ["wpe.weight", "h.1.ln_2.bias"], file: "w"),
            Build.gpt2(configuration, dropping: ["h.1.ln_2.bias", "wpe.weight"]), configuration, says: "2 tensors")
        expectError(
            .shape(tensor: "h.0.attn.c_attn.weight", expected: [12, 36], found: [36, 12]),
            Build.gpt2(configuration, changing: ["h.0.attn.c_attn.weight": [36, 12]]), configuration,
            says: "transposed")
        expectError(
            .shape(tensor: "wte.weight", expected: [10, 12], found: [9, 12]),
            Build.gpt2(configuration, changing: ["wte.weight": [9, 12]]), configuration,
            says: "[9, 12], expected [10, 12]")
        expectError(
            .shape(tensor: "ln_f.bias", expected: [12], found: [1, 12]),
            Build.gpt2(configuration, changing: ["ln_f.bias": [1, 12]]), configuration)
        let untied = try ModelConfigurationTests.configuration(["tie_word_embeddings": "false"])
        expectError(.missing(tensors: ["lm_head.weight"], file: "w"), Build.gpt2(configuration), untied)
        let integers = Build.file([("a", .i32, [1], [0, 0, 0, 0])])
        let checkpoint = try Checkpoint(SharedBytes(integers), file: "w")
        #expect(throws: CheckpointError.dtype(tensor: "a", found: .i32)) { try checkpoint.view("a", shape: [1]) }
    }

    @Test(arguments: [("odd", DType.f32, false), ("bare-bf16", .bf16, false), ("f16-untied", .f16, true)])
    func fixtures(name: String, dtype: DType, untied: Bool) throws {
        let directory = Self.fixtures.appendingPathComponent(name).path
        let configuration = try ModelConfiguration(directory: directory)
        let found = try CheckpointTensors(Checkpoint(directory: directory), configuration: configuration)
        #expect(found.layers.count == configuration.layerCount)
        #expect(found.tokenEmbedding.dtype == dtype)
        #expect((found.unembedding != nil) == untied)
        #expect(found.unknownNames.isEmpty)
        #expect(found.tokenEmbedding.floats().allSatisfy { $0.isFinite })
    }

    // MARK: Files

    private func withDirectory(_ files: [String: [UInt8]], _ body: (String) throws -> Void) throws {
        let url = FileManager.default.temporaryDirectory.appendingPathComponent("checkpoint-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: url) }
        for (name, bytes) in files { try Data(bytes).write(to: url.appendingPathComponent(name)) }
        try body(url.path)
    }

    @Test func mappedFiles() throws {
        try withDirectory(["empty": [], "three": [1, 2, 3]]) { (directory: String) throws in
            #expect(try MappedFile(path: directory + "/empty").count == 0)
            #expect(SharedBytes(try MappedFile(path: directory + "/empty")).count == 0)
            #expect(SharedBytes(try MappedFile(path: directory + "/three")).withUnsafeBytes { Array($0) } == [1, 2, 3])
            let missing = FileError(path: directory + "/no", action: .open, code: ENOENT)
            #expect(throws: missing) { try MappedFile(path: directory + "/no") }
            #expect(missing.description == "cannot open \(directory)/no: No such file or directory")
            #expect(throws: FileError(path: directory, action: .read, code: EISDIR)) { try MappedFile(path: directory) }
            #expect(throws: FileError(path: "/dev/zero", action: .map, code: ENODEV)) {
                try MappedFile(path: "/dev/zero")
            }
            #expect(throws: CheckpointError.noWeights(directory: directory)) { try Checkpoint(directory: directory) }
        }
        try withDirectory(["model.safetensors": [1, 2, 3]]) { (directory: String) throws in
            let file = directory + "/model.safetensors"
            #expect(throws: CheckpointError.container(SafetensorsError(file: file, rule: .tooShort(size: 3)))) {
                try Checkpoint(directory: directory)
            }
        }
    }

    @Test func shards() throws {
        let a = Build.file([("a", .f32, [1], Build.bytes([1]))])
        let b = Build.file([("b", .f32, [1], Build.bytes([2]))])
        func index(_ map: String) -> [UInt8] {
            Array("{\"metadata\": {\"total_size\": 8}, \"weight_map\": \(map)}".utf8)
        }
        let name = "model.safetensors.index.json"
        let map = index("{\"a\": \"1.safetensors\", \"b\": \"2.safetensors\"}")
        try withDirectory([name: map, "1.safetensors": a, "2.safetensors": b]) { (directory: String) throws in
            let checkpoint = try Checkpoint(directory: directory)
            #expect(checkpoint.containers.count == 2)
            #expect(try checkpoint.view("b", shape: [1]).floats() == [2])
            #expect(checkpoint.names.sorted() == ["a", "b"])
        }
        try withDirectory([name: map, "1.safetensors": a]) { (directory: String) throws in
            let missing = FileError(path: directory + "/2.safetensors", action: .open, code: ENOENT)
            #expect(throws: CheckpointError.file(missing)) { try Checkpoint(directory: directory) }
        }
        try withDirectory([name: map, "1.safetensors": a, "2.safetensors": a]) { (directory: String) throws in
            #expect(throws: CheckpointError.notInShard(tensor: "b", shard: "2.safetensors")) {
                try Checkpoint(directory: directory)
            }
        }
        for shard in ["../1.safetensors", "/etc/1.safetensors", "x/1.safetensors", "..", ".safetensors", "passwd"] {
            try withDirectory([name: index("{\"a\": \"\(shard)\"}")]) { (directory: String) throws in
                #expect(throws: CheckpointError.shardOutside(file: directory + "/" + name, shard: shard)) {
                    try Checkpoint(directory: directory)
                }
            }
        }
        for text in ["", "{}", "{\"weight_map\": []}", "{\"weight_map\": {\"a\": 1}}"] {
            try withDirectory([name: Array(text.utf8)]) { (directory: String) throws in
                #expect { try Checkpoint(directory: directory) } throws: { error in
                    if case CheckpointError.index? = error as? CheckpointError { true } else { false }
                }
            }
        }
    }
}

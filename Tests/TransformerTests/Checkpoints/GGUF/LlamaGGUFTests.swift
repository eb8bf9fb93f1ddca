import Checkpoints
import Testing
import Transformer

/// Llama in llama.cpp's naming and order, against the same weights as transformers has them.
@Suite struct LlamaGGUFTests {
    private static let folder = GGUFTests.fixtures + "/llama"

    private func gguf() throws -> GGUF { try GGUF(MappedFile(path: GGUFTests.fixtures + "/llama.gguf")) }

    @Test func configuration() throws {
        #expect(try ModelConfiguration(gguf: gguf()) == ModelConfiguration(directory: Self.folder))
    }

    @Test func tensors() throws {
        let c = try ModelConfiguration(directory: Self.folder)
        let expected = try CheckpointTensors(Checkpoint(directory: Self.folder), configuration: c)
        let found = try CheckpointTensors(Checkpoint(gguf(), configuration: c), configuration: c)
        #expect(found.unknownNames.isEmpty && found.all.count == expected.all.count && found.all.count == 20)
        for (one, other) in zip(found.all, expected.all) {
            #expect(one.shape == other.shape && one.floats() == other.floats(), "\(one.name) \(other.name)")
        }
        for (one, other) in zip(found.layers, expected.layers) {
            #expect(one.attentionInput.weight.floats() == other.attentionInput.weight.floats())
            #expect(one.attentionInput.weight.row(70) == other.attentionInput.weight.row(70))
        }
    }

    // MARK: Metadata

    private static func text(_ value: String) -> (UInt32, [UInt8]) { (8, GGUFBuilder.string(value)) }
    private static func number(_ value: UInt32) -> (UInt32, [UInt8]) { (4, little(value)) }
    private static func float(_ value: Float) -> (UInt32, [UInt8]) { (6, little(value.bitPattern)) }

    private func read(
        _ changes: [String: (UInt32, [UInt8])] = [:], dropping key: String = "", tensors: [GGUFBuilder.Tensor] = [],
        dataCount: Int = 0
    ) throws -> ModelConfiguration {
        var members: [String: (UInt32, [UInt8])] = [
            "general.architecture": Self.text("llama"), "llama.block_count": Self.number(2),
            "llama.embedding_length": Self.number(24), "llama.attention.head_count": Self.number(6),
            "llama.attention.head_count_kv": Self.number(2), "llama.feed_forward_length": Self.number(20),
            "llama.context_length": Self.number(8), "llama.vocab_size": Self.number(10),
            "llama.attention.layer_norm_rms_epsilon": Self.float(1e-6),
        ]
        for (key, value) in changes { members[key] = value }
        members[key] = nil
        let build = GGUFBuilder(
            metadata: members.map { ($0.key, $0.value.0, $0.value.1) }, tensors: tensors, dataCount: dataCount)
        return try ModelConfiguration(gguf: build.open())
    }

    private func expect(
        _ problem: ConfigurationError.Problem, _ changes: [String: (UInt32, [UInt8])] = [:], dropping key: String = "",
        sourceLocation: SourceLocation = #_sourceLocation
    ) {
        do {
            _ = try read(changes, dropping: key)
            Issue.record("read", sourceLocation: sourceLocation)
        } catch {
            #expect((error as? ConfigurationError)?.problem == problem, sourceLocation: sourceLocation)
        }
    }

    @Test func choices() throws {
        let plain = try read()
        #expect(plain.epsilon == 1e-6, "the decimal that the Float stands for")
        #expect(plain.unembedding == .tied && plain.headWidth == 4 && plain.keyValueHeadCount == 2)
        #expect(plain.positionEmbedding == .rotary(RotaryEmbedding(base: 10_000, width: 4, scaling: .none)))
        let wide = try read(
            [
                "llama.attention.key_length": Self.number(8),
                "llama.rope.scaling.type": Self.text("linear"), "llama.rope.scaling.factor": Self.float(4),
            ],
            dropping: "llama.vocab_size",
            tensors: [
                .init(name: "token_embd.weight", extents: [24, 3]), .init(name: "output.weight", extents: [24, 3], offset: 288),
                .init(name: "blk.0.attn_q.bias", extents: [1], offset: 576),
            ], dataCount: 580)
        #expect(wide.vocabularySize == 3 && wide.unembedding == .separate && wide.attentionHasBias && !wide.mlpHasBias)
        #expect(wide.positionEmbedding == .rotary(RotaryEmbedding(base: 10_000, width: 8, scaling: .linear(factor: 4))))
    }

    @Test func factorsOfFrequencies() throws {
        // The bytes 0, 1, 2, 3 and 4, 5, 6, 7 as Float.
        let values = [0x03020100 as UInt32, 0x07060504].map { Double(Float(bitPattern: $0)) }
        let c = try read(tensors: [.init(name: "rope_freqs.weight", extents: [2])], dataCount: 8)
        #expect(c.positionEmbedding == .rotary(RotaryEmbedding(base: 10_000, width: 4, scaling: .each(values))))
        #expect(throws: ConfigurationError.self) {
            try read(tensors: [.init(name: "rope_freqs.weight", extents: [3])], dataCount: 12)
        }
    }

    /// llama.cpp (`llama-model.cpp`): a factor without a type is linear, and counts beside `rope_freqs` too.
    @Test func scalingWithoutItsType() throws {
        func scaling(_ c: ModelConfiguration) -> RotaryEmbedding.Scaling? {
            if case .rotary(let rotary) = c.positionEmbedding { rotary.scaling } else { nil }
        }
        #expect(scaling(try read(["llama.rope.scaling.factor": Self.float(4)])) == .linear(factor: 4))
        #expect(scaling(try read(["llama.rope.scale_linear": Self.float(2)])) == .linear(factor: 2))
        #expect(scaling(try read(["llama.rope.scaling.factor": Self.float(0)])) == RotaryEmbedding.Scaling.none)
        let none = ["llama.rope.scaling.factor": Self.float(4), "llama.rope.scaling.type": Self.text("none")]
        #expect(scaling(try read(none)) == RotaryEmbedding.Scaling.none)
        let values = [0x03020100 as UInt32, 0x07060504].map { Double(Float(bitPattern: $0)) * 4 }
        let both = try read(
            ["llama.rope.scaling.factor": Self.float(4)], tensors: [.init(name: "rope_freqs.weight", extents: [2])], dataCount: 8)
        #expect(scaling(both) == .each(values))
        expect(
            .unsupported(key: "llama.rope.scaling.attn_factor", found: "1.5"), ["llama.rope.scaling.attn_factor": Self.float(1.5)])
    }

    @Test func headCountsForEachLayer() throws {
        func counts(_ values: [UInt32]) -> (UInt32, [UInt8]) {
            (9, little(5 as UInt32) + little(UInt64(values.count)) + values.flatMap { little($0) })
        }
        #expect(try read(["llama.attention.head_count_kv": counts([2, 2])]).keyValueHeadCount == 2)
        expect(
            .wrongType(key: "llama.attention.head_count_kv", expected: "a whole number", found: "an array"),
            ["llama.attention.head_count_kv": counts([2, 3])])
    }

    @Test func refusals() {
        expect(.unsupported(key: "general.architecture", found: "rwkv7"), ["general.architecture": Self.text("rwkv7")])
        expect(.missing(key: "general.architecture"), dropping: "general.architecture")
        expect(.missing(key: "llama.block_count"), dropping: "llama.block_count")
        expect(.missing(key: "llama.vocab_size"), dropping: "llama.vocab_size")
        expect(.unsupported(key: "llama.expert_count", found: "8"), ["llama.expert_count": Self.number(8)])
        expect(.unsupported(key: "llama.rope.scaling.type", found: "yarn"), ["llama.rope.scaling.type": Self.text("yarn")])
        expect(
            .outOfRange(key: "llama.rope.dimension_count", found: "2", expected: "the width of a head, 4"),
            ["llama.rope.dimension_count": Self.number(2)])
        expect(
            .doesNotDivide(key: "llama.attention.head_count", value: 5, ofKey: "llama.embedding_length", of: 24),
            ["llama.attention.head_count": Self.number(5)])
        for (key, found, limit) in [
            ("llama.block_count", 1_000_000_000 as UInt32, 4096), ("llama.embedding_length", 0, 1 << 20),
            ("llama.attention.head_count_kv", 0, 1 << 16),
        ] {
            expect(.outOfRange(key: key, found: "\(found)", expected: "1 to \(limit)"), [key: Self.number(found)])
        }
        for (value, found) in [(0, "0.0"), (Float.nan, "nan"), (-1, "-1.0")] {
            expect(
                .outOfRange(key: "llama.attention.layer_norm_rms_epsilon", found: found, expected: "above 0 and at most 1"),
                ["llama.attention.layer_norm_rms_epsilon": Self.float(value)])
        }
    }

    @Test func typesThatAreNotRead() throws {
        let c = try read()
        let file = try GGUFBuilder(tensors: [.init(name: "blk.0.attn_q.weight", extents: [256], type: 10)], dataCount: 84).open()
        let checkpoint = Checkpoint(file, configuration: c)
        #expect(throws: CheckpointError.quantization(tensor: "blk.0.attn_q.weight", found: .q2_K)) {
            try checkpoint.view("blk.0.attn_q.weight", shape: [256])
        }
        let uneven = try GGUFBuilder(tensors: [.init(name: "blk.0.attn_k.weight", extents: [1, 6])], dataCount: 24).open()
        #expect(throws: CheckpointError.shape(tensor: "blk.0.attn_k.weight", expected: [4, 1], found: [6, 1])) {
            try Checkpoint(uneven, configuration: c).view("blk.0.attn_k.weight", shape: [6, 1])
        }
    }
}

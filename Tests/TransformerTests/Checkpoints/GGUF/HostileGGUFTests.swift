import Checkpoints
import Foundation
import Testing
import Transformer

@Suite struct HostileGGUFTests {
    private typealias Build = GGUFBuilder

    private func expectRule(_ rule: GGUFError.Rule, _ build: Build, sourceLocation: SourceLocation = #_sourceLocation) {
        expectRule(rule, bytes: build.bytes, sourceLocation: sourceLocation)
    }

    private func expectRule(
        _ rule: GGUFError.Rule, bytes: [UInt8], sourceLocation: SourceLocation = #_sourceLocation
    ) {
        let started = ContinuousClock.now
        do throws(GGUFError) {
            _ = try GGUF(SharedBytes(bytes), file: "g")
            Issue.record("opened", sourceLocation: sourceLocation)
        } catch {
            #expect(error.rule == rule, sourceLocation: sourceLocation)
            #expect(error.description.hasPrefix("g is not a GGUF file"), sourceLocation: sourceLocation)
            #expect(!error.description.contains("\n"), sourceLocation: sourceLocation)
        }
        #expect(ContinuousClock.now - started < .seconds(1), sourceLocation: sourceLocation)
    }

    @Test func beginnings() {
        expectRule(.badMagic, bytes: [])
        expectRule(.badMagic, bytes: Array("GGU".utf8))
        expectRule(.badMagic, Build(magic: Array("GGML".utf8)))
        expectRule(.bigEndian, Build(version: UInt32(3).byteSwapped))
        for version: UInt32 in [0, 1, 4, .max] { expectRule(.version(version), Build(version: version)) }
        expectRule(.pastEnd(what: "the version", offset: 4, needed: 4, available: 2), bytes: Array("GGUF\u{3}\0".utf8))
    }

    @Test func counts() {
        for count: UInt64 in [1, 1 << 32, 1 << 60, .max] {
            expectRule(.tooMany(what: "metadata", count: count, available: 0), Build(metadataCount: count))
            expectRule(.tooMany(what: "tensors", count: count, available: 0), Build(tensorCount: count))
        }
        for count: UInt64 in [3, 1 << 61, 1 << 62, .max] {
            expectRule(
                .tooMany(what: "elements of \"k\"", count: count, available: 8),
                Build(metadata: [("k", 9, little(UInt32(4)) + little(count) + [UInt8](repeating: 0, count: 8))]))
        }
    }

    @Test func lengths() {
        for length: UInt64 in [1 << 32, 1 << 63, .max - 7, .max] {
            let key = little(length) + [UInt8](repeating: 0, count: 16)
            let header = Array("GGUF".utf8) + little(UInt32(3)) + little(UInt64(0)) + little(UInt64(1))
            expectRule(.pastEnd(what: "a key of the metadata", offset: 32, needed: length, available: 16), bytes: header + key)
            expectRule(
                .pastEnd(what: "metadata \"k\"", offset: 45, needed: length, available: 0),
                Build(metadata: [("k", 8, little(length))]))
            expectRule(
                .pastEnd(what: "a string of metadata \"k\"", offset: 57, needed: length, available: 0),
                Build(metadata: [("k", 9, little(UInt32(8)) + little(UInt64(1)) + little(length))]))
        }
    }

    @Test func metadata() {
        let one = ("k", UInt32(0), [UInt8(1)])
        expectRule(.duplicateKey("k"), Build(metadata: [one, one]))
        expectRule(.unknownValueType(key: "k", type: 13), Build(metadata: [("k", 13, [1])]))
        expectRule(
            .unknownValueType(key: "k", type: .max), Build(metadata: [("k", 9, little(UInt32.max) + little(UInt64(0)))]))
        expectRule(.badBool(key: "k", found: 2), Build(metadata: [("k", 7, [2])]))
        let inner = little(UInt32(9)) + little(UInt64(1))
        expectRule(
            .nestedTooDeeply(key: "k"),
            Build(metadata: [("k", 9, (0..<1000).flatMap { _ in inner })]))
        var bytes = Build(metadata: [one]).bytes
        bytes[32] = 0xFF
        expectRule(.notUTF8(what: "a key of the metadata", offset: 24), bytes: bytes)
    }

    @Test func alignments() throws {
        func build(_ alignment: UInt32) -> Build {
            Build(
                metadata: [("general.alignment", 4, little(alignment))], tensors: [.init()],
                alignment: max(1, Int(alignment)), dataCount: 16)
        }
        for alignment: UInt32 in [1, 8, 4096] { #expect(try build(alignment).open().view("t") != nil) }
        for alignment: UInt32 in [0, 3, 48] { expectRule(.alignment(found: "\(alignment)"), build(alignment)) }
        var far = build(1)
        far.metadata[0].bytes = little(UInt32(1) << 31)
        expectRule(.dataPastEnd(tensor: "t", end: 16, available: 0), far)
        expectRule(
            .alignment(found: "\(UInt64(1) << 40)"), Build(metadata: [("general.alignment", 10, little(UInt64(1) << 40))]))
        expectRule(.alignment(found: "-8"), Build(metadata: [("general.alignment", 5, little(Int32(-8)))]))
        expectRule(.alignment(found: "no whole number"), Build(metadata: [("general.alignment", 7, [1])]))
    }

    @Test func shapes() {
        func build(_ extents: [UInt64], type: UInt32 = 0) -> Build {
            Build(tensors: [.init(extents: extents, type: type)], dataCount: 64)
        }
        expectRule(.extentCount(tensor: "t", found: 5), build([1, 1, 1, 1, 1]))
        expectRule(.overflow(tensor: "t", field: "shape"), build([1 << 63]))
        expectRule(.overflow(tensor: "t", field: "shape"), build([1 << 32, 1 << 32]))
        expectRule(.overflow(tensor: "t", field: "shape"), build([1 << 61, 2]))
        expectRule(.overflow(tensor: "t", field: "shape"), build([1 << 62]))
        expectRule(.dataPastEnd(tensor: "t", end: 68, available: 64), build([17]))
        expectRule(.brokenBlocks(tensor: "t", rowWidth: 33, type: .q8_0), build([33, 32], type: 8))
        expectRule(.brokenBlocks(tensor: "t", rowWidth: 128, type: .q4_K), build([128, 2], type: 12))
        for type: UInt32 in [4, 5, 31, 99, .max] {
            expectRule(.unknownTensorType(tensor: "t", type: type), build([32], type: type))
        }
    }

    @Test func places() {
        func build(_ offsets: UInt64...) -> Build {
            Build(
                tensors: offsets.enumerated().map { .init(name: "t\($0.offset)", extents: [16], offset: $0.element) },
                dataCount: 160)
        }
        expectRule(.misaligned(tensor: "t0", offset: 8, alignment: 32), build(8))
        expectRule(.overflow(tensor: "t0", field: "offset"), build(.max - 31))
        expectRule(.overflow(tensor: "t0", field: "offset"), build(UInt64(Int.max) - 31))
        expectRule(.dataPastEnd(tensor: "t0", end: 192, available: 160), build(128))
        expectRule(.overlap(tensor: "t1", offset: 32, expected: 64), build(0, 32))
        expectRule(.overlap(tensor: "t0", offset: 32, expected: 64), build(32, 0))
        expectRule(.duplicateTensor("t"), Build(tensors: [.init(), .init(offset: 32)], dataCount: 64))
    }

    @Test func everyTruncation() throws {
        let bytes = Array(try Data(contentsOf: URL(fileURLWithPath: GGUFTests.fixtures + "/blocks.gguf")))
        let whole = try GGUF(SharedBytes(bytes), file: "g")
        let end = try #require(whole.tensors.values.map(\.byteRange.upperBound).max())
        let shared = SharedBytes(bytes)
        for size in 0..<bytes.count {
            do throws(GGUFError) {
                _ = try GGUF(shared[0..<size], file: "g")
                #expect(size >= end)
            } catch {
                #expect(size < end)
            }
        }
    }

    @Test func everyFlippedBit() throws {
        var bytes = Array(try Data(contentsOf: URL(fileURLWithPath: GGUFTests.fixtures + "/blocks.gguf")))
        let header = try GGUF(SharedBytes(bytes), file: "g").dataStart
        var (opened, refused) = (0, 0)
        for place in 0..<header {
            for bit in 0..<8 {
                bytes[place] ^= 1 << bit
                do throws(GGUFError) {
                    let file = try GGUF(SharedBytes(bytes), file: "g")
                    // What opens can be read to its end.
                    for name in file.tensors.keys {
                        if let view = file.view(name), view.rowCount > 0 { _ = view.row(view.rowCount - 1) }
                    }
                    for case .array(let array) in file.metadata.values { _ = (array.strings, array.int32s) }
                    opened += 1
                } catch { refused += 1 }
                bytes[place] ^= 1 << bit
            }
        }
        #expect(opened > 1000 && refused > 1000)
    }
}

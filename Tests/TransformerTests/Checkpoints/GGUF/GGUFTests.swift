import Checkpoints
import Foundation
import Testing
import Transformer

@Suite struct GGUFTests {
    static let fixtures = URL(fileURLWithPath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        .appendingPathComponent("Fixtures/gguf").path

    private func blocks() throws -> GGUF { try GGUF(MappedFile(path: Self.fixtures + "/blocks.gguf")) }

    @Test func valuesAsTheReferenceHasThem() throws {
        let file = try blocks()
        let expected = try Safetensors(MappedFile(path: Self.fixtures + "/blocks.safetensors"))
        #expect(expected.tensors.count == 12)
        for name in expected.names {
            let (found, wanted) = (try #require(file.view(name)), try #require(expected.view(name)))
            #expect(found.shape == wanted.shape, "\(name)")
            #expect(found.floats().map(\.bitPattern) == wanted.floats().map(\.bitPattern), "\(name)")
            #expect(found.row(1).map(\.bitPattern) == wanted.row(1).map(\.bitPattern), "\(name)")
        }
        #expect(file.view("F32")?.isInPlace == true)
        #expect(file.view("Q4_K")?.format.name == "Q4_K" && file.view("Q4_K")?.dtype == nil)
        #expect(file.view("TQ2_0") == nil && file.tensors["TQ2_0"]?.type == .tq2_0, "known, not read")
        #expect(file.view("none") == nil)
    }

    @Test func metadata() throws {
        let file = try blocks()
        #expect(file.version == 3)
        func text(_ key: String) -> String { file.metadata["test.\(key)"].map { "\($0)" } ?? "" }
        #expect(text("uint8") == "unsigned(255)" && text("int8") == "signed(-128)")
        #expect(text("uint16") == "unsigned(65535)" && text("int16") == "signed(-32768)")
        #expect(text("uint32") == "unsigned(4294967295)" && text("int32") == "signed(-2147483648)")
        #expect(text("uint64") == "unsigned(\(UInt64.max))" && text("int64") == "signed(\(Int64.min))")
        #expect(text("float32") == "float32(1e-05)" && text("float64") == "float64(0.1)" && text("bool") == "bool(true)")
        #expect(file.string("test.string") == "naïve 日本" && file.string("test.bool") == nil)
        func array(_ key: String) throws -> GGUFArray {
            guard case .array(let array)? = file.metadata["test.\(key)"] else { throw CocoaError(.coderValueNotFound) }
            return array
        }
        #expect(try array("strings").strings?.map { String(decoding: $0, as: UTF8.self) } == ["", "a", "é\n"])
        #expect(try array("integers").int32s == [1, -2, 3] && array("integers").strings == nil)
        #expect(try array("floats").count == 2 && array("floats").int32s == nil)
        #expect(try array("nested").count == 2)
    }

    @Test func version2IsReadAsVersion3() throws {
        let file = try GGUFBuilder(version: 2, tensors: [.init()], dataCount: 16).open()
        #expect(file.version == 2 && file.view("t")?.shape == [4])
    }

    @Test func elementsInsideBlocks() throws {
        // One extent: each element is a row, and a row is part of a block.
        let file = try GGUFBuilder(tensors: [.init(extents: [64], type: 8)], dataCount: 68).open()
        let view = try #require(file.view("t"))
        let all = view.floats()
        #expect(all.count == 64 && view.rowWidth == 1)
        for index in [0, 31, 32, 63] { #expect(view.row(index) == [all[index]]) }
    }

    @Test func offsetsAndHoles() throws {
        // Out of order, with a hole, and one without elements.
        let file = GGUFBuilder(
            tensors: [
                .init(name: "b", offset: 96), .init(name: "a", offset: 0), .init(name: "none", extents: [0], offset: 1 << 40),
                .init(name: "scalar", extents: [], offset: 32),
            ], dataCount: 112)
        #expect(throws: GGUFError.self, "an offset past the end, even without elements") { try file.open() }
        var shorter = file
        shorter.tensors[2].offset = 64
        let opened = try shorter.open()
        #expect(opened.view("none")?.floats() == [] && opened.view("scalar")?.count == 1)
        #expect(opened.view("b")?.byteCount == 16)
    }
}

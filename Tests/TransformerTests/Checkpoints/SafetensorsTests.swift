import Checkpoints
import Foundation
import Testing
import Transformer

@Suite struct SafetensorsTests {
    private typealias Build = SafetensorsBuilder

    private func expectRule(
        _ rule: SafetensorsError.Rule, _ bytes: [UInt8], sourceLocation: SourceLocation = #_sourceLocation
    ) {
        let started = ContinuousClock.now
        do throws(SafetensorsError) {
            _ = try Safetensors(SharedBytes(bytes), file: "f")
            Issue.record("opened", sourceLocation: sourceLocation)
        } catch {
            #expect(error.rule == rule, sourceLocation: sourceLocation)
            #expect(error.description.hasPrefix("f is not a valid"), sourceLocation: sourceLocation)
            #expect(!error.description.contains("\n"), sourceLocation: sourceLocation)
        }
        #expect(ContinuousClock.now - started < .seconds(1), sourceLocation: sourceLocation)
    }

    private func expectRule(
        _ rule: SafetensorsError.Rule, header: String, dataCount: Int = 0,
        sourceLocation: SourceLocation = #_sourceLocation
    ) {
        expectRule(rule, Build.file(header: header, dataCount: dataCount), sourceLocation: sourceLocation)
    }

    @Test func opensAndReads() throws {
        let bytes = Build.file([
            ("a", .f32, [2, 2], Build.bytes([1, -2, 3.5, 0])), ("empty", .f32, [0, 7], []),
            ("scalar", .f32, [], Build.bytes([9])), ("é\u{1F642}", .u8, [3], [1, 2, 3]),
        ])
        let file = try Safetensors(SharedBytes(bytes), file: "f")
        #expect(file.tensors.count == 4)
        #expect(file.view("a")?.floats() == [1, -2, 3.5, 0])
        #expect(file.view("a")?.row(1) == [3.5, 0])
        #expect(file.view("scalar")?.floats() == [9])
        #expect(file.view("empty")?.floats() == [])
        #expect(file.view("é\u{1F642}") == nil, "not readable as Float")
        #expect(file.bytes(of: "é\u{1F642}")?.withUnsafeBytes { Array($0) } == [1, 2, 3])
        #expect(file.view("b") == nil)
    }

    @Test func metadataAndPadding() throws {
        let header = "{\"__metadata__\": {\"format\": \"pt\", \"\\u00e9\": \"\"}} \n  "
        let file = try Safetensors(SharedBytes(Build.file(header: header)), file: "f")
        #expect(file.metadata == ["format": "pt", "é": ""])
        #expect(file.tensors.isEmpty)
    }

    @Test func lengths() {
        for size in 0...7 { expectRule(.tooShort(size: size), [UInt8](repeating: 0, count: size)) }
        let expected: SafetensorsError.Rule = .headerNotJSON(JSONError(offset: 0, reason: .unexpectedEnd))
        expectRule(expected, Build.prefix(0))
        expectRule(.headerPastEnd(length: 3, available: 2), Build.file(header: "{}", length: 3))
        expectRule(.headerTooLarge(length: .max), Build.file(header: "{}", length: .max))
        expectRule(.headerTooLarge(length: 100_000_001), Build.file(header: "{}", length: 100_000_001))
        expectRule(.headerPastEnd(length: 100_000_000, available: 2), Build.file(header: "{}", length: 100_000_000))
    }

    @Test func headerText() {
        expectRule(.headerNotUTF8(offset: 1), Build.prefix(2) + [0x7B, 0xFF])
        expectRule(.headerNotJSON(JSONError(offset: 0, reason: .expected("'{'"))), header: "[]")
        expectRule(.headerNotJSON(JSONError(offset: 2, reason: .trailingBytes)), header: "{}x")
        expectRule(.headerNotJSON(JSONError(offset: 4, reason: .expected("':'"))), header: "{\"a\"}")
        expectRule(
            .headerNotJSON(JSONError(offset: 21, reason: .expected("'\"'"))),
            header: "{\"__metadata__\":{\"a\":1}}")
        let line = Build.entry("a", "U8", [0], [0, 0])
        expectRule(
            .headerNotJSON(JSONError(offset: line.utf8.count + 2, reason: .expected("'\"'"))),
            header: "{\(line),}")
        let deep = String(repeating: "[", count: 100_000)
        let start = "{\"a\":{\"x\":"
        expectRule(
            .headerNotJSON(JSONError(offset: start.utf8.count + 62, reason: .nestedTooDeeply)),
            header: start + deep)
    }

    @Test func duplicateKeys() {
        let line = Build.entry("a", "U8", [0], [0, 0])
        expectRule(.duplicateKey("a"), header: "{\(line),\(line)}")
        expectRule(.duplicateKey("a"), header: "{\(line),\(line.replacing("\"a\"", with: "\"\\u0061\""))}")
        expectRule(.duplicateKey("__metadata__"), header: "{\"__metadata__\":{},\"__metadata__\":{}}")
        expectRule(.duplicateKey("k"), header: "{\"__metadata__\":{\"k\":\"\",\"k\":\"\"}}")
        expectRule(.duplicateKey("a.dtype"), header: "{\"a\":{\"dtype\":\"U8\",\"dtype\":\"U8\"}}")
    }

    @Test func entries() {
        expectRule(.missingField(tensor: "a", field: "dtype"), header: "{\"a\":{}}")
        expectRule(.missingField(tensor: "a", field: "shape"), header: "{\"a\":{\"dtype\":\"U8\"}}")
        expectRule(
            .missingField(tensor: "a", field: "data_offsets"),
            header: "{\"a\":{\"dtype\":\"U8\",\"shape\":[]}}")
        expectRule(.unknownDType(tensor: "a", dtype: "F7"), header: "{\(Build.entry("a", "F7", [], [0, 1]))}")
        expectRule(
            .negative(tensor: "a", field: "shape", value: -1),
            header: "{\(Build.entry("a", "U8", [-1], [0, 1]))}")
        expectRule(
            .negative(tensor: "a", field: "data_offsets", value: -1),
            header: "{\(Build.entry("a", "U8", [1], [-1, 0]))}")
        expectRule(.badOffsets(tensor: "a", offsets: [4, 0]), header: "{\(Build.entry("a", "F32", [1], [4, 0]))}")
        expectRule(.badOffsets(tensor: "a", offsets: [0]), header: "{\(Build.entry("a", "F32", [1], [0]))}")
        expectRule(
            .sizeMismatch(tensor: "a", shape: [2], expected: 8, found: 4),
            header: "{\(Build.entry("a", "F32", [2], [0, 4]))}", dataCount: 4)
    }

    @Test func overflow() {
        let huge = "{\"a\":{\"dtype\":\"F32\",\"shape\":[9223372036854775808],\"data_offsets\":[0,4]}}"
        expectRule(.overflow(tensor: "a", field: "shape"), header: huge, dataCount: 4)
        let product = Build.entry("a", "F32", [1 << 31, 1 << 31, 1 << 31], [0, 4])
        expectRule(.overflow(tensor: "a", field: "shape"), header: "{\(product)}", dataCount: 4)
        expectRule(
            .overflow(tensor: "a", field: "data_offsets"),
            header: "{\(Build.entry("a", "U8", [Int.max], [0, Int.max]))}")
        expectRule(
            .dataPastEnd(expected: 1 << 60, found: 0),
            header: "{\(Build.entry("a", "U8", [1 << 60], [0, 1 << 60]))}")
    }

    @Test func layout() {
        func header(_ a: [Int], _ b: [Int]) -> String {
            "{\(Build.entry("a", "U8", [a[1] - a[0]], a)),\(Build.entry("b", "U8", [b[1] - b[0]], b))}"
        }
        expectRule(.overlap(tensor: "b", offset: 3, expected: 4), header: header([0, 4], [3, 8]), dataCount: 8)
        expectRule(.overlap(tensor: "b", offset: 0, expected: 4), header: header([0, 4], [0, 8]), dataCount: 8)
        expectRule(.hole(tensor: "b", offset: 5, expected: 4), header: header([0, 4], [5, 8]), dataCount: 8)
        expectRule(.hole(tensor: "a", offset: 1, expected: 0), header: header([1, 4], [4, 8]), dataCount: 8)
        expectRule(.trailingBytes(expected: 8, found: 9), header: header([0, 4], [4, 8]), dataCount: 9)
        expectRule(.dataPastEnd(expected: 8, found: 6), header: header([0, 4], [4, 8]), dataCount: 6)
        expectRule(.trailingBytes(expected: 0, found: 1), header: "{}", dataCount: 1)
    }

    @Test func manyEntries() throws {
        #if DEBUG
        let count = 10_000
        #else
        let count = 100_000
        #endif
        let lines = (0..<count).map { Build.entry("t\($0)", "U8", [1], [$0, $0 + 1]) }
        let bytes = SharedBytes(Build.file(header: "{\(lines.joined(separator: ","))}", dataCount: count))
        let started = ContinuousClock.now
        let file = try Safetensors(bytes, file: "f")
        #expect(ContinuousClock.now - started < .seconds(1))
        #expect(file.tensors.count == count)
    }

    @Test func damagedFilesAreRefusedOrRead() {
        let valid = Build.file([
            ("a", .f32, [2, 3], Build.bytes([1, 2, 3, 4, 5, 6])), ("b.c", .f16, [4], [0, 1, 2, 3, 4, 5, 6, 7]),
            ("d", .bf16, [1, 2], [0, 0x80, 0xFF, 0x7F]),
        ])
        var random = SplitMix(state: 42)
        for round in 0..<1000 {
            var bytes = valid
            switch round % 3 {
            case 0: bytes.removeLast(Int(random.next() % UInt64(bytes.count + 1)))
            case 1: bytes[Int(random.next() % UInt64(bytes.count))] = UInt8(truncatingIfNeeded: random.next())
            default: bytes[Int(random.next() % UInt64(bytes.count))] ^= 1 << UInt8(random.next() % 8)
            }
            let started = ContinuousClock.now
            if let file = try? Safetensors(SharedBytes(bytes), file: "f") {
                for name in file.tensors.keys { _ = file.view(name)?.floats() }
            }
            #expect(ContinuousClock.now - started < .seconds(1))
        }
    }
}

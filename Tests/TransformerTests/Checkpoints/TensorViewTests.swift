import Checkpoints
import Testing
import Transformer

@Suite struct TensorViewTests {
    /// Every pattern of 16 bits, as little-endian bytes.
    private static let patterns = (0...0xFFFF as ClosedRange<UInt16>)
    private static let patternBytes = patterns.flatMap { [UInt8(truncatingIfNeeded: $0), UInt8($0 >> 8)] }

    private func view(_ dtype: DType, _ shape: [Int], _ bytes: [UInt8]) throws -> TensorView {
        try #require(TensorView(name: "t", dtype: dtype, shape: shape, bytes: SharedBytes(bytes)))
    }

    @Test func everyFloat16() throws {
        let floats = try view(.f16, [256, 256], Self.patternBytes).floats()
        for pattern in Self.patterns {
            let found = floats[Int(pattern)]
            // The definition, in double precision.
            let (exponent, fraction) = (Int(pattern >> 10 & 31), Double(pattern & 1023))
            let sign: Double = pattern >> 15 == 0 ? 1 : -1
            switch exponent {
            case 31 where fraction != 0: #expect(found.isNaN)
            case 31: #expect(Double(found) == sign * .infinity)
            case 0: #expect(Double(found) == sign * fraction * 0x1p-24 && found.sign == (sign < 0 ? .minus : .plus))
            default:
                let power = Double(sign: .plus, exponent: exponent - 15, significand: 1)
                #expect(Double(found) == sign * (1 + fraction / 1024) * power)
            }
        }
    }

    @Test func everyBFloat16() throws {
        let floats = try view(.bf16, [65536], Self.patternBytes).floats()
        for pattern in Self.patterns { #expect(floats[Int(pattern)].bitPattern == UInt32(pattern) << 16) }
    }

    @Test func manyElementsAreConvertedInShares() throws {
        let bytes = Self.patternBytes + Self.patternBytes + Self.patternBytes.prefix(26)
        let floats = try view(.bf16, [bytes.count / 2], bytes).floats()
        #expect(floats.count == 2 * 65536 + 13)
        let same = floats.enumerated().allSatisfy { $1.bitPattern == UInt32($0 % 65536) << 16 }
        #expect(same)
    }

    @Test func doubles() throws {
        let values: [Double] = [1, -0.1, 1e300]
        let bytes = values.flatMap { value in (0..<8).map { UInt8(truncatingIfNeeded: value.bitPattern >> (8 * $0)) } }
        #expect(try view(.f64, [3], bytes).floats() == [1, -0.1, .infinity])
    }

    @Test func rows() throws {
        let floats = try view(.f16, [512, 2, 64], Self.patternBytes)
        #expect(floats.rowCount == 512 && floats.rowWidth == 128)
        let all = floats.floats().map(\.bitPattern)
        for row in [0, 1, 511] {
            #expect(floats.row(row).map(\.bitPattern) == Array(all[row * 128..<(row + 1) * 128]))
        }
    }

    @Test func inPlaceOnlyWhenAligned() throws {
        let values: [Float] = [1, 2, 3, 4]
        for offset in 0..<8 {
            let padded = [UInt8](repeating: 0, count: offset) + SafetensorsBuilder.bytes(values)
            let bytes = SharedBytes(padded)[offset..<padded.count]
            let view = try #require(TensorView(name: "t", dtype: .f32, shape: [4], bytes: bytes))
            #expect(view.isInPlace == (offset % 4 == 0))
            #expect(view.withFloat32Pointer { Array($0) } == (offset % 4 == 0 ? values : nil))
            #expect(view.withFloats { Array($0) } == values)
            #expect(view.floats() == values)
            #expect(view.row(2) == [3])
        }
        let half = try view(.f16, [1], [0, 0x3C])
        #expect(!half.isInPlace)
        #expect(half.withFloats { Array($0) } == [1])
    }

    @Test func stacked() throws {
        let wide = try view(.f32, [2, 3], SafetensorsBuilder.bytes([1, 2, 3, 4, 5, 6]))
        let half = try view(.f16, [1, 3], [0, 0x3C, 0, 0xC0, 0, 0])
        let stack = TensorView(stacking: wide, [half, wide])
        #expect(stack.shape == [5, 3] && stack.count == 15 && stack.byteCount == 54 && !stack.isInPlace)
        #expect(stack.floats() == [1, 2, 3, 4, 5, 6, 1, -2, 0, 1, 2, 3, 4, 5, 6])
        #expect(stack.row(2) == [1, -2, 0] && stack.row(4) == [4, 5, 6])
        #expect(stack.withFloats { $0.count } == 15 && stack.withFloat32Pointer { $0.count } == nil)
        #expect(TensorView(stacking: wide, []).isInPlace)
    }

    @Test func noRowsOfAbsurdWidth() throws {
        let none = try view(.f32, [0, 1 << 40, 1 << 40], [])
        #expect(none.rowWidth == 0 && none.floats() == [] && none.rowCount == 0)
        #expect(TensorView(stacking: none, [none]).count == 0)
    }

    @Test func refusesWhatItCannotRead() {
        let bytes = SharedBytes([0, 0, 0, 0])
        #expect(TensorView(name: "t", dtype: .i32, shape: [1], bytes: bytes) == nil)
        #expect(TensorView(name: "t", dtype: .f32, shape: [2], bytes: bytes) == nil)
        #expect(TensorView(name: "t", dtype: .f32, shape: [-1, -1], bytes: bytes) == nil)
        #expect(TensorView(name: "t", dtype: .f32, shape: [Int.max, 2], bytes: bytes) == nil)
    }

    @Test func keepsItsOwnerAlive() throws {
        func make() throws -> TensorView {
            let file = SafetensorsBuilder.file([("a", .f32, [2], SafetensorsBuilder.bytes([5, 6]))])
            return try #require(try Safetensors(SharedBytes(file), file: "f").view("a"))
        }
        #expect(try make().floats() == [5, 6])
    }
}

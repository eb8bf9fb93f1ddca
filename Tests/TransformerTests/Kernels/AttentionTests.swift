import CKernels
import Testing
import Transformer

/// Attention against its definition, in double precision.
@Suite struct AttentionTests {
    struct Shape: CustomTestStringConvertible, Sendable {
        var lengths: [Int]
        var heads: Int
        var keyHeads: Int
        var headWidth: Int
        var causal: Bool
        var testDescription: String { "\(lengths), \(heads) heads on \(keyHeads), \(headWidth) wide, \(causal ? "causal" : "all")" }
    }

    static let shapes = [
        Shape(lengths: [1, 13, 31, 32, 33, 97, 110], heads: 2, keyHeads: 2, headWidth: 64, causal: true),
        Shape(lengths: [5, 40], heads: 6, keyHeads: 2, headWidth: 20, causal: true),
        Shape(lengths: [1, 12, 45], heads: 3, keyHeads: 3, headWidth: 32, causal: false),
        Shape(lengths: [130], heads: 4, keyHeads: 1, headWidth: 3, causal: false),
    ]

    /// z and the pattern of a batch, [rows, heads · width] and row after row.
    private func attend(_ shape: Shape, q: [Float], k: [Float], v: [Float]) -> (z: [Float], pattern: [Float], offsets: [Int]) {
        let starts = shape.lengths.reduce(into: [0]) { $0.append($0[$0.count - 1] + $1) }
        let rows = starts[starts.count - 1]
        var offsets = [0]
        for length in shape.lengths {
            for position in 0..<length {
                offsets.append(offsets[offsets.count - 1] + shape.heads * (shape.causal ? position + 1 : length))
            }
        }
        // q, k and v share rows, as a forward pass has them.
        let (query, key) = (shape.heads * shape.headWidth, shape.keyHeads * shape.headWidth)
        let stride = query + 2 * key
        var qkv = [Float](repeating: 0, count: rows * stride)
        for row in 0..<rows {
            for i in 0..<query { qkv[row * stride + i] = q[row * query + i] }
            for i in 0..<key {
                qkv[row * stride + query + i] = k[row * key + i]
                qkv[row * stride + query + key + i] = v[row * key + i]
            }
        }
        var z = [Float](repeating: 0, count: rows * query)
        var pattern = [Float](repeating: 0, count: offsets[rows])
        func run(
            _ qkv: UnsafePointer<Float>, _ starts: UnsafePointer<Int>, _ offsets: UnsafePointer<Int>, _ z: UnsafeMutablePointer<Float>,
            _ pattern: UnsafeMutablePointer<Float>
        ) {
            var arguments = ak_attention_arguments(
                sequences: shape.lengths.count, starts: starts, heads: shape.heads, key_heads: shape.keyHeads,
                head_width: shape.headWidth, causal: shape.causal, q: qkv, k: qkv + query, v: qkv + query + key, ld_qkv: stride,
                scale: 0.3, window: 0, soft_cap: 0, alibi_slopes: nil, z: z, ldz: query, scratch: nil, scores: nil, pattern: pattern, offsets: offsets)
            var scratch = [Float](repeating: .nan, count: ak_attention_scratch(&arguments))
            scratch.withUnsafeMutableBufferPointer {
                arguments.scratch = $0.baseAddress
                #expect(ak_attention(&arguments) == 0)
            }
        }
        run(qkv, starts, offsets, &z, &pattern)
        return (z, pattern, offsets)
    }

    @Test(arguments: shapes) func agreesWithItsDefinition(shape: Shape) {
        let rows = shape.lengths.reduce(0, +)
        let q = KernelTests.vector(rows * shape.heads * shape.headWidth, seed: 1)
        let k = KernelTests.vector(rows * shape.keyHeads * shape.headWidth, seed: 2)
        let v = KernelTests.vector(rows * shape.keyHeads * shape.headWidth, seed: 3)
        let (z, pattern, offsets) = attend(shape, q: q, k: k, v: v)
        let d = shape.headWidth
        var start = 0
        var (worstZ, worstPattern) = (0.0, 0.0)
        for length in shape.lengths {
            for position in 0..<length {
                for head in 0..<shape.heads {
                    let group = head / (shape.heads / shape.keyHeads)
                    let keys = shape.causal ? position + 1 : length
                    func at(_ x: [Float], _ row: Int, _ heads: Int, _ head: Int, _ i: Int) -> Double {
                        Double(x[((start + row) * heads + head) * d + i])
                    }
                    let scores = (0..<keys).map { key in
                        0.3 * (0..<d).reduce(0.0) { $0 + at(q, position, shape.heads, head, $1) * at(k, key, shape.keyHeads, group, $1) }
                    }
                    let weights = softmax(scores)
                    for key in 0..<keys {
                        worstPattern = max(
                            worstPattern, abs(weights[key] - Double(pattern[offsets[start + position] + head * keys + key])))
                    }
                    for i in 0..<d {
                        let expected = (0..<keys).reduce(0.0) { $0 + weights[$1] * at(v, $1, shape.keyHeads, group, i) }
                        worstZ = max(worstZ, abs(expected - at(z, position, shape.heads, head, i)))
                    }
                }
            }
            start += length
        }
        #expect(worstZ < 1e-5 && worstPattern < 1e-5, "z \(worstZ), pattern \(worstPattern)")
    }

    private func softmax(_ scores: [Double]) -> [Double] {
        let largest = scores.max() ?? 0
        let weights = scores.map { ($0 - largest).exponential }
        let sum = weights.reduce(0, +)
        return weights.map { $0 / sum }
    }

    /// Zero times NaN is NaN: a masked value must not be multiplied at all.
    @Test func aTokenThatIsNotANumberReachesNoneBeforeIt() {
        let shape = Shape(lengths: [40], heads: 1, keyHeads: 1, headWidth: 32, causal: true)
        let q = KernelTests.vector(40 * 32, seed: 4)
        var v = KernelTests.vector(40 * 32, seed: 5)
        let before = attend(shape, q: q, k: q, v: v).z
        for bad in [17, 39] {
            for i in 0..<32 { v[bad * 32 + i] = .nan }
            let after = attend(shape, q: q, k: q, v: v).z
            let same = before.prefix(bad * 32).elementsEqual(after.prefix(bad * 32))
            let spreads = after[bad * 32].isNaN
            #expect(same && spreads, "row \(bad)")
            v = KernelTests.vector(40 * 32, seed: 5)
        }
    }
}

extension Double {
    /// e to this power, by its series: no library's exp stands between the definition and the test.
    fileprivate var exponential: Double {
        var (term, sum, n) = (1.0, 1.0, 1.0)
        let reduced = self / 1024
        while abs(term) > 1e-20 { term *= reduced / n; sum += term; n += 1 }
        for _ in 0..<10 { sum *= sum }
        return sum
    }
}

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
        var window = 0
        var softCap: Float = 0
        var slopes: [Float]?

        var testDescription: String {
            "\(lengths), \(heads) heads on \(keyHeads), \(headWidth) wide, \(causal ? "causal" : "all"), window \(window), "
                + "cap \(softCap), \(slopes == nil ? "no " : "")slopes"
        }

        /// The keys that a query sees.
        func keys(_ position: Int, of length: Int) -> Range<Int> {
            let back = window == 0 ? length : causal ? window - 1 : window / 2
            let ahead = causal ? 0 : window == 0 ? length : window / 2
            return max(0, position - back)..<min(length, position + ahead + 1)
        }
    }

    static let shapes = [
        Shape(lengths: [1, 13, 31, 32, 33, 97, 110], heads: 2, keyHeads: 2, headWidth: 64, causal: true),
        Shape(lengths: [5, 40], heads: 6, keyHeads: 2, headWidth: 20, causal: true),
        Shape(lengths: [1, 12, 45], heads: 3, keyHeads: 3, headWidth: 32, causal: false),
        Shape(lengths: [130], heads: 4, keyHeads: 1, headWidth: 3, causal: false),
        Shape(lengths: [300, 7, 600], heads: 1, keyHeads: 1, headWidth: 40, causal: true),
        Shape(lengths: [20, 300, 530], heads: 2, keyHeads: 1, headWidth: 16, causal: true, window: 9),
        Shape(lengths: [600], heads: 1, keyHeads: 1, headWidth: 16, causal: true, window: 250),
        Shape(lengths: [3, 300], heads: 2, keyHeads: 2, headWidth: 16, causal: false, window: 8),
        Shape(lengths: [40, 270], heads: 2, keyHeads: 2, headWidth: 24, causal: true, softCap: 0.5),
        Shape(lengths: [33, 280], heads: 2, keyHeads: 2, headWidth: 24, causal: true, slopes: [0.25, 0.0625]),
        Shape(lengths: [12], heads: 1, keyHeads: 1, headWidth: 300, causal: true),
    ]

    /// z and the pattern of a batch, [rows, heads · width] and row after row.
    private func attend(_ shape: Shape, q: [Float], k: [Float], v: [Float]) -> (z: [Float], pattern: [Float], offsets: [Int]) {
        let starts = shape.lengths.reduce(into: [0]) { $0.append($0[$0.count - 1] + $1) }
        let rows = starts[starts.count - 1]
        var offsets = [0]
        for length in shape.lengths {
            for position in 0..<length {
                offsets.append(offsets[offsets.count - 1] + shape.heads * shape.keys(position, of: length).count)
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
            _ qkv: UnsafePointer<Float>, _ starts: UnsafePointer<Int>, _ offsets: UnsafePointer<Int>,
            _ z: UnsafeMutablePointer<Float>,
            _ pattern: UnsafeMutablePointer<Float>, _ slopes: UnsafePointer<Float>
        ) {
            var arguments = ak_attention_arguments(
                sequences: shape.lengths.count, starts: starts, heads: shape.heads, key_heads: shape.keyHeads,
                head_width: shape.headWidth, causal: shape.causal, q: qkv, k: qkv + query, v: qkv + query + key, ld_qkv: stride,
                scale: 0.3, window: shape.window, soft_cap: shape.softCap, slopes: shape.slopes == nil ? nil : slopes, z: z,
                ldz: query, scratch: nil, scores: nil, pattern: pattern, offsets: offsets)
            var scratch = [Float](repeating: .nan, count: ak_attention_scratch(&arguments))
            scratch.withUnsafeMutableBufferPointer {
                arguments.scratch = $0.baseAddress
                #expect(ak_attention(&arguments) == 0)
            }
        }
        run(qkv, starts, offsets, &z, &pattern, shape.slopes ?? [])
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
                    let keys = shape.keys(position, of: length)
                    func at(_ x: [Float], _ row: Int, _ heads: Int, _ head: Int, _ i: Int) -> Double {
                        Double(x[((start + row) * heads + head) * d + i])
                    }
                    let scores = keys.map { key in
                        var score =
                            0.3
                            * (0..<d).reduce(0.0) {
                                $0 + at(q, position, shape.heads, head, $1) * at(k, key, shape.keyHeads, group, $1)
                            }
                        if shape.softCap > 0 { score = Double(shape.softCap) * (score / Double(shape.softCap)).hyperbolicTangent }
                        return score + Double(shape.slopes?[head] ?? 0) * Double(key - position)
                    }
                    let weights = softmax(scores)
                    for key in 0..<keys.count {
                        worstPattern = max(
                            worstPattern, abs(weights[key] - Double(pattern[offsets[start + position] + head * keys.count + key])))
                    }
                    for i in 0..<d {
                        let expected = zip(keys, weights).reduce(0.0) { $0 + $1.1 * at(v, $1.0, shape.keyHeads, group, i) }
                        worstZ = max(worstZ, abs(expected - at(z, position, shape.heads, head, i)))
                    }
                }
            }
            start += length
        }
        #expect(worstZ < 2e-6 && worstPattern < 2e-6, "z \(worstZ), pattern \(worstPattern)")
    }

    private func softmax(_ scores: [Double]) -> [Double] {
        let largest = scores.max() ?? 0
        let weights = scores.map { ($0 - largest).exponential }
        let sum = weights.reduce(0, +)
        return weights.map { $0 / sum }
    }

    /// Each sequence has the bits that it has alone, whatever its queries' neighbours in a tile.
    @Test(arguments: shapes) func aSequenceHasItsBitsAlone(shape: Shape) {
        let rows = shape.lengths.reduce(0, +)
        let (query, key) = (shape.heads * shape.headWidth, shape.keyHeads * shape.headWidth)
        let q = KernelTests.vector(rows * query, seed: 1)
        let (k, v) = (KernelTests.vector(rows * key, seed: 2), KernelTests.vector(rows * key, seed: 3))
        let together = attend(shape, q: q, k: k, v: v).z
        var start = 0
        for length in shape.lengths {
            var one = shape
            one.lengths = [length]
            let (own, keys) = (start * query..<(start + length) * query, start * key..<(start + length) * key)
            let alone = attend(one, q: Array(q[own]), k: Array(k[keys]), v: Array(v[keys])).z
            let same = alone.elementsEqual(together[own])
            #expect(same, "of \(length)")
            start += length
        }
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
    fileprivate var hyperbolicTangent: Double { 1 - 2 / ((2 * self).exponential + 1) }

    /// e to this power, by its series: no library's exp stands between the definition and the test.
    fileprivate var exponential: Double {
        var (term, sum, n) = (1.0, 1.0, 1.0)
        let reduced = self / 1024
        while abs(term) > 1e-20 { term *= reduced / n; sum += term; n += 1 }
        for _ in 0..<10 { sum *= sum }
        return sum
    }
}

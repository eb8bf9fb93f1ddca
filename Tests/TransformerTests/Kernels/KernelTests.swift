import CKernels
import Foundation
import Testing
import Transformer

/// Each kernel against its definition in double precision, at widths that are and are not whole vectors.
@Suite struct KernelTests {
    static let widths = [1, 2, 7, 8, 9, 36, 64, 127, 768]

    /// Values of several magnitudes with an offset, so that cancellation would show.
    static func vector(_ count: Int, seed: UInt64, offset: Float = 0, spread: Float = 1) -> [Float] {
        var generator = SplitMix64(state: seed)
        return (0..<count).map { _ in offset + spread * Float(Double(generator.next() >> 11) * 0x1p-53 * 2 - 1) }
    }

    @Test(arguments: [1, 3, 50])
    func columnMomentsAddUpOverCalls(step: Int) {
        let (rows, width) = (150, 21)
        let x = Self.vector(rows * width, seed: 3, offset: 300)
        var mean = [Double](repeating: 0, count: width)
        var m2 = mean
        for first in stride(from: 0, to: rows, by: step) {
            ak_column_moments(step, width, Array(x[(first * width)...]), width, Double(first), &mean, &m2)
        }
        for column in 0..<width {
            let values = (0..<rows).map { Double(x[$0 * width + column]) }
            let expected = values.reduce(0, +) / Double(rows)
            let squares = values.map { ($0 - expected) * ($0 - expected) }.reduce(0, +)
            #expect(abs(mean[column] - expected) <= 1e-12 * abs(expected))
            #expect(abs(m2[column] - squares) <= 1e-12 * squares)
        }
    }

    @Test(arguments: widths)
    func layerNormAgreesWithItsDefinition(width: Int) {
        let x = Self.vector(3 * width, seed: 4, offset: 2, spread: 5)
        let (gain, bias) = (Self.vector(width, seed: 5, offset: 1), Self.vector(width, seed: 6))
        let epsilon = 1e-3
        let (out, normalized, scale, _) = Normalized(x, rows: 3, gain: gain, bias: bias, epsilon: epsilon, rms: false).all
        for row in 0..<3 {
            let values = x[(row * width)..<((row + 1) * width)].map(Double.init)
            let mean = values.reduce(0, +) / Double(width)
            let variance = values.map { ($0 - mean) * ($0 - mean) }.reduce(0, +) / Double(width)
            #expect(abs(Double(scale[row]) - (variance + epsilon).squareRoot()) <= 1e-6 * Double(scale[row]))
            for i in 0..<width {
                let n = (values[i] - mean) / (variance + epsilon).squareRoot()
                #expect(abs(Double(normalized[row * width + i]) - n) <= 1e-6 * max(1, abs(n)))
                let y = n * Double(gain[i]) + Double(bias[i])
                #expect(abs(Double(out[row * width + i]) - y) <= 2e-6 * max(1, abs(n)))
            }
        }
        let alone = Normalized(x, rows: 3, gain: gain, bias: bias, epsilon: epsilon, rms: false, outAlone: true)
        #expect(alone.out == out, "the same bits whether normalized is kept or not")
    }

    @Test(arguments: ActivationFunction.allCases)
    func activationFunctionsAgreeWithTheirDefinition(function: ActivationFunction) {
        var x = (-4000...4000).map { Float($0) / 300 } + [0, -0.0, 1e-30, -1e-30, 80, -80, 1000, -1000]
        let before = x
        ak_activate(function.kernel, x.count, &x)
        for (value, input) in zip(x, before) {
            let expected = function(Double(input))
            #expect(abs(Double(value) - expected) <= 4e-7 * max(1, abs(expected)), "\(function)(\(input))")
        }
        var nan: [Float] = [.nan]
        ak_activate(function.kernel, 1, &nan)
        #expect(nan[0].isNaN, "NaN is not hidden")
    }

    @Test(arguments: [5, 8, 64])
    func headResultsHaveTheMomentsThatTheirGramMatrixGives(headWidth: Int) {
        let (heads, width, rows) = (3, 100, 40)
        let w = Self.vector(heads * headWidth * width, seed: 7, offset: 0.3)
        let z = Self.vector(rows * heads * headWidth, seed: 8)
        var means = [Double](repeating: 0, count: heads * headWidth)
        var gram = [Double](repeating: 0, count: heads * headWidth * headWidth)
        for head in 0..<heads {
            ak_gram(
                headWidth, width, Array(w[(head * headWidth * width)...]), width,
                &means[head * headWidth], &gram[head * headWidth * headWidth])
        }
        var found = [Double](repeating: 0, count: rows * heads * 2)
        ak_gram_mean_variance(rows, heads, headWidth, z, heads * headWidth, means, gram, &found, heads * 2, 2)
        for row in 0..<rows {
            for head in 0..<heads {
                let result = (0..<width).map { feature in
                    (0..<headWidth).reduce(0.0) {
                        $0 + Double(z[(row * heads + head) * headWidth + $1]) * Double(w[(head * headWidth + $1) * width + feature])
                    }
                }
                let mean = result.reduce(0, +) / Double(width)
                let variance = result.map { ($0 - mean) * ($0 - mean) }.reduce(0, +) / Double(width)
                #expect(abs(found[(row * heads + head) * 2] - mean) <= 1e-12 * max(1, abs(mean)))
                #expect(abs(found[(row * heads + head) * 2 + 1] - variance) <= 1e-12 * max(1, variance))
            }
        }
    }

    @Test(arguments: [5, 8, 64])
    func headProductsAgreeWithTheirDefinition(headWidth: Int) {
        let (heads, rows, stride) = (3, 40, 7)
        let (a, b) = (Self.vector(rows * heads * headWidth, seed: 3), Self.vector(rows * heads * headWidth, seed: 4, offset: 1))
        var found = [Double](repeating: .infinity, count: rows * stride)
        ak_head_products(rows, heads, headWidth, a, b, 0.25, &found, stride)
        for row in 0..<rows {
            for head in 0..<heads {
                let first = (row * heads + head) * headWidth
                let expected = (first..<first + headWidth).reduce(0.0) { $0 + Double(a[$1]) * Double(b[$1]) } / 4
                #expect(abs(found[row * stride + head] - expected) <= 1e-12 * Double(headWidth))
            }
            #expect(found[(row * stride + heads)..<((row + 1) * stride)].allSatisfy { $0 == .infinity }, "what is not its own")
        }
    }

    @Test(arguments: widths)
    func centredRowsAreWithoutTheirMean(width: Int) {
        let x = Self.vector(3 * width, seed: 6, offset: 100)
        var centred = [Float](repeating: 0, count: 3 * width)
        ak_centre_rows(3, width, x, &centred)
        for row in 0..<3 {
            let values = x[(row * width)..<((row + 1) * width)].map(Double.init)
            let mean = values.reduce(0, +) / Double(width)
            for (found, value) in zip(centred[(row * width)...], values) {
                #expect(abs(Double(found) - (value - mean)) <= 1e-7 * abs(value - mean) + 1e-12)
            }
        }
    }

    @Test func predictionsAgreeWithTheSoftmax() {
        let width = 1001
        let logits = Self.vector(2 * width, seed: 9, offset: 100, spread: 20)
        var (p, e) = ([0.0, 0], [0.0, 0])
        var rank: [Int32] = [0, 0]
        ak_predictions(2, width, logits, width, [17, -1], &p, &e, &rank, 0, nil, nil)
        for row in 0..<2 {
            let l = logits[(row * width)..<((row + 1) * width)].map(Double.init)
            let total = l.map(exp).reduce(0, +)
            let probabilities = l.map { exp($0) / total }
            #expect(abs(e[row] + probabilities.map { $0 * log($0) }.reduce(0, +)) <= 1e-9)
            if row == 0 {
                #expect(abs(p[0] - log(probabilities[17])) <= 1e-9)
                #expect(Int(rank[0]) == l.count { $0 > l[17] } + 1)
            }
        }
        #expect(p[1].isNaN && rank[1] == 0, "nothing follows the last token")
    }

    /// Exponentials overflow where the largest logit is not taken away first.
    @Test func aLogitFarAboveTheOthersIsCertainWhereverItStands() {
        let width = 40
        for place in 0..<width {
            var logits = [Float](repeating: 0, count: width)
            logits[place] = 3000
            var (p, e, rank) = (Double.nan, Double.nan, Int32(0))
            ak_predictions(1, width, logits, width, [Int32(place)], &p, &e, &rank, 0, nil, nil)
            #expect(p == 0 && e == 0 && rank == 1)
        }
    }

    /// Of equal logits the first token comes first; NaN comes last; beyond the last token there is -1.
    @Test(arguments: [1, 3, 5, 63, 64, 65, 200, 1001])
    func theLikeliestTokensAreThoseOfTheLargestLogits(width: Int) {
        let most = 5
        var logits = Self.vector(3 * width, seed: 10, spread: 20)
        for i in 0..<width { logits[width + i] = Float((i * 7) % 4) }
        for i in 0..<width where i != width / 2 { logits[2 * width + i] = .nan }
        var tokens = [Int32](repeating: 99, count: 3 * most)
        var p = [Double](repeating: 99, count: 3 * most)
        var own = ([0.0, 0, 0], [0.0, 0, 0], [Int32](repeating: 0, count: 3))
        ak_predictions(3, width, logits, width, [0, 0, -1], &own.0, &own.1, &own.2, most, &tokens, &p)
        for row in 0..<3 {
            let l = logits[(row * width)..<((row + 1) * width)].map { $0.isNaN ? -.infinity : Double($0) }
            let expected = l.indices.sorted { l[$0] != l[$1] ? l[$0] > l[$1] : $0 < $1 }.prefix(most)
            let found = tokens[(row * most)..<((row + 1) * most)]
            #expect(Array(found) == expected.map(Int32.init) + Array(repeating: -1, count: most - expected.count))
            let total = l.reduce(0) { $0 + exp($1) }
            for (place, token) in expected.enumerated() where row < 2 {
                let probability = p[row * most + place]
                #expect(abs(probability - log(exp(l[token]) / total)) <= 1e-9)
                // The same bits as where it is asked for.
                if token == 0 { #expect(probability == own.0[row]) }
            }
            let beyond = p[(row * most + min(most, width))..<((row + 1) * most)]
            #expect(beyond.allSatisfy { $0.isNaN })
        }
    }

    @Test(arguments: widths)
    func covarianceAgreesWithItsDefinition(width: Int) {
        let x = Self.vector(2 * width, seed: 21, offset: 3), y = Self.vector(2 * width, seed: 22, offset: -5, spread: 2)
        var found = [0.0, 0]
        ak_row_covariance(2, width, x, width, y, width, &found, 1)
        for row in 0..<2 {
            let a = x[(row * width)..<((row + 1) * width)].map(Double.init),
                b = y[(row * width)..<((row + 1) * width)].map(Double.init)
            let (meanA, meanB) = (a.reduce(0, +) / Double(width), b.reduce(0, +) / Double(width))
            let expected = zip(a, b).map { ($0 - meanA) * ($1 - meanB) }.reduce(0, +) / Double(width)
            #expect(abs(found[row] - expected) <= 1e-13)
        }
    }
}

/// Rows as a norm's kernel makes them.
struct Normalized {
    var (out, normalized, scale, moments): ([Float], [Float], [Float], [Double])

    init(_ x: [Float], rows: Int, gain: [Float], bias: [Float]?, epsilon: Double, rms: Bool, outAlone: Bool = false) {
        let width = x.count / rows
        (out, normalized) = (Array(repeating: 0, count: x.count), Array(repeating: 0, count: x.count))
        (scale, moments) = (Array(repeating: 0, count: rows), Array(repeating: 0, count: 2 * rows))
        func run(
            _ x: UnsafePointer<Float>, _ gain: UnsafePointer<Float>, _ bias: UnsafePointer<Float>?,
            _ out: UnsafeMutablePointer<Float>,
            _ normalized: UnsafeMutablePointer<Float>, _ scale: UnsafeMutablePointer<Float>, _ moments: UnsafeMutablePointer<Double>
        ) {
            var norm = ak_norm(
                rows: rows, heads: 1, width: width, rms: rms, x: x, ldx: width, gain: gain, bias: bias, ld_gain: 0, gain_offset: 0,
                epsilon: epsilon, out: out, ldo: width, normalized: outAlone ? nil : normalized, scale: outAlone ? nil : scale,
                moments: outAlone ? nil : moments)
            ak_normalize(&norm)
        }
        run(x, gain, bias, &out, &normalized, &scale, &moments)
    }

    var all: (out: [Float], normalized: [Float], scale: [Float], moments: [Double]) { (out, normalized, scale, moments) }
}

/// A small generator that gives the same numbers everywhere (Steele, Lea & Flood 2014).
struct SplitMix64: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }
}

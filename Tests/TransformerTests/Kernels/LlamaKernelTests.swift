import CKernels
import Foundation
import Testing
import Transformer

/// The kernels of what a Llama has and a GPT-2 has not, against their definitions in double precision.
@Suite struct LlamaKernelTests {
    @Test(arguments: KernelTests.widths)
    func rmsNormAgreesWithItsDefinition(width: Int) {
        let x = KernelTests.vector(3 * width, seed: 4, offset: 2, spread: 5)
        let gain = KernelTests.vector(width, seed: 5, offset: 1)
        let epsilon = 1e-3
        var (out, normalized) = ([Float](repeating: 0, count: 3 * width), [Float](repeating: 0, count: 3 * width))
        var (scale, moments) = ([Float](repeating: 0, count: 3), [Double](repeating: 0, count: 6))
        ak_rms_norm(3, width, x, width, gain, epsilon, &out, &normalized, &scale, &moments)
        for row in 0..<3 {
            let values = x[(row * width)..<((row + 1) * width)].map(Double.init)
            let square = values.map { $0 * $0 }.reduce(0, +) / Double(width)
            let expected = (square + epsilon).squareRoot()
            #expect(abs(Double(scale[row]) - expected) <= 1e-6 * expected)
            // The mean is there, though it was not taken away.
            let mean = values.reduce(0, +) / Double(width)
            #expect(abs(moments[2 * row] - mean) <= 1e-12 * expected)
            #expect(abs(moments[2 * row + 1] + mean * mean - square) <= 1e-12 * square)
            for i in 0..<width {
                let n = values[i] / expected
                #expect(abs(Double(normalized[row * width + i]) - n) <= 1e-6 * max(1, abs(n)))
                #expect(abs(Double(out[row * width + i]) - n * Double(gain[i])) <= 2e-6 * max(1, abs(n)))
            }
        }
        var alone = [Float](repeating: 0, count: 3 * width)
        ak_rms_norm(3, width, x, width, gain, epsilon, &alone, nil, nil, nil)
        #expect(alone == out, "the same bits whether normalized is kept or not")
    }

    @Test(arguments: [2, 6, 8, 64, 130])
    func rotationAgreesWithItsDefinition(width: Int) {
        let (rows, heads, half) = (5, 3, width / 2)
        let stride = heads * width + 7  // what lies behind the heads stays as it is
        let positions: [Int32] = [0, 1, 2, 0, 9]
        func angle(_ position: Int, _ i: Int) -> Double { Double(position) * pow(100, -2 * Double(i) / Double(width)) }
        let angles = (0..<10).flatMap { position in (0..<half).map { angle(position, $0) } }
        let before = KernelTests.vector(rows * stride, seed: 8)
        var x = before
        ak_rotate(rows, heads, width, &x, stride, positions, angles.map { Float(cos($0)) }, angles.map { Float(sin($0)) })
        for row in 0..<rows {
            for head in 0..<heads {
                for i in 0..<half {
                    let first = row * stride + head * width + i
                    let (a, b) = (Double(before[first]), Double(before[first + half]))
                    let turn = angle(Int(positions[row]), i)
                    #expect(abs(Double(x[first]) - (a * cos(turn) - b * sin(turn))) <= 5e-7)
                    #expect(abs(Double(x[first + half]) - (b * cos(turn) + a * sin(turn))) <= 5e-7)
                }
            }
            let rest = row * stride + heads * width..<(row + 1) * stride
            #expect(x[rest] == before[rest])
        }
    }

    @Test(arguments: ActivationFunction.allCases)
    func aGateIsTheFunctionTimesTheOther(function: ActivationFunction) {
        let count = 40_000  // more than one task takes
        let gate = KernelTests.vector(count, seed: 9, spread: 6)
        let other = KernelTests.vector(count, seed: 10, offset: 0.5)
        var (alone, both) = (gate, gate)
        ak_activate(function.kernel, count, &alone)
        ak_activate_times(function.kernel, count, &both, other)
        let same = zip(zip(alone, other), both).allSatisfy { $0.0 * $0.1 == $1 }
        #expect(same)
    }
}

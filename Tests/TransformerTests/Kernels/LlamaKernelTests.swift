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
        let (out, normalized, scale, moments) = Normalized(x, rows: 3, gain: gain, bias: nil, epsilon: epsilon, rms: true).all
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
        let alone = Normalized(x, rows: 3, gain: gain, bias: nil, epsilon: epsilon, rms: true, outAlone: true)
        #expect(alone.out == out, "the same bits whether normalized is kept or not")
    }

    @Test(arguments: [(2, 2), (6, 6), (8, 4), (64, 64), (130, 20)], [false, true])
    func rotationAgreesWithItsDefinition(widths: (head: Int, turned: Int), isInterleaved: Bool) {
        let (width, (rows, heads, half)) = (widths.turned, (5, 3, widths.turned / 2))
        let stride = heads * widths.head + 7  // what lies behind the heads stays as it is
        let positions: [Int32] = [0, 1, 2, 0, 9]
        func angle(_ position: Int, _ i: Int) -> Double { Double(position) * pow(100, -2 * Double(i) / Double(width)) }
        let angles = (0..<10).flatMap { position in (0..<half).map { angle(position, $0) } }
        let before = KernelTests.vector(rows * stride, seed: 8)
        var x = before
        ak_rotate(
            rows, heads, widths.head, width, isInterleaved, &x, stride, positions, angles.map { Float(cos($0)) },
            angles.map { Float(sin($0)) })
        for row in 0..<rows {
            for head in 0..<heads {
                for i in 0..<half {
                    let first = row * stride + head * widths.head + (isInterleaved ? 2 * i : i)
                    let second = first + (isInterleaved ? 1 : half)
                    let (a, b) = (Double(before[first]), Double(before[second]))
                    let turn = angle(Int(positions[row]), i)
                    #expect(abs(Double(x[first]) - (a * cos(turn) - b * sin(turn))) <= 5e-7)
                    #expect(abs(Double(x[second]) - (b * cos(turn) + a * sin(turn))) <= 5e-7)
                }
            }
            let rest = row * stride + heads * widths.head..<(row + 1) * stride
            #expect(x[rest] == before[rest])
            let unturned = row * stride + width..<row * stride + widths.head
            #expect(x[unturned] == before[unturned])
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

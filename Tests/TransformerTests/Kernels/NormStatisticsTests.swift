import CKernels
import Foundation
import Testing

/// What is recorded of a norm, against its definitions in double precision.
@Suite struct NormStatisticsTests {
    /// Statistics of norms of `depths` sites with the same values, as the kernel lays them out.
    struct Found {
        let depths = 2
        var moments: [ak_moments]
        var outputs: [Double]
        var mean: [Double]
        var m2: [Double]

        init(width: Int, x: [Float], out: [Float], normalized: [Float]? = nil, rms: Bool = false, epsilon: Double = 1e-5, step: Int)
        {
            let rows = x.count / width
            moments = Array(repeating: ak_moments(), count: rows * depths)
            outputs = Array(repeating: 0, count: rows * depths * 5)
            mean = Array(repeating: 0, count: depths * 3 * width)
            m2 = mean
            for first in stride(from: 0, to: rows, by: step) {
                let part = (first * width)..<(min(rows, first + step) * width)
                var moments = Array(repeating: ak_moments(), count: step * depths)
                var outputs = Array(repeating: 0.0, count: step * depths * 5)
                let groups = Array(stride(from: 0, to: part.count / width, by: Int(ak_group_rows))) + [part.count / width]
                var scratch = Array(repeating: 0.0, count: ak_norm_statistics_scratch(groups.count - 1, width))
                Array(x[part]).withUnsafeBufferPointer { x in
                    Array(out[part]).withUnsafeBufferPointer { out in
                        (normalized.map { Array($0[part]) } ?? []).withUnsafeBufferPointer { normalized in
                            groups.withUnsafeBufferPointer { groups in
                                guard let base = x.baseAddress, let out = out.baseAddress, let starts = groups.baseAddress else {
                                    return
                                }
                                var norm = ak_applied_norm(
                                    rows: x.count / width, width: width, groups: groups.count - 1, first_rows: starts, x: base,
                                    out: out,
                                    normalized: normalized.isEmpty ? nil : normalized.baseAddress, rms: rms, epsilon: epsilon)
                                ak_norm_statistics(&norm, 1, depths, &moments, &outputs, Double(first), &mean, &m2, &scratch)
                            }
                        }
                    }
                }
                let count = part.count / width
                self.moments.replaceSubrange(first * depths..<(first + count) * depths, with: moments[..<(count * depths)])
                self.outputs.replaceSubrange(
                    first * depths * 5..<(first + count) * depths * 5, with: outputs[..<(count * depths * 5)])
            }
        }
    }

    static func moments(_ x: [Float]) -> ak_moments {
        Found(width: x.count, x: x, out: x, step: 1).moments[1]
    }

    static func meanVariance(_ values: [Double]) -> (mean: Double, variance: Double) {
        let mean = values.reduce(0, +) / Double(values.count)
        return (mean, values.map { ($0 - mean) * ($0 - mean) }.reduce(0, +) / Double(values.count))
    }

    @Test(arguments: KernelTests.widths, [Float(0), 1000])
    func momentsAgreeWithTheirDefinition(width: Int, offset: Float) {
        let x = KernelTests.vector(width, seed: 1, offset: offset)
        let m = Self.moments(x)
        let values = x.map(Double.init)
        let n = Double(width)
        let mean = values.reduce(0, +) / n
        let central = { (power: Double) in values.map { pow($0 - mean, power) }.reduce(0, +) / n }
        let variance = central(2)
        func close(_ a: Double, _ b: Double, _ name: String) {
            #expect(abs(a - b) <= 1e-12 * max(1, abs(b)), "\(name): \(a), expected \(b)")
        }
        close(m.mean, mean, "mean")
        close(m.variance, variance, "variance")
        #expect(m.minimum == values.min() && m.maximum == values.max())
        #expect(abs(x[Int(m.abs_max_feature)]) == x.map(abs).max())
        #expect(m.nonfinite == 0)
        if width == 1 {
            #expect(m.skewness.isNaN && m.kurtosis.isNaN, "no spread, no shape")
        } else {
            close(m.skewness, central(3) / pow(variance, 1.5), "skewness")
            close(m.kurtosis, central(4) / (variance * variance), "kurtosis")
        }
    }

    @Test func momentsCountWhatIsNotFinite() {
        let x: [Float] = [1, .nan, -3, .infinity, 2, -.infinity, .nan, 0, 5, 6]
        let m = Self.moments(x)
        #expect(m.nonfinite == 4)
        #expect(m.mean.isNaN && m.variance.isNaN)
        #expect(m.maximum == .infinity && m.minimum == -.infinity)
        #expect(m.abs_max_feature == 3)
    }

    /// Widths and row counts that are and are not whole strips and groups; steps that split the rows differently.
    @Test(arguments: [1, 9, 36, 127, 768], [(1, 1), (33, 33), (70, 7), (64, 32)])
    func rowsAndFeaturesAgreeWithTheirDefinition(width: Int, split: (rows: Int, step: Int)) {
        agree(width, split, rms: false)
    }

    /// An RMSNorm leaves the mean in: that of hook_normalized is recorded as it is, and its variance to the last digits.
    @Test(arguments: [1, 9, 36, 127, 768], [(33, 33), (70, 7)])
    func anRMSNormsAgreeWithTheirDefinition(width: Int, split: (rows: Int, step: Int)) {
        agree(width, split, rms: true)
    }

    private func agree(_ width: Int, _ split: (rows: Int, step: Int), rms: Bool) {
        let (rows, epsilon) = (split.rows, 1e-3)
        let x = KernelTests.vector(rows * width, seed: 11, offset: 3, spread: 2)
        let (gain, bias) = (KernelTests.vector(width, seed: 12, offset: 1), KernelTests.vector(width, seed: 13))
        let applied = Normalized(x, rows: rows, gain: gain, bias: rms ? nil : bias, epsilon: epsilon, rms: rms)
        let (out, normalized) = (applied.out, applied.normalized)
        let found = Found(width: width, x: x, out: out, rms: rms, epsilon: epsilon, step: split.step)
        let given = Found(width: width, x: x, out: out, normalized: normalized, step: split.step)
        func close(_ a: Double, _ b: Double, _ name: String, scale: Double = 1) {
            #expect(abs(a - b) <= 1e-12 * max(scale, abs(b)), "\(name): \(a), expected \(b)")
        }
        let stages = [x, normalized, out]
        for row in 0..<rows {
            let values = stages.map { $0[(row * width)..<((row + 1) * width)].map(Double.init) }
            let of = (row * found.depths + 1) * 5
            for (stage, place) in [(1, 0), (2, 2)] {
                let (mean, variance) = Self.meanVariance(values[stage])
                for result in [found, given] {
                    close(result.outputs[of + place], mean, "mean of stage \(stage)")
                    close(result.outputs[of + place + 1], variance, "variance of stage \(stage)")
                }
            }
            let dot = { (a: [Double], b: [Double]) in zip(a, b).map(*).reduce(0, +) }
            let cosine = dot(values[0], values[2]) / (dot(values[0], values[0]) * dot(values[2], values[2])).squareRoot()
            close(found.outputs[of + 4], cosine, "cosine")
        }
        for (stage, values) in stages.enumerated() {
            for feature in 0..<width {
                let column = (0..<rows).map { Double(values[$0 * width + feature]) }
                let (mean, variance) = Self.meanVariance(column)
                let at = (3 + stage) * width + feature
                for result in [found, given] {
                    close(result.mean[at], mean, "mean of feature \(feature), stage \(stage)")
                    close(result.m2[at], variance * Double(rows), "m2 of feature \(feature), stage \(stage)", scale: Double(rows))
                }
            }
        }
        #expect(found.mean[..<(3 * width)].allSatisfy { $0 == 0 }, "the other site is left alone")
    }

    @Test func aRowHasTheSameBitsWhateverItsCompany() {
        let (rows, width) = (70, 100)
        let x = KernelTests.vector(rows * width, seed: 14, offset: -1)
        let together = Found(width: width, x: x, out: x, step: rows)
        let alone = Found(width: width, x: x, out: x, step: 1)
        #expect(together.outputs.map(\.bitPattern) == alone.outputs.map(\.bitPattern))
        #expect(zip(together.moments, alone.moments).allSatisfy { $0.variance == $1.variance && $0.kurtosis == $1.kurtosis })
    }
}

import CKernels
import Foundation
import Testing
import Transformer

/// Matrix products: every layout, added or not, gives what the definition gives, and all of them the same bits.
@Suite(.serialized) struct ProductTests {
    @Test(arguments: [(1, 24, 40), (16, 768, 96), (64, 100, 3), (130, 64, 256)])
    func everyLayoutGivesTheSame(rows: Int, inputs: Int, outputs: Int) throws {
        let x = KernelTests.vector(rows * inputs, seed: 1)
        let w = KernelTests.vector(inputs * outputs, seed: 2)
        let bias = KernelTests.vector(outputs, seed: 3)
        let before = KernelTests.vector(rows * outputs, seed: 4)
        var transposed = w
        for i in 0..<inputs { for j in 0..<outputs { transposed[j * inputs + i] = w[i * outputs + j] } }

        func product(_ weights: UnsafePointer<Float>, _ stride: Int, _ layout: ak_weight_layout, add: Bool) -> [Float] {
            var y = before
            x.withUnsafeBufferPointer { x in
                bias.withUnsafeBufferPointer { bias in
                    y.withUnsafeMutableBufferPointer { y in
                        var arguments = ak_product(
                            rows: rows, in: inputs, out: outputs, x: x.baseAddress!, ldx: inputs, w: weights, ldw: stride, layout: layout,
                            bias: bias.baseAddress, y: y.baseAddress!, ldy: outputs, add: add)
                        #expect(ak_matmul(&arguments) == 0)
                    }
                }
            }
            return y
        }

        let plain = product(w, outputs, ak_in_out, add: false)
        var worst = 0.0
        for row in 0..<rows {
            for j in 0..<outputs {
                let sum = (0..<inputs).reduce(Double(bias[j])) { $0 + Double(x[row * inputs + $1]) * Double(w[$1 * outputs + j]) }
                worst = max(worst, abs(sum - Double(plain[row * outputs + j])))
            }
        }
        #expect(worst < 1e-4)

        let added = product(w, outputs, ak_in_out, add: true)
        let separately = zip(before, plain).map { $0 + $1 }
        var results = [product(transposed, inputs, ak_out_in, add: false)]
        if let packed = ak_pack(inputs, outputs, w, outputs, ak_in_out) {
            defer { free(packed) }
            results.append(product(packed, 0, ak_packed, add: false))
        }
        if let packed = ak_pack(inputs, outputs, transposed, inputs, ak_out_in) {
            defer { free(packed) }
            results.append(product(packed, 0, ak_packed, add: false))
        }
        if Compute.isIndependentOfBatch {
            let addsTheSame = added == separately
            #expect(addsTheSame)
            for (index, result) in results.enumerated() {
                let same = result == plain
                #expect(same, "layout \(index)")
            }
        }
    }

    /// A model packs its weights after some thousand tokens; nothing that it computes may change.
    @Test(.enabled(if: Compute.isIndependentOfBatch)) func packingDoesNotChangeTheNumbers() throws {
        let model = try Model.embedded()
        let batch = Batch([(0..<1000).map { Int32(($0 * 7919) % 50257) }])
        let point = HookPoint.norm(.final, .output)
        let first = try observe(model, batch) { $0 == point }.values
        for _ in 0..<3 { try model.forward(batch) }
        let last = try observe(model, batch) { $0 == point }.values
        let same = first == last
        #expect(same)
    }
}

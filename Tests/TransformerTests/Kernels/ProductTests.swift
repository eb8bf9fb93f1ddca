import CKernels
import Foundation
import Testing
import Transformer

/// Matrix products: every layout, format and end gives what the definition gives, all of them with the same bits.
@Suite(.serialized) struct ProductTests {
    /// W [in, out] as a checkpoint has it, in memory that lives as long as the value.
    final class Stored {
        let bytes: UnsafeMutableRawBufferPointer
        let rows: UnsafeMutableBufferPointer<ak_row>
        var weights: ak_weights

        /// One byte off every alignment, as a file may have it.
        init(_ w: [Float], in inputs: Int, out outputs: Int, inputsFirst: Bool, format: ak_format) {
            let (count, width) = inputsFirst ? (inputs, outputs) : (outputs, inputs)
            let size = format == ak_f32 ? 4 : 2
            bytes = .allocate(byteCount: w.count * size + 1, alignment: 64)
            rows = .allocate(capacity: count)
            for row in 0..<count {
                for column in 0..<width {
                    let value = inputsFirst ? w[row * outputs + column] : w[column * outputs + row]
                    let place = 1 + (row * width + column) * size
                    switch format {
                    case ak_bf16: bytes.storeBytes(of: UInt16(value.bitPattern >> 16), toByteOffset: place, as: UInt16.self)
                    case ak_f16: bytes.storeBytes(of: Float16(value).bitPattern, toByteOffset: place, as: UInt16.self)
                    default: bytes.storeBytes(of: value.bitPattern, toByteOffset: place, as: UInt32.self)
                    }
                }
                rows[row] = ak_row(bytes: UnsafeRawPointer(bytes.baseAddress!) + 1 + row * width * size, format: format)
            }
            weights = ak_weights(in: inputs, out: outputs, inputs_first: inputsFirst, rows: rows.baseAddress!, first: 0)
        }

        deinit {
            bytes.deallocate()
            rows.deallocate()
        }
    }

    struct Shape: Sendable { let rows, inputs, outputs: Int }

    static func product(
        _ shape: Shape, _ x: [Float], _ stored: Stored, panels: OpaquePointer? = nil, bias: [Float]?,
        activation: ak_activation = ak_identity,
        end: ak_end = ak_store, before: [Float]
    ) -> [Float] {
        var y = before
        func run(_ x: UnsafePointer<Float>, _ bias: UnsafePointer<Float>?, _ y: UnsafeMutablePointer<Float>) {
            var product = ak_product(
                rows: shape.rows, x: x, ldx: shape.inputs, weights: withUnsafePointer(to: &stored.weights) { $0 }, panels: panels,
                bias: bias, activation: activation, end: end, y: y, ldy: shape.outputs, scratch: nil)
            let scratch = UnsafeMutablePointer<Float>.allocate(capacity: ak_product_scratch(&product))
            scratch.initialize(repeating: .nan, count: ak_product_scratch(&product))
            defer { scratch.deallocate() }
            product.scratch = scratch
            ak_multiply(&product)
        }
        run(x, bias, &y)
        return y
    }

    static let shapes = [
        Shape(rows: 1, inputs: 24, outputs: 40), Shape(rows: 13, inputs: 768, outputs: 96),
        Shape(rows: 16, inputs: 257, outputs: 17),
        Shape(rows: 64, inputs: 100, outputs: 3), Shape(rows: 130, inputs: 64, outputs: 256),
        Shape(rows: 300, inputs: 520, outputs: 130),
    ]

    /// The definition of product.c, element by element.
    @Test(arguments: shapes, [ak_f32, ak_bf16, ak_f16].map(\.rawValue))
    func everyLayoutAndFormatGivesTheDefinition(shape: Shape, format: UInt32) {
        let x = KernelTests.vector(shape.rows * shape.inputs, seed: 1)
        // Values that every format holds.
        let w = KernelTests.vector(shape.inputs * shape.outputs, seed: 2).map { ($0 * 64).rounded() / 256 }
        let bias = KernelTests.vector(shape.outputs, seed: 3)
        let before = KernelTests.vector(shape.rows * shape.outputs, seed: 4)
        var expected = before
        for row in 0..<shape.rows {
            for column in 0..<shape.outputs {
                var sum: Float = 0
                for block in stride(from: 0, to: shape.inputs, by: 256) {
                    var chain: Float = 0
                    for i in block..<min(block + 256, shape.inputs) {
                        chain.addProduct(x[row * shape.inputs + i], w[i * shape.outputs + column])
                    }
                    sum = block == 0 ? chain : sum + chain
                }
                expected[row * shape.outputs + column] = sum + bias[column]
            }
        }
        for inputsFirst in [false, true] {
            let stored = Stored(
                w, in: shape.inputs, out: shape.outputs, inputsFirst: inputsFirst, format: ak_format(rawValue: format))
            let panels = ak_pack(&stored.weights)
            defer { ak_panels_free(panels) }
            for panels in [nil, panels] {
                let found = Self.product(shape, x, stored, panels: panels, bias: bias, before: before)
                let same = found == expected
                #expect(same, "\(inputsFirst ? "inputs" : "outputs") first, \(panels == nil ? "as stored" : "packed")")
            }
            var rows = [Float](repeating: 0, count: 7 * shape.outputs)
            ak_weight_rows(&stored.weights, 11, 7, &rows)
            let sameRows = rows.elementsEqual(w[11 * shape.outputs..<18 * shape.outputs])
            #expect(sameRows)
        }
    }

    /// What follows a product, in the tile or afterwards: the same bits.
    @Test(arguments: shapes, ActivationFunction.allCases)
    func fusedEndsHaveTheBitsOfOneAfterTheOther(shape: Shape, function: ActivationFunction) {
        let x = KernelTests.vector(shape.rows * shape.inputs, seed: 1)
        let w = KernelTests.vector(shape.inputs * shape.outputs, seed: 2)
        let before = KernelTests.vector(shape.rows * shape.outputs, seed: 4)
        let bias = KernelTests.vector(shape.outputs, seed: 3)
        let stored = Stored(w, in: shape.inputs, out: shape.outputs, inputsFirst: true, format: ak_f32)
        var activated = Self.product(shape, x, stored, bias: bias, before: before)
        ak_activate(function.kernel, activated.count, &activated)
        for end in [ak_store, ak_add_to, ak_multiply_by] {
            let fused = Self.product(shape, x, stored, bias: bias, activation: function.kernel, end: end, before: before)
            let expected = zip(before, activated).map { end == ak_store ? $1 : end == ak_add_to ? $0 + $1 : $0 * $1 }
            let same = fused == expected
            #expect(same, "end \(end.rawValue)")
        }
    }

    /// A model packs its weights after some products; nothing that it computes may change.
    @Test func packingDoesNotChangeTheNumbers() throws {
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

import CKernels
import Checkpoints
import Synchronization

/// A weight matrix, [in, out] or [out, in], read as the checkpoint has it: any layout and format, straight from the mapped file.
/// Once enough was multiplied to pay for it, a copy in the order of the product is kept in its place, of 16 bits an element
/// where the checkpoint has 16, and the file's pages are given back. The bits of a product are the same either way.
final class Weight: @unchecked Sendable {
    // Sound to share: `rows` is written once, before the initializer returns; the rest is behind the lock, and `panels`
    // are set once and never change.
    let inputs: Int
    let outputs: Int
    private let view: TensorView  // keeps the mapping alive
    private let rows: UnsafeMutablePointer<ak_row>
    private let isTransposed: Bool
    private let use = Mutex(Use())

    private struct Use: @unchecked Sendable {  // the pointer is given back in deinit only
        var products = 0
        var rows = 0
        var panels: OpaquePointer?
    }

    /// A copy costs about what two products of a few rows do, or 5% of so many rows': 5% is what it gains at the least.
    static let productsBeforePacking = 2
    static let rowsBeforePacking = 2048

    init(_ view: TensorView, transposed: Bool) {
        self.view = view
        isTransposed = transposed
        inputs = transposed ? view.shape[1] : view.shape[0]
        outputs = transposed ? view.shape[0] : view.shape[1]
        rows = view.storedRows()
    }

    deinit {
        use.withLock { ak_panels_free($0.panels) }
        rows.deallocate()
    }

    /// y = f(x W + b), or what `end` makes of it and y. x: [rows, in], y: [rows, out]
    func multiply(
        _ x: UnsafePointer<Float>, stride: Int, rows: Int, bias: UnsafePointer<Float>? = nil,
        activation: ak_activation = ak_identity, end: ak_end = ak_store, into y: UnsafeMutablePointer<Float>, stride yStride: Int
    ) {
        run(
            weights(), panels: panels(before: rows), x, stride: stride, rows: rows, bias: bias, activation: activation, end: end,
            into: y, stride: yStride)
    }

    /// y = x W[range], of some of the inputs. x: [rows, range], y: [rows, out]
    func multiply(
        inputs range: Range<Int>, _ x: UnsafePointer<Float>, stride: Int, rows: Int, into y: UnsafeMutablePointer<Float>,
        stride yStride: Int
    ) {
        run(weights(range), x, stride: stride, rows: rows, into: y, stride: yStride)
    }

    /// y = x Wᵀ. x: [rows, out], y: [rows, in]
    func multiplyTransposed(_ x: UnsafePointer<Float>, rows: Int, into y: UnsafeMutablePointer<Float>) {
        var turned = weights()
        (turned.in, turned.out, turned.inputs_first) = (outputs, inputs, !turned.inputs_first)
        run(turned, x, stride: outputs, rows: rows, into: y, stride: inputs)
    }

    /// Rows of W as [range, out]: what these inputs go through.
    func values(inputs range: Range<Int>) -> [Float] {
        var weights = weights()
        return [Float](unsafeUninitializedCapacity: range.count * outputs) { buffer, count in
            if let base = buffer.baseAddress { ak_weight_rows(&weights, range.lowerBound, range.count, base) }
            count = range.count * outputs
        }
    }

    /// What one output reads of the inputs, [in], of a matrix that is stored as [out, in].
    func row(ofOutput output: Int) -> [Float] {
        precondition(isTransposed, "\(view.name): outputs do not lie in rows")
        return [Float](unsafeUninitializedCapacity: inputs) { buffer, count in
            view.copyRow(output, into: UnsafeMutableBufferPointer(rebasing: buffer[..<inputs]))
            count = inputs
        }
    }

    private func run(
        _ weights: ak_weights, panels: OpaquePointer? = nil, _ x: UnsafePointer<Float>, stride: Int, rows: Int,
        bias: UnsafePointer<Float>? = nil, activation: ak_activation = ak_identity, end: ak_end = ak_store,
        into y: UnsafeMutablePointer<Float>, stride yStride: Int
    ) {
        withUnsafePointer(to: weights) { weights in
            var product = ak_product(
                rows: rows, x: x, ldx: stride, weights: weights, panels: panels, bias: bias, activation: activation, end: end, y: y,
                ldy: yStride, scratch: nil)
            let scratch = Matrix(1, ak_product_scratch(&product))
            product.scratch = scratch.pointer
            ak_multiply(&product)
        }
    }

    /// The checkpoint's matrix, or of it the rows of some inputs.
    private func weights(_ range: Range<Int>? = nil) -> ak_weights {
        let range = range ?? 0..<inputs
        let rows = UnsafePointer(rows)
        return ak_weights(
            in: range.count, out: outputs, inputs_first: !isTransposed, rows: isTransposed ? rows : rows + range.lowerBound,
            first: isTransposed ? range.lowerBound : 0)
    }

    /// The packed weights, made when it is time; nil before, and where there is no memory for them.
    private func panels(before rows: Int) -> OpaquePointer? {
        use.withLock { use in
            defer { (use.products, use.rows) = (use.products + 1, use.rows + rows) }
            guard use.panels == nil, use.products >= Self.productsBeforePacking || use.rows >= Self.rowsBeforePacking else {
                return use.panels
            }
            var weights = weights()
            use.panels = ak_pack(&weights)
            if use.panels != nil { view.releaseMemory() }
            return use.panels
        }
    }
}

/// y = x W + b, W being [in, out] (Conv1D, as GPT-2 stores it) or [out, in] (Linear).
struct Linear: Sendable {
    let weight: Weight
    let bias: Parameter?

    /// x: [N, in] -> y: [N, out] = f(x W + b), or what `end` makes of it and what is in y.
    func apply(_ x: Matrix, into y: Matrix, activation: ak_activation = ak_identity, _ end: ak_end = ak_store) {
        weight.multiply(
            x.pointer, stride: x.columns, rows: x.rows, bias: bias?.pointer, activation: activation, end: end, into: y.pointer,
            stride: y.columns)
    }

    /// What some of the inputs alone contribute, without the bias: x[:, range] W[range] -> y[:, column...].
    func multiply(inputs range: Range<Int>, of x: Matrix, into y: Matrix, column: Int) {
        weight.multiply(
            inputs: range, x.pointer + range.lowerBound, stride: x.columns, rows: x.rows, into: y.pointer + column,
            stride: y.columns)
    }
}

import CKernels
import Foundation

/// A weight matrix, [in, out] or [out, in]: as the checkpoint has it at first, and laid out as the matrix library reads it
/// fastest once enough was multiplied to pay for the copy. So a short prompt starts at once, and a long run is faster.
/// What must be converted is kept from the second product on: one product does not pay for the system's clearing of memory.
/// The bits of a product are the same either way.
final class Weight: @unchecked Sendable {
    // Sound to share: `multiplied`, `packed` and `turned` are read and written under the lock; the last two are set
    // once and never change.
    let inputs: Int
    let outputs: Int
    private let transposed: Bool
    private let parameter: LazyParameter
    private let lock = NSLock()
    private var multiplied = 0
    private var packed: UnsafeMutablePointer<Float>?
    private var isPacked = false
    private var turned: Matrix?

    /// Packing costs about what 5% of so many rows' products do, and 5% is what it gains at the least.
    static let rowsBeforePacking = 2048

    /// More than this is kept at once: the memory that is used again should be small.
    private static let mostValuesConvertedTwice = 1 << 23

    init(_ view: TensorView, transposed: Bool) {
        parameter = LazyParameter(view)
        self.transposed = transposed
        inputs = transposed ? view.shape[1] : view.shape[0]
        outputs = transposed ? view.shape[0] : view.shape[1]
    }

    deinit { free(packed) }

    /// y = x W + b, or y += x W + b. x: [rows, in], y: [rows, out]
    func multiply(
        _ x: UnsafePointer<Float>, stride: Int, rows: Int, bias: UnsafePointer<Float>?,
        into y: UnsafeMutablePointer<Float>, stride yStride: Int, adding: Bool
    ) throws(ForwardError) {
        try withLayout(for: rows) { weight, weightStride, layout throws(ForwardError) in
            var product = ak_product(
                rows: rows, in: inputs, out: outputs, x: x, ldx: stride, w: weight, ldw: weightStride, layout: layout,
                bias: bias, y: y, ldy: yStride, add: adding)
            try ForwardError.check(ak_matmul(&product))
        }
    }

    private func withLayout<Failure: Error>(
        for rows: Int, _ body: (UnsafePointer<Float>, Int, ak_weight_layout) throws(Failure) -> Void
    ) throws(Failure) {
        let (packed, isFirst) = pack(before: rows)
        if let packed { return try body(packed, 0, ak_packed) }
        guard isFirst, inputs * outputs <= Self.mostValuesConvertedTwice, parameter.parameterAtHand() == nil else {
            return try withPlain(body)
        }
        try parameter.withConverted { (values) throws(Failure) in try body(values, stride, layout) }
    }

    /// Of the checkpoint's order: the distance between two rows.
    private var stride: Int { transposed ? inputs : outputs }
    private var layout: ak_weight_layout { transposed ? ak_out_in : ak_in_out }

    /// Calls `body` with the values in the checkpoint's order, and the distance between two rows.
    func withPlain<Result, Failure: Error>(
        _ body: (UnsafePointer<Float>, Int, ak_weight_layout) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        let plain = parameter.parameter()
        defer { withExtendedLifetime(plain) {} }
        return try body(plain.pointer, stride, layout)
    }

    /// Calls `body` with the values as [in, out]: the checkpoint's own, or a copy that is made when first asked for.
    func withRows<Result, Failure: Error>(_ body: (UnsafePointer<Float>) throws(Failure) -> Result) throws(Failure) -> Result {
        guard transposed else { return try withPlain { (values, _, _) throws(Failure) in try body(values) } }
        let rows = lock.withLock {
            if let turned { return turned }
            let rows = Matrix(inputs, outputs)
            withPlain { values, stride, _ in
                for output in 0..<outputs {
                    for input in 0..<inputs { rows.pointer[input * outputs + output] = values[output * stride + input] }
                }
            }
            turned = rows
            return rows
        }
        defer { withExtendedLifetime(rows) {} }
        return try body(rows.pointer)
    }

    /// y = x Wᵀ. x: [rows, out], y: [rows, in]
    func multiplyTransposed(
        _ x: UnsafePointer<Float>, rows: Int, into y: UnsafeMutablePointer<Float>
    ) throws(ForwardError) {
        try withPlain { (weight, weightStride, _) throws(ForwardError) in
            var product = ak_product(
                rows: rows, in: outputs, out: inputs, x: x, ldx: outputs, w: weight, ldw: weightStride,
                layout: transposed ? ak_in_out : ak_out_in, bias: nil, y: y, ldy: inputs, add: false)
            try ForwardError.check(ak_matmul(&product))
        }
    }

    /// The packed weights, made when it is time; nil before, and where the library has no better layout. And whether this is
    /// the first product.
    private func pack(before rows: Int) -> (UnsafeMutablePointer<Float>?, isFirst: Bool) {
        lock.withLock {
            defer { multiplied += rows }
            guard !isPacked, multiplied >= Self.rowsBeforePacking else { return (packed, multiplied == 0) }
            isPacked = true
            packed = withPlain { ak_pack(inputs, outputs, $0, $1, $2) }
            if packed != nil { parameter.release() }
            return (packed, false)
        }
    }
}

import CKernels
import Foundation

/// A weight matrix, [in, out] or [out, in]: as the checkpoint has it at first, and laid out as the matrix library reads it
/// fastest once enough was multiplied to pay for the copy. So a short prompt starts at once, and a long run is faster.
/// The bits of a product are the same either way.
final class Weight: @unchecked Sendable {
    // Sound to share: `multiplied`, `packed` and `turned` are read and written under the lock; the latter two are set
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
        if let packed = pack(before: rows) { return try body(packed, 0, ak_packed) }
        try withPlain(body)
    }

    /// Calls `body` with the values in the checkpoint's order, and the distance between two rows.
    func withPlain<Result, Failure: Error>(
        _ body: (UnsafePointer<Float>, Int, ak_weight_layout) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        let plain = parameter.parameter()
        defer { withExtendedLifetime(plain) {} }
        return try body(plain.pointer, transposed ? inputs : outputs, transposed ? ak_out_in : ak_in_out)
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

    /// The packed weights, made when it is time; nil before, and where the library has no better layout.
    private func pack(before rows: Int) -> UnsafeMutablePointer<Float>? {
        lock.withLock {
            defer { multiplied += rows }
            guard !isPacked, multiplied >= Self.rowsBeforePacking else { return packed }
            isPacked = true
            packed = withPlain { ak_pack(inputs, outputs, $0, $1, $2) }
            if packed != nil { parameter.release() }
            return packed
        }
    }
}

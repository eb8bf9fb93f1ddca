import CKernels

/// y = x W + b, W being [in, out] (Conv1D, as GPT-2 stores it) or [out, in] (Linear).
struct Linear: Sendable {
    let weight: Parameter
    let bias: Parameter?
    let inputs: Int
    let outputs: Int
    let transposed: Bool

    /// x: [N, in] -> y: [N, out]
    func apply(_ x: Matrix, into y: Matrix) throws(ForwardError) {
        ak_fill_rows(y.rows, outputs, bias?.pointer, y.pointer, y.columns)
        try ForwardError.check(
            ak_matmul(
                x.rows, inputs, outputs, x.pointer, x.columns, weight.pointer, weightStride, transposed,
                y.pointer, y.columns, true))
    }

    /// What some of the inputs alone contribute, without the bias: x[:, range] W[range] -> y[:, column...].
    func multiply(inputs range: Range<Int>, of x: Matrix, into y: Matrix, column: Int) throws(ForwardError) {
        let first = transposed ? range.lowerBound : range.lowerBound * weightStride
        try ForwardError.check(
            ak_matmul(
                x.rows, range.count, outputs, x.pointer + range.lowerBound, x.columns,
                weight.pointer + first, weightStride, transposed, y.pointer + column, y.columns, false))
    }

    private var weightStride: Int { transposed ? inputs : outputs }
}

/// A norm's learned parameters and how it applies them.
struct Norm: Sendable {
    let gain: Parameter
    let bias: Parameter?
    let epsilon: Double

    /// x: [N, D] -> out, normalized: [N, D], scale: [N, 1]; what is nil is not written.
    func apply(_ x: Matrix, into out: Matrix, normalized: Matrix?, scale: Matrix?) {
        ak_layer_norm(
            x.rows, x.columns, x.pointer, x.columns, gain.pointer, bias?.pointer, epsilon,
            out.pointer, normalized?.pointer, scale?.pointer)
    }
}

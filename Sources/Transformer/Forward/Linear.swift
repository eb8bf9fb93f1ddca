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
        try ForwardError.check(
            ak_matmul(
                x.paddedRows, inputs, outputs, x.pointer, x.columns, weight.pointer, weightStride, transposed,
                bias?.pointer, y.pointer, y.columns))
    }

    /// What some of the inputs alone contribute, without the bias: x[:, range] W[range] -> y[:, column...].
    func multiply(inputs range: Range<Int>, of x: Matrix, into y: Matrix, column: Int) throws(ForwardError) {
        let first = transposed ? range.lowerBound : range.lowerBound * weightStride
        try ForwardError.check(
            ak_matmul(
                x.paddedRows, range.count, outputs, x.pointer + range.lowerBound, x.columns,
                weight.pointer + first, weightStride, transposed,
                nil, y.pointer + column, y.columns))
    }

    private var weightStride: Int { transposed ? inputs : outputs }
}

import CKernels

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

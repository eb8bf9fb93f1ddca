import CKernels

/// y = x W + b, W being [in, out] (Conv1D, as GPT-2 stores it) or [out, in] (Linear).
struct Linear: Sendable {
    let weight: Weight
    let bias: Parameter?

    /// x: [N, in] -> y: [N, out]; `adding` to what is in y.
    func apply(_ x: Matrix, into y: Matrix, adding: Bool = false) throws(ForwardError) {
        try weight.multiply(
            x.pointer, stride: x.columns, rows: x.paddedRows, bias: bias?.pointer, into: y.pointer, stride: y.columns,
            adding: adding)
    }

    /// What some of the inputs alone contribute, without the bias: x[:, range] W[range] -> y[:, column...].
    func multiply(inputs range: Range<Int>, of x: Matrix, into y: Matrix, column: Int) throws(ForwardError) {
        try weight.withRows { values throws(ForwardError) in
            var product = ak_product(
                rows: x.paddedRows, in: range.count, out: weight.outputs, x: x.pointer + range.lowerBound, ldx: x.columns,
                w: values + range.lowerBound * weight.outputs, ldw: weight.outputs, layout: ak_in_out, bias: nil,
                y: y.pointer + column, ldy: y.columns, add: false)
            try ForwardError.check(ak_matmul(&product))
        }
    }
}

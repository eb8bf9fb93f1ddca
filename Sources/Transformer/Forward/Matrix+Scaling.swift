import CKernels

extension Matrix {
    /// self *= factor.
    func multiply(by factor: Double) {
        if factor != 1 { ak_multiply(rows * columns, pointer, Float(factor)) }
    }
}

import CKernels

extension Matrix {
    /// Another with the same values.
    func copy() -> Matrix {
        let copy = Matrix(rows, columns)
        copy.pointer.update(from: pointer, count: rows * columns)
        return copy
    }

    /// self *= factor.
    func multiply(by factor: Double) {
        if factor != 1 { ak_scale(rows * columns, pointer, Float(factor)) }
    }
}

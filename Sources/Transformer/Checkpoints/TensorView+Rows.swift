extension TensorView {
    /// Some rows of a tensor that is stored in one piece, in place; of one that was not found, nothing.
    func rows(_ range: Range<Int>) -> TensorView {
        guard range.upperBound <= rowCount, let bytes = storedBytes(ofRows: range),
            let view = TensorView(name: name, format: format, shape: [range.count] + shape.dropFirst(), bytes: bytes)
        else { return .nothing(named: name) }
        return view
    }
}

extension TensorView {
    /// A tensor that is in no checkpoint: one row of values.
    static func floats(_ values: [Float], named name: String) -> TensorView {
        let bytes = values.withUnsafeBytes { SharedBytes(Array($0)) }
        return TensorView(name: name, format: .plain(.f32), shape: [values.count], bytes: bytes) ?? .nothing(named: name)
    }
}

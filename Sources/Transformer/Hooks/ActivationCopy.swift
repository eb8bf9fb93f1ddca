import CKernels

/// A copy of the values at a hook point, in memory that forward passes use again.
public final class ActivationCopy: @unchecked Sendable {
    // Sound to share: written once, before the initializer returns.
    /// The batch's rows that are here.
    public let rows: Range<Int>
    /// All values, row after row.
    public let count: Int
    private let memory: (memory: UnsafeMutableRawPointer, capacity: Int)
    private let values: UnsafePointer<Float>
    /// Where each row ends; nil where all have one width.
    private let ends: [Int]?

    public init(_ x: borrowing Activation) {
        rows = x.rows
        let shape = x.withMatrix { base, width, stride in (base: base, width: width, stride: stride) }
        var ends: [Int] = []
        if shape == nil {
            for row in 0..<x.rowCount { ends.append((ends.last ?? 0) + x.width(ofRow: row)) }
        }
        count = shape.map { x.rowCount * $0.width } ?? ends.last ?? 0
        memory = BufferPool.shared.take(byteCount: count * MemoryLayout<Float>.stride)
        let floats = memory.memory.bindMemory(to: Float.self, capacity: count)
        if let shape {
            ak_copy_rows(x.rowCount, shape.width, shape.base, shape.stride, floats)
        } else {
            for row in 0..<x.rowCount {
                x.withRow(row) { values in
                    guard let base = values.baseAddress else { return }
                    (floats + (ends[row] - values.count)).update(from: base, count: values.count)
                }
            }
        }
        values = UnsafePointer(floats)
        self.ends = shape == nil ? ends : nil
    }

    deinit { BufferPool.shared.giveBack(memory.memory, capacity: memory.capacity) }

    /// Calls `body` with the place of each row among the batch's, and its values; the pointer ends with the call.
    public func forEachRow(_ body: (Int, UnsafeBufferPointer<Float>) throws -> Void) rethrows {
        let width = rows.isEmpty ? 0 : count / rows.count
        for row in 0..<rows.count {
            let range = ends.map { (row > 0 ? $0[row - 1] : 0)..<$0[row] } ?? row * width..<(row + 1) * width
            try body(rows.lowerBound + row, UnsafeBufferPointer(start: values + range.lowerBound, count: range.count))
        }
    }
}

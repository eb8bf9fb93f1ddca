import CKernels
import Processor

/// Elements of one stored tensor as rows, read as Float.
package struct StoredRows: Sendable {
    /// Where rows of the tensor are among those stored.
    package enum Order: Sendable, Equatable {
        case asStored
        /// Within each head of `headWidth` rows, row i and row i + headWidth/2 are stored side by side, as llama.cpp's
        /// converter puts queries and keys.
        case rotaryPairs(headWidth: Int)
    }

    let format: ElementFormat
    let rowCount: Int
    let rowWidth: Int
    let order: Order
    package let bytes: SharedBytes

    /// Number of elements.
    var count: Int { rowCount * rowWidth }

    /// Whether the bytes are the elements as Float, in order and aligned.
    var isInPlace: Bool {
        guard format == .plain(.f32), order == .asStored else { return false }
        return bytes.withUnsafeBytes { Int(bitPattern: $0.baseAddress) % MemoryLayout<Float>.alignment == 0 }
    }

    /// Elements that one thread converts at a time: whole blocks of every format, and enough to pay for handing them out.
    private static let share = 1 << 16

    /// Converts all rows into `target`, which holds exactly `count`.
    func copy(into target: UnsafeMutableBufferPointer<Float>) {
        switch order {
        case .asStored:
            Compute.parallel((count + Self.share - 1) / Self.share, work: Double(count)) { index in
                let place = index * Self.share..<min(count, (index + 1) * Self.share)
                convert(from: place.lowerBound, into: UnsafeMutableBufferPointer(rebasing: target[place]))
            }
        case .rotaryPairs:
            let step = max(1, Self.share / max(1, rowWidth))
            Compute.parallel((rowCount + step - 1) / step, work: Double(count)) { index in
                for row in index * step..<min(rowCount, (index + 1) * step) {
                    let place = row * rowWidth..<(row + 1) * rowWidth
                    copyRow(row, into: UnsafeMutableBufferPointer(rebasing: target[place]))
                }
            }
        }
    }

    /// Converts row `index`, which lies in `0..<rowCount`, into `target`, which holds exactly `rowWidth`.
    func copyRow(_ index: Int, into target: UnsafeMutableBufferPointer<Float>) {
        convert(from: storedRow(index) * rowWidth, into: target)
    }

    /// Where row `index` is stored.
    private func storedRow(_ index: Int) -> Int {
        switch order {
        case .asStored: return index
        case .rotaryPairs(let headWidth):
            let (head, row) = index.quotientAndRemainder(dividingBy: headWidth)
            let (half, pair) = row.quotientAndRemainder(dividingBy: headWidth / 2)
            return head * headWidth + 2 * pair + half
        }
    }

    /// Where each row begins, in order.
    func append(to rows: inout [ak_row]) {
        let bytesInRow = format.byteCount(rowWidth) ?? 0
        bytes.withUnsafeBytes { all in
            guard let base = all.baseAddress else { return }
            for index in 0..<rowCount { rows.append(ak_row(bytes: base + storedRow(index) * bytesInRow, format: format.kernel)) }
        }
    }

    /// Converts as many elements as `target` holds, from stored element `first` on.
    private func convert(from first: Int, into target: UnsafeMutableBufferPointer<Float>) {
        guard let to = target.baseAddress, !target.isEmpty else { return }
        bytes.withUnsafeBytes { all in
            guard let base = all.baseAddress else { return }
            ak_widen(format.kernel, base, first, target.count, to)
        }
    }
}

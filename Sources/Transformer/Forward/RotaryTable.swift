import CKernels
import Foundation

/// Cosines and sines of a rotary embedding's angles, computed in double precision for the positions that came up so far.
final class RotaryTable: @unchecked Sendable {
    // Sound to share: `made` is read and written under the lock, and its arrays never change.
    private let rotary: RotaryEmbedding
    private let lock = NSLock()
    private var made = Angles()

    /// [positions, width / 2] each.
    private struct Angles {
        var positions = 0
        var cosines: [Float] = []
        var sines: [Float] = []
    }

    init(_ rotary: RotaryEmbedding) { self.rotary = rotary }

    /// Turns the first `heads` heads of each row, `headWidth` features each, by the position of the row's token.
    func rotate(_ x: Matrix, heads: Int, headWidth: Int, positionsOf batch: Batch) {
        let lengths = (0..<batch.sequenceCount).map { batch.rows(ofSequence: $0).count }
        let angles = angles(positions: lengths.max() ?? 0)
        let positions = lengths.flatMap { (0..<Int32($0)) }
        if rotary.width == headWidth, !rotary.turnsNeighbours {
            ak_rotate(x.rows, heads, headWidth, x.pointer, x.columns, positions, angles.cosines, angles.sines)
        } else {
            angles.cosines.withUnsafeBufferPointer { cosines in
                angles.sines.withUnsafeBufferPointer { sines in
                    positions.withUnsafeBufferPointer { positions in
                        guard let cosines = cosines.baseAddress, let sines = sines.baseAddress, let p = positions.baseAddress
                        else { return }
                        var arguments = ak_rotation(
                            rows: x.rows, heads: heads, head_width: headWidth, width: rotary.width,
                            adjacent: rotary.turnsNeighbours, x: x.pointer, ldx: x.columns, positions: p, cosines: cosines,
                            sines: sines)
                        ak_rotate_partly(&arguments)
                    }
                }
            }
        }
    }

    private func angles(positions: Int) -> Angles {
        lock.withLock {
            if positions <= made.positions { return made }
            // In doubled steps, so that texts a little longer each time do not make it anew each time.
            let count = max(64, 1 << (Int.bitWidth - (positions - 1).leadingZeroBitCount))
            let frequencies = rotary.inverseFrequencies
            var angles = Angles(positions: count)
            angles.cosines.reserveCapacity(count * frequencies.count)
            angles.sines.reserveCapacity(count * frequencies.count)
            for position in 0..<count {
                for frequency in frequencies {
                    angles.cosines.append(Float(cos(Double(position) * frequency)))
                    angles.sines.append(Float(sin(Double(position) * frequency)))
                }
            }
            made = angles
            return angles
        }
    }
}

import CKernels
import Synchronization

/// Cosines and sines of a rotary embedding's angles, computed in double precision for the positions that came up so far.
final class RotaryTable: Sendable {
    private let rotary: RotaryEmbedding
    private let made = Mutex(Angles())

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
        ak_rotate(
            x.rows, heads, headWidth, rotary.width, rotary.turnsNeighbours, x.pointer, x.columns, positions, angles.cosines,
            angles.sines)
    }

    private func angles(positions: Int) -> Angles {
        made.withLock { made in
            if positions <= made.positions { return made }
            // In doubled steps, so that texts a little longer each time do not make it anew each time.
            let count = max(64, 1 << (Int.bitWidth - (positions - 1).leadingZeroBitCount))
            let frequencies = rotary.inverseFrequencies
            var angles = Angles(positions: count)
            angles.cosines.reserveCapacity(count * frequencies.count)
            angles.sines.reserveCapacity(count * frequencies.count)
            for position in 0..<count {
                for frequency in frequencies {
                    var (cosine, sine) = (0.0, 0.0)
                    ak_cosine_sine(Double(position) * frequency, &cosine, &sine)
                    angles.cosines.append(Float(cosine))
                    angles.sines.append(Float(sine))
                }
            }
            made = angles
            return angles
        }
    }
}

import Checkpoints
import Digest
import Foundation
import Processor
import Synchronization

extension Model {
    /// sha256 of the weights: of the container's bytes, or of all shards' bytes in the order of their names.
    /// Reads every byte of them, once. Nil when they could not be read, or the system's library could not compute it.
    public func weightsSHA256() -> String? { weightsDigest.value(computeWeightsSHA256) }

    private func computeWeightsSHA256() -> String? {
        let hash = Digest(.sha256)
        for bytes in checkpoint.containers.map(\.fileBytes) {
            guard let file = bytes.wholeFile else { bytes.withUnsafeBytes { hash.update($0) }; continue }
            do { try file.withParts { hash.update($0) } } catch { return nil }
        }
        return hash.hexadecimal()
    }

    /// Tells models apart before the first row is written: sha256 of `config.json`, and of each container's length and the XXH3
    /// (128 bits) of each 32 MiB of it. Every byte of the weights counts, so that a checkpoint and an edited copy of it are two
    /// models; and the threads read the parts beside each other, in a tenth of the time that sha256 takes. Nil as for
    /// `weightsSHA256`.
    public func fingerprint() -> String? { fingerprintDigest.value(computeFingerprint) }

    private func computeFingerprint() -> String? {
        let hash = Digest(.sha256)
        configurationBytes.withUnsafeBytes { hash.update($0) }
        for bytes in checkpoint.containers.map(\.fileBytes) {
            withUnsafeBytes(of: UInt64(bytes.count).littleEndian) { hash.update($0) }
            for sum in Self.partSums(bytes) {
                guard let sum else { return nil }
                sum.withUnsafeBytes { hash.update($0) }
            }
        }
        return hash.hexadecimal()
    }

    /// The XXH3 of each part; nil for one that could not be read.
    private static func partSums(_ bytes: SharedBytes) -> [[UInt8]?] {
        let partSize = 32 << 20
        let sums = Mutex([[UInt8]?](repeating: nil, count: (bytes.count + partSize - 1) / partSize))
        Compute.parallel(sums.withLock(\.count), work: Double(bytes.count) / 10) { index in
            let range = index * partSize..<min((index + 1) * partSize, bytes.count)
            let hash = FastHash()
            if let file = bytes.wholeFile {
                do { try file.withParts(range) { hash.update($0) } } catch { return }
            } else {
                bytes.withUnsafeBytes { hash.update(UnsafeRawBufferPointer(rebasing: $0[range])) }
            }
            let sum = hash.finish()
            sums.withLock { $0[index] = sum }
        }
        return sums.withLock { $0 }
    }
}

/// A value that is computed when first asked for, and kept.
final class Memo<Value: Sendable>: @unchecked Sendable {
    // Sound to share: `made` is read and written under the lock.
    private let lock = NSLock()
    private var made: Value?

    func value(_ make: () -> Value) -> Value {
        lock.withLock {
            if let made { return made }
            let value = make()
            made = value
            return value
        }
    }
}

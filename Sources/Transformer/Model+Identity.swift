import Digest
import Foundation

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

    /// Tells models apart before the first row is written: sha256 of `config.json`, and of each container's length and XXH3 (128
    /// bits). Every byte of the weights counts, so that a checkpoint and an edited copy of it are two models; and reading them takes
    /// a tenth of the time that sha256 does. Nil as for `weightsSHA256`.
    public func fingerprint() -> String? { fingerprintDigest.value(computeFingerprint) }

    private func computeFingerprint() -> String? {
        let hash = Digest(.sha256)
        configurationBytes.withUnsafeBytes { hash.update($0) }
        for bytes in checkpoint.containers.map(\.fileBytes) {
            withUnsafeBytes(of: UInt64(bytes.count).littleEndian) { hash.update($0) }
            let weights = FastHash()
            if let file = bytes.wholeFile {
                do { try file.withParts { weights.update($0) } } catch { return nil }
            } else {
                bytes.withUnsafeBytes { weights.update($0) }
            }
            guard let sum = weights.finish() else { return nil }
            sum.withUnsafeBytes { hash.update($0) }
        }
        return hash.hexadecimal()
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

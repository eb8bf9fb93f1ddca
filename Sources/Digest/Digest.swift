import CDigest
import Foundation

/// A running SHA-256 or SHA-1.
package final class Digest {
    package enum Algorithm: Sendable {
        case sha256, sha1

        fileprivate var kind: digest_kind {
            switch self {
            case .sha256: DIGEST_SHA256
            case .sha1: DIGEST_SHA1
            }
        }
    }

    private var state: OpaquePointer?

    package init(_ algorithm: Algorithm) { state = digest_new(algorithm.kind) }

    private init(_ state: OpaquePointer?) { self.state = state }

    /// A computation of its own that goes on from here.
    package func copy() -> Digest { Digest(state.flatMap { digest_copy($0) }) }

    deinit { _ = finish() }

    package func update(_ bytes: UnsafeRawBufferPointer) {
        if let state { digest_update(state, bytes.baseAddress, bytes.count) }
    }

    /// The digest's bytes; ends the computation. Nil when the system's library failed, or the second time.
    package func finish() -> [UInt8]? {
        guard let state else { return nil }
        self.state = nil
        var digest = [UInt8](repeating: 0, count: Int(DIGEST_MOST_BYTES))
        let count = digest_finish(state, &digest)
        return count == 0 ? nil : Array(digest[..<count])
    }

    /// `finish()` in hexadecimal digits.
    package func hexadecimal() -> String? {
        finish()?.map { String($0 >> 4, radix: 16) + String($0 & 15, radix: 16) }.joined()
    }
}

extension Digest {
    /// The digest of a whole file in hexadecimal digits, read in parts; nil when it cannot be read, or the library failed.
    package static func ofFile(_ path: String, _ algorithm: Algorithm = .sha256) -> String? {
        guard let file = FileHandle(forReadingAtPath: path) else { return nil }
        let digest = Digest(algorithm)
        do {
            while let part = try file.read(upToCount: 1 << 20), !part.isEmpty { part.withUnsafeBytes { digest.update($0) } }
        } catch {
            return nil
        }
        return digest.hexadecimal()
    }
}

import Foundation

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

import Foundation

/// A vector from a NumPy file, format 1 to 3: little-endian float32 or float64, in any shape.
/// Source: numpy.lib.format.
enum NumPyVector {
    static func read(_ path: String) throws(EditError) -> [Float] {
        let data: Data
        do { data = try Data(contentsOf: URL(fileURLWithPath: path), options: .mappedIfSafe) } catch {
            throw .file(path: path, reason: "it is not there, or not readable")
        }
        guard data.count >= 12, data.prefix(6).elementsEqual([0x93] + Array("NUMPY".utf8)) else {
            throw .file(path: path, reason: "it does not begin as NumPy's files do")
        }
        let bytes = [UInt8](data)
        let isOld = bytes[6] == 1
        let length =
            isOld
            ? Int(bytes[8]) | Int(bytes[9]) << 8
            : (0..<4).reduce(0) { $0 | Int(bytes[8 + $1]) << (8 * $1) }
        let start = (isOld ? 10 : 12) + length
        guard start <= bytes.count else { throw .file(path: path, reason: "it ends inside its header") }
        let header = String(decoding: bytes[(isOld ? 10 : 12)..<start], as: UTF8.self)
        let isDouble = header.contains("'<f8'")
        guard isDouble || header.contains("'<f4'") else { throw .file(path: path, reason: "its values are of another type") }
        let size = isDouble ? 8 : 4
        guard (bytes.count - start).isMultiple(of: size), bytes.count > start else {
            throw .file(path: path, reason: "it has no whole number of values")
        }
        return bytes.withUnsafeBytes { raw in
            stride(from: start, to: bytes.count, by: size).map { offset in
                isDouble
                    ? Float(Double(bitPattern: UInt64(littleEndian: raw.loadUnaligned(fromByteOffset: offset, as: UInt64.self))))
                    : Float(bitPattern: UInt32(littleEndian: raw.loadUnaligned(fromByteOffset: offset, as: UInt32.self)))
            }
        }
    }
}

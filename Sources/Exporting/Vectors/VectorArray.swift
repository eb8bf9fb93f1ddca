import Output
import Reading
import Foundation

/// The vectors of one hook point as one array.
struct VectorArray {
    let hook: Int64
    let name: String
    let type: VectorType
    let rows: Int
    let heads: Int
    let rowBytes: Int

    /// [rows, values], or [rows, heads, values of a head].
    var shape: [Int] {
        let values = rowBytes / type.size
        return heads > 1 ? [rows, heads, values / heads] : [rows, values]
    }

    /// The kept hook points of a run whose names match, in the order of the forward pass.
    static func matching(_ globs: String, run: Int64, in database: ReadOnlyDatabase) throws -> [VectorArray] {
        let globs = globs.split(separator: ",").map { $0.trimmingCharacters(in: .whitespaces) }.filter { !$0.isEmpty }
        var kept: [(id: Int64, name: String, type: VectorType, heads: Int)] = []
        try database.rows("SELECT hook_id, name, dtype, head_count FROM hooks WHERE run_id = ?1 ORDER BY hook_id", [run]) {
            kept.append(($0.integer(0), $0.text(1), VectorType(rawValue: $0.text(2)) ?? .float32, Int($0.integer(3))))
        }
        for glob in globs where !kept.contains(where: { fnmatch(glob, $0.name, 0) == 0 }) {
            throw VectorExportError.notKept(glob: glob, run: run, kept: kept.map(\.name))
        }
        let chosen = kept.filter { hook in globs.contains { fnmatch($0, hook.name, 0) == 0 } }
        guard !chosen.isEmpty else { throw VectorExportError.notKept(glob: "", run: run, kept: kept.map(\.name)) }
        return try chosen.map { hook in
            var lengths: [Int] = []
            try database.rows("SELECT length(vector) FROM vectors WHERE hook_id = ?1 ORDER BY token_key LIMIT 2", [hook.id]) {
                lengths.append(Int($0.integer(0)))
            }
            guard let first = lengths.first, first % (hook.type.size * max(1, hook.heads)) == 0 else {
                throw VectorExportError.notKept(glob: hook.name, run: run, kept: [])
            }
            guard lengths.allSatisfy({ $0 == first }) else { throw VectorExportError.differentLengths(hook: hook.name) }
            return VectorArray(
                hook: hook.id, name: hook.name, type: hook.type,
                rows: try database.number("SELECT count(*) FROM vectors WHERE hook_id = ?1", [hook.id]), heads: hook.heads,
                rowBytes: first)
        }
    }

    /// All values, row after row.
    func copy(from database: ReadOnlyDatabase, to output: ArrayOutput) throws {
        var copied = 0
        try database.rows("SELECT vector FROM vectors WHERE hook_id = ?1 ORDER BY token_key", [hook]) { row in
            let bytes = try row.checkedBytes(0)
            guard bytes.count == rowBytes, copied < rows else { throw VectorExportError.differentLengths(hook: name) }
            try output.append(bytes)
            copied += 1
        }
        guard copied == rows else { throw VectorExportError.differentLengths(hook: name) }
    }
}

/// Gathers an array's bytes and writes them a megabyte at a time.
final class ArrayOutput {
    private let descriptor: Int32
    private let name: String
    private let isCancelled: () -> Bool
    private var buffer: [UInt8] = []

    private static let capacity = 1 << 20

    init(descriptor: Int32, name: String, isCancelled: @escaping () -> Bool) {
        (self.descriptor, self.name, self.isCancelled) = (descriptor, name, isCancelled)
        buffer.reserveCapacity(Self.capacity)
    }

    func append(_ bytes: some Sequence<UInt8>) throws {
        buffer.append(contentsOf: bytes)
        if buffer.count >= Self.capacity { try flush() }
    }

    func flush() throws {
        try buffer.withUnsafeBytes { try FileDescriptorSink.write($0, to: descriptor, name: name) }
        buffer.removeAll(keepingCapacity: true)
        if isCancelled() { throw VectorExportError.cancelled }
    }
}

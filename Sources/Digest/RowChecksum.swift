/// The checksum of the rows that a sequence has in a table, as the table `checksums` holds it.
///
/// A row's hash is XXH3 (64 bits) of its values, 8 bytes each, little-endian: integers; the bits of reals, 0 without its sign;
/// NULL as the bits of a NaN; of a text or a BLOB the hash of its bytes. The checksum is the hash of the rows' hashes in the order
/// of their keys. So a row that is missing, doubled, moved or changed in any column changes it.
package struct RowChecksum {
    private var values: [UInt64] = []
    private var rows: [UInt64] = []

    package init() {}

    package mutating func add(_ value: Int64) { values.append(UInt64(bitPattern: value).littleEndian) }
    package mutating func add(_ value: Int) { add(Int64(value)) }

    /// NaN is stored as NULL, and -0 as 0.
    package mutating func add(_ value: Double) {
        if value.isNaN { return addNull() }
        values.append((value == 0 ? 0 : value).bitPattern.littleEndian)
    }

    package mutating func addNull() { values.append(Double.nan.bitPattern.littleEndian) }

    package mutating func add(_ bytes: UnsafeRawBufferPointer) { values.append(FastHash.hash64(bytes).littleEndian) }

    /// NULL for nil.
    package mutating func add(_ text: String?) {
        guard var text else { return addNull() }
        text.withUTF8 { add(UnsafeRawBufferPointer($0)) }
    }

    /// The row is complete.
    package mutating func endRow() {
        rows.append(values.withUnsafeBytes(FastHash.hash64).littleEndian)
        values.removeAll(keepingCapacity: true)
    }

    /// A row of integers.
    package mutating func addRow(_ key: Int, _ values: Int64...) {
        add(key)
        for value in values { add(value) }
        endRow()
    }

    /// A row whose hash was made before.
    package struct Row: Sendable {
        fileprivate let hash: UInt64

        /// A vector: its place in the sequence, and its bytes.
        package init(position: Int, _ bytes: UnsafeRawBufferPointer) {
            let values = [UInt64(position).littleEndian, FastHash.hash64(bytes).littleEndian]
            hash = values.withUnsafeBytes(FastHash.hash64).littleEndian
        }
    }

    package mutating func add(_ rows: ArraySlice<Row>) {
        for row in rows { self.rows.append(row.hash) }
    }

    /// The checksum of the rows so far; nil when there was none.
    package var value: Int64? { rows.isEmpty ? nil : Int64(bitPattern: rows.withUnsafeBytes(FastHash.hash64)) }
}

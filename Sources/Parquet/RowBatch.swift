/// Some rows on their way into a file, kept column by column so that each column is then encoded in one go.
///
/// Set the columns of a row in any order, then end it. What is not set is null. A column takes only values of its type.
public final class RowBatch {
    /// One column of the batch: nothing in here is counted by reference, because it is touched for every cell.
    struct Slot {
        let type: ParquetColumn.DataType
        /// Bits of an integer or a double; the number of bytes of a text, a binary or a list.
        let values: UnsafeMutablePointer<UInt64>
        let isSet: UnsafeMutablePointer<Bool>
        var bytes: UnsafeMutableRawPointer
        var byteCount = 0
        var byteCapacity = 1 << 12
    }

    /// Rows and bytes that a batch takes before it must be written.
    private static let mostRows = 4096
    private static let mostBytes = 4 << 20

    /// Behind a pointer like the slots, so that a cell costs no check of access to a field of the class.
    private struct Filled {
        var rows = 0
        var bytes = 0
    }

    private let filled = UnsafeMutablePointer<Filled>.allocate(capacity: 1)
    private let slots: UnsafeMutableBufferPointer<Slot>

    init(columns: [ParquetColumn]) {
        filled.initialize(to: Filled())
        slots = .allocate(capacity: columns.count)
        for (index, column) in columns.enumerated() {
            let isSet = UnsafeMutablePointer<Bool>.allocate(capacity: Self.mostRows)
            isSet.initialize(repeating: false, count: Self.mostRows)
            let values = UnsafeMutablePointer<UInt64>.allocate(capacity: Self.mostRows)
            values.initialize(repeating: 0, count: Self.mostRows)
            slots.initializeElement(
                at: index,
                to: Slot(type: column.type, values: values, isSet: isSet, bytes: .allocate(byteCount: 1 << 12, alignment: 16)))
        }
    }

    deinit {
        for slot in slots {
            slot.values.deallocate()
            slot.isSet.deallocate()
            slot.bytes.deallocate()
        }
        slots.deallocate()
        filled.deallocate()
    }

    /// Rows that are ended.
    public var rows: Int { filled.pointee.rows }

    /// Whether it must be written before the next row.
    public var isFull: Bool { rows == Self.mostRows || filled.pointee.bytes >= Self.mostBytes }

    public func set(_ column: Int, to value: Int64) {
        precondition(slots[column].type == .integer)
        store(column, UInt64(bitPattern: value))
    }

    public func set(_ column: Int, to value: Double) {
        precondition(slots[column].type == .double)
        store(column, value.bitPattern)
    }

    /// - Parameter value: UTF-8 for a text, any bytes for a binary, little-endian binary32 for a list. Copied.
    public func set(_ column: Int, to value: UnsafeRawBufferPointer) {
        let type = slots[column].type
        precondition(type == .text || type == .binary || type == .floatList && value.count % 4 == 0)
        store(column, UInt64(value.count))
        guard let start = value.baseAddress else { return }
        grow(&slots[column], by: value.count)
        (slots[column].bytes + slots[column].byteCount).copyMemory(from: start, byteCount: value.count)
        slots[column].byteCount += value.count
        filled.pointee.bytes += value.count
    }

    public func endRow() {
        precondition(rows < Self.mostRows)
        filled.pointee.rows += 1
    }

    private func store(_ column: Int, _ value: UInt64) {
        precondition(rows < Self.mostRows)
        slots[column].values[rows] = value
        slots[column].isSet[rows] = true
    }

    private func grow(_ slot: inout Slot, by extra: Int) {
        guard slot.byteCount + extra > slot.byteCapacity else { return }
        slot.byteCapacity = max(slot.byteCapacity * 2, slot.byteCount + extra)
        let grown = UnsafeMutableRawPointer.allocate(byteCount: slot.byteCapacity, alignment: 16)
        grown.copyMemory(from: slot.bytes, byteCount: slot.byteCount)
        slot.bytes.deallocate()
        slot.bytes = grown
    }

    func slot(_ column: Int) -> Slot { slots[column] }

    func removeAll() {
        for index in slots.indices {
            slots[index].isSet.update(repeating: false, count: rows)
            slots[index].byteCount = 0
        }
        filled.pointee = Filled()
    }
}

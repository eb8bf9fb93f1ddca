/// The data page that is being filled: levels, and values or their numbers in the dictionary.
///
/// A structure, whose loops over a batch run without the checks of access that the fields of a class have.
struct Page {
    /// How far a batch has been taken.
    struct Cursor {
        var row = 0
        /// In the bytes of the batch's column.
        var offset = 0
        /// The dictionary had no place for the value of `row`.
        var leavesDictionary = false
    }

    /// Leaf values, nulls included.
    private(set) var valueCount = 0
    private var repetition: RunLengthEncoder
    private var definition: RunLengthEncoder
    private let repetitions = ByteBuffer()
    private let definitions = ByteBuffer()
    private let values = ByteBuffer(capacity: 1 << 16)
    private var indices: [UInt32] = []
    private let isList: Bool

    private static let mostBytes = 1 << 20
    private static let mostIndices = 1 << 17

    init(isList: Bool) {
        self.isList = isList
        repetition = RunLengthEncoder(bitWidth: 1, into: repetitions)
        definition = RunLengthEncoder(bitWidth: isList ? 2 : 1, into: definitions)
    }

    var isFull: Bool { values.count >= Self.mostBytes || indices.count >= Self.mostIndices }

    /// Bytes, about.
    var size: Int { values.count + indices.count }

    mutating func appendDoubles(_ slot: RowBatch.Slot, _ rows: Int, _ cursor: inout Cursor, _ statistics: inout Statistics) {
        let room = values.room(for: (rows - cursor.row) * 8).bindMemory(to: UInt64.self, capacity: rows - cursor.row)
        var present = 0
        for row in cursor.row..<rows {
            guard slot.isSet[row] else {
                appendNull(&statistics)
                continue
            }
            definition.append(1)
            room[present] = slot.values[row].littleEndian
            statistics.include(Double(bitPattern: slot.values[row]))
            present += 1
        }
        values.advance(present * 8)
        valueCount += rows - cursor.row
        cursor.row = rows
    }

    /// - Parameter dictionary: nil when the values stand for themselves.
    mutating func appendIntegers(
        _ slot: RowBatch.Slot, _ rows: Int, _ cursor: inout Cursor, _ dictionary: ValueDictionary?, _ statistics: inout Statistics
    ) {
        var last: (value: UInt64, index: UInt32)?
        for row in cursor.row..<rows {
            if slot.isSet[row] {
                let value = slot.values[row]
                if let last, last.value == value {
                    indices.append(last.index)
                } else if let dictionary {
                    guard let index = dictionary.index(of: value) else {
                        cursor.leavesDictionary = true
                        cursor.row = row
                        return
                    }
                    statistics.include(Int64(bitPattern: value))
                    indices.append(index)
                    last = (value, index)
                } else {
                    statistics.include(Int64(bitPattern: value))
                    values.append(integer: value)
                }
                definition.append(1)
            } else {
                appendNull(&statistics)
            }
            valueCount += 1
        }
        cursor.row = rows
    }

    /// - Parameter dictionary: nil when the values stand for themselves.
    mutating func appendBytes(
        _ slot: RowBatch.Slot, _ rows: Int, _ cursor: inout Cursor, _ dictionary: ValueDictionary?, _ statistics: inout Statistics
    ) {
        var last: (value: UnsafeRawBufferPointer, index: UInt32)?
        for row in cursor.row..<rows {
            if slot.isSet[row] {
                let value = UnsafeRawBufferPointer(start: slot.bytes + cursor.offset, count: Int(slot.values[row]))
                if let last, last.value.holds(value) {
                    indices.append(last.index)
                } else if let dictionary {
                    let known = dictionary.count
                    guard let index = dictionary.index(of: value) else {
                        cursor.leavesDictionary = true
                        cursor.row = row
                        return
                    }
                    if Int(index) == known { statistics.include(value) }
                    indices.append(index)
                    last = (value, index)
                } else {
                    statistics.include(value)
                    values.append(integer: UInt32(value.count))
                    values.append(value)
                }
                cursor.offset += value.count
                definition.append(1)
            } else {
                appendNull(&statistics)
            }
            valueCount += 1
        }
        cursor.row = rows
    }

    /// Levels of a list: a row begins with repetition 0; definition 0 is a null, 1 an empty list, 2 an element. Stops when
    /// the page is full.
    mutating func appendLists(_ slot: RowBatch.Slot, _ rows: Int, _ cursor: inout Cursor) {
        while cursor.row < rows, !isFull {
            let isSet = slot.isSet[cursor.row]
            let size = isSet ? Int(slot.values[cursor.row]) : 0
            repetition.append(0)
            if size == 0 {
                definition.append(isSet ? 1 : 0)
                valueCount += 1
            } else {
                repetition.append(1, times: size / 4 - 1)
                definition.append(2, times: size / 4)
                valueCount += size / 4
                values.append(UnsafeRawBufferPointer(start: slot.bytes + cursor.offset, count: size))
                cursor.offset += size
            }
            cursor.row += 1
        }
    }

    private mutating func appendNull(_ statistics: inout Statistics) {
        definition.append(0)
        statistics.countNull()
    }

    /// Writes levels and values, and is empty after it.
    /// - Parameter dictionaryCount: values of the dictionary.
    mutating func finish(into body: ByteBuffer, dictionaryCount: Int) -> Encoding {
        if isList {
            repetition.finish()
            Self.move(repetitions, to: body)
        }
        definition.finish()
        Self.move(definitions, to: body)
        // A page of nulls alone needs no dictionary, and there may be none.
        let encoding: Encoding = indices.isEmpty ? .plain : .rleDictionary
        if indices.isEmpty {
            body.append(values.bytes)
        } else {
            let width = max(RunLengthEncoder.bitWidth(of: dictionaryCount - 1), 1)
            body.append(UInt8(width))
            var encoder = RunLengthEncoder(bitWidth: width, into: body)
            for index in indices { encoder.append(index) }
            encoder.finish()
        }
        valueCount = 0
        values.removeAll()
        indices.removeAll(keepingCapacity: true)
        return encoding
    }

    private static func move(_ levels: ByteBuffer, to body: ByteBuffer) {
        body.append(integer: UInt32(levels.count))
        body.append(levels.bytes)
        levels.removeAll()
    }
}

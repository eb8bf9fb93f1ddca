/// The values of one column in one row group: encoded and compressed a page at a time, held until the group is written.
///
/// Integers, texts and binaries go through a dictionary as long as it pays; after that, and for doubles and lists always,
/// values stand one after another.
final class ColumnChunk {
    private let column: ParquetColumn
    private let compressor: Compressor

    private var page: Page
    private let dictionary: ValueDictionary?
    private var usesDictionary: Bool
    private let pages = ByteBuffer(capacity: 1 << 16)
    private var totalValues = 0
    private var uncompressed = 0
    private var encodings: Set<Encoding> = [.rle]
    private var statistics = Statistics()

    private let body = ByteBuffer(capacity: 1 << 16)
    private let compressed = ByteBuffer(capacity: 1 << 16)

    init(_ column: ParquetColumn, compressor: Compressor) {
        self.column = column
        self.compressor = compressor
        page = Page(isList: column.type == .floatList)
        dictionary = column.type == .double || column.type == .floatList ? nil : ValueDictionary()
        usesDictionary = dictionary != nil
    }

    /// Bytes so far, before compression.
    var size: Int { uncompressed + page.size }

    func append(_ slot: RowBatch.Slot, rows: Int) throws(ParquetError) {
        var cursor = Page.Cursor()
        while cursor.row < rows {
            let known = usesDictionary ? dictionary : nil
            switch column.type {
            case .integer: page.appendIntegers(slot, rows, &cursor, known, &statistics)
            case .double: page.appendDoubles(slot, rows, &cursor, &statistics)
            case .text, .binary: page.appendBytes(slot, rows, &cursor, known, &statistics)
            case .floatList: page.appendLists(slot, rows, &cursor)
            }
            if cursor.leavesDictionary {
                // The page so far keeps the dictionary; the value that did not fit begins the next one.
                try endPage()
                usesDictionary = false
                cursor.leavesDictionary = false
            } else if page.isFull {
                try endPage()
            }
        }
    }

    private func endPage() throws(ParquetError) {
        guard page.valueCount > 0 else { return }
        body.removeAll()
        let count = page.valueCount
        let encoding = page.finish(into: body, dictionaryCount: dictionary?.count ?? 0)
        try appendPage(of: body, to: pages) {
            PageHeader.data(values: count, encoding: encoding, uncompressed: $0, compressed: $1)
        }
        encodings.insert(encoding)
        totalValues += count
    }

    private func appendPage(
        of content: ByteBuffer, to output: ByteBuffer, header: (_ uncompressed: Int, _ compressed: Int) -> [UInt8]
    ) throws(ParquetError) {
        try compressor.compress(content.bytes, into: compressed)
        guard max(content.count, compressed.count) <= Int(Int32.max) else {
            throw .pageTooLarge(column: column.name, bytes: content.count)
        }
        let header = header(content.count, compressed.count)
        output.append(header)
        output.append(compressed.bytes)
        uncompressed += header.count + content.count
    }

    /// Writes the chunk at `offset` of the file and empties it.
    func finish(at offset: Int, _ write: (UnsafeRawBufferPointer) throws -> Void) throws -> ChunkMetadata {
        try endPage()
        let head = ByteBuffer()
        if let dictionary, dictionary.count > 0 {
            try appendPage(of: dictionary.page, to: head) {
                PageHeader.dictionary(values: dictionary.count, uncompressed: $0, compressed: $1)
            }
            encodings.insert(.plain)
            try write(head.bytes)
        }
        try write(pages.bytes)
        let metadata = ChunkMetadata(
            column: column, encodings: encodings.sorted { $0.rawValue < $1.rawValue }, values: totalValues,
            uncompressed: uncompressed,
            compressed: head.count + pages.count, dictionaryOffset: head.count > 0 ? offset : nil, dataOffset: offset + head.count,
            statistics: statistics)
        if let dictionary, dictionary.count > 0 { dictionary.removeAll() }
        usesDictionary = dictionary != nil
        pages.removeAll()
        totalValues = 0
        uncompressed = 0
        encodings = [.rle]
        statistics = Statistics()
        return metadata
    }
}

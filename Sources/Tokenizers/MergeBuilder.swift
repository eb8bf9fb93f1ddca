/// Turns merges into ids; their tokens are spelled in GPT-2's byte-to-unicode characters, or as they are.
struct MergeBuilder {
    let tokens: TokenTable
    private let isByteLevel: Bool
    private var left: [UInt8] = []
    private var right: [UInt8] = []
    private var rank = 0

    init(tokens: TokenTable, isByteLevel: Bool = true) {
        self.tokens = tokens
        self.isByteLevel = isByteLevel
    }

    /// Adds the merge `a b`.
    mutating func add(
        line: some RandomAccessCollection<UInt8>, to table: inout MergeTable
    ) throws(TokenizerLoadError.Problem) {
        guard let space = line.firstIndex(of: 0x20), space > line.startIndex,
            case let second = line[space...].dropFirst(), !second.isEmpty
        else {
            throw .malformedMerge(number: rank + 1, text: displayText(of: Array(line)))
        }
        left.removeAll(keepingCapacity: true)
        left.append(contentsOf: line[..<space])
        right.removeAll(keepingCapacity: true)
        right.append(contentsOf: second)
        try addSpelled(to: &table)
    }

    /// Adds the merge of `a` and `b`.
    mutating func add(_ a: [UInt8], _ b: [UInt8], to table: inout MergeTable) throws(TokenizerLoadError.Problem) {
        left = a
        right = b
        try addSpelled(to: &table)
    }

    private mutating func addSpelled(to table: inout MergeTable) throws(TokenizerLoadError.Problem) {
        if isByteLevel {
            guard ByteToUnicode.undo(&left) else { throw .unknownToken(merge: rank + 1, token: displayText(of: left)) }
            guard ByteToUnicode.undo(&right) else { throw .unknownToken(merge: rank + 1, token: displayText(of: right)) }
        }
        let leftID = try id(left)
        let rightID = try id(right)
        left.append(contentsOf: right)
        let mergedID = try id(left)
        table.set(leftID, rightID, MergeTable.Merge(rank: Int32(rank), id: mergedID))
        rank += 1
    }

    private func id(_ bytes: [UInt8]) throws(TokenizerLoadError.Problem) -> Int32 {
        guard let id = bytes.withUnsafeBytes({ tokens.id(of: $0) }) else {
            throw .unknownToken(merge: rank + 1, token: displayText(of: bytes))
        }
        return id
    }
}

/// A few texts that each token of a vocabulary is looked up among. A token's length is asked first: hashing every token takes
/// longer than reading it.
struct TextLookup {
    private let texts: Set<[UInt8]>
    /// By length: whether a text has it.
    private let lengths: [Bool]

    init(_ texts: some Sequence<[UInt8]>) {
        self.texts = Set(texts)
        var lengths = [Bool](repeating: false, count: (self.texts.map(\.count).max() ?? -1) + 1)
        for text in self.texts { lengths[text.count] = true }
        self.lengths = lengths
    }

    @inline(__always)
    func contains(_ token: [UInt8]) -> Bool { token.count < lengths.count && lengths[token.count] && texts.contains(token) }
}

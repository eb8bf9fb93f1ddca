/// What BERT's normalizer and pre-tokenizer need to know of a scalar, from the frozen `BERTTables`.
struct BERTScalars: Sendable {
    static let shared = BERTScalars()

    /// A scalar's properties. The last three say where it pays to look further.
    struct Properties: OptionSet {
        let rawValue: UInt8
        static let removed = Properties(rawValue: 1)
        static let space = Properties(rawValue: 2)
        static let punctuation = Properties(rawValue: 4)
        static let chinese = Properties(rawValue: 8)
        static let mark = Properties(rawValue: 16)
        static let combines = Properties(rawValue: 32)
        static let decomposes = Properties(rawValue: 64)
        static let hasLowercase = Properties(rawValue: 128)
    }

    private static let pageSize = 256
    /// The number of the page of each block of 256 scalars; blocks of the same properties share one.
    private let pageNumber: [UInt16]
    private let pages: [UInt8]
    private let classes: [UInt32: UInt8]
    /// Where a scalar's decomposition, or lower case of several scalars, is in its table.
    private let decompositions: [UInt32: Range<Int>]
    private let lowercaseSequences: [UInt32: Range<Int>]
    private let lowercase: [UInt32: UInt32]

    private init() {
        var flags = [UInt8](repeating: 0, count: 0x110000)
        func mark(_ ranges: [UInt32], _ property: Properties) {
            for pair in stride(from: 0, to: ranges.count - 1, by: 2) {
                for scalar in Int(ranges[pair])...Int(ranges[pair + 1]) { flags[scalar] |= property.rawValue }
            }
        }
        mark(BERTTables.removed, .removed)
        mark(BERTTables.spaces, .space)
        mark(BERTTables.punctuation, .punctuation)
        mark(BERTTables.chinese, .chinese)
        mark(BERTTables.marks, .mark)
        mark([Hangul.first, Hangul.last], .decomposes)

        var classes: [UInt32: UInt8] = [:]
        let groups = BERTTables.combiningClasses
        for group in stride(from: 0, to: groups.count - 2, by: 3) {
            for scalar in groups[group]...groups[group + 1] { classes[scalar] = UInt8(groups[group + 2]) }
        }
        var lowercase: [UInt32: UInt32] = [:]
        let runs = BERTTables.lowercase
        for run in stride(from: 0, to: runs.count - 3, by: 4) {
            for scalar in stride(from: runs[run], through: runs[run + 1], by: Int(runs[run + 2])) {
                lowercase[scalar] = runs[run + 3] + (scalar - runs[run])
            }
        }
        decompositions = Self.places(in: BERTTables.decompositions)
        lowercaseSequences = Self.places(in: BERTTables.lowercaseSequences)
        self.classes = classes
        self.lowercase = lowercase
        for scalar in classes.keys { flags[Int(scalar)] |= Properties.combines.rawValue }
        for scalar in decompositions.keys { flags[Int(scalar)] |= Properties.decomposes.rawValue }
        for scalar in lowercase.keys { flags[Int(scalar)] |= Properties.hasLowercase.rawValue }
        for scalar in lowercaseSequences.keys { flags[Int(scalar)] |= Properties.hasLowercase.rawValue }

        var known: [ArraySlice<UInt8>: UInt16] = [:]
        var numbers: [UInt16] = []
        var pages: [UInt8] = []
        for start in stride(from: 0, to: flags.count, by: Self.pageSize) {
            let page = flags[start..<start + Self.pageSize]
            if known[page] == nil {
                known[page] = UInt16(known.count)
                pages += page
            }
            numbers.append(known[page] ?? 0)
        }
        pageNumber = numbers
        self.pages = pages
    }

    /// Where each scalar's sequence is in a table of scalars with a count in bits 24 and up.
    private static func places(in table: [UInt32]) -> [UInt32: Range<Int>] {
        var places: [UInt32: Range<Int>] = [:]
        var position = 0
        while position < table.count {
            let count = Int(table[position] >> 24)
            places[table[position] & 0xFF_FFFF] = position + 1..<position + 1 + count
            position += 1 + count
        }
        return places
    }

    /// The properties of a scalar, at most 0x10FFFF.
    @inline(__always)
    subscript(scalar: UInt32) -> Properties {
        Properties(rawValue: pages[Int(pageNumber[Int(scalar >> 8)]) * Self.pageSize + Int(scalar & 255)])
    }

    /// The canonical combining class.
    func combiningClass(_ scalar: UInt32) -> UInt8 { classes[scalar] ?? 0 }

    /// Appends the canonical decomposition of a scalar that has one.
    func appendDecomposition(_ scalar: UInt32, to scalars: inout [UInt32]) {
        if let place = decompositions[scalar] {
            scalars += BERTTables.decompositions[place]
        } else {
            Hangul.appendDecomposition(scalar, to: &scalars)
        }
    }

    /// Appends the lower case of a scalar that has one.
    func appendLowercase(_ scalar: UInt32, to scalars: inout [UInt32]) {
        if let place = lowercaseSequences[scalar] {
            scalars += BERTTables.lowercaseSequences[place]
        } else {
            scalars.append(lowercase[scalar] ?? scalar)
        }
    }
}

/// Hangul syllables decompose by arithmetic (the Unicode Standard, section 3.12).
private enum Hangul {
    static let first: UInt32 = 0xAC00
    static let last: UInt32 = 0xD7A3

    static func appendDecomposition(_ syllable: UInt32, to scalars: inout [UInt32]) {
        let index = syllable - first
        scalars += [0x1100 + index / 588, 0x1161 + index % 588 / 28]
        if index % 28 > 0 { scalars.append(0x11A7 + index % 28) }
    }
}

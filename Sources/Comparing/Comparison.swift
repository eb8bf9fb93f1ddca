import Output
import Reading

/// Words compared in the same carriers: what entered each norm where they stand.
public struct Comparison: Sendable, Equatable {
    /// One word at one site, over its carriers.
    public struct Measurement: Sendable, Equatable {
        /// The word's place in `words`: Swift takes canonically equivalent texts for equal, tokenizers do not.
        public let index: Int
        public let word: String
        /// The token that was measured: the word's last.
        public let token: String
        /// How many tokens the word is.
        public let pieces: Int
        public let site: String
        public let depth: Int
        /// Carriers.
        public let n: Int
        /// Mean of the population variance of hook_in; nil when a value is not a number.
        public let meanVariance: Double?
        /// Standard deviation over the carriers (divided by n - 1); nil when there is one.
        public let sdVariance: Double?
        /// Mean of the fourth standardized moment of hook_in: 3 for a Gaussian, more is spikier.
        public let meanKurtosis: Double?
        /// The first word's variance over this one's; nil for the first word.
        public let ratio: RatioInterval?
    }

    /// In the order in which they were given.
    public let words: [String]
    /// By depth, and there by word.
    public let measurements: [Measurement]
    /// The split of the first site's variance, by the word's index; empty when the run did not keep the embeddings.
    public let splits: [Int: EmbeddingSplit]

    /// Reads the comparison that a run recorded.
    public init(_ database: ReadOnlyDatabase, run: Int64) throws {
        var words: [String] = []
        var measurements: [Measurement] = []
        var (lastDepth, index) = (-1, 0)
        for row in try database.rows(ComparisonQuery.sites, parameters: ["run": .integer(run)]) {
            guard case .text(let word) = row[0], case .text(let token) = row[1], case .text(let site) = row[3],
                let pieces = row[2].int, let depth = row[4].int, let n = row[5].int
            else { continue }
            index = depth == lastDepth ? index + 1 : 0
            lastDepth = depth
            if index == words.count { words.append(word) }
            let ratio = row[10].double.map { RatioInterval(pairs: row[9].int ?? 1, meanLog: $0, deviationLog: row[11].double) }
            measurements.append(
                Measurement(
                    index: index, word: word, token: token, pieces: pieces, site: site, depth: depth, n: n,
                    meanVariance: row[6].double, sdVariance: row[7].double, meanKurtosis: row[8].double,
                    ratio: index == 0 ? nil : ratio))
        }
        self.words = words
        self.measurements = measurements
        splits = try Self.splits(database, run: run)
    }

    private static func splits(_ database: ReadOnlyDatabase, run: Int64) throws -> [Int: EmbeddingSplit] {
        var ofWord: [Int: [EmbeddingSplit]] = [:]
        for row in try database.rows(ComparisonQuery.embeddings, parameters: ["run": .integer(run)]) {
            func vector(_ cell: Cell) -> [UInt8]? { if case .blob(let bytes) = cell { bytes } else { nil } }
            guard let index = row[0].int, let token = vector(row[1]),
                let split = EmbeddingSplit(
                    tokenEmbedding: token, positionEmbedding: vector(row[2]), tokenTypeEmbedding: vector(row[3]))
            else { continue }
            ofWord[index, default: []].append(split)
        }
        return ofWord.compactMapValues { EmbeddingSplit.mean(of: $0) }
    }

    /// The measurements of a word, by depth.
    func measurements(ofWord index: Int) -> [Measurement] { measurements.filter { $0.index == index } }
}

extension Comparison {
    /// The names of the columns that `writeRows` writes.
    public static let columns = [
        "depth", "site", "word", "token", "piece_of", "n", "mean_variance", "sd_variance", "mean_kurtosis",
        "ratio_of_first", "ci_low", "ci_high", "token_embedding_variance", "position_embedding_variance", "twice_covariance",
        "token_type_embedding_variance",
    ]

    /// The statement whose rows are compared: one a site and word, of the run `:run`. The intervals are computed from its rows.
    package static let sql = ComparisonQuery.sites

    /// Those that a narrow terminal shows.
    public static let shown = ["site", "word", "n", "mean_variance", "ratio_of_first", "ci_low", "ci_high", "mean_kurtosis"]

    /// One row a depth and word. `piece_of` is the number of tokens of a word that has several, of which the last was
    /// measured; `ratio_of_first` the first word's variance over this one's; the split is there at the first site only.
    public func writeRows(to writer: inout any RowWriter) throws {
        try writer.begin(columns: Self.columns)
        for m in measurements {
            let split = m.depth == 0 ? splits[m.index] : nil
            try writer.write([
                .integer(Int64(m.depth)), .text(m.site), .text(m.word), .text(m.token),
                m.pieces > 1 ? .integer(Int64(m.pieces)) : .null, .integer(Int64(m.n)),
                Cell(m.meanVariance), Cell(m.sdVariance), Cell(m.meanKurtosis),
                Cell(m.ratio?.ratio), Cell(m.ratio?.low), Cell(m.ratio?.high),
                Cell(split?.tokenEmbedding), Cell(split?.positionEmbedding), Cell(split?.twiceCovariance),
                Cell(split?.tokenTypeEmbedding),
            ])
        }
        try writer.end()
    }
}

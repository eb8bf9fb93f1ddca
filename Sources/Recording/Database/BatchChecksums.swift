import Digest
import GRDB
import Schema
import Transformer

/// Makes the checksums of a batch's rows, sequence by sequence, from the numbers as they were computed: what the rows in the
/// file are compared with by `verify`. See `RowChecksum` for what goes into one.
struct BatchChecksums {
    private var insert: InsertStatement
    private let components: Components
    private var sequences: [TokenSequence] = []
    /// By hook point: of each of its vectors, in the order of the batch's rows.
    private var vectors: [(hook: String, rows: [RowChecksum.Row])] = []

    init(_ db: Database, components: Components) throws {
        self.components = components
        insert = try InsertStatement(db, into: "checksums", columns: ["sequence_id", "facts", "checksum"])
    }

    mutating func begin(_ sequences: [TokenSequence]) {
        self.sequences = sequences
        vectors = []
    }

    /// The next vector of a hook point, as it will be stored.
    mutating func add(_ bytes: UnsafeRawBufferPointer, position: Int, hook: String) {
        if vectors.last?.hook != hook { vectors.append((hook, [])) }
        vectors[vectors.count - 1].rows.append(RowChecksum.Row(position: position, bytes))
    }

    /// The batch is through; `ids` are those of its sequences.
    mutating func write(_ results: BatchResults, capture: Capture, ids: [Int64]) throws {
        var first = 0
        for (index, (sequence, id)) in zip(sequences, ids).enumerated() {
            let rows = first..<first + sequence.tokens.count
            first = rows.upperBound
            try write("sequences", id, description(of: sequence))
            try write(.tokens, id, tokens(sequence))
            if capture.normStatistics {
                try write(.siteMoments, id, sites(results.statistics, rows))
                try write(.queryKeyMoments, id, queryKeys(results.statistics, rows, of: results.tokenCount))
            }
            if capture.headStatistics {
                try write(
                    .headMoments, id,
                    heads(results.statistics.heads, BatchStatistics.valuesPerHead, .headMoments, results.statistics, rows))
            }
            if capture.attentionStatistics {
                try write(
                    .attentionMoments, id,
                    heads(
                        results.statistics.attention, BatchStatistics.valuesPerPattern, .attentionMoments, results.statistics, rows)
                )
            }
            if capture.predictions { try write(.predictions, id, predictions(results.statistics, rows)) }
            if capture.shares { try write(.shareValues, id, shares(results, rows)) }
            if capture.lens { try write(.lensValues, id) { try results.lens.write(rows, firstToken: 0, to: &$0) } }
            if let attribution = results.attribution {
                try write(.attributionTargets, id) { try attribution.writeTargets(rows, firstToken: 0, to: &$0) }
                try write(.attributionValues, id) { try attribution.writeValues(rows, firstToken: 0, to: &$0) }
            }
            try write("sequence_moments", id, pairs(results, index))
            for (hook, hashes) in vectors {
                var checksum = RowChecksum()
                checksum.add(hashes[rows])
                try write(hook, id, checksum)
            }
        }
    }

    private mutating func write(_ table: FactTable, _ id: Int64, _ rows: RowChecksum) throws {
        try write(table.name, id, rows)
    }

    private mutating func write(_ table: FactTable, _ id: Int64, rows write: (inout RowChecksum) throws -> Void) throws {
        var checksum = RowChecksum()
        try write(&checksum)
        try self.write(table.name, id, checksum)
    }

    private mutating func write(_ facts: String, _ id: Int64, _ rows: RowChecksum) throws {
        guard let checksum = rows.value else { return }
        insert.bind(id)
        insert.bind(text: facts)
        insert.bind(checksum)
        try insert.insert()
    }

    private func description(of sequence: TokenSequence) -> RowChecksum {
        var checksum = RowChecksum()
        checksum.add(sequence.number)
        checksum.add(sequence.part)
        checksum.add(sequence.tokens.count)
        checksum.add(sequence.text)
        checksum.add(sequence.metadata)
        checksum.endRow()
        return checksum
    }

    private func tokens(_ sequence: TokenSequence) -> RowChecksum {
        var checksum = RowChecksum()
        for (position, token) in sequence.tokens.enumerated() { checksum.addRow(position, Int64(position), Int64(token)) }
        return checksum
    }

    private func sites(_ statistics: BatchStatistics, _ rows: Range<Int>) -> RowChecksum {
        var checksum = RowChecksum()
        for row in rows {
            for depth in 0..<statistics.siteCount {
                let place = row * statistics.siteCount + depth
                let m = statistics.sites[place]
                checksum.add(FactTable.siteMoments.key(token: Int64(row - rows.lowerBound), depth))
                checksum.add(m.mean)
                checksum.add(m.variance)
                checksum.add(m.minimum)
                checksum.add(m.maximum)
                checksum.add(Int(m.abs_max_feature))
                checksum.add(m.skewness)
                checksum.add(m.kurtosis)
                for value in statistics.siteOutputs[
                    place * BatchStatistics.valuesPerSite..<(place + 1) * BatchStatistics.valuesPerSite]
                {
                    checksum.add(value)
                }
                checksum.add(Int(m.nonfinite))
                checksum.endRow()
            }
        }
        return checksum
    }

    /// What norms of queries and keys computed.
    private func queryKeys(_ statistics: BatchStatistics, _ rows: Range<Int>, of tokenCount: Int) -> RowChecksum {
        var checksum = RowChecksum()
        for row in rows {
            for (depth, pairs) in statistics.queryKeyMoments.sorted(by: { $0.key < $1.key }) {
                let heads = pairs.count / tokenCount
                for head in 0..<heads {
                    checksum.add(FactTable.queryKeyMoments.key(token: Int64(row - rows.lowerBound), depth, head))
                    checksum.add(pairs[row * heads + head].mean)
                    checksum.add(pairs[row * heads + head].variance)
                    checksum.endRow()
                }
            }
        }
        return checksum
    }

    /// Values of every head: [N, layers, heads, perHead].
    private func heads(
        _ values: [Double], _ perHead: Int, _ table: FactTable, _ statistics: BatchStatistics, _ rows: Range<Int>
    ) -> RowChecksum {
        var checksum = RowChecksum()
        var values = values[(rows.lowerBound * statistics.layerCount * statistics.headCount * perHead)...]
        for row in 0..<rows.count {
            for layer in 0..<statistics.layerCount {
                for head in 0..<statistics.headCount {
                    checksum.add(table.key(token: Int64(row), layer, head))
                    for value in values.prefix(perHead) { checksum.add(value) }
                    values = values.dropFirst(perHead)
                    checksum.endRow()
                }
            }
        }
        return checksum
    }

    private func predictions(_ statistics: BatchStatistics, _ rows: Range<Int>) -> RowChecksum {
        var checksum = RowChecksum()
        for row in rows {
            checksum.add(row - rows.lowerBound)
            checksum.add(statistics.logProbability[row])
            checksum.add(statistics.entropy[row])
            if statistics.rank[row] > 0 { checksum.add(Int(statistics.rank[row])) } else { checksum.addNull() }
            checksum.add(statistics.divergence[row])
            checksum.endRow()
        }
        return checksum
    }

    /// By depth, [N, parts].
    private func shares(_ results: BatchResults, _ rows: Range<Int>) -> RowChecksum {
        var checksum = RowChecksum()
        for row in rows {
            for (depth, values) in results.shares.enumerated() {
                let parts = components.parts(depth: depth)
                for (component, share) in zip(parts, values[(row * parts.count)...]) {
                    checksum.add(FactTable.shareValues.key(token: Int64(row - rows.lowerBound), depth, component))
                    checksum.add(share)
                    checksum.endRow()
                }
            }
        }
        return checksum
    }

    /// By depth: one pair a sequence, or one a sequence and feature.
    private func pairs(_ results: BatchResults, _ sequence: Int) -> RowChecksum {
        var checksum = RowChecksum()
        for (depth, pairs) in results.sequencePairs.enumerated() {
            let count = pairs.count / results.sequenceCount
            for (feature, pair) in pairs[sequence * count..<(sequence + 1) * count].enumerated() {
                checksum.add(depth)
                checksum.add(count == 1 ? -1 : feature)
                checksum.add(pair.mean)
                checksum.add(pair.variance)
                checksum.endRow()
            }
        }
        return checksum
    }
}

import CKernels
import Foundation
import GRDB
import Schema
import Transformer

/// Writes the rows of a batch: its sequences and tokens, vectors, statistics.
final class BatchWriter {
    private let db: Database
    private let modelID: Int64
    private let runID: Int64
    private let halfPrecision: Bool
    private let components: Components
    private var hookIDs: [HookPoint: Int64] = [:]
    /// What float16 could not hold, of the run so far.
    private(set) var overflow = HalfOverflow()
    /// By hook point, since the last commit.
    private var newOverflows: [HookPoint: Int] = [:]
    private var encoded: [UInt16] = []
    private var batch: [TokenSequence] = []
    private var firstToken: Int64 = 0

    private var vocabulary: VocabularyWriter
    private var checksums: BatchChecksums
    private var sequences: InsertStatement
    private var tokens: InsertStatement
    private var sites: InsertStatement
    private var queryKeys: InsertStatement
    private var heads: InsertStatement
    private var attention: InsertStatement
    private var features: InsertStatement
    private var predictions: InsertStatement
    private var vectors: InsertStatement
    private var shares: InsertStatement
    private var lens: InsertStatement
    private var attributionTargets: InsertStatement
    private var attributionValues: InsertStatement
    private var sequenceMoments: InsertStatement
    private var sequenceIDs: [Int64] = []
    private var sums: KeptSums
    private var sumWriter: SumWriter

    init(_ db: Database, model: Model, modelID: Int64, runID: Int64, capture: Capture, options: Recording.Options) throws {
        self.db = db
        self.modelID = modelID
        self.runID = runID
        halfPrecision = options.halfPrecision
        let components = Components(model)
        self.components = components
        vocabulary = try VocabularyWriter(db, modelID: modelID, tokenizer: model.tokenizer, log: options.log)
        checksums = try BatchChecksums(db, components: components)
        sequences = try InsertStatement(
            db, into: "sequences", columns: ["run_id", "number", "part", "first_token", "token_count", "text", "metadata"])
        tokens = try InsertStatement(db, into: .tokens)
        sites = try InsertStatement(db, into: .siteMoments, inGroupsOf: model.configuration.streamSites.count)
        queryKeys = try InsertStatement(db, into: .queryKeyMoments)
        heads = try InsertStatement(db, into: .headMoments, inGroupsOf: model.configuration.headCount)
        attention = try InsertStatement(db, into: .attentionMoments, inGroupsOf: model.configuration.headCount)
        features = try InsertStatement(
            db, into: "feature_moments",
            columns: [
                "run_id", "depth", "feature", "n", "in_mean", "in_m2", "normalized_mean", "normalized_m2", "out_mean", "out_m2",
            ],
            inGroupsOf: model.configuration.width)
        predictions = try InsertStatement(db, into: .predictions)
        vectors = try InsertStatement(db, into: "vectors", columns: ["hook_id", "token_key", "vector"])
        shares = try InsertStatement(
            db, into: .shareValues,
            inGroupsOf: model.configuration.streamSites.indices.reduce(0) { $0 + components.parts(depth: $1).count })
        lens = try InsertStatement(db, into: .lensValues, inGroupsOf: model.configuration.layerCount + 1)
        attributionTargets = try InsertStatement(db, into: .attributionTargets)
        attributionValues = try InsertStatement(db, into: .attributionValues, inGroupsOf: components.ofLogit.count)
        sequenceMoments = try InsertStatement(
            db, into: "sequence_moments", columns: ["sequence_id", "depth", "feature", "mean", "variance"])
        sums = KeptSums(model.configuration, sites: model.sites, capture: capture, earlier: try SumTables(db, run: runID))
        sumWriter = try SumWriter(db, run: runID)
        for point in capture.vectors { hookIDs[point] = try insertHook(point, model.configuration) }
    }

    private func insertHook(_ point: HookPoint, _ configuration: ModelConfiguration) throws -> Int64 {
        // A run that goes on has it.
        if let id = try Int64.fetchOne(
            db, sql: "SELECT hook_id FROM hooks WHERE run_id = ? AND name = ?", arguments: [runID, point.description])
        {
            return id
        }
        try db.execute(
            sql: "INSERT INTO hooks (run_id, name, layer, head_count, window, dtype) VALUES (?, ?, ?, ?, ?, ?)",
            arguments: [
                runID, point.description, point.layer, configuration.headCount(at: point), configuration.window(at: point),
                halfPrecision ? "float16" : "float32",
            ])
        return db.lastInsertedRowID
    }

    /// Sequences and tokens, in the order of the batch's rows.
    func begin(_ batch: [TokenSequence]) throws {
        firstToken = 1 + (try Int64.fetchOne(db, sql: "SELECT max(token_key) FROM tokens") ?? 0)
        var key = firstToken
        sequenceIDs = []
        self.batch = batch
        checksums.begin(batch)
        for sequence in batch {
            sequences.bind(runID)
            sequences.bind(sequence.number)
            sequences.bind(sequence.part)
            sequences.bind(key)
            sequences.bind(sequence.tokens.count)
            sequences.bind(text: sequence.text)
            sequences.bind(text: sequence.metadata)
            try sequences.insert()
            let sequenceID = db.lastInsertedRowID
            sequenceIDs.append(sequenceID)
            for (position, token) in sequence.tokens.enumerated() {
                tokens.bind(key)
                tokens.bind(sequenceID)
                tokens.bind(position)
                tokens.bind(Int(token))
                try tokens.insert()
                try vocabulary.insert(token)
                key += 1
            }
        }
    }

    /// The vectors at one hook point, one for each row that is there.
    func write(_ point: HookPoint, _ x: ActivationCopy) throws {
        guard let hook = hookIDs[point] else { return }
        let name = point.description
        var place = BatchPlace(batch)
        try x.forEachRow { row, values in
            let position = place.move(to: row)
            func insert(_ bytes: UnsafeRawBufferPointer) throws {
                checksums.add(bytes, position: position, hook: name)
                vectors.bind(hook)
                vectors.bind(firstToken + Int64(row))
                vectors.bind(borrowed: bytes)
                try vectors.insert()
            }
            guard halfPrecision else { return try insert(UnsafeRawBufferPointer(values)) }
            let overflowed = HalfPrecision.encode(values, into: &encoded)
            if overflowed > 0 {
                newOverflows[point, default: 0] += overflowed
                overflow.count += overflowed
                if overflow.first == nil { overflow.first = "\(name), \(place.description)" }
            }
            try encoded.withUnsafeBytes(insert)
        }
    }

    /// Before a commit: how many values of each hook point float16 could not hold.
    func writeOverflows() throws {
        for (point, count) in newOverflows {
            try db.execute(
                sql: "UPDATE hooks SET overflowed = overflowed + ? WHERE hook_id = ?", arguments: [count, hookIDs[point]])
        }
        newOverflows = [:]
    }

    /// Before a commit: the sums over the run's tokens.
    func writeSums() throws { try sumWriter.write(sums.tables) }

    /// What the batch that was begun gave beside vectors.
    func write(_ results: BatchResults, capture: Capture) throws {
        try write(results.statistics, capture: capture, tokenCount: results.tokenCount)
        sums.add(results.statistics, lengths: batch.map(\.tokens.count), firstToken: firstToken)
        try writeSequenceMoments(results.sequencePairs)
        if capture.shares { try write(shares: results.shares, tokenCount: results.tokenCount) }
        if capture.lens {
            try results.lens.write(0..<results.tokenCount, firstToken: firstToken, to: &lens)
            for token in results.lens.namedTokens.sorted() { try vocabulary.insert(token) }
        }
        if let attribution = results.attribution {
            let rows = 0..<results.tokenCount
            try attribution.writeTargets(rows, firstToken: firstToken, to: &attributionTargets)
            try attribution.writeValues(rows, firstToken: firstToken, to: &attributionValues)
            for token in attribution.namedTokens.sorted() { try vocabulary.insert(token) }
        }
        try checksums.write(results, capture: capture, ids: sequenceIDs)
    }

    private func write(_ statistics: BatchStatistics, capture: Capture, tokenCount: Int) throws {
        for row in 0..<tokenCount {
            let key = firstToken + Int64(row)
            if capture.normStatistics {
                try writeSites(statistics, row: row, key: key)
                try writeQueryKeys(statistics, row: row, key: key, tokenCount: tokenCount)
            }
            if capture.headStatistics {
                try write(
                    statistics.heads, perHead: BatchStatistics.valuesPerHead, of: statistics, row: row, key: key,
                    into: .headMoments, with: &heads)
            }
            if capture.attentionStatistics {
                try write(
                    statistics.attention, perHead: BatchStatistics.valuesPerPattern, of: statistics, row: row, key: key,
                    into: .attentionMoments, with: &attention)
            }
            if capture.predictions {
                predictions.bind(key)
                predictions.bind(statistics.logProbability[row])
                predictions.bind(statistics.entropy[row])
                statistics.rank[row] == 0 ? predictions.bindNull() : predictions.bind(Int(statistics.rank[row]))
                predictions.bind(statistics.divergence[row])
                try predictions.insert()
            }
        }
    }

    private func writeSites(_ statistics: BatchStatistics, row: Int, key: Int64) throws {
        for depth in 0..<statistics.siteCount {
            let index = row * statistics.siteCount + depth
            let m = statistics.sites[index]
            sites.bind(FactTable.siteMoments.key(token: key, depth))
            sites.bind(m.mean)
            sites.bind(m.variance)
            sites.bind(m.minimum)
            sites.bind(m.maximum)
            sites.bind(Int(m.abs_max_feature))
            sites.bind(m.skewness)
            sites.bind(m.kurtosis)
            for value in 0..<BatchStatistics.valuesPerSite {
                sites.bind(statistics.siteOutputs[index * BatchStatistics.valuesPerSite + value])
            }
            sites.bind(Int(m.nonfinite))
            try sites.insert()
        }
    }

    /// What the norms of queries and keys computed for one token.
    private func writeQueryKeys(_ statistics: BatchStatistics, row: Int, key: Int64, tokenCount: Int) throws {
        for (depth, pairs) in statistics.queryKeyMoments.sorted(by: { $0.key < $1.key }) {
            let heads = pairs.count / tokenCount
            for head in 0..<heads {
                let pair = pairs[row * heads + head]
                queryKeys.bind(FactTable.queryKeyMoments.key(token: key, depth, head))
                queryKeys.bind(pair.mean)
                queryKeys.bind(pair.variance)
                try queryKeys.insert()
            }
        }
    }

    /// Values of every head of one token: [N, layers, heads, perHead].
    private func write(
        _ values: [Double], perHead: Int, of statistics: BatchStatistics, row: Int, key: Int64, into table: FactTable,
        with statement: inout InsertStatement
    ) throws {
        for layer in 0..<statistics.layerCount {
            for head in 0..<statistics.headCount {
                let index = (row * statistics.layerCount + layer) * statistics.headCount + head
                statement.bind(table.key(token: key, layer, head))
                for value in 0..<perHead { statement.bind(values[index * perHead + value]) }
                try statement.insert()
            }
        }
    }

    /// By depth, [N, parts].
    private func write(shares byDepth: [[Double]], tokenCount: Int) throws {
        // A token's rows together: keys that do not ascend would be looked for from the root of the table, each.
        for row in 0..<tokenCount {
            for (depth, values) in byDepth.enumerated() {
                let parts = values.count / tokenCount
                let key = FactTable.shareValues.key(
                    token: firstToken + Int64(row), depth, components.parts(depth: depth).lowerBound)
                for part in 0..<parts {
                    shares.bind(key + Int64(part))
                    shares.bind(values[row * parts + part])
                    try shares.insert()
                }
            }
        }
    }

    /// The pairs that the norms computed for sequences: by depth, one a sequence, or one a sequence and feature.
    private func writeSequenceMoments(_ pairsByDepth: [[(mean: Double, variance: Double)]]) throws {
        for (depth, pairs) in pairsByDepth.enumerated() {
            let perSequence = pairs.count / sequenceIDs.count
            for (index, pair) in pairs.enumerated() {
                sequenceMoments.bind(sequenceIDs[index / perSequence])
                sequenceMoments.bind(depth)
                sequenceMoments.bind(perSequence == 1 ? -1 : index % perSequence)
                sequenceMoments.bind(pair.mean)
                sequenceMoments.bind(pair.variance)
                try sequenceMoments.insert()
            }
        }
    }

    /// The run's feature statistics as they stand; rows from an earlier commit are replaced.
    func write(_ statistics: FeatureStatistics) throws {
        try db.execute(sql: "DELETE FROM feature_moments WHERE run_id = ?", arguments: [runID])
        for depth in 0..<statistics.siteCount {
            for feature in 0..<statistics.width {
                features.bind(runID)
                features.bind(depth)
                features.bind(feature)
                features.bind(statistics.tokens)
                for stage in FeatureStatistics.Stage.allCases {
                    let index = statistics.offset(depth: depth, stage) + feature
                    features.bind(statistics.means[index])
                    features.bind(statistics.m2[index])
                }
                try features.insert()
            }
        }
    }
}

import CKernels
import Transformer

/// Takes the sums over a run's tokens, batch after batch: see `statistic_sums` and the tables beside it in the schema.
struct KeptSums {
    /// The sums of one place: [heads, groups of positions, statistics].
    private struct Block {
        let facts: SumKey.Facts
        let place: Int
        let heads: Int
        let statistics: [String]
        var sums: [ak_sum]

        init(_ facts: SumKey.Facts, place: Int, heads: Int, statistics: [String]) {
            (self.facts, self.place, self.heads, self.statistics) = (facts, place, heads, statistics)
            sums = Array(repeating: ak_sum(), count: heads * ak_position_groups * statistics.count)
        }

        /// Adds one value of each row to one statistic of a head.
        mutating func add(
            _ column: [Double], first: Int, stride: Int, head: Int, statistic: Int, _ kernel: UnsafePointer<ak_sum_rows>,
            _ values: inout [Double]
        ) {
            let count = statistics.count
            column.withUnsafeBufferPointer { column in
                sums.withUnsafeMutableBufferPointer { sums in
                    guard let column = column.baseAddress, let sums = sums.baseAddress else { return }
                    ak_add_strided_sums(
                        kernel, column + first, stride, sums + head * ak_position_groups * count + statistic, count, &values)
                }
            }
        }

        func keys() -> [SumKey] {
            (0..<heads).flatMap { head in
                (0..<ak_position_groups).flatMap { positions in
                    statistics.map { SumKey(facts: facts, place: place, head: head, positions: positions, statistic: $0) }
                }
            }
        }
    }

    /// In the order of `ak_sum_mean`, ...
    private static let siteStatistics = [
        "mean", "variance", "scale", "l2_norm", "minimum", "maximum", "abs_max", "skewness", "kurtosis", "normalized_mean",
        "normalized_variance", "normalized_square", "out_mean", "out_variance", "out_l2_norm", "in_out_cosine", "nonfinite",
        "angle",
        "share_of_norm", "scale_ratio", "left_in", "log_scale",
    ]
    private static let headStatistics = ["q", "k", "v", "z", "result"].flatMap { hook in
        ["mean", "variance", "l2_norm"].map { "\(hook)_\($0)" }
    }
    private static let attentionStatistics = ["to_first", "to_self", "entropy", "even"]
    private static let queryKeyStatistics = ["mean", "variance"]

    private let configuration: ModelConfiguration
    private let isRMS: [Bool]
    private let siteCount: Int
    private var sites: [Block] = []
    private var heads: [Block] = []
    private var attention: [Block] = []
    /// By depth.
    private var queryKeys: [Int: Block] = [:]
    /// [sites, width]
    private var features: [LargestFeature] = []
    private var comomentTokens: Int64 = 0
    /// [2, sites]: the means, and room for the kernel.
    private var logMeans: [Double] = []
    /// [sites, sites], lower triangle.
    private var comoments: [Double] = []
    /// [sites, at position 0 and elsewhere]
    private var largest: [LargestTokens] = []
    private var scratch = Scratch()

    /// Room for the kernels.
    private struct Scratch {
        /// What was added, by statistic.
        var values: [Double] = []
        /// [sites, tokens without those at position 0]
        var logs: [Double] = []
    }

    /// - Parameter earlier: the sums of the part of the run that is there.
    init(_ configuration: ModelConfiguration, sites allSites: [NormSite], capture: Capture, earlier: SumTables) {
        self.configuration = configuration
        siteCount = configuration.streamSites.count
        isRMS = allSites.prefix(siteCount).map { configuration.norm(at: $0).kind == .rmsNorm }
        if capture.normStatistics {
            sites = (0..<siteCount).map { Block(.sites, place: $0, heads: 1, statistics: Self.siteStatistics) }
            for (depth, site) in allSites.enumerated() where site.isOfQueriesOrKeys {
                queryKeys[depth] = Block(
                    .queryKeys, place: depth, heads: configuration.headCount(at: site), statistics: Self.queryKeyStatistics)
            }
            features = Array(repeating: LargestFeature(), count: siteCount * configuration.width)
            logMeans = Array(repeating: 0, count: 2 * siteCount)
            comoments = Array(repeating: 0, count: siteCount * siteCount)
            largest = Array(repeating: LargestTokens(), count: 2 * siteCount)
        }
        func perLayer(_ facts: SumKey.Facts, _ statistics: [String]) -> [Block] {
            (0..<configuration.layerCount).map {
                Block(facts, place: $0, heads: configuration.headCount, statistics: statistics)
            }
        }
        if capture.headStatistics { heads = perLayer(.heads, Self.headStatistics) }
        if capture.attentionStatistics { attention = perLayer(.attention, Self.attentionStatistics) }
        restore(earlier)
    }

    private mutating func restore(_ tables: SumTables) {
        func restored(_ block: Block) -> Block {
            var block = block
            for (index, key) in block.keys().enumerated() { block.sums[index] = tables.statistics[key] ?? ak_sum() }
            return block
        }
        (sites, heads, attention) = (sites.map(restored), heads.map(restored), attention.map(restored))
        queryKeys = queryKeys.mapValues(restored)
        for index in features.indices {
            features[index] = tables.features[featureKey(index)] ?? LargestFeature()
        }
        for (key, sum) in tables.comoments where key.depth < siteCount && key.other <= key.depth && !comoments.isEmpty {
            comomentTokens = sum.n
            (logMeans[key.depth], logMeans[key.other]) = (sum.mean, sum.otherMean)
            comoments[key.depth * siteCount + key.other] = sum.comoment
        }
        for index in largest.indices { largest[index] = tables.tokens[tokensKey(index)] ?? LargestTokens() }
    }

    private func featureKey(_ index: Int) -> LargestFeature.Key {
        .init(depth: index / configuration.width, feature: index % configuration.width)
    }

    private func tokensKey(_ index: Int) -> LargestTokens.Key { .init(depth: index / 2, isPositionZero: index % 2 == 0) }

    /// As they stand.
    var tables: SumTables {
        var tables = SumTables()
        for block in sites + heads + attention + queryKeys.values {
            for (key, sum) in zip(block.keys(), block.sums) where sum.n > 0 { tables.statistics[key] = sum }
        }
        for (index, feature) in features.enumerated() where feature.tokens > 0 { tables.features[featureKey(index)] = feature }
        for depth in 0..<siteCount where !comoments.isEmpty {
            for other in 0...depth {
                tables.comoments[.init(depth: depth, other: other)] = ScaleComoment(
                    n: comomentTokens, mean: logMeans[depth], otherMean: logMeans[other],
                    comoment: comoments[depth * siteCount + other])
            }
        }
        for (index, tokens) in largest.enumerated() where tokens.count > 0 { tables.tokens[tokensKey(index)] = tokens }
        return tables
    }

    /// Adds the tokens of a batch; `lengths` are those of its sequences, `firstToken` is the key of its first token.
    ///
    /// Sequences are added one after another, so that the sums do not depend on which of them came together.
    mutating func add(_ statistics: BatchStatistics, lengths: [Int], firstToken: Int64) {
        var scratch = Scratch()
        swap(&scratch, &self.scratch)
        let columns = statistics.queryKeyMoments.mapValues { pairs in [pairs.map(\.mean), pairs.map(\.variance)] }
        // What position 0 would get if all keys that the mask shows got the same.
        let isCausal = configuration.attentionMask == .causal
        let even =
            attention.isEmpty ? [] : lengths.flatMap { length in (0..<length).map { 1 / Double(isCausal ? $0 + 1 : length) } }
        var first = 0
        for length in lengths {
            let rows = SequenceRows(first..<first + length, firstToken: firstToken)
            first += length
            let needed = ak_site_statistics * length
            if scratch.values.count < needed { scratch.values = Array(repeating: 0, count: needed) }
            rows.withKernelRows { kernel in
                if !sites.isEmpty { addSites(statistics, rows, kernel, &scratch) }
                for (depth, columns) in columns { addQueryKeys(columns, depth: depth, kernel, &scratch.values) }
                if !heads.isEmpty { addHeads(statistics.heads, kernel, &scratch.values) }
                if !attention.isEmpty { addAttention(statistics.attention, even: even, kernel, &scratch.values) }
            }
        }
        swap(&scratch, &self.scratch)
    }

    private mutating func addSites(
        _ statistics: BatchStatistics, _ rows: SequenceRows, _ kernel: UnsafePointer<ak_sum_rows>, _ scratch: inout Scratch
    ) {
        let (count, width) = (rows.count, configuration.width)
        if scratch.logs.count < count * siteCount { scratch.logs = Array(repeating: 0, count: count * siteCount) }
        // Without position 0.
        let later = count - rows.groups[1]
        for depth in 0..<siteCount {
            ak_add_site_sums(
                kernel, depth, siteCount, statistics.sites, statistics.siteOutputs, Double(width), isRMS[depth],
                configuration.epsilon, &sites[depth].sums, &scratch.values)
            for index in 0..<later {
                scratch.logs[depth * later + index] = scratch.values[Self.logScale * count + rows.groups[1] + index]
            }
            keepLargest(depth: depth, rows, scratch.values)
            for index in 0..<count {
                let feature = Int(statistics.sites[rows.order[index] * siteCount + depth].abs_max_feature)
                let absolute = scratch.values[Self.absoluteMaximum * count + index]
                let sigmas = absolute / scratch.values[Self.scale * count + index]
                let isFinite = absolute.isFinite && sigmas.isFinite
                features[depth * width + feature].add(
                    LargestFeature(
                        tokens: 1, atPositionZero: index < rows.groups[1] ? 1 : 0, finite: isFinite ? 1 : 0,
                        absoluteSum: isFinite ? absolute : 0, sigmaSum: isFinite ? sigmas : 0))
            }
        }
        ak_add_comoments(later, later, siteCount, &scratch.logs, &comomentTokens, &logMeans, &comoments)
    }

    private static let variance = Int(ak_sum_variance)
    private static let scale = Int(ak_sum_scale)
    private static let absoluteMaximum = Int(ak_sum_abs_max)
    private static let logScale = Int(ak_sum_log_scale)

    /// The tokens with the largest variance, those at position 0 apart.
    private mutating func keepLargest(depth: Int, _ rows: SequenceRows, _ values: [Double]) {
        let first = rows.groups[1]
        values.withUnsafeBufferPointer { values in
            rows.keys.withUnsafeBufferPointer { keys in
                guard let variances = values.baseAddress?.advanced(by: Self.variance * rows.count), let keys = keys.baseAddress
                else {
                    return
                }
                largest[2 * depth].add(first, variances, keys: keys)
                largest[2 * depth + 1].add(rows.count - first, variances + first, keys: keys + first)
            }
        }
    }

    private mutating func addQueryKeys(
        _ columns: [[Double]], depth: Int, _ kernel: UnsafePointer<ak_sum_rows>, _ values: inout [Double]
    ) {
        guard var block = queryKeys.removeValue(forKey: depth) else { return }
        for (statistic, column) in columns.enumerated() {
            for head in 0..<block.heads {
                block.add(column, first: head, stride: block.heads, head: head, statistic: statistic, kernel, &values)
            }
        }
        queryKeys[depth] = block
    }

    private mutating func addHeads(_ pairs: [Double], _ kernel: UnsafePointer<ak_sum_rows>, _ values: inout [Double]) {
        let perHead = BatchStatistics.valuesPerHead
        let (headCount, stride) = (configuration.headCount, configuration.layerCount * configuration.headCount * perHead)
        let (headWidth, width) = (Double(configuration.headWidth), Double(configuration.width))
        pairs.withUnsafeBufferPointer { pairs in
            guard let pairs = pairs.baseAddress else { return }
            for layer in heads.indices {
                heads[layer].sums.withUnsafeMutableBufferPointer { sums in
                    guard let sums = sums.baseAddress else { return }
                    for head in 0..<headCount {
                        ak_add_head_sums(
                            kernel, pairs + (layer * headCount + head) * perHead, stride, headWidth, width,
                            sums + head * ak_position_groups * ak_head_statistics, &values)
                    }
                }
            }
        }
    }

    private mutating func addAttention(
        _ looks: [Double], even: [Double], _ kernel: UnsafePointer<ak_sum_rows>, _ values: inout [Double]
    ) {
        let headCount = configuration.headCount
        let stride = configuration.layerCount * headCount * BatchStatistics.valuesPerPattern
        for layer in attention.indices {
            for head in 0..<headCount {
                for value in 0..<3 {
                    attention[layer].add(
                        looks, first: (layer * headCount + head) * BatchStatistics.valuesPerPattern + value, stride: stride,
                        head: head, statistic: value, kernel,
                        &values)
                }
                attention[layer].add(even, first: 0, stride: 1, head: head, statistic: 3, kernel, &values)
            }
        }
    }
}

/// The rows of one sequence of a batch by group of positions: position 0, position 1, after.
private struct SequenceRows {
    /// Where each group begins in `order`, and the end.
    let groups: [Int]
    let order: [Int]
    /// Keys of the tokens, in that order.
    let keys: [Int64]

    var count: Int { order.count }

    /// - Parameter firstToken: the key of the batch's first row.
    init(_ rows: Range<Int>, firstToken: Int64) {
        groups = [0, min(1, rows.count), min(2, rows.count), rows.count]
        order = Array(rows)
        keys = rows.map { firstToken + Int64($0) }
    }

    func withKernelRows(_ body: (UnsafePointer<ak_sum_rows>) -> Void) {
        groups.withUnsafeBufferPointer { groups in
            order.withUnsafeBufferPointer { order in
                keys.withUnsafeBufferPointer { keys in
                    guard let groups = groups.baseAddress, let order = order.baseAddress, let keys = keys.baseAddress else {
                        return
                    }
                    var rows = ak_sum_rows(count: count, groups: groups, order: order, keys: keys)
                    withUnsafePointer(to: &rows, body)
                }
            }
        }
    }
}

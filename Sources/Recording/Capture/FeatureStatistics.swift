import Transformer

/// Moments of each feature across all tokens of a run: the axis that LayerNorm does not take.
struct FeatureStatistics: Sendable {
    /// Where in a norm; the order is that of the table's columns.
    enum Stage: Int, CaseIterable {
        case input, normalized, output
    }

    let siteCount: Int
    let width: Int
    /// Tokens that were counted; the same at every site and stage once a batch is through.
    private(set) var tokens = 0
    /// [sites, stages, width]
    var means: [Double]
    /// [sites, stages, width], sums of squared deviations
    var m2: [Double]

    init(configuration: ModelConfiguration) {
        siteCount = configuration.streamSites.count
        width = configuration.width
        means = Array(repeating: 0, count: siteCount * Stage.allCases.count * width)
        m2 = means
    }

    /// Goes on from sums that were kept: [sites, stages, width].
    mutating func restore(tokens: Int, means: [Double], m2: [Double]) {
        guard means.count == self.means.count, m2.count == means.count else { return }
        (self.tokens, self.means, self.m2) = (tokens, means, m2)
    }

    /// Bytes of memory.
    var byteCount: Int { (means.count + m2.count) * MemoryLayout<Double>.stride }

    func offset(depth: Int, _ stage: Stage) -> Int { (depth * Stage.allCases.count + stage.rawValue) * width }

    /// A batch went through every site.
    mutating func finish(tokens count: Int) { tokens += count }
}

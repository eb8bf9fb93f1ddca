import CKernels
import Transformer

/// Moments of each feature across all tokens of a run: the axis that LayerNorm does not take.
struct FeatureStatistics {
    /// Where in a norm; the order is that of the table's columns.
    enum Stage: Int, CaseIterable {
        case input, normalized, output
    }

    let siteCount: Int
    let width: Int
    /// Tokens that were counted; the same at every site and stage once a batch is through.
    private(set) var tokens = 0
    /// [sites, stages, width]
    private(set) var means: [Double]
    /// [sites, stages, width], sums of squared deviations
    private(set) var m2: [Double]

    init(configuration: ModelConfiguration) {
        siteCount = configuration.sites.count
        width = configuration.width
        means = Array(repeating: 0, count: siteCount * Stage.allCases.count * width)
        m2 = means
    }

    func offset(depth: Int, _ stage: Stage) -> Int { (depth * Stage.allCases.count + stage.rawValue) * width }

    mutating func add(depth: Int, _ stage: Stage, _ x: borrowing Activation) {
        let offset = offset(depth: depth, stage)
        let before = Double(tokens)
        means.withUnsafeMutableBufferPointer { means in
            m2.withUnsafeMutableBufferPointer { m2 in
                guard let mean = means.baseAddress, let square = m2.baseAddress else { return }
                x.withMatrix { ak_column_moments(x.rowCount, $1, $0, $2, before, mean + offset, square + offset) }
            }
        }
    }

    /// A batch went through every site.
    mutating func finish(tokens count: Int) { tokens += count }
}

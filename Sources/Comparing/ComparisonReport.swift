import Output

/// A comparison for reading: tables that fit the width, a curve a word, and what the numbers say in words.
public struct ComparisonReport {
    private let comparison: Comparison
    private let width: Int
    private let labels: [String]

    /// - Parameter width: columns; 80 is enough for two words side by side.
    public init(_ comparison: Comparison, width: Int = 80) {
        self.comparison = comparison
        self.width = max(width, 40)
        labels = comparison.words.indices.map { index in
            let pieces = comparison.measurements.first { $0.index == index }?.pieces ?? 1
            let word = TerminalText.clipped(TerminalText.escaped(comparison.words[index]), to: 14)
            return pieces > 1 ? "\(word) (last of \(pieces))" : word
        }
    }

    public var tables: String {
        [varianceTable, curves, kurtosisTable, splitTable].compactMap { $0 }.joined(separator: "\n")
    }

    // MARK: Variance

    private var carriers: Int { comparison.measurements.first?.n ?? 0 }
    private var sites: [Comparison.Measurement] { comparison.measurements(ofWord: 0) }
    private var siteColumn: TextTable.Column { .init(header: "site", cells: sites.map(\.site), alignsRight: false) }

    private var varianceTable: String {
        var table = TextTable(rows: siteColumn)
        for index in comparison.words.indices {
            let measurements = comparison.measurements(ofWord: index)
            table.columns.append(.init(header: labels[index], cells: Self.meansAndDeviations(measurements)))
        }
        for index in comparison.words.indices.dropFirst() {
            let cells = comparison.measurements(ofWord: index).map { Self.interval($0.ratio) }
            table.columns.append(.init(header: "\(short(0)) / \(short(index)) [95%]", cells: cells))
        }
        let title =
            "Variance before normalization (hook_in): mean ± standard deviation over \(carriers) carriers, "
            + "ratio [95% confidence interval]"
        return wrapped(title, width: width) + table.text(width: width)
    }

    /// A label without its note on pieces.
    private func short(_ index: Int) -> String { TerminalText.clipped(TerminalText.escaped(comparison.words[index]), to: 10) }

    private static func meansAndDeviations(_ measurements: [Comparison.Measurement]) -> [String] {
        let deviations = measurements.map { ShortNumber.text($0.sdVariance, decimals: ShortNumber.decimals(for: $0.meanVariance)) }
        let widest = deviations.map(\.count).max() ?? 0
        return zip(measurements, deviations).map { measurement, deviation in
            // Filled up behind, so that the signs stand under each other.
            let space = String(repeating: " ", count: widest - deviation.count)
            return ShortNumber.text(measurement.meanVariance) + " ± " + deviation + space
        }
    }

    private static func interval(_ ratio: RatioInterval?) -> String {
        guard let ratio else { return "-" }
        let decimals = ratio.ratio < 100 ? 3 : ShortNumber.decimals(for: ratio.ratio)
        func text(_ value: Double?) -> String { ShortNumber.text(value, decimals: decimals) }
        return "\(text(ratio.ratio)) [\(text(ratio.low)), \(text(ratio.high))]"
    }

    private var curves: String {
        // One drawing of all words, cut into theirs, so that the heights compare.
        let means = comparison.words.indices.flatMap { index in
            comparison.measurements(ofWord: index).map { $0.meanVariance ?? .nan }
        }
        let drawing = Array(sparkline(means, scale: .logarithmic))
        let ratios = comparison.words.indices.dropFirst().map { index in
            comparison.measurements(ofWord: index).map { $0.ratio?.ratio ?? .nan }
        }
        let names = labels + comparison.words.indices.dropFirst().map { "\(short(0)) / \(short($0))" }
        let label = names.map { DisplayWidth.of($0) }.max() ?? 0
        func line(_ index: Int, _ curve: String, _ values: [Double]) -> String {
            let space = String(repeating: " ", count: label - DisplayWidth.of(names[index]) + 2)
            let finite = values.filter(\.isFinite)
            return "\(names[index])\(space)\(curve)  \(ShortNumber.text(finite.min())) to \(ShortNumber.text(finite.max()))\n"
        }
        var text = wrapped("By depth, on a logarithmic scale: all variances on one, each ratio on its own", width: width)
        for index in labels.indices {
            let part = index * sites.count..<(index + 1) * sites.count
            text += line(index, String(drawing[part]), Array(means[part]))
        }
        for (index, values) in ratios.enumerated() {
            text += line(labels.count + index, sparkline(values, scale: .logarithmic), values)
        }
        return text
    }

    // MARK: Kurtosis and the split

    private var kurtosisTable: String {
        var table = TextTable(rows: siteColumn)
        for index in comparison.words.indices {
            let cells = comparison.measurements(ofWord: index).map { ShortNumber.text($0.meanKurtosis, decimals: 2) }
            table.columns.append(.init(header: labels[index], cells: cells))
        }
        let title = "Mean kurtosis before normalization: spikiness proper; 3 for a Gaussian, more is spikier"
        return wrapped(title, width: width) + table.text(width: width)
    }

    private var splitTable: String? {
        let splits = comparison.words.indices.map { comparison.splits[$0] }
        guard splits.contains(where: { $0 != nil }), let site = sites.first?.site else { return nil }
        // Nil for an embedding that the model does not have.
        func column(_ header: String, _ value: (EmbeddingSplit) -> Double?) -> TextTable.Column? {
            let values = splits.map { $0.flatMap(value) }
            guard let widest = values.compactMap({ $0.map(abs) }).max() else { return nil }
            return .init(header: header, cells: values.map { ShortNumber.text($0, decimals: ShortNumber.decimals(for: widest)) })
        }
        let columns = [
            column("token embedding", \.tokenEmbedding), column("position embedding", \.positionEmbedding),
            column("token type", \.tokenTypeEmbedding), column("2 x covariance", \.twiceCovariance), column("sum", \.sum),
        ]
        let table = TextTable(rows: .init(header: "word", cells: labels, alignsRight: false), columns: columns.compactMap(\.self))
        return wrapped("What the variance at \(site) is made of, mean over the carriers", width: width) + table.text(width: width)
    }

    // MARK: In words

    /// The answer: a sentence for each word after the first.
    public var conclusions: String {
        comparison.words.indices.dropFirst().map { index in
            wrapped(conclusion(index), width: width)
        }.joined()
    }

    private func conclusion(_ index: Int) -> String {
        let (first, other) = (comparison.measurements(ofWord: 0), comparison.measurements(ofWord: index))
        let ratios = other.compactMap(\.ratio)
        func clearly(_ ratios: [RatioInterval]) -> String { "(the interval excludes 1 at \(ratios.count(where: \.excludesOne)))" }
        let (higher, lower) = (ratios.filter { $0.ratio > 1 }, ratios.filter { $0.ratio < 1 })
        let spikier = zip(first, other).count { ($0.meanKurtosis ?? .nan) > ($1.meanKurtosis ?? .nan) }
        let below = lower.isEmpty ? "none" : "\(lower.count) \(clearly(lower))"
        return
            "Before the norms '\(short(0))' has a higher variance than '\(short(index))' at \(higher.count) of \(ratios.count) sites "
            + "\(clearly(higher)), a lower one at \(below); its kurtosis is higher at \(spikier) of them."
    }
}

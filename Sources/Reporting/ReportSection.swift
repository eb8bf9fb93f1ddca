/// One question of the page: its heading, what is seen, and what the picture is drawn from.
struct ReportSection: Sendable {
    /// Of the element; the script draws the picture with this name.
    let id: String
    let heading: @Sendable (NormWords) -> String
    /// What `record --capture` takes to have the data.
    let capture: String
    /// Without rows of the first the section is left out. The others, where they have rows, are shown under the picture too.
    let tables: [String]
    /// How to read the picture, and what its words mean.
    let caption: @Sendable (NormWords) -> String
    /// One sentence of what is seen, from the numbers; nil where there are none to compare.
    let finding: @Sendable (ReportData) -> String?

    static let all = [
        ReportSection(
            id: "text", heading: { _ in "Which tokens enter the norm with the highest variance?" }, capture: "norm-stats",
            tables: ["tokens"],
            caption: { _ in
                """
                Colour: the variance of the vector that enters the norm at the site chosen by the slider, on a logarithmic scale \
                from the lowest to the highest of the tokens shown. Striped tokens stand at position 0, which attracts attention \
                in many models, and are left out of the scale. Point at a token, or reach it with the arrow keys, for its \
                numbers; click it, or press Enter, to follow it in the curves below.
                """
            },
            finding: Findings.spikiest),
        ReportSection(
            id: "heatmap", heading: { _ in "Where in the model do the tokens differ?" }, capture: "norm-stats", tables: ["tokens"],
            caption: { _ in
                """
                A column is a token, in the order of the text; a row is a normalization site, in the order in which the data \
                meets them. Colour: variance before the norm, on a logarithmic scale without position 0, which is striped; either \
                over the median of its site, which shows how tokens differ, or as it is, which shows how it grows. Point, or use the \
                arrow keys, for one cell.
                """
            },
            finding: Findings.contrast),
        ReportSection(
            id: "curves", heading: { _ in "How does a token’s variance grow with depth?" }, capture: "norm-stats",
            tables: ["tokens", "variance_by_depth"],
            caption: { _ in
                """
                Variance before each norm, on a logarithmic axis. Every curve is one occurrence of a token. Thin grey: the mean of \
                all tokens of the run after position 0. Dashed: the mean of those at position 0.
                """
            },
            finding: Findings.curves),
        ReportSection(
            id: "before_and_after",
            heading: { "What does the norm throw away, and what \($0.isRMS ? "does the gain" : "do gain and bias") bring back?" },
            capture: "norm-stats", tables: ["before_and_after"],
            caption: { norm in
                """
                Variance before the norm (hook_in), after \(norm.dividing) (hook_normalized), and after \(norm.gain) \
                (hook_out): the mean over all tokens of the run but those at position 0, and the range from the lowest to the highest.
                """
            },
            finding: Findings.beforeAndAfter),
        ReportSection(
            id: "count", heading: { _ in "How many statistics does the norm compute?" }, capture: "norm-stats",
            tables: ["how_many_statistics"],
            caption: { norm in
                """
                \(norm.isRMS ? "Mean squares" : "Pairs of mean and variance") at all sites: those that this run’s norms computed, and what other axes would have taken \
                on the same vectors.
                """
            },
            finding: Findings.count),
        ReportSection(
            id: "axis", heading: { _ in "Along which axis does the norm work?" }, capture: "norm-stats",
            tables: ["normalization_axis"],
            caption: { norm in
                """
                Mean and variance after the norm and before \(norm.gain), measured along both axes. Bars: from the lowest to the \
                highest of the features, each across the tokens of the run. Marks on the lines at 0 and 1: the same for the tokens, \
                each across its features.\(norm.isRMS ? " An RMSNorm takes no mean away: its mean square is 1, and its variance a little less." : "")
                """
            },
            finding: Findings.axis),
        ReportSection(
            id: "gain", heading: { $0.isRMS ? "Is the learned gain used?" : "Are the learned gain and bias used?" },
            capture: "norm-stats", tables: ["gain_and_bias"],
            caption: { norm in
                """
                Gain: from the lowest to the highest of a site, and the mean; 1 would leave a feature as it is. Distance: how far \
                gains are from 1\(norm.isRMS ? "" : " and biases from 0") (root mean square over the features).
                """
            },
            finding: Findings.gainAndBias),
        ReportSection(
            id: "heads", heading: { _ in "Which heads write the most?" }, capture: "head-stats", tables: ["head_writes"],
            caption: { _ in
                """
                Length (Euclidean norm) of what a head adds to the residual stream (hook_result), the mean over the tokens of the run; position \
                0 is apart, with a colour scale of its own. A norm has no heads: it works on the whole vector, before the heads split \
                and after they are summed.
                """
            },
            finding: Findings.heads),
        ReportSection(
            id: "shares", heading: { _ in "Who made the variance?" }, capture: "shares", tables: ["shares"],
            caption: { _ in
                """
                The parts of the residual stream that enter a norm, each with its share of the variance: Cov(part, whole) / \
                Var(whole). The shares of a site add up to 1; what lies below 0 works against the rest. One picture for each chosen token.
                """
            },
            finding: Findings.shares),
    ]

    func isShown(in data: ReportData) -> Bool { tables.first.flatMap(data.table) != nil }
}

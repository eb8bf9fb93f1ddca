/// A picture of a section: what it is drawn from, and how to read it.
struct ReportFigure: Sendable {
    /// The script draws the picture with this name.
    let id: String
    /// Where a section has several.
    var title: String?
    /// Without rows of the first the figure is left out. The others, where they have rows, are shown under the picture too.
    let tables: [String]
    let caption: @Sendable (ReportData) -> String

    func isShown(in data: ReportData) -> Bool { tables.first.flatMap(data.table) != nil }
}

/// One question of the page: its heading, the answer in a sentence, and the pictures that show it.
struct ReportSection: Sendable {
    /// Of the element.
    let id: String
    /// Its place among the seven questions of layer normalization; nil of those beside them.
    var number: Int?
    let heading: @Sendable (ReportData) -> String
    let figures: [ReportFigure]
    /// A command whose recording answers the question, and what else it needs.
    let way: Way
    /// The answer, computed from the rows; nil where there are none to compare.
    let finding: @Sendable (ReportData) -> String?

    /// How a recording that answers the question is made.
    enum Way: Sendable {
        case capture(String)
        case command(String)
        /// Some tokens of the text have to stand twice at the same position.
        case repeatedTokens
    }

    /// The text first, then the seven questions, then what else was captured.
    static let all = [text] + sevenQuestions + others

    func isShown(in data: ReportData) -> Bool { figures.contains { $0.isShown(in: data) } }

    /// The questions that a recording leaves open. Not those about edits and sweeps, which few recordings have.
    static func unanswered(in data: ReportData) -> [ReportSection] {
        all.filter { !$0.isShown(in: data) && !["edits", "patch", "ablation"].contains($0.id) }
    }
}

extension ReportSection {
    static let text = ReportSection(
        id: "text", heading: { _ in "The text, as the model read it" },
        figures: [
            ReportFigure(id: "text", tables: ["text", "tokens", "surprise", "attention"]) { data in
                (data.table("tokens") == nil
                    ? ""
                    : """
                    Variance: of the vector that enters the norm at the chosen site, from the lowest to the highest of the tokens \
                    shown, on a logarithmic scale. Striped tokens stand at position 0, an attention sink in many models; the scale \
                    leaves them out. 
                    """)
                    + (data.table("surprise") == nil
                        ? "" : "Surprise: −ln of the probability that the model gave the token, after those before it, in nats. ")
                    + (data.table("attention") == nil
                        ? ""
                        : "Attention: the weight that the token gives to position 0, the mean over the heads of the site’s layer. ")
                    + "Point at a token, tap it, or use the arrow keys for its numbers."
                    + (data.table("tokens") == nil ? "" : " A click, or Enter, follows it in the curves below.")
            }
        ],
        way: .capture("norm-stats"), finding: Findings.spikiest)

    private static let sevenQuestions = [
        ReportSection(
            id: "count", number: 1, heading: { _ in "How many statistics does the norm compute?" },
            figures: [
                ReportFigure(id: "count", tables: ["how_many_statistics"]) { data in
                    """
                    \(data.run.norm.isRMS ? "Mean squares" : "Pairs of mean and variance") at all sites: those that this run’s norms \
                    computed, counted as they were made, and what other axes would have taken on the same vectors. Logarithmic axis.
                    """
                }
            ],
            way: .capture("norm-stats"), finding: Findings.count),
        ReportSection(
            id: "axis", number: 2, heading: { _ in "Along which axis does the norm work?" },
            figures: [
                ReportFigure(id: "axis", tables: ["normalization_axis"]) { data in
                    """
                    Mean and variance after the norm and before \(data.run.norm.gain), measured along both axes, from the lowest \
                    to the highest at each site. Within a token, across its features, the norm fixes them; within a feature, across the \
                    tokens of the run, it does not.\(data.run.norm.isRMS ? " An RMSNorm takes no mean away: its mean square is 1, and its variance a little less." : "")
                    """
                }
            ],
            way: .capture("norm-stats"), finding: Findings.axis),
        ReportSection(
            id: "contexts", number: 3, heading: { _ in "Is each context normalized separately?" },
            figures: [
                ReportFigure(id: "contexts", tables: ["context_independence"]) { _ in
                    """
                    Tokens that occur more than once at the same position, in different sequences: the largest difference of variance \
                    within such a group, over the group’s mean. Where the tokens before them are the same, nothing else in the \
                    batch may change them; where those differ, attention does, after the first site.
                    """
                }
            ],
            way: .repeatedTokens, finding: Findings.contexts),
        ReportSection(
            id: "words", number: 4,
            heading: { data in
                guard let (first, second) = data.comparedWords else { return "Which tokens are spiky before normalization?" }
                return "Is “\(first)” spikier than “\(second)” before normalization?"
            },
            figures: [
                ReportFigure(id: "compare", title: "Variance: the ratio within each carrier sentence", tables: ["compare"]) {
                    data in
                    """
                    The variance of \(data.comparedWords.map { "“\($0.0)”" } ?? "the first word") over that of the other word in the \
                    same sentence and position, before each norm: geometric mean over the carriers and 95% confidence interval (Student’s t on \
                    the logarithms). Above 1 the first has more; an interval that crosses the line at 1 leaves it open.
                    """
                },
                ReportFigure(id: "kurtosis", title: "Kurtosis: spikiness proper", tables: ["compare"]) { _ in
                    """
                    Kurtosis over the features of the vector that enters each norm, the mean over the carriers, on a logarithmic axis. A Gaussian has 3; \
                    more means that a few features stand out.
                    """
                },
                ReportFigure(id: "curves", title: "Single tokens by depth", tables: ["tokens", "variance_by_depth"]) { _ in
                    """
                    Every curve is one occurrence of a token, chosen in the text above: its variance before each norm, over the mean of the \
                    run’s tokens after position 0 at that site, or as it is. Logarithmic axis.
                    """
                },
                ReportFigure(id: "heatmap", title: "All tokens by depth", tables: ["tokens"]) { _ in
                    """
                    A column is a token, in the order of the text; a row is a site, in the order in which data meets them. Colour: \
                    variance before the norm, over the median of its site or as it is, on a logarithmic scale without position 0, \
                    which is striped. The outermost hundredth at each end shares the end colours.
                    """
                },
            ],
            way: .capture("norm-stats"), finding: Findings.words),
        ReportSection(
            id: "lost", number: 5, heading: { _ in "Is what the norm takes away lost?" },
            figures: [
                ReportFigure(id: "before_and_after", title: "What a sublayer sees", tables: ["before_and_after"]) { data in
                    """
                    Variance before the norm (hook_in), after \(data.run.norm.dividing) (hook_normalized), and after \
                    \(data.run.norm.gain) (hook_out): the mean over the run’s tokens after position 0, and the range. Logarithmic axis.
                    """
                },
                ReportFigure(id: "kept", title: "What goes on around the norm", tables: ["information_kept"]) { data in
                    """
                    Correlation over tokens, without position 0, of the logarithm of what the norm divides by: with the site before, and with \
                    one early site. \(data.run.placement == "post"
                        ? "In this post-LN model the norm’s output is the stream: a correlation says that the same tokens make large sums again."
                        : "Near 1, a token that is large at one site is large at the next: the branch around the norm keeps it.")
                    """
                },
            ],
            way: .capture("norm-stats"), finding: Findings.lost),
        ReportSection(
            id: "schemes", number: 6, heading: { _ in "Would normalizing across tokens work as well?" },
            figures: [
                ReportFigure(id: "schemes", tables: ["normalization_schemes"]) { _ in
                    """
                    The same text under each scheme. Statistics: pairs that all norms computed. Loss: −ln of the next token’s \
                    probability, nats a token. Variance still told: the correlation over tokens of log variance before and after the \
                    norm. Leak: earlier positions that changed when only the last token was replaced. The weights were trained with the \
                    model’s own norm, so the losses say how different the schemes are, not how good a model trained with them could be.
                    """
                }
            ],
            way: .command("actrec schemes TEXT"), finding: Findings.schemes),
        ReportSection(
            id: "gain", number: 7,
            heading: { $0.run.norm.isRMS ? "Is the learned gain used?" : "Are the learned gain and bias used?" },
            figures: [
                ReportFigure(id: "gain", tables: ["gain_and_bias"]) { data in
                    """
                    Gain: from the lowest to the highest of a site, and the mean; 1 would leave a feature as it is. Distance: how far \
                    gains are from 1\(data.run.norm.isRMS ? "" : " and biases from 0"), as the root mean square over the features.
                    """
                }
            ],
            way: .capture("norm-stats"), finding: Findings.gainAndBias),
    ]

    /// What is to say of a sweep with more cells than are shown.
    private static func cut(_ data: ReportData, _ table: String) -> String {
        guard let table = data.table(table), table.rowCount == ReportData.sweepCellLimit else { return "" }
        return " The first \(ReportNumber.whole(table.rowCount)) cells are shown."
    }

    private static let others = [
        ReportSection(
            id: "edits", heading: { _ in "What did the edits change?" },
            figures: [
                ReportFigure(id: "effects", title: "Loss, token by token", tables: ["effects"]) { _ in
                    """
                    The change in loss of each token against the run without the edits, in nats: to the right, the token became less \
                    likely. In a long text, the tokens that changed most.
                    """
                },
                ReportFigure(id: "edits", title: "What was written", tables: ["edits"]) { _ in
                    "Each edit at each hook point: tokens it wrote to, values it wrote, and the largest difference to the value before."
                },
            ],
            way: .command("actrec record --capture loss --edit 'blocks.0.hook_mlp_out = 0'"), finding: Findings.edits),
        ReportSection(
            id: "patch", heading: { _ in "Which place carries the answer?" },
            figures: [
                ReportFigure(id: "patch", tables: ["patch"]) { data in
                    """
                    Activation patching (actrec patch): a pass over the corrupt text for each cell, with the clean text’s values put in there. 0% \
                    leaves the difference of the two logits as it is after the corrupt text, 100% restores that of the clean one.
                    """ + cut(data, "patch")
                }
            ],
            way: .command("actrec patch CLEAN CORRUPT --answer ' Paris' --against ' Rome' -o FILE"), finding: Findings.patch),
        ReportSection(
            id: "ablation", heading: { _ in "Which heads and MLPs does the model need?" },
            figures: [
                ReportFigure(id: "ablation", tables: ["ablation"]) { data in
                    """
                    Ablation (actrec ablate): a pass for each cell in which that head or MLP alone gives nothing, or its mean; and how far \
                    the mean loss of the next token changes. One at a time: two that can stand in for each other both look dispensable.
                    """ + cut(data, "ablation")
                }
            ],
            way: .command("actrec ablate TEXT -o FILE"), finding: Findings.ablation),
        ReportSection(
            id: "heads", heading: { _ in "Which heads write the most?" },
            figures: [
                ReportFigure(id: "heads", tables: ["head_writes"]) { _ in
                    """
                    Length (Euclidean norm) of what a head adds to the residual stream (hook_result), the mean over the run’s tokens; position \
                    0 is apart, with a scale of its own. A norm of the stream has no heads: it works on the whole vector.
                    """
                }
            ],
            way: .capture("head-stats"), finding: Findings.heads),
        ReportSection(
            id: "attention", heading: { _ in "Which heads attend mostly to the first token?" },
            figures: [
                ReportFigure(id: "attention", tables: ["attention_sink"]) { _ in
                    "The weight that a head’s tokens give to position 0, the mean over the run’s tokens after position 0."
                }
            ],
            way: .capture("patterns"), finding: Findings.attention),
        ReportSection(
            id: "shares", heading: { _ in "Which components make the variance?" },
            figures: [
                ReportFigure(id: "shares", tables: ["shares"]) { _ in
                    """
                    The components of the residual stream that enter a norm, each with its share of the variance: Cov(component, whole) / \
                    Var(whole). The shares of a site add up to 1; what lies below 0 works against the rest. One picture for each chosen token.
                    """
                }
            ],
            way: .capture("shares"), finding: Findings.shares),
    ]
}

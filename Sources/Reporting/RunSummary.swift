/// The run that a report is about, and its model.
struct RunSummary: Equatable {
    let id: Int64
    let modelID: Int64
    let tokens: Int
    let sequences: Int
    let capture: String
    let scheme: String
    let status: String
    let norm: NormWords
    /// Of the model's norms: `pre`, `post`, `sandwich` or `branch_post`.
    let placement: String
    /// Added to the variance under the root.
    let epsilon: Double
    /// Whether the run holds words in carrier sentences, as `actrec compare` records them.
    let isComparison: Bool
    /// Whether the run is one of a comparison of normalization schemes.
    let isScheme: Bool
    /// Model, text and norm in one line, under the title.
    let about: String
    /// Title, or the user's own name for the run, else what ran over what.
    let defaultTitle: String
    /// Name and value of each line of the page's head, in order.
    let facts: [(name: String, value: String)]

    static func == (left: Self, right: Self) -> Bool {
        left.id == right.id && left.facts.elementsEqual(right.facts) { $0 == $1 }
    }

    /// - Parameter table: the rows of `report_run.sql`.
    init(_ table: ReportTable, asked: Int64?, path: String) throws {
        func text(_ name: String) -> String { table.texts(name).first ?? "" }
        func number(_ name: String) -> Int { Int(text(name)) ?? 0 }
        guard !table.isEmpty, let id = Int64(text("run_id")), let model = Int64(text("model_id")) else {
            throw asked.map { ReportError.noSuchRun($0, path: path) } ?? .nothingRecorded(path: path)
        }
        self.id = id
        modelID = model
        tokens = number("tokens")
        sequences = number("sequences")
        capture = text("capture")
        scheme = text("norm_scheme")
        status = text("status")
        norm = NormWords(isRMS: text("norm") == "rms_norm")
        placement = text("placement")
        epsilon = table.numbers("epsilon").first.flatMap { $0 } ?? 0
        isComparison = number("is_comparison") == 1
        isScheme = number("is_scheme") == 1
        let label = text("label")
        defaultTitle =
            if isComparison {
                "Comparing " + label.replacing("compare: ", with: "", maxReplacements: 1)
            } else if isScheme {
                "Normalization schemes on \(text("input"))"
            } else {
                label.isEmpty ? "\(text("model")) on \(text("input"))" : label
            }
        let shape = "\(number("layers")) layers, \(number("heads")) heads, width \(number("width"))"
        about =
            "\(text("model")), \(ReportNumber.count(number("layers"), "layer")), \(norm.isRMS ? "RMSNorm" : "LayerNorm"); "
            + "\(ReportNumber.count(tokens, "token")) in \(ReportNumber.count(sequences, "sequence"))"
            + (scheme == "token" ? "" : "; norms by the scheme ‘\(scheme)’")
        let parameters = ReportNumber.count(number("parameters"), "parameter")
        let described = "\(text("norm")), \(text("placement"))-norm, epsilon \(text("epsilon"))"
        facts = [
            ("Model", "\(text("model")) (\(text("architecture"))): \(shape), \(parameters)"),
            ("Norm", scheme == "token" ? described : "\(described); statistics taken by the scheme ‘\(scheme)’"),
            ("Run", "\(id)" + (label.isEmpty ? "" : ", \(label)") + (status == "complete" ? "" : " (\(status))")),
            ("Text", "\(text("input")): \(ReportNumber.count(tokens, "token")) in \(ReportNumber.count(sequences, "sequence"))"),
            ("Capture", capture),
            ("Recorded", "\(text("started_at")) by actrec \(text("version")) with \(text("instruction_set")) instructions"),
            text("weights_sha256").isEmpty
                ? ("Fingerprint", text("fingerprint")) : ("Weights", "sha256 \(text("weights_sha256"))"),
        ]
    }
}

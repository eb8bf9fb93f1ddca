import Transformer

extension EditPlan {
    /// A step in words, and the tokens of an input that it means.
    public struct Line: Sendable {
        public let number: Int
        public let hook: String
        /// What is there.
        public let meaning: String
        /// [heads, values], or [values].
        public let shape: String
        public let heads: String
        /// Operator and value.
        public let change: String
        /// Tokens that are meant, and all.
        public let tokens, of: Int
        /// The first of them: sequence, position and text.
        public let first: String
    }
}

extension Recording {
    /// What the options' edits would do to an input: nothing is run, and no file is made.
    public static func plan(_ input: TextInput, model: Model, options: Options) throws -> [EditPlan.Line] {
        let plan = try EditPlan(options.edits, for: model.configuration)
        var batches = Batches(input, context: model.configuration.contextLength, options: options)
        var (counts, first) = (Array(repeating: 0, count: plan.steps.count), Array(repeating: "", count: plan.steps.count))
        var all = 0
        while let sequences = try batches.next() {
            for sequence in sequences {
                all += sequence.tokens.count
                for (index, step) in plan.steps.enumerated() {
                    let positions = step.edit.places.positions(in: sequence.tokens, model: model)
                    counts[index] += positions.count
                    if first[index].isEmpty, let position = positions.first {
                        let id = sequence.tokens[position]
                        first[index] = "\(sequence.number) @ \(position) '\(model.tokenizer?.displayText(of: id) ?? "#\(id)")'"
                    }
                }
            }
        }
        return plan.steps.indices.map { index in
            let step = plan.steps[index]
            let values = step.width.map(String.init) ?? "keys"
            let hasHeads = model.configuration.hasHeads(at: step.point)
            return EditPlan.Line(
                number: step.number, hook: step.point.description, meaning: step.point.meaning,
                shape: hasHeads ? "[\(step.headCount), \(values)]" : "[\(values)]",
                heads: step.heads.map { $0.map(String.init).joined(separator: ",") } ?? (hasHeads ? "all" : ""),
                change: step.edit.change, tokens: counts[index], of: all, first: first[index])
        }
    }
}

extension Edit {
    /// Operator and value, as they were asked for.
    var change: String {
        guard let range = text.firstRange(of: operation.rawValue) else { return text }
        return String(text[range.lowerBound...])
    }
}

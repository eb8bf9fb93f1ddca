import Foundation
import Transformer

/// Edits of one model: which hook points they name, in the order of the pass.
public struct EditPlan: Sendable {
    /// One edit at one hook point.
    public struct Step: Sendable {
        /// The edit's place among those asked for, from 1.
        public let number: Int
        public let edit: Edit
        public let point: HookPoint
        /// How many heads the hook point has; 1 where it has no head axis.
        public let headCount: Int
        /// Values of each head; nil where they are as many as a token sees keys.
        public let width: Int?
        /// The heads that are meant; nil: all of them.
        public let heads: [Int]?
    }

    /// At the same hook point in the order in which they were asked for.
    public let steps: [Step]

    /// - Throws: where an edit names a hook point or a head that the model does not have.
    public init(_ edits: [Edit], for configuration: ModelConfiguration) throws(EditError) {
        let points = configuration.hookPoints
        var steps: [(place: Int, step: Step)] = []
        for (index, edit) in edits.enumerated() {
            let found = points.enumerated().filter { fnmatch(edit.hook, $1.description, 0) == 0 }
            guard !found.isEmpty else {
                throw .noHookPoint(text: edit.text, hook: edit.hook, example: HookPoint.residualPre(0).description)
            }
            for (place, point) in found {
                let count = configuration.headCount(at: point)
                var heads: [Int]?
                if let asked = edit.heads {
                    if count == 1, !configuration.hasHeads(at: point) { throw .noHeads(text: edit.text, hook: point.description) }
                    for range in asked where range.upperBound >= count {
                        throw .noSuchHead(text: edit.text, hook: point.description, head: range.upperBound, count: count)
                    }
                    heads = asked.flatMap(Array.init)
                }
                let width = configuration.width(at: point)
                if width == nil, case .vector(_, .mean) = edit.value { throw .noMean(text: edit.text, hook: point.description) }
                steps.append(
                    (place, Step(number: index + 1, edit: edit, point: point, headCount: count, width: width, heads: heads)))
            }
        }
        self.steps = steps.sorted { ($0.place, $0.step.number) < ($1.place, $1.step.number) }.map(\.step)
    }

    /// The runs whose vectors are read.
    public var sourceRuns: Set<Int64> { Set(steps.compactMap(\.edit.sourceRun)) }
}

extension Edit.Places {
    /// The positions of a sequence that are meant.
    func positions(in tokens: [Int32], model: Model) -> [Int] {
        switch self {
        case .all: Array(tokens.indices)
        case .positions(let ranges):
            tokens.indices.filter { position in ranges.contains { $0.contains(position, of: tokens.count) } }
        case .token(let word): tokens.indices.filter { Self.isToken(tokens[$0], word, model) }
        }
    }

    static func isToken(_ id: Int32, _ word: String, _ model: Model) -> Bool {
        guard let text = model.tokenizer?.displayText(of: id) else { return false }
        return text == word || text == " " + word
    }
}

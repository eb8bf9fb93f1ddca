import Transformer

/// What an edit did at one hook point in the run so far.
struct EditEffect: Sendable, Equatable {
    /// Tokens whose values it wrote.
    var fired = 0
    /// Values that it wrote.
    var values = 0
    /// Largest difference between a value before and after; NaN where one of them is.
    var largestChange = 0.0
}

/// Makes a run's edits during its forward passes, and counts what they do.
final class Editor {
    let plan: EditPlan
    /// One for each step of the plan.
    private(set) var effects: [EditEffect]
    private let sources: EditSources
    private let model: Model
    private let byPoint: [HookPoint: [Int]]
    /// By step: the vector that is the same for all tokens, where there is one.
    private let constants: [[Float]?]
    /// By step: the positions of each sequence of the batch that are meant.
    private var places: [[Set<Int>]] = []
    private var sequences: [TokenSequence] = []
    private var batch: Batch?

    init(_ plan: EditPlan, sources: EditSources, model: Model) throws {
        (self.plan, self.sources, self.model) = (plan, sources, model)
        effects = Array(repeating: EditEffect(), count: plan.steps.count)
        byPoint = Dictionary(grouping: plan.steps.indices) { plan.steps[$0].point }
        constants = try plan.steps.map { try sources.constant($0, model: model) }
    }

    /// Goes on from what an earlier part of the run did.
    func restore(_ effects: [EditEffect]) {
        if effects.count == self.effects.count { self.effects = effects }
    }

    /// A batch of these sequences comes next.
    func begin(_ sequences: [TokenSequence], _ batch: Batch) {
        (self.sequences, self.batch) = (sequences, batch)
        places = plan.steps.map { step in
            sequences.map { Set(step.edit.places.positions(in: $0.tokens, model: model)) }
        }
    }

    /// Throws where a token of an input that can be read twice has nothing to take its values from.
    func check(_ input: TextInput, _ options: Recording.Options) throws {
        let steps = plan.steps.filter(\.edit.takesOwn)
        guard !steps.isEmpty, let again = try input.again() else { return }
        var batches = Batches(again, context: model.configuration.contextLength, options: options)
        while let sequences = try batches.next() {
            for sequence in sequences {
                for step in steps {
                    for position in step.edit.places.positions(in: sequence.tokens, model: model) {
                        _ = try sources.own(step, sequence, position: position, model: model)
                    }
                }
            }
        }
    }

    func edits(_ point: HookPoint) -> Bool { byPoint[point] != nil }

    /// Changes one token's values at a hook point.
    func edit(_ point: HookPoint, row: Int, _ values: UnsafeMutableBufferPointer<Float>) throws {
        guard let batch else { return }
        let index = batch.sequence(ofRow: row)
        let position = row - batch.rows(ofSequence: index).lowerBound
        for number in byPoint[point] ?? [] where places[number][index].contains(position) {
            let step = plan.steps[number]
            let vector = try constants[number] ?? own(step, sequences[index], position: position, count: values.count)
            let width = values.count / step.headCount
            for head in step.heads ?? Array(0..<step.headCount) {
                let part = UnsafeMutableBufferPointer(rebasing: values[head * width..<(head + 1) * width])
                // A vector of one head's width is meant for each head.
                let own = vector.map { $0.count == width ? $0[...] : $0[head * width..<(head + 1) * width] }
                step.edit.apply(to: part, own, &effects[number])
            }
            effects[number].fired += 1
        }
    }

    /// What the source run kept for one token, whose hook point has `count` values.
    private func own(_ step: EditPlan.Step, _ sequence: TokenSequence, position: Int, count: Int) throws -> [Float]? {
        let values = try sources.own(step, sequence, position: position, model: model)
        if let found = values?.count, found != count {
            throw EditError.otherWidth(text: step.edit.text, hook: step.point.description, found: found, expected: count)
        }
        return values
    }

    /// The edits of which nothing in the run was meant.
    var neverFired: [String] {
        var fired: [Int: Bool] = [:]
        for (step, effect) in zip(plan.steps, effects) {
            fired[step.number, default: false] = fired[step.number, default: false] || effect.fired > 0
        }
        return Set(fired.filter { !$0.value }.keys).sorted().compactMap { number in
            plan.steps.first { $0.number == number }?.edit.text
        }
    }
}

extension Edit {
    /// Writes one head's values; arithmetic is in double precision, and a value that is put in is put in to the bit.
    fileprivate func apply(to x: UnsafeMutableBufferPointer<Float>, _ vector: ArraySlice<Float>?, _ effect: inout EditEffect) {
        let vector = vector.map(Array.init) ?? []
        var factor = 1.0
        if case .vector(let given, _) = value { factor = given }
        if case .projection = value {
            let length = vector.reduce(0) { $0 + Double($1) * Double($1) }
            factor = length > 0 ? zip(x, vector).reduce(0) { $0 + Double($1.0) * Double($1.1) } / length : 0
        }
        for i in x.indices {
            let before = x[i]
            let operand: Double = if case .number(let number) = value { number } else { factor * Double(vector[i]) }
            switch operation {
            case .set: x[i] = factor == 1 && !vector.isEmpty ? vector[i] : Float(operand)
            case .add: x[i] = Float(Double(before) + operand)
            case .subtract: x[i] = Float(Double(before) - operand)
            case .multiply: x[i] = Float(Double(before) * operand)
            }
            let change = abs(Double(x[i]) - Double(before))
            if !(change <= effect.largestChange), !effect.largestChange.isNaN { effect.largestChange = change }
        }
        effect.values += x.count
    }
}

extension EditSources {
    /// The vector of a step that is the same for every token; nil where it is none, or each token has its own.
    fileprivate func constant(_ step: EditPlan.Step, model: Model) throws -> [Float]? {
        guard let vector = step.edit.vector else { return nil }
        let values: [Float]
        switch vector {
        case .run(_, nil): return nil
        case .file(let path): values = files[path] ?? []
        case .run(let run, let token?):
            let sequence = kept[run]?[step.point]?.sequences[Key(number: token.sequence, part: 0)]
            let rows = sequence?.rows ?? []
            let position = token.position < 0 ? rows.count + token.position : token.position
            guard rows.indices.contains(position) else {
                throw EditError.noToken(
                    text: step.edit.text, run: run, sequence: token.sequence,
                    place: sequence == nil ? "tokens" : "position \(token.position)")
            }
            values = rows[position]
        case .mean(let run, let places):
            values = mean(step, run, places, model)
            if values.isEmpty {
                throw EditError.noToken(text: step.edit.text, run: run, sequence: 1, place: "token that the mean is to be taken of")
            }
        }
        try check(values.count, step)
        return values
    }

    private func mean(_ step: EditPlan.Step, _ run: Int64, _ places: Edit.Places, _ model: Model) -> [Float] {
        var sums: [Double] = []
        var count = 0.0
        // In the order of the input, so that the sum is one number.
        let sequences = (kept[run]?[step.point]?.sequences ?? [:]).sorted {
            ($0.key.number, $0.key.part) < ($1.key.number, $1.key.part)
        }
        for (_, sequence) in sequences {
            for position in places.positions(in: sequence.tokens, model: model) {
                let row = sequence.rows[position]
                if sums.isEmpty { sums = Array(repeating: 0, count: row.count) }
                for i in row.indices { sums[i] += Double(row[i]) }
                count += 1
            }
        }
        return sums.map { Float($0 / count) }
    }

    /// A vector for all heads, or one for each of them.
    private func check(_ count: Int, _ step: EditPlan.Step) throws(EditError) {
        guard let width = step.width else { return }
        guard count == width || count == width * step.headCount else {
            throw .otherWidth(text: step.edit.text, hook: step.point.description, found: count, expected: width * step.headCount)
        }
    }

    /// What the run kept for the token that stands for this one: of the sequence of the same number, at the same place.
    fileprivate func own(_ step: EditPlan.Step, _ sequence: TokenSequence, position: Int, model: Model) throws -> [Float]? {
        guard step.edit.takesOwn, let run = step.edit.sourceRun else { return nil }
        let key = Key(number: sequence.number, part: sequence.part)
        let text = step.edit.text
        guard let source = kept[run]?[step.point]?.sequences[key] else {
            throw EditError.noToken(text: text, run: run, sequence: sequence.number, place: "tokens")
        }
        let place: Int
        switch step.edit.places {
        case .token(let word):
            func occurrences(_ tokens: [Int32]) -> [Int] { tokens.indices.filter { Edit.Places.isToken(tokens[$0], word, model) } }
            let here = occurrences(sequence.tokens).firstIndex(of: position) ?? 0
            let there = occurrences(source.tokens)
            guard there.indices.contains(here) else {
                throw EditError.noToken(
                    text: text, run: run, sequence: sequence.number, place: "token '\(word)' number \(here + 1)")
            }
            place = there[here]
        case _ where step.edit.countsFromEnd: place = source.rows.count - (sequence.tokens.count - position)
        default:
            guard source.rows.count == sequence.tokens.count else {
                throw EditError.otherLength(
                    text: text, sequence: sequence.number, tokens: sequence.tokens.count, run: run, its: source.rows.count)
            }
            place = position
        }
        guard source.rows.indices.contains(place) else {
            throw EditError.noToken(text: text, run: run, sequence: sequence.number, place: "position \(place)")
        }
        return source.rows[place]
    }
}

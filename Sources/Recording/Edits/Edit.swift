/// One change of the values at hook points, as `record --edit` takes it: where, and what becomes of them.
///
///     HOOK [heads] @ places  =  value        the value in their place
///                            +=  -=          value added, taken away
///                            *=  number      multiplied
///
/// HOOK is a hook point's name, with * for any part. Heads are numbers and ranges, `[6]`, `[0,2..4]`, `[*]`; places are positions,
/// `@3`, `@-1` (the last), `@1..`, `@2..5,8` (ends included), or a token, `@'hatred'` (with or without its leading space). Without
/// them all heads and all positions are meant. A value is a number; the vector that a run kept at the same hook point, `run 1`, at
/// the token's own place, or `run 2 sequence 1 @ 3`; the mean of those of a run's tokens, `mean(run 1)`, `mean(run 1 @ 1..)`; or a
/// NumPy file's, `steer.npy`. `4 * ` before a vector is a factor. `-= projection(VECTOR)` takes the vector's direction out.
public struct Edit: Sendable, Equatable {
    /// As it was asked for.
    public let text: String
    let hook: String
    /// Nil: all.
    let heads: [ClosedRange<Int>]?
    let places: Places
    let operation: Operation
    let value: Value

    enum Operation: String, Sendable {
        case set = "=", add = "+=", subtract = "-=", multiply = "*="
    }

    enum Value: Sendable, Equatable {
        case number(Double)
        case vector(factor: Double, Vector)
        /// Of the values on a vector's direction.
        case projection(Vector)
    }

    enum Vector: Sendable, Equatable {
        /// What a run kept at the same hook point: of one token, or of each token's own.
        case run(Int64, Token?)
        case mean(run: Int64, Places)
        case file(String)
    }

    /// A token of a run.
    struct Token: Sendable, Equatable {
        /// The sequence's number in the input.
        let sequence: Int
        /// From the end where it is negative.
        let position: Int
    }

    enum Places: Sendable, Equatable {
        case all
        case positions([Positions])
        case token(String)
    }

    /// Positions from `first` to `last`, both included; negative ones count from the end, the last being -1.
    struct Positions: Sendable, Equatable {
        let first: Int
        let last: Int

        func contains(_ position: Int, of length: Int) -> Bool {
            position >= (first < 0 ? length + first : first) && position <= (last < 0 ? length + last : last)
        }
    }

    /// Whether it reads vectors of a run, and of which.
    var sourceRun: Int64? {
        switch value {
        case .vector(_, .run(let run, _)), .vector(_, .mean(let run, _)), .projection(.run(let run, _)),
            .projection(.mean(let run, _)):
            run
        default: nil
        }
    }

    /// How tokens find those that they take their values from; the values of the database's `edits.alignment`.
    var alignment: String? {
        switch value {
        case .vector(_, .run(_, nil)), .projection(.run(_, nil)):
            countsFromEnd ? "position from the end" : isByToken ? "token" : "position"
        case .vector(_, .run(_, let token?)), .projection(.run(_, let token?)): "sequence \(token.sequence) @ \(token.position)"
        case .vector(_, .mean), .projection(.mean): "mean"
        default: nil
        }
    }

    /// Whether each place is given by its distance from the end, so that sequences of different lengths have it both.
    var countsFromEnd: Bool {
        if case .positions(let ranges) = places { ranges.allSatisfy { $0.first < 0 && $0.last < 0 } } else { false }
    }

    private var isByToken: Bool { if case .token = places { true } else { false } }
}

extension Edit {
    /// The edits in the lines of a text; what follows a # at the beginning of a line, and empty lines, are left out.
    public static func lines(_ text: String) throws(EditError) -> [Edit] {
        var edits: [Edit] = []
        for line in text.split(whereSeparator: \.isNewline) {
            let line = line.drop(while: \.isWhitespace)
            if !line.isEmpty, !line.hasPrefix("#") { edits.append(try Edit(String(line))) }
        }
        return edits
    }
}

extension Edit {
    /// Reads one edit: see `Edit` for the grammar.
    public init(_ text: String) throws(EditError) {
        var scanner = EditScanner(text)
        hook = try scanner.hook()
        heads = try scanner.take("[") ? scanner.heads() : nil
        places = try scanner.take("@") ? scanner.places() : .all
        operation = try scanner.operation()
        value = try scanner.value()
        try scanner.end()
        switch (operation, value) {
        case (.multiply, .number), (.subtract, .projection): break
        case (.multiply, _): throw scanner.error("a number after *=")
        case (_, .projection): throw scanner.error("-= before projection")
        default: break
        }
        self.text = text
    }
}

/// Reads an edit's text from left to right.
private struct EditScanner {
    private let text: String
    private var rest: Substring

    init(_ text: String) {
        self.text = text
        rest = text[...]
    }

    func error(_ expected: String) -> EditError {
        .syntax(text: text, expected: expected, before: String(rest))
    }

    private mutating func skipSpace() { rest = rest.drop(while: \.isWhitespace) }

    mutating func take(_ word: String) -> Bool {
        skipSpace()
        guard rest.hasPrefix(word) else { return false }
        rest.removeFirst(word.count)
        return true
    }

    private mutating func expect(_ word: String) throws(EditError) {
        if !take(word) { throw error("'\(word)'") }
    }

    mutating func end() throws(EditError) {
        skipSpace()
        if !rest.isEmpty { throw error("nothing more") }
    }

    mutating func hook() throws(EditError) -> String {
        skipSpace()
        var name = ""
        while let next = rest.first, !next.isWhitespace, !"[@=".contains(next), !["+=", "-=", "*="].contains(where: rest.hasPrefix)
        {
            name.append(rest.removeFirst())
        }
        if name.isEmpty { throw error("the name of a hook point") }
        return name
    }

    mutating func operation() throws(EditError) -> Edit.Operation {
        for operation in [Edit.Operation.set, .add, .subtract, .multiply] where take(operation.rawValue) { return operation }
        throw error("=, +=, -= or *=")
    }

    private mutating func integer() throws(EditError) -> Int {
        skipSpace()
        let digits = rest.prefix { $0.isASCII && $0.isNumber || $0 == "-" }
        guard let value = Int(digits) else { throw error("a number") }
        rest.removeFirst(digits.count)
        return value
    }

    mutating func heads() throws(EditError) -> [ClosedRange<Int>]? {
        if take("*") { try expect("]"); return nil }
        var heads: [ClosedRange<Int>] = []
        repeat {
            let first = try integer()
            let last = take("..") ? try integer() : first
            guard first >= 0, last >= first else { throw error("heads from 0, the lesser first") }
            heads.append(first...last)
        } while take(",")
        try expect("]")
        return heads
    }

    mutating func places() throws(EditError) -> Edit.Places {
        skipSpace()
        if let quote = rest.first, quote == "'" || quote == "\"" {
            rest.removeFirst()
            guard let end = rest.firstIndex(of: quote), end > rest.startIndex else { throw error("a token and \(quote)") }
            defer { rest = rest[rest.index(after: end)...] }
            return .token(String(rest[..<end]))
        }
        var ranges: [Edit.Positions] = []
        repeat {
            let first = try integer()
            var last = first
            if take("..") {
                skipSpace()
                last = rest.first.map { $0.isNumber || $0 == "-" } == true && !rest.hasPrefix("-=") ? try integer() : -1
            }
            ranges.append(.init(first: first, last: last))
        } while take(",")
        return .positions(ranges)
    }

    mutating func value() throws(EditError) -> Edit.Value {
        if take("projection(") {
            let vector = try vector()
            try expect(")")
            return .projection(vector)
        }
        if let number = number() {
            guard take("*") else { return .number(number) }
            return .vector(factor: number, try vector())
        }
        return .vector(factor: 1, try vector())
    }

    /// A number that ends where a space, a star or the text does; nil where there is none.
    private mutating func number() -> Double? {
        skipSpace()
        let word = rest.prefix { !$0.isWhitespace && $0 != "*" }
        guard let number = Double(word), word.first.map({ $0.isNumber || "+-.".contains($0) }) == true else { return nil }
        rest.removeFirst(word.count)
        return number
    }

    private mutating func vector() throws(EditError) -> Edit.Vector {
        if take("mean(") {
            try expect("run")
            let run = Int64(try integer())
            let places = take("@") ? try places() : .all
            try expect(")")
            return .mean(run: run, places)
        }
        skipSpace()
        if rest.hasPrefix("run "), take("run") {
            let run = Int64(try integer())
            guard take("sequence") else { return .run(run, nil) }
            let sequence = try integer()
            try expect("@")
            return .run(run, .init(sequence: sequence, position: try integer()))
        }
        let path = rest.prefix { $0 != ")" }
        guard path.hasSuffix(".npy") else { throw error("a number, 'run 1', 'mean(run 1)', or a file that ends with .npy") }
        rest.removeFirst(path.count)
        return .file(String(path))
    }
}

import Checkpoints

/// Reads the steps of a `tokenizer.json`. What is not known, or has a value that is not, is refused by name.
struct PipelineReader {
    typealias Problem = TokenizerLoadError.Problem
    /// Where the value stands in the file, for messages; empty for the whole file.
    let place: String
    let value: JSONValue

    init(_ place: String, _ value: JSONValue) { (self.place, self.value) = (place, value) }

    func member(_ key: String) -> JSONValue? { value[key] == .null ? nil : value[key] }
    /// The step's name, one of those that are read.
    private func name<Name: RawRepresentable<String>>() throws(Problem) -> Name {
        guard case .string(let type)? = member("type"), let name = Name(rawValue: type) else { throw refused() }
        return name
    }

    private func refused(_ key: String = "type") -> Problem {
        .unsupported(member: key == "type" ? place : path(key), found: (member(key) ?? value).summary)
    }

    /// The key as messages name it.
    private func path(_ key: String) -> String { place.isEmpty ? key : "\(place).\(key)" }

    func flag(_ key: String, default fallback: Bool) throws(Problem) -> Bool {
        guard let found = member(key) else { return fallback }
        guard case .bool(let flag) = found else { throw .missingMember(path(key)) }
        return flag
    }

    package func text(_ key: String) throws(Problem) -> String {
        guard case .string(let text)? = member(key) else { throw .missingMember(path(key)) }
        return text
    }

    private func steps<Step>(_ key: String, _ read: (PipelineReader) throws(Problem) -> Step) throws(Problem) -> [Step] {
        guard case .array(let list)? = member(key) else { throw .missingMember(path(key)) }
        var steps: [Step] = []
        for (index, step) in list.enumerated() { steps.append(try read(PipelineReader("\(place).\(key)[\(index)]", step))) }
        return steps
    }

    /// `{"String": "..."}` or `{"Regex": "..."}`.
    private func pattern() throws(Problem) -> TextPattern {
        switch member("pattern") {
        case .object(let members)?:
            if case .string(let text)? = members["String"] { return .text(Array(text.utf8)) }
            guard case .string(let pattern)? = members["Regex"] else { throw .missingMember("\(place).pattern") }
            do throws(RegularExpression.PatternError) {
                return .expression(try RegularExpression(pattern))
            } catch { throw .unsupported(member: "\(place).pattern", found: "\"\(pattern)\" (\(error.message))") }
        default: throw .missingMember("\(place).pattern")
        }
    }

    private func behavior(default fallback: SplitBehavior? = nil) throws(Problem) -> SplitBehavior {
        if let fallback, member("behavior") == nil { return fallback }
        guard let behavior = SplitBehavior(rawValue: try text("behavior")) else { throw refused("behavior") }
        return behavior
    }

    func normalizer() throws(Problem) -> NormalizerStep {
        let name: NormalizerName = try name()
        switch name {
        case .sequence: return .sequence(try steps("normalizers") { (step) throws(Problem) in try step.normalizer() })
        case .nfc: return .unicode(.nfc)
        case .nfd: return .unicode(.nfd)
        case .nfkc: return .unicode(.nfkc)
        case .nfkd: return .unicode(.nfkd)
        case .lowercase: return .lowercase
        case .stripAccents: return .stripAccents
        case .replace: return .replace(try pattern(), with: Array(try text("content").utf8))
        case .prepend: return .prepend(Array(try text("prepend").utf8))
        case .strip:
            return .strip(left: try flag("strip_left", default: true), right: try flag("strip_right", default: true))
        case .bert:
            var normalizer = BERTNormalizer()
            normalizer.cleansText = try flag("clean_text", default: true)
            normalizer.separatesChinese = try flag("handle_chinese_chars", default: true)
            normalizer.lowercases = try flag("lowercase", default: true)
            normalizer.stripsAccents = try flag("strip_accents", default: normalizer.lowercases)
            return .bert(normalizer)
        case .precompiled:
            guard let map = PrecompiledMap(base64: try text("precompiled_charsmap")) else {
                throw .missingMember("\(place).precompiled_charsmap")
            }
            return .precompiled(map)
        }
    }

    func preTokenizer() throws(Problem) -> PreTokenizerStep {
        let name: PreTokenizerName = try name()
        switch name {
        case .sequence:
            let steps = try steps("pretokenizers") { (step) throws(Problem) in try step.preTokenizer() }
            guard let place = steps.firstIndex(where: \.isByteLevel), place < steps.count - 1 else { return .sequence(steps) }
            let after = Array(steps[(place + 1)...])
            guard !after.contains(where: \.isByteLevel) else {
                throw .unsupported(member: self.place, found: "\"ByteLevel\" twice")
            }
            return .sequence(steps[...place] + [.inSpelling(after)])
        case .split:
            return .split(try pattern(), try behavior(), inverted: try flag("invert", default: false))
        case .digits: return .digits(individual: try flag("individual_digits", default: false))
        case .byteLevel:
            return .byteLevel(
                addsPrefixSpace: try flag("add_prefix_space", default: true), usesRule: try flag("use_regex", default: true))
        case .metaspace:
            let sign = member("replacement") == nil ? "\u{2581}" : try text("replacement")
            var scheme = PreTokenizerStep.PrependScheme.always
            if member("prepend_scheme") != nil {
                guard let found = PreTokenizerStep.PrependScheme(rawValue: try text("prepend_scheme")) else {
                    throw refused("prepend_scheme")
                }
                scheme = found
            } else if try !flag("add_prefix_space", default: true) {
                scheme = .never
            }
            return .metaspace(replacement: Array(sign.utf8), scheme, splits: try flag("split", default: true))
        case .whitespace: return .whitespace
        case .whitespaceSplit: return .whitespaceSplit
        case .punctuation: return .punctuation(try behavior(default: .isolated))
        case .bert: return .bert
        }
    }

    /// An added token with its own "id", or that which stands elsewhere.
    func addedToken(id known: Int? = nil) throws(Problem) -> AddedVocabulary.Token {
        let content = try text("content")
        var id = known
        if id == nil, case .integer(let own)? = member("id") { id = own }
        guard let id else { throw .missingMember(path("id")) }
        guard (0..<TokenTable.idLimit).contains(id) else { throw .idOutOfRange(token: content, id: id) }
        let isSpecial = try flag("special", default: false)
        return AddedVocabulary.Token(
            bytes: Array(content.utf8), id: Int32(id), isSpecial: isSpecial,
            isNormalized: try flag("normalized", default: !isSpecial), takesSpaceBefore: try flag("lstrip", default: false),
            takesSpaceAfter: try flag("rstrip", default: false), isWord: try flag("single_word", default: false))
    }
}

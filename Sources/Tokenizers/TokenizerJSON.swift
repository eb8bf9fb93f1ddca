import Checkpoints

/// The parts of Hugging Face's `tokenizer.json` that a byte-level BPE needs.
///
/// A normalizer, dropout, `ignore_merges`, a prefix space or an unknown pre-tokenizer is
/// refused by name; truncation, padding and the post-processor are left to the caller.
struct TokenizerJSON {
    let tokens: TokenTable
    let merges: MergeTable
    let addedTokens: [AddedTokens.Token]
    let preTokenizer: PreTokenizer

    init(_ document: TokenizerDocument) throws(TokenizerLoadError.Problem) {
        let (root, model) = (document.root, document.model)
        guard let vocabulary = document.vocabulary else { throw .missingMember("model.vocab") }
        guard case .array(let mergeList)? = model["merges"] else { throw .missingMember("model.merges") }
        try Self.refuseOthers(root, model)
        preTokenizer = try Self.preTokenizer(root["pre_tokenizer"])

        let added = try Self.addedTokens(root["added_tokens"])
        addedTokens = added
        tokens = try Self.tokens(vocabulary, added: added)
        merges = try Self.merges(mergeList, tokens: tokens)
    }

    private static func refuseOthers(
        _ root: JSONValue, _ model: JSONValue
    ) throws(TokenizerLoadError.Problem) {
        if case .string(let type)? = model["type"], type != "BPE" {
            throw .unsupported(member: "model.type", found: type)
        }
        if let normalizer = root["normalizer"], normalizer != .null {
            throw .unsupported(member: "normalizer", found: normalizer["type"]?.summary ?? normalizer.summary)
        }
        for name in ["ignore_merges", "byte_fallback"] where model[name] == .bool(true) {
            throw .unsupported(member: "model.\(name)", found: "true")
        }
        switch model["dropout"] {
        case nil, .null?, .integer(0)?, .number(0)?: break
        case let dropout?: throw .unsupported(member: "model.dropout", found: dropout.summary)
        }
        for name in ["continuing_subword_prefix", "end_of_word_suffix"] {
            if let affix = model[name], affix != .null, affix != .string("") {
                throw .unsupported(member: "model.\(name)", found: affix.summary)
            }
        }
    }

    private static func preTokenizer(_ value: JSONValue?) throws(TokenizerLoadError.Problem) -> PreTokenizer {
        var steps = value.map { [$0] } ?? []
        if case .array(let list)? = value?["pretokenizers"] { steps = list }
        let names = steps.map { $0["type"] ?? .null }
        guard let last = steps.last, names.last == .string("ByteLevel"),
            last["add_prefix_space"] == .bool(false), last["use_regex"] != .bool(false)
        else {
            let found = names.map(\.summary).joined(separator: ", ")
            throw .unsupported(member: "pre_tokenizer", found: found.isEmpty ? "(none)" : found)
        }
        switch names.count {
        case 1: return .gpt2
        case 2 where names[0] == .string("Digits") && steps[0]["individual_digits"] == .bool(true):
            return .singleNumbers
        default:
            throw .unsupported(member: "pre_tokenizer", found: names.map(\.summary).joined(separator: ", "))
        }
    }

    static func addedTokens(
        _ value: JSONValue?
    ) throws(TokenizerLoadError.Problem) -> [AddedTokens.Token] {
        guard let value, value != .null else { return [] }
        guard case .array(let list) = value else { throw .missingMember("added_tokens") }
        var result: [AddedTokens.Token] = []
        for entry in list {
            guard case .string(let content)? = entry["content"], case .integer(let id)? = entry["id"] else {
                throw .missingMember("added_tokens[\(result.count)]")
            }
            guard (0..<TokenTable.idLimit).contains(id) else { throw .idOutOfRange(token: content, id: id) }
            for flag in ["lstrip", "rstrip", "single_word"] where entry[flag] == .bool(true) {
                throw .unsupported(member: "added_tokens.\(flag)", found: "true")
            }
            result.append(
                .init(bytes: Array(content.utf8), id: Int32(id), isSpecial: entry["special"] == .bool(true)))
        }
        return result
    }

    /// The vocabulary, in ascending order of ids, and the added tokens that it does not list.
    private static func tokens(
        _ vocabulary: [(token: [UInt8], id: Int)], added: [AddedTokens.Token]
    ) throws(TokenizerLoadError.Problem) -> TokenTable {
        var table = TokenTable(expectedTokens: vocabulary.count + added.count)
        let addedTexts = Set(added.map(\.bytes))
        for (token, id) in vocabulary {
            var token = token
            try Vocabulary.add(&token, id: id, asText: addedTexts.contains(token), to: &table)
        }
        for entry in added {
            if table.bytes(of: entry.id).map({ Array($0) == entry.bytes }) == true { continue }
            var token = entry.bytes
            try Vocabulary.add(&token, id: Int(entry.id), asText: true, to: &table)
        }
        return table
    }

    /// Merges as "a b", or as [a, b] in newer files.
    private static func merges(
        _ list: [JSONValue], tokens: TokenTable
    ) throws(TokenizerLoadError.Problem) -> MergeTable {
        var table = MergeTable(expectedMerges: list.count)
        var builder = MergeBuilder(tokens: tokens)
        for (index, entry) in list.enumerated() {
            switch entry {
            case .string(let text):
                try builder.add(line: Array(text.utf8), to: &table)
            case .array(let pair):
                guard pair.count == 2, case .string(let a) = pair[0], case .string(let b) = pair[1] else {
                    throw .malformedMerge(number: index + 1, text: entry.summary)
                }
                try builder.add(Array(a.utf8), Array(b.utf8), to: &table)
            default:
                throw .malformedMerge(number: index + 1, text: entry.summary)
            }
        }
        return table
    }
}

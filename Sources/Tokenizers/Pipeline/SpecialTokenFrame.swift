import Checkpoints

/// The special tokens that post-processors put before and after each text.
struct SpecialTokenFrame: Sendable, Equatable {
    var before: [Int32] = []
    var after: [Int32] = []

    init(before: [Int32] = [], after: [Int32] = []) { (self.before, self.after) = (before, after) }

    /// Reads `post_processor`: a Sequence, TemplateProcessing, BertProcessing, RobertaProcessing or ByteLevel.
    init(_ value: JSONValue?, isToken: (Int32) -> Bool) throws(TokenizerLoadError.Problem) {
        func checked(_ value: JSONValue?) throws(TokenizerLoadError.Problem) -> Int32 {
            guard case .integer(let number)? = value, let id = Int32(exactly: number), isToken(id) else {
                throw .missingMember("post_processor")
            }
            return id
        }
        guard let value, value != .null else { return }
        guard case .string(let type)? = value["type"], let name = PostProcessorName(rawValue: type) else {
            throw .unsupported(member: "post_processor", found: (value["type"] ?? value).summary)
        }
        switch name {
        case .byteLevel: break
        case .sequence:
            guard case .array(let steps)? = value["processors"] else { throw .missingMember("post_processor.processors") }
            for step in steps {
                let inner = try SpecialTokenFrame(step, isToken: isToken)
                (before, after) = (inner.before + before, after + inner.after)
            }
        case .bert, .roberta:
            guard case .array(let begin)? = value["cls"], case .array(let end)? = value["sep"] else {
                throw .missingMember("post_processor")
            }
            (before, after) = ([try checked(begin.last)], [try checked(end.last)])
        case .template:
            guard case .array(let pieces)? = value["single"] else { throw .missingMember("post_processor.single") }
            var texts = 0
            for piece in pieces {
                if piece["Sequence"] != nil {
                    texts += 1
                } else if case .string(let name)? = piece["SpecialToken"]?["id"],
                    case .array(let ids)? = value["special_tokens"]?[name]?["ids"]
                {
                    for id in ids { if texts == 0 { before.append(try checked(id)) } else { after.append(try checked(id)) } }
                } else {
                    throw .missingMember("post_processor.single")
                }
            }
            guard texts == 1 else { throw .missingMember("post_processor.single") }
        }
    }
}

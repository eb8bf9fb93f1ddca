import Checkpoints

/// The rules that `vocab.json` and `merges.txt` leave open, as transformers' classes for them have them (5.24,
/// `models/*/tokenization_*.py`).
package enum TokenizerClass: CaseIterable {
    case gpt2, roberta, qwen2, gptNeoX

    /// transformers' names of the class, without `Fast` at the end.
    private var names: [String] {
        switch self {
        case .gpt2: ["GPT2Tokenizer", "CodeGenTokenizer"]
        case .roberta: ["RobertaTokenizer"]
        case .qwen2: ["Qwen2Tokenizer"]
        case .gptNeoX: ["GPTNeoXTokenizer"]
        }
    }

    /// The values of `model_type` for which transformers takes this class where no other is named (`tokenization_auto.py`).
    private var modelTypes: [String] {
        switch self {
        case .gpt2: ["gpt2", "gpt_neo", "gptj", "opt", "phi"]
        case .roberta: ["roberta"]
        case .qwen2: ["qwen2", "qwen3"]
        case .gptNeoX: ["gpt_neox", "olmo"]
        }
    }

    package static var supportedNames: [String] { allCases.flatMap(\.names) }

    init?(named name: String) {
        let plain = name.hasSuffix("Fast") ? String(name.dropLast(4)) : name
        guard let found = Self.allCases.first(where: { $0.names.contains(plain) }) else { return nil }
        self = found
    }

    init?(modelType: String) {
        guard let found = Self.allCases.first(where: { $0.modelTypes.contains(modelType) }) else { return nil }
        self = found
    }

    /// Special tokens by role, where `tokenizer_config.json` does not name them.
    var specialTokens: [String: String] {
        switch self {
        case .gpt2: Self.roles(["bos_token", "eos_token", "unk_token"], "<|endoftext|>")
        case .qwen2: Self.roles(["eos_token", "pad_token", "unk_token"], "<|endoftext|>")
        case .gptNeoX:
            Self.roles(["bos_token", "eos_token", "unk_token"], "<|endoftext|>").merging(["pad_token": "<|padding|>"]) { $1 }
        case .roberta:
            [
                "bos_token": "<s>", "cls_token": "<s>", "eos_token": "</s>", "sep_token": "</s>", "unk_token": "<unk>",
                "pad_token": "<pad>", "mask_token": "<mask>",
            ]
        }
    }

    private static func roles(_ roles: [String], _ text: String) -> [String: String] {
        Dictionary(uniqueKeysWithValues: roles.map { ($0, text) })
    }

    /// The steps, as `tokenizer.json` has them.
    func steps(addsPrefixSpace: Bool) -> [String: JSONValue] {
        func byteLevel(usesRule: Bool) -> JSONValue {
            .object(["type": .string("ByteLevel"), "add_prefix_space": .bool(addsPrefixSpace), "use_regex": .bool(usesRule)])
        }
        let composes: [String: JSONValue] = ["normalizer": .object(["type": .string("NFC")])]
        switch self {
        case .gpt2, .roberta: return ["pre_tokenizer": byteLevel(usesRule: true)]
        case .gptNeoX: return composes.merging(["pre_tokenizer": byteLevel(usesRule: true)]) { $1 }
        case .qwen2:
            let split: JSONValue = .object([
                "type": .string("Split"), "pattern": .object(["Regex": .string(SplitRule.qwen2.rawValue)]),
                "behavior": .string("Isolated"),
            ])
            let both: JSONValue = .object([
                "type": .string("Sequence"), "pretokenizers": .array([split, byteLevel(usesRule: false)]),
            ])
            return composes.merging(["pre_tokenizer": both]) { $1 }
        }
    }
}

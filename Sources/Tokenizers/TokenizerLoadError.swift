import Checkpoints

/// A tokenizer's file that cannot be used, with the place at fault.
public struct TokenizerLoadError: Error, Equatable, CustomStringConvertible {
    /// What is wrong.
    public enum Problem: Error, Equatable {
        case file(FileError)
        /// The directory has no tokenizer.
        case noTokenizer
        /// More bytes than any vocabulary: bounds what a file can make us allocate.
        case tooLarge(size: Int)
        case notUTF8(offset: Int)
        case notJSON(JSONError)
        /// A member of `tokenizer.json` is missing or of the wrong type.
        case missingMember(String)
        /// Part of `tokenizer.json` asks for what this engine does not have.
        case unsupported(member: String, found: String)
        /// An id is negative or over the limit.
        case idOutOfRange(token: String, id: Int)
        case duplicateID(token: String, id: Int)
        case duplicateToken(String)
        /// A token has a character that stands for no byte.
        case notByteLevel(token: String)
        /// A merge is not two tokens with a space between.
        case malformedMerge(number: Int, text: String)
        /// A merge names, or makes, a token that is not in the vocabulary.
        case unknownToken(merge: Int, token: String)
        /// A token that the tokenizer cannot do without is not in the vocabulary.
        case missingToken(String)
        /// The tokenizer is in a file that is not read, and can be converted.
        case needsConversion(name: String)
    }

    /// The most bytes that a tokenizer's file may have.
    public static let sizeLimit = 1 << 28

    /// The file's path or name.
    public let file: String
    /// What is wrong with it.
    public let problem: Problem

    /// Any of these.
    public static let expectedFiles = "tokenizer.json, vocab.json and merges.txt, or vocab.txt"

    package init(file: String, problem: Problem) {
        self.file = file
        self.problem = problem
    }

    public var description: String {
        switch problem {
        case .file(let error):
            error.description
        case .noTokenizer:
            "\(file) has no tokenizer, expected \(Self.expectedFiles)"
        case .needsConversion(let name):
            "\(file) has its tokenizer in \(name), which is not read; write tokenizer.json with: \(conversion(of: name))"
        case .tooLarge(let size):
            "\(file) has \(size) bytes, expected at most \(Self.sizeLimit); it is no tokenizer"
        case .notUTF8(let offset):
            "\(file) is not UTF-8 at byte \(offset); download it again"
        case .notJSON(let error):
            "\(file) is not the expected JSON: \(error); download it again"
        case .missingMember(let member):
            "\(file) has no usable \"\(member)\"; download it again"
        case .unsupported(let member, let found):
            "\(file): \"\(member)\" \(found) is not supported" + supported(member)
        case .idOutOfRange(let token, let id):
            "\(file): token \"\(token)\" has id \(id), expected 0 to \(TokenTable.idLimit - 1)"
        case .duplicateID(let token, let id):
            "\(file): token \"\(token)\" has id \(id), which another token has too"
        case .duplicateToken(let token):
            "\(file): token \"\(token)\" appears twice"
        case .notByteLevel(let token):
            "\(file): token \"\(token)\" has a character that stands for no byte; expected GPT-2's byte-level spelling"
        case .malformedMerge(let number, let text):
            "\(file): merge \(number) is \"\(text)\", expected two tokens with a space between"
        case .unknownToken(let merge, let token):
            "\(file): merge \(merge) needs the token \"\(token)\", which is not in the vocabulary"
        case .missingToken(let token):
            "\(file): the vocabulary lacks the token \"\(token)\""
        }
    }

    /// What is supported where something else was found.
    private func supported(_ member: String) -> String {
        let names: [String]
        switch member.split(separator: ".").last?.prefix(while: { $0 != "[" }) {
        case "normalizer", "normalizers": names = NormalizerName.allCases.map(\.rawValue)
        case "pre_tokenizer", "pretokenizers": names = PreTokenizerName.allCases.map(\.rawValue)
        case "post_processor", "processors": names = PostProcessorName.allCases.map(\.rawValue)
        case "type": names = TokenModelName.allCases.map(\.rawValue)
        case "model": names = GGUFTokenizerModel.allCases.map(\.rawValue)
        case "pre": names = GGUFRule.supportedNames
        case "behavior": names = SplitBehavior.allCases.map(\.rawValue)
        case "dropout": return ", expected null: with it a text has other ids each time; set it to null"
        case "continuing_subword_prefix", "end_of_word_suffix":
            return ", expected null or \"\": a BPE whose tokens are texts as they stand"
        case "pattern": return ", expected an expression that PCRE2 reads"
        case "tokenizer_class":
            return ", expected one of \(TokenizerClass.supportedNames.joined(separator: ", ")); "
                + "for others write tokenizer.json with: \(conversion(of: ""))"
        default: return ""
        }
        return ", expected one of \(names.joined(separator: ", "))"
    }

    /// The command that writes `tokenizer.json` beside a tokenizer's older files.
    private func conversion(of name: String) -> String {
        let directory = name.isEmpty ? String(file[..<(file.lastIndex(of: "/") ?? file.startIndex)]) : file
        if name.hasSuffix(".tiktoken") {
            return "python -c \"from transformers.convert_slow_tokenizer import TikTokenConverter as T; "
                + "T('\(directory)/\(name)', pattern=r'RULE').converted().save('\(directory)/tokenizer.json')\" "
                + "(RULE: the regular expression in the model's own tokenizer code)"
        }
        return "python -c \"from transformers import AutoTokenizer as T; "
            + "T.from_pretrained('\(directory)').save_pretrained('\(directory)')\""
    }
}

extension TokenizerLoadError.Problem {
    /// Checks that the bytes of a tokenizer's file are few enough, and UTF-8.
    static func check(_ bytes: UnsafeRawBufferPointer) throws(TokenizerLoadError.Problem) {
        guard bytes.count <= TokenizerLoadError.sizeLimit else { throw .tooLarge(size: bytes.count) }
        if let offset = UTF8Validation.firstInvalidByte(bytes) { throw .notUTF8(offset: offset) }
    }
}

/// A GGUF file that breaks a rule of the format, one case a rule.
public struct GGUFError: Error, Equatable, CustomStringConvertible {
    /// The rules, as broken. Offsets are bytes; those of tensors count from the start of the tensors' data.
    public enum Rule: Error, Equatable {
        /// The file does not begin with `GGUF`.
        case badMagic
        /// The file is in big-endian byte order.
        case bigEndian
        /// A version other than 2 and 3.
        case version(UInt32)
        /// Something reaches past the end of the file.
        case pastEnd(what: String, offset: Int, needed: UInt64, available: Int)
        /// More entries than the rest of the file could hold.
        case tooMany(what: String, count: UInt64, available: Int)
        /// A name is not UTF-8.
        case notUTF8(what: String, offset: Int)
        /// A type of metadata that the format does not have.
        case unknownValueType(key: String, type: UInt32)
        /// A truth value other than 0 and 1.
        case badBool(key: String, found: UInt8)
        /// Arrays in arrays in arrays.
        case nestedTooDeeply(key: String)
        case duplicateKey(String)
        case duplicateTensor(String)
        /// `general.alignment` is no power of two.
        case alignment(found: String)
        /// More than four extents.
        case extentCount(tensor: String, found: UInt32)
        /// A shape, or an offset, beyond 63 bits.
        case overflow(tensor: String, field: String)
        /// An element type that the format does not have.
        case unknownTensorType(tensor: String, type: UInt32)
        /// Rows of a quantized tensor are not whole blocks.
        case brokenBlocks(tensor: String, rowWidth: Int, type: GGMLType)
        /// A tensor does not begin at a multiple of the alignment.
        case misaligned(tensor: String, offset: Int, alignment: Int)
        /// A tensor begins before the one in front of it ends.
        case overlap(tensor: String, offset: Int, expected: Int)
        /// A tensor ends after the file.
        case dataPastEnd(tensor: String, end: Int, available: Int)
    }

    /// The file's path or name.
    public let file: String
    /// The broken rule.
    public let rule: Rule

    package init(file: String, rule: Rule) {
        self.file = file
        self.rule = rule
    }

    public var description: String {
        "\(file) is not a GGUF file that can be read: \(Self.explain(rule))"
    }

    private static func explain(_ rule: Rule) -> String {
        switch rule {
        case .badMagic: "it does not begin with \"GGUF\""
        case .bigEndian: "it is in big-endian byte order; convert it again"
        case .version(let version): "it has version \(version), expected 2 or 3"
        case .pastEnd(let what, let offset, let needed, let available):
            "\(what) at byte \(offset) needs \(needed) bytes, but only \(available) follow; download it again"
        case .tooMany(let what, let count, let available):
            "it says \(count) \(what), more than the \(available) bytes that follow can hold; download it again"
        case .notUTF8(let what, let offset): "\(what) at byte \(offset) is not UTF-8"
        case .unknownValueType(let key, let type): "metadata \"\(key)\" has the unknown type \(type)"
        case .badBool(let key, let found): "metadata \"\(key)\" is a truth value of \(found), expected 0 or 1"
        case .nestedTooDeeply(let key):
            "metadata \"\(key)\" has arrays nested more than \(GGUFHeader.nestingLimit) deep"
        case .duplicateKey(let key): "metadata \"\(key)\" appears twice"
        case .duplicateTensor(let tensor): "tensor \(tensor) appears twice"
        case .alignment(let found): "metadata \"general.alignment\" is \(found), expected a power of two"
        case .extentCount(let tensor, let found): "tensor \(tensor) has \(found) extents, expected at most 4"
        case .overflow(let tensor, let field): "tensor \(tensor) has a \(field) beyond 63 bits"
        case .unknownTensorType(let tensor, let type): "tensor \(tensor) has the unknown type \(type)"
        case .brokenBlocks(let tensor, let width, let type):
            "tensor \(tensor) has rows of \(width) elements, expected a multiple of \(type.block.length) for \(type.name)"
        case .misaligned(let tensor, let offset, let alignment):
            "tensor \(tensor) begins at \(offset), expected a multiple of \(alignment)"
        case .overlap(let tensor, let offset, let expected):
            "tensor \(tensor) begins at \(offset), inside the one before it, expected \(expected) or more"
        case .dataPastEnd(let tensor, let end, let available):
            "tensor \(tensor) ends at \(end), but the data have \(available) bytes; download it again"
        }
    }
}

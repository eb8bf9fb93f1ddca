/// A safetensors file that breaks a rule of the format, one case a rule.
public struct SafetensorsError: Error, Equatable, CustomStringConvertible {
    /// The rules, as broken. Offsets are bytes; those of tensors count from the end of the header.
    public enum Rule: Error, Equatable {
        /// Fewer bytes than the 8 of the header's length.
        case tooShort(size: Int)
        /// The header's length is over the format's cap.
        case headerTooLarge(length: UInt64)
        /// The header's length reaches past the end of the file.
        case headerPastEnd(length: UInt64, available: Int)
        /// The header is not UTF-8.
        case headerNotUTF8(offset: Int)
        /// The header is not a JSON object of the right form.
        case headerNotJSON(JSONError)
        /// A key of the header stands twice.
        case duplicateKey(String)
        /// A tensor lacks one of `dtype`, `shape` and `data_offsets`.
        case missingField(tensor: String, field: String)
        /// An element type that the format does not have.
        case unknownDType(tensor: String, dtype: String)
        /// A negative extent or offset.
        case negative(tensor: String, field: String, value: Int)
        /// A shape, or an offset, beyond 64 bits.
        case overflow(tensor: String, field: String)
        /// `data_offsets` end before they begin, or are not two.
        case badOffsets(tensor: String, offsets: [Int])
        /// The shape asks for another number of bytes than the offsets give.
        case sizeMismatch(tensor: String, shape: [Int], expected: Int, found: Int)
        /// A tensor begins before the one in front of it ends.
        case overlap(tensor: String, offset: Int, expected: Int)
        /// Bytes between tensors belong to none.
        case hole(tensor: String, offset: Int, expected: Int)
        /// The tensors reach past the end of the file.
        case dataPastEnd(expected: Int, found: Int)
        /// Bytes after the last tensor.
        case trailingBytes(expected: Int, found: Int)
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
        "\(file) is not a valid safetensors file: \(Self.explain(rule)); download or convert it again"
    }

    private static func explain(_ rule: Rule) -> String {
        switch rule {
        case .tooShort(let size):
            "it has \(size) bytes, expected at least 8"
        case .headerTooLarge(let length):
            "its header says \(length) bytes, expected at most \(Safetensors.headerLimit)"
        case .headerPastEnd(let length, let available):
            "its header says \(length) bytes, but only \(available) follow"
        case .headerNotUTF8(let offset):
            "its header is not UTF-8 at byte \(offset)"
        case .headerNotJSON(let error):
            "its header is not the expected JSON: \(error)"
        case .duplicateKey(let key):
            "its header has the key \"\(key)\" twice"
        case .missingField(let tensor, let field):
            "tensor \(tensor) has no \(field)"
        case .unknownDType(let tensor, let dtype):
            "tensor \(tensor) has the unknown dtype \"\(dtype)\""
        case .negative(let tensor, let field, let value):
            "tensor \(tensor) has \(value) in its \(field), expected 0 or more"
        case .overflow(let tensor, let field):
            "tensor \(tensor) has a \(field) beyond 64 bits"
        case .badOffsets(let tensor, let offsets):
            "tensor \(tensor) has data_offsets \(offsets), expected [begin, end] in order"
        case .sizeMismatch(let tensor, let shape, let expected, let found):
            "tensor \(tensor) of shape \(shape) needs \(expected) bytes, its data_offsets give \(found)"
        case .overlap(let tensor, let offset, let expected):
            "tensor \(tensor) begins at \(offset), inside the one before it, expected \(expected)"
        case .hole(let tensor, let offset, let expected):
            "tensor \(tensor) begins at \(offset), expected \(expected): the bytes between belong to none"
        case .dataPastEnd(let expected, let found):
            "its tensors take \(expected) bytes, but only \(found) follow the header"
        case .trailingBytes(let expected, let found):
            "its tensors take \(expected) bytes, but \(found) follow the header"
        }
    }
}

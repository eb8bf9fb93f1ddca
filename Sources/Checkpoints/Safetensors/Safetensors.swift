/// An open safetensors container, checked in full before any tensor can be asked for.
///
/// The format (huggingface/safetensors, README): 8 bytes of little-endian header length, a JSON header, then the data.
/// The header maps each name to a dtype, a shape and offsets into the data, which the tensors fill without a hole.
/// Names are compared as Swift strings: two that are the same text in different Unicode form count as duplicates.
public struct Safetensors: Sendable {
    /// The longest header that the format allows, in bytes.
    public static let headerLimit = 100_000_000

    /// The file's path or name, for messages.
    public let file: String
    /// The tensors by name.
    public let tensors: [String: TensorEntry]
    /// The header's `__metadata__`: free text by key.
    public let metadata: [String: String]
    /// The whole file, header included (for hashing).
    public let fileBytes: SharedBytes

    /// Opens the container in `bytes`; `file` names it in messages.
    public init(_ bytes: SharedBytes, file: String) throws(SafetensorsError) {
        let header: SafetensorsHeader
        do throws(SafetensorsError.Rule) {
            header = try bytes.withUnsafeBytes { (raw) throws(SafetensorsError.Rule) -> SafetensorsHeader in
                guard raw.count >= 8 else { throw .tooShort(size: raw.count) }
                let length = UInt64(littleEndian: raw.loadUnaligned(as: UInt64.self))
                guard length <= UInt64(Self.headerLimit) else { throw .headerTooLarge(length: length) }
                let available = raw.count - 8
                guard length <= UInt64(available) else { throw .headerPastEnd(length: length, available: available) }
                let dataStart = 8 + Int(length)
                return try SafetensorsHeader(
                    text: UnsafeRawBufferPointer(rebasing: raw[8..<dataStart]),
                    dataStart: dataStart, dataCount: raw.count - dataStart)
            }
        } catch {
            throw SafetensorsError(file: file, rule: error)
        }
        self.file = file
        fileBytes = bytes
        tensors = header.tensors
        metadata = header.metadata
    }

    /// Opens a mapped file.
    public init(_ file: MappedFile) throws(SafetensorsError) {
        try self.init(SharedBytes(file), file: file.path)
    }

    /// Whether a tensor of that name is there.
    public func contains(_ name: String) -> Bool { tensors[name] != nil }

    /// The stored bytes of a tensor; nil where there is none of that name.
    public func bytes(of name: String) -> SharedBytes? {
        tensors[name].map { fileBytes[$0.byteRange] }
    }

    /// A view of a tensor; nil where there is none of that name, or its type is not readable as Float.
    public func view(_ name: String) -> TensorView? {
        guard let entry = tensors[name] else { return nil }
        return TensorView(name: name, dtype: entry.dtype, shape: entry.shape, bytes: fileBytes[entry.byteRange])
    }
}

/// An open GGUF file (ggml-org/ggml, `docs/gguf.md`), versions 2 and 3, checked in full before any tensor can be asked for.
///
/// Every count, length, extent and offset is checked against the file's size before it is used. Names and keys are
/// compared as Swift strings: two that are the same text in different Unicode form count as duplicates.
public struct GGUF: Sendable {
    /// The file's path or name, for messages.
    public let file: String
    public let version: Int
    /// The metadata by key.
    public let metadata: [String: GGUFValue]
    /// The tensors by name, those of all splits.
    public private(set) var tensors: [String: GGUFTensor]
    /// The other files of one that is split.
    private var rest: [GGUF] = []

    /// All files, each with its own tensors.
    package var splits: [GGUF] {
        var first = self
        first.tensors = tensors.filter { name, _ in !rest.contains { $0.tensors[name] != nil } }
        first.rest = []
        return [first] + rest
    }
    /// Where the tensors' data begin: what is in front says all but the weights.
    public let dataStart: Int
    /// The whole file (for hashing).
    public let fileBytes: SharedBytes

    /// Opens the file in `bytes`; `file` names it in messages.
    public init(_ bytes: SharedBytes, file: String) throws(GGUFError) {
        let header: GGUFHeader
        do throws(GGUFError.Rule) {
            header = try bytes.withUnsafeBytes { (raw) throws(GGUFError.Rule) in try GGUFHeader(bytes, raw) }
        } catch {
            throw GGUFError(file: file, rule: error)
        }
        self.file = file
        version = Int(header.version)
        metadata = header.metadata
        tensors = header.tensors
        dataStart = min(header.dataStart, bytes.count)
        fileBytes = bytes
    }

    /// Opens a mapped file.
    public init(_ file: MappedFile) throws(GGUFError) {
        try self.init(SharedBytes(file), file: file.path)
    }

    /// The text at `key`; nil where there is none, or it is not UTF-8.
    public func string(_ key: String) -> String? {
        guard case .string(let bytes)? = metadata[key] else { return nil }
        return String(validating: bytes, as: UTF8.self)
    }

    /// A view of a tensor; nil where there is none of that name, or its type is not readable as Float.
    public func view(_ name: String) -> TensorView? { view(name, order: .asStored) }

    /// Joins the other files of one that is split (llama.cpp, `gguf-split`): the first has the metadata, each has tensors of its own.
    package mutating func join(_ others: [GGUF]) throws(GGUFError) {
        for other in others {
            for (name, tensor) in other.tensors {
                guard tensors.updateValue(tensor, forKey: name) == nil else {
                    throw GGUFError(file: other.file, rule: .duplicateTensor(name))
                }
            }
        }
        rest = others
    }

    package func view(_ name: String, order: StoredRows.Order) -> TensorView? {
        if let owner = rest.first(where: { $0.tensors[name] != nil }) { return owner.view(name, order: order) }
        guard let tensor = tensors[name], let format = tensor.type.format else { return nil }
        return TensorView(
            name: name, format: format, shape: tensor.shape, bytes: fileBytes[tensor.byteRange], order: order)
    }
}

import Checkpoints

extension Checkpoint {
    /// The tensors of a GGUF file as transformers has them: llama.cpp's converter reorders the rows of a Llama's queries and keys,
    /// which is undone as they are read.
    public init(_ gguf: GGUF, configuration: ModelConfiguration) {
        let reordersHeads = configuration.architecture == .llama
        self.init(
            gguf.splits.map { GGUFContainer(gguf: $0, headWidth: configuration.headWidth, reordersHeads: reordersHeads) },
            naming: .gguf)
    }
}

/// A GGUF file of a model with rotary position embedding.
private struct GGUFContainer: TensorContainer {
    let gguf: GGUF
    let headWidth: Int
    /// Whether the converter pairs the rows of queries and keys, as it does for Llama alone.
    let reordersHeads: Bool

    var file: String { gguf.file }
    var fileBytes: SharedBytes { gguf.fileBytes }
    var names: [String] { Array(gguf.tensors.keys) }

    func shape(of name: String) -> [Int]? { gguf.tensors[name]?.shape }

    func find(_ name: String) throws(CheckpointError) -> TensorView {
        guard let tensor = gguf.tensors[name] else { throw .missing(tensors: [name], file: file) }
        guard tensor.type.format != nil else { throw .quantization(tensor: name, found: tensor.type) }
        let order: StoredRows.Order = isRotated(name) ? .rotaryPairs(headWidth: headWidth) : .asStored
        guard let view = gguf.view(name, order: order) else {
            // The bytes were checked against the shape, so the rows are not those of whole heads.
            throw .shape(
                tensor: name, expected: [(tensor.shape.first ?? 0) / headWidth * headWidth] + tensor.shape.dropFirst(),
                found: tensor.shape)
        }
        return view
    }

    /// `blk.N.attn_q` and `blk.N.attn_k`, weight and bias.
    private func isRotated(_ name: String) -> Bool {
        guard reordersHeads else { return false }
        let parts = name.split(separator: ".", omittingEmptySubsequences: false)
        return parts.count == 4 && parts[0] == "blk" && (parts[2] == "attn_q" || parts[2] == "attn_k")
    }
}

/// A checkpoint that cannot be used, with the tensor or file at fault.
public enum CheckpointError: Error, Equatable, CustomStringConvertible {
    /// A file could not be opened.
    case file(FileError)
    /// A file is not a valid safetensors container.
    case container(SafetensorsError)
    /// The directory holds neither `model.safetensors` nor `model.safetensors.index.json`.
    case noWeights(directory: String)
    /// The index of a sharded checkpoint is malformed.
    case index(file: String, reason: String)
    /// The index names a shard outside the checkpoint's directory.
    case shardOutside(file: String, shard: String)
    /// The index says a tensor is in a shard that does not have it.
    case notInShard(tensor: String, shard: String)
    /// Tensors that the model needs are not there.
    case missing(tensors: [String], file: String)
    /// A tensor has another shape than the configuration asks for.
    case shape(tensor: String, expected: [Int], found: [Int])
    /// A tensor's type is not one that can be read as Float.
    case dtype(tensor: String, found: DType)
    /// A GGUF file is malformed.
    case gguf(GGUFError)
    /// A tensor of a GGUF file is quantized in a way that cannot be read as Float.
    case quantization(tensor: String, found: GGMLType)

    public var description: String {
        switch self {
        case .file(let error): return error.description
        case .container(let error): return error.description
        case .noWeights(let directory):
            return "\(directory) has no model.safetensors and no model.safetensors.index.json; give a directory as save_pretrained "
                + "writes it, or convert older .bin weights: python -c \"import transformers as t; d = '\(directory)'; "
                + "getattr(t, t.AutoConfig.from_pretrained(d).architectures[0]).from_pretrained(d).save_pretrained(d)\""
        case .index(let file, let reason):
            return "\(file) is not a valid index of shards: \(reason); download it again"
        case .shardOutside(let file, let shard):
            return "\(file) names the shard \"\(shard)\", expected a .safetensors file in the same directory"
        case .notInShard(let tensor, let shard):
            return "tensor \(tensor) is not in \(shard), where the index says it is; download both again"
        case .missing(let tensors, let file):
            let shown = tensors.prefix(8).joined(separator: ", ")
            let more = tensors.count > 8 ? " and \(tensors.count - 8) more" : ""
            return "\(file) lacks \(tensors.count == 1 ? "the tensor" : "\(tensors.count) tensors") "
                + "\(shown)\(more); check that config.json belongs to these weights"
        case .shape(let tensor, let expected, let found):
            let transposed = found.count == 2 && found == expected.reversed()
            return "tensor \(tensor) has shape \(found), expected \(expected)"
                + (transposed ? ": it is transposed" : "; check that config.json belongs to these weights")
        case .dtype(let tensor, let found):
            return "tensor \(tensor) has dtype \(found.rawValue), expected F32, F16, BF16 or F64; "
                + "convert the checkpoint"
        case .gguf(let error): return error.description
        case .quantization(let tensor, let found):
            let readable = GGMLType.allCases.filter { $0.format != nil }.map(\.name).joined(separator: ", ")
            return "tensor \(tensor) has type \(found.name), expected one of \(readable); quantize the model to one of them"
        }
    }
}

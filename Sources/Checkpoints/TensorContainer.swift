/// A file with named tensors, as `Checkpoint` uses it.
public protocol TensorContainer: Sendable {
    /// The file's path or name, for messages.
    var file: String { get }
    /// The whole file (for hashing).
    var fileBytes: SharedBytes { get }
    /// The names of all tensors, in no particular order.
    var names: [String] { get }
    /// A tensor's extents, outermost first; nil where there is none of that name.
    func shape(of name: String) -> [Int]?
    /// A view of a tensor that is there.
    func find(_ name: String) throws(CheckpointError) -> TensorView
}

extension Safetensors: TensorContainer {
    public var names: [String] { Array(tensors.keys) }

    public func shape(of name: String) -> [Int]? { tensors[name]?.shape }

    public func find(_ name: String) throws(CheckpointError) -> TensorView {
        guard let entry = tensors[name] else { throw .missing(tensors: [name], file: file) }
        guard let view = view(name) else { throw .dtype(tensor: name, found: entry.dtype) }
        return view
    }
}

/// The weights of a model as files: one safetensors container, several with an index, or a GGUF file.
public struct Checkpoint: Sendable {
    /// The file that names the tensors, for messages: the container, or the index of a sharded checkpoint.
    public let file: String
    /// The containers that hold the tensors, in the order of their names.
    public let containers: [any TensorContainer]
    /// Whose names the tensors bear.
    public let naming: Naming
    private let containerOfTensor: [String: Int]
    /// What a wrapper around the model put in front of all names in the containers: `module.`, `_orig_mod.`, or both.
    private let wrapper: String

    /// Conventions for the names of tensors.
    public enum Naming: Sendable {
        /// Those of transformers' modules.
        case huggingFace
        /// Those of llama.cpp.
        case gguf
    }

    /// A checkpoint of one container.
    public init(_ container: any TensorContainer, naming: Naming = .huggingFace) { self.init([container], naming: naming) }

    /// A checkpoint of several containers, at least one, that have no name in common; messages name the first.
    package init(_ containers: [any TensorContainer], naming: Naming) {
        file = containers.first?.file ?? ""
        self.containers = containers
        self.naming = naming
        var containerOfTensor: [String: Int] = [:]
        for (index, container) in containers.enumerated() { for name in container.names { containerOfTensor[name] = index } }
        (self.containerOfTensor, wrapper) = Self.unwrapped(containerOfTensor)
    }

    /// A checkpoint of one container in memory, such as one embedded in the binary.
    public init(_ bytes: SharedBytes, file: String) throws(CheckpointError) {
        do throws(SafetensorsError) {
            self.init(try Safetensors(bytes, file: file))
        } catch {
            throw .container(error)
        }
    }

    /// Opens the weights in a directory in Hugging Face layout: `model.safetensors`, else
    /// `model.safetensors.index.json` and the shards that it names.
    public init(directory: String) throws(CheckpointError) {
        let single = directory + "/model.safetensors"
        let index = directory + "/model.safetensors.index.json"
        if let bytes = try Self.map(single) {
            try self.init(bytes, file: single)
        } else if let bytes = try Self.map(index) {
            try self.init(index: bytes, file: index, directory: directory)
        } else {
            throw .noWeights(directory: directory)
        }
    }

    /// The names of all tensors, in no particular order.
    public var names: some Collection<String> { containerOfTensor.keys }

    /// Whether a tensor of that name is there.
    public func contains(_ name: String) -> Bool { containerOfTensor[name] != nil }

    /// A view of the tensor `name`, which must have the given shape.
    public func view(_ name: String, shape: [Int]) throws(CheckpointError) -> TensorView {
        guard let index = containerOfTensor[name], let found = containers[index].shape(of: wrapper + name) else {
            throw .missing(tensors: [name], file: file)
        }
        guard found == shape else { throw .shape(tensor: name, expected: shape, found: found) }
        return try containers[index].find(wrapper + name)
    }

    /// Opens the shards of an index: `{"metadata": {...}, "weight_map": {"tensor": "shard", ...}}`.
    private init(index: SharedBytes, file: String, directory: String) throws(CheckpointError) {
        let root: JSONValue
        do throws(JSONError) {
            root = try JSONValue(parsing: index)
        } catch {
            throw .index(file: file, reason: error.description)
        }
        guard case .object(let members) = root, case .object(let map)? = members["weight_map"] else {
            throw .index(file: file, reason: "it has no object \"weight_map\"")
        }
        var shardOfTensor: [String: String] = [:]
        for (tensor, value) in map {
            guard case .string(let shard) = value else {
                throw .index(file: file, reason: "\(tensor) is mapped to \(value.summary), expected a file name")
            }
            guard Self.isPlainName(shard) else { throw .shardOutside(file: file, shard: shard) }
            shardOfTensor[tensor] = shard
        }
        let shards = Set(shardOfTensor.values).sorted()
        var containers: [Safetensors] = []
        for shard in shards {
            let path = directory + "/" + shard
            guard let bytes = try Self.map(path) else {
                throw .file(.missing(path))
            }
            do throws(SafetensorsError) {
                containers.append(try Safetensors(bytes, file: path))
            } catch { throw .container(error) }
        }
        var containerOfTensor: [String: Int] = [:]
        for (tensor, shard) in shardOfTensor {
            guard let position = shards.firstIndex(of: shard), containers[position].contains(tensor) else {
                throw .notInShard(tensor: tensor, shard: shard)
            }
            containerOfTensor[tensor] = position
        }
        self.file = file
        self.containers = containers
        naming = .huggingFace
        (self.containerOfTensor, wrapper) = Self.unwrapped(containerOfTensor)
    }

    /// The names without what PyTorch's `DistributedDataParallel` and `torch.compile` put in front of every one.
    private static func unwrapped(_ names: [String: Int]) -> (names: [String: Int], wrapper: String) {
        var (names, wrapper) = (names, "")
        while let prefix = ["module.", "_orig_mod."].first(where: { prefix in
            !names.isEmpty && names.keys.allSatisfy { $0.hasPrefix(prefix) && $0.utf8.count > prefix.utf8.count }
        }) {
            names = Dictionary(uniqueKeysWithValues: names.map { (String($0.key.dropFirst(prefix.count)), $0.value) })
            wrapper += prefix
        }
        return (names, wrapper)
    }

    /// The bytes of the file at `path`; nil where there is none.
    private static func map(_ path: String) throws(CheckpointError) -> SharedBytes? {
        do throws(FileError) {
            return SharedBytes(try MappedFile(path: path))
        } catch {
            if error.isMissing { return nil }
            throw .file(error)
        }
    }

    /// A file name that stays in its directory: no separator, no NUL, not hidden.
    private static func isPlainName(_ name: String) -> Bool {
        name.hasSuffix(".safetensors") && !name.hasPrefix(".")
            && !name.utf8.contains { $0 == UInt8(ascii: "/") || $0 == UInt8(ascii: "\\") || $0 == 0 }
    }
}

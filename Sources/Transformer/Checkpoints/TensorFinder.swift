/// Looks tensors up in a checkpoint by an architecture's names, collecting what is wrong, so that all missing tensors are
/// reported at once. What it returns counts only if `finish` does not throw.
struct TensorFinder {
    private let checkpoint: Checkpoint
    private let names: TensorNames
    /// The names' prefix, or nothing where the checkpoint has bare names.
    private let prefix: String
    private var found: Set<String> = []
    private var missing: [String] = []
    private var firstFault: CheckpointError?

    init(_ checkpoint: Checkpoint, _ names: TensorNames) {
        self.checkpoint = checkpoint
        self.names = names
        // A body with a head for questions is under `transformer.` in a Llama too.
        let prefixes = [names.prefix, "transformer."].filter { checkpoint.contains($0 + names.tokenEmbedding + ".weight") }
        prefix = prefixes.first ?? (checkpoint.names.contains { $0.hasPrefix(names.prefix) } ? names.prefix : "")
    }

    /// The names that are neither needed nor known, sorted; fails with what was missing, else with the first other fault.
    func finish() throws(CheckpointError) -> [String] {
        guard missing.isEmpty else { throw .missing(tensors: missing, file: checkpoint.file) }
        if let firstFault { throw firstFault }
        return checkpoint.names.filter { !found.contains($0) && !names.isIgnorable($0) }.sorted()
    }

    // MARK: One tensor

    /// `name.weight`.
    mutating func view(_ name: String, _ shape: [Int]) -> TensorView { named(prefix + name + ".weight", shape) }

    /// `name.weight` of a part that stands beside the prefixed model.
    mutating func view(unprefixed name: String, _ shape: [Int]) -> TensorView { named(name + ".weight", shape) }

    private mutating func named(_ name: String, _ shape: [Int]) -> TensorView {
        do throws(CheckpointError) {
            let view = try checkpoint.view(name, shape: shape)
            found.insert(name)
            return view
        } catch {
            if case .missing = error { missing.append(name) } else if firstFault == nil { firstFault = error }
            return .nothing(named: name)
        }
    }

    // MARK: Parts of a model

    mutating func norm(_ name: String, _ width: Int, _ kind: ModelConfiguration.NormKind) -> CheckpointTensors.Norm {
        // BERT's first checkpoints keep TensorFlow's names.
        let isOld = checkpoint.contains(prefix + name + ".gamma")
        let gain = named(prefix + name + (isOld ? ".gamma" : ".weight"), [width])
        let bias = kind == .rmsNorm ? nil : named(prefix + name + (isOld ? ".beta" : ".bias"), [width])
        return CheckpointTensors.Norm(gain: gain, bias: bias)
    }

    mutating func linear(_ name: String, from inputs: Int, to outputs: Int, bias: Bool) -> CheckpointTensors.Linear {
        CheckpointTensors.Linear(
            weight: view(name, names.areTransposed ? [outputs, inputs] : [inputs, outputs]),
            bias: bias ? named(prefix + name + ".bias", [outputs]) : nil,
            isTransposed: names.areTransposed)
    }

    mutating func layer(_ index: Int, _ c: ModelConfiguration) -> CheckpointTensors.Layer {
        let block = "\(names.block)\(index)."
        let (d, a, k, h) = (c.width, c.attentionWidth, c.keyValueWidth, c.innerWidth)
        let norm1 = norm(block + names.norm1, d, c.normKind)
        let queryKeyValue: CheckpointTensors.QueryKeyValue =
            switch names.queryKeyValue {
            case .fused(let name): .fused(linear(block + name, from: d, to: a + 2 * k, bias: c.attentionHasBias))
            case .separate(let query, let key, let value):
                .separate(
                    query: linear(block + query, from: d, to: a, bias: c.attentionHasBias),
                    key: linear(block + key, from: d, to: k, bias: c.attentionHasBias),
                    value: linear(block + value, from: d, to: k, bias: c.attentionHasBias))
            }
        return CheckpointTensors.Layer(
            norm1: norm1,
            queryKeyValue: queryKeyValue,
            attentionOutput: linear(block + names.attentionOutput, from: a, to: d, bias: c.attentionOutputHasBias),
            norm2: norm(block + names.norm2, d, c.normKind),
            mlpGate: names.mlpGate.map { linear(block + $0, from: d, to: h, bias: c.mlpHasBias) },
            mlpInput: linear(block + names.mlpInput, from: d, to: h, bias: c.mlpHasBias),
            mlpOutput: linear(block + names.mlpOutput, from: h, to: d, bias: c.mlpHasBias))
    }
}

import Checkpoints

/// Looks tensors up in a checkpoint by a family's names, collecting what is wrong, so that all missing tensors are
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

    /// `name.weight` or another part of what stands beside the prefixed model.
    mutating func view(unprefixed name: String, part: String = "weight", _ shape: [Int]) -> TensorView {
        named("\(name).\(part)", shape)
    }

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

    mutating func norm(_ name: String, _ width: Int, _ plan: NormPlan) -> CheckpointTensors.Norm {
        // BERT's first checkpoints keep TensorFlow's names.
        let isOld = checkpoint.contains(prefix + name + ".gamma")
        let gain = plan.hasWeight ? named(prefix + name + (isOld ? ".gamma" : ".weight"), [width]) : nil
        let bias = plan.hasBias ? named(prefix + name + (isOld ? ".beta" : ".bias"), [width]) : nil
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
        let (d, a, h) = (c.width, c.attentionWidth, c.innerWidth)
        var norms: [NormSite.Role: CheckpointTensors.Norm] = [:]
        for (role, _) in c.layers[index].norms { norms[role] = norm(role, of: block, .block(index, role), c) }
        let gate = names.mlpGate != names.mlpInput ? names.mlpGate : nil
        var mlpInput = linear(
            block + names.mlpInput, from: d, to: c.mlpForm == .gated && gate == nil ? 2 * h : h, bias: c.mlpHasBias)
        var mlpGate = c.mlpForm == .gated ? gate.map { linear(block + $0, from: d, to: h, bias: c.mlpHasBias) } : nil
        if c.mlpForm == .gated, gate == nil { (mlpGate, mlpInput) = (mlpInput.outputs(0..<h), mlpInput.outputs(h..<2 * h)) }
        return CheckpointTensors.Layer(
            norms: norms,
            queryKeyValue: queryKeyValue(block, c),
            attentionOutput: linear(block + names.attentionOutput, from: a, to: d, bias: c.attentionOutputHasBias),
            mlpGate: mlpGate,
            mlpInput: mlpInput,
            mlpOutput: linear(block + names.mlpOutput, from: h, to: d, bias: c.mlpHasBias))
    }

    private mutating func queryKeyValue(_ block: String, _ c: ModelConfiguration) -> CheckpointTensors.QueryKeyValue {
        let (d, a, k) = (c.width, c.attentionWidth, c.keyValueWidth)
        switch names.queryKeyValue {
        case .fused(let name): return .fused(linear(block + name, from: d, to: a + 2 * k, bias: c.attentionHasBias))
        case .separate(let query, let key, let value):
            return .separate(
                query: linear(block + query, from: d, to: a, bias: c.attentionHasBias),
                key: linear(block + key, from: d, to: k, bias: c.attentionHasBias),
                value: linear(block + value, from: d, to: k, bias: c.attentionHasBias))
        case .fusedByHead(let name):
            let all = linear(block + name, from: d, to: a + 2 * k, bias: c.attentionHasBias)
            let queries = c.headCount / c.keyValueHeadCount * c.headWidth
            let group = queries + 2 * c.headWidth
            let starts = (0..<c.keyValueHeadCount).map { $0 * group }
            func parts(_ range: Range<Int>) -> CheckpointTensors.Linear {
                all.outputs(starts.map { $0 + range.lowerBound..<$0 + range.upperBound })
            }
            return .separate(
                query: parts(0..<queries), key: parts(queries..<queries + c.headWidth), value: parts(queries + c.headWidth..<group))
        }
    }

    /// One of a block's norms, where its heads have tensors of their own as one.
    private mutating func norm(
        _ role: NormSite.Role, of block: String, _ site: NormSite, _ c: ModelConfiguration
    ) -> CheckpointTensors.Norm {
        let plan = c.norm(at: site)
        let (heads, width) = (c.headCount(at: site), c.width(at: site))
        let hasOwnGains = site.isOfQueriesOrKeys && c.layers[site.layer ?? 0].attention.queryKeyNorm?.hasGainByHead == true
        var name = block + (names.norms[role] ?? role.rawValue)
        if let other = names.otherNorms[role], checkpoint.names.contains(prefix + block + other + ".weight") {
            name = block + other
        }
        guard hasOwnGains else { return norm(name, width, plan) }
        if checkpoint.contains(prefix + name + ".weight") {
            let gain = view(name, [heads, width])
            return CheckpointTensors.Norm(gain: gain, bias: nil)
        }
        let gains = (0..<heads).map { view("\(name).norms.\($0)", [width]) }
        return CheckpointTensors.Norm(gain: TensorView(stacking: gains[0], Array(gains[1...])), bias: nil)
    }
}

extension CheckpointTensors.Linear {
    /// The matrix and bias of some of the outputs, which are rows: it is [out, in].
    func outputs(_ range: Range<Int>) -> Self { outputs([range]) }

    /// The same of several ranges, one after another.
    func outputs(_ ranges: [Range<Int>]) -> Self {
        func rows(_ view: TensorView) -> TensorView {
            let parts = ranges.map(view.rows)
            return TensorView(stacking: parts[0], Array(parts[1...]))
        }
        return Self(weight: rows(weight), bias: bias.map(rows), isTransposed: isTransposed)
    }
}

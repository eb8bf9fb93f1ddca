import HookPoints

/// What one block does, step by step. This is the only place that states the order of its norms and sublayers: the forward
/// pass walks it, and hook points, sites, components of the residual stream and the tensors that a checkpoint must have are
/// other walks over it.
public struct LayerPlan: Sendable, Equatable {
    public enum Step: Sendable, Equatable {
        /// Puts the sum of the branches onto the residual stream. Each of them reads the stream as it was before.
        case add([Branch])
        /// The stream becomes its norm.
        case norm(NormSite.Role)
    }

    /// A way from the stream and back to it.
    public struct Branch: Sendable, Equatable {
        /// The norm of what is read; nil: the stream as it is.
        public var norm: NormSite.Role?
        /// They all read the same.
        public var sublayers: [Sublayer]
    }

    public enum SublayerKind: Sendable, Equatable {
        case attention, mlp
    }

    public struct Sublayer: Sendable, Equatable {
        public var kind: SublayerKind
        /// The norm of what is written, before it is added.
        public var norm: NormSite.Role?
    }

    public var steps: [Step]
    public var attention: AttentionPlan
}

// MARK: The ways to put norms that families have

extension [LayerPlan.Step] {
    /// GPT-2, Llama: norms before each sublayer.
    static let pre: Self = [branch(.ln1, .attention), branch(.ln2, .mlp)]
    /// BERT: norms of each sum.
    static let post: Self = [branch(nil, .attention), .norm(.ln1), branch(nil, .mlp), .norm(.ln2)]
    /// Gemma 2: norms before and after each sublayer.
    static let sandwich: Self = [
        branch(.ln1, .attention, then: .ln1Post), branch(.ln2, .mlp, then: .ln2Post),
    ]
    /// OLMo 2: norms of what each sublayer writes.
    static let branchPost: Self = [branch(nil, .attention, then: .ln1Post), branch(nil, .mlp, then: .ln2Post)]
    /// GPT-NeoX: attention and MLP read the same stream, through a norm each.
    static let parallel: Self = [
        .add([
            .init(norm: .ln1, sublayers: [.init(kind: .attention)]), .init(norm: .ln2, sublayers: [.init(kind: .mlp)]),
        ])
    ]
    /// GPT-J: attention and MLP read the same norm.
    static let parallelShared: Self = [.add([.init(norm: .ln1, sublayers: [.init(kind: .attention), .init(kind: .mlp)])])]
    /// ModernBERT's first block: the embeddings' norm is its attention's too.
    static let preWithoutFirst: Self = [branch(nil, .attention), branch(.ln2, .mlp)]

    private static func branch(
        _ norm: NormSite.Role?, _ kind: LayerPlan.SublayerKind, then after: NormSite.Role? = nil
    ) -> LayerPlan.Step {
        .add([.init(norm: norm, sublayers: [.init(kind: kind, norm: after)])])
    }
}

// MARK: Walking it

extension LayerPlan {
    /// What happens in a block, one after another.
    package enum Moment: Equatable {
        /// The stream enters.
        case begin
        case norm(NormSite.Role, NormPlacement)
        /// Inside a sublayer.
        case sublayer(SublayerKind)
        /// What a sublayer wrote, as it is added.
        case write(SublayerKind)
        /// The branches are on the stream; whether the block adds nothing more.
        case sum(isLast: Bool)
    }

    /// Whether no sum follows a step.
    func isLastSum(_ index: Int) -> Bool {
        !steps[(index + 1)...].contains { if case .add = $0 { true } else { false } }
    }

    /// The block's way, in the order in which the forward pass goes it.
    package var moments: [Moment] {
        var moments: [Moment] = [.begin]
        for (index, step) in steps.enumerated() {
            switch step {
            case .norm(let role): moments.append(.norm(role, .post))
            case .add(let branches):
                moments += branches.compactMap(\.norm).map { .norm($0, .pre) }
                for sublayer in branches.flatMap(\.sublayers) {
                    moments.append(.sublayer(sublayer.kind))
                    if let norm = sublayer.norm { moments.append(.norm(norm, .branchPost)) }
                    moments.append(.write(sublayer.kind))
                }
                moments.append(.sum(isLast: isLastSum(index)))
            }
        }
        return moments
    }

    /// Its norms, in the order of the data, and where each stands.
    var norms: [(role: NormSite.Role, placement: NormPlacement)] {
        moments.flatMap { moment -> [(role: NormSite.Role, placement: NormPlacement)] in
            switch moment {
            case .norm(let role, let placement): [(role, placement)]
            case .sublayer(.attention) where attention.queryKeyNorm != nil: [(.qNorm, .queryKey), (.kNorm, .queryKey)]
            default: []
            }
        }
    }

    /// Whether attention and MLP read the same stream.
    public var isParallel: Bool {
        steps.contains { if case .add(let branches) = $0 { branches.flatMap(\.sublayers).count > 1 } else { false } }
    }

    /// The norm of what a sublayer writes, where there is one.
    public func norm(after kind: SublayerKind) -> NormSite.Role? {
        for case .add(let branches) in steps {
            for sublayer in branches.flatMap(\.sublayers) where sublayer.kind == kind { return sublayer.norm }
        }
        return nil
    }
}

/// Where a norm stands; the values of the database's `sites.placement`.
public enum NormPlacement: String, Sendable {
    /// Of what a sublayer reads.
    case pre
    /// Of the stream itself, after a sum.
    case post
    /// Of what a sublayer writes, before it is added.
    case branchPost = "branch_post"
    /// Of queries or keys.
    case queryKey = "qk"
    /// Of the sum of embeddings.
    case embed
    /// After the last block.
    case final
}

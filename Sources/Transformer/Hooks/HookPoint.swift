/// A place in the forward pass where an observer can look. Names are TransformerLens's (which has `embed.` before those of
/// BERT's embeddings).
///
/// Shapes, a row for each token: D = width, H = heads, K = heads of keys and values, d = head width, M = inner width,
/// V = vocabulary.
public enum HookPoint: Hashable, Sendable, CustomStringConvertible {
    /// `hook_embed` [D]: the token's row of `wte`.
    case embed
    /// `hook_pos_embed` [D]: the position's row of `wpe`, where positions are learned.
    case positionEmbed
    /// `hook_token_type_embed` [D]: the row of the text's segment, where the architecture has segments.
    case tokenTypeEmbed
    /// `blocks.i.hook_resid_pre` [D]: the residual stream that enters block i.
    case residualPre(Int)
    /// `blocks.i.hook_resid_mid` [D]: after the attention was added; in post-LN not yet normalized.
    case residualMid(Int)
    /// `blocks.i.hook_resid_post` [D]: after the MLP was added; in post-LN not yet normalized.
    case residualPost(Int)
    /// `blocks.i.ln1.hook_in` and so on: what enters and leaves a norm.
    case norm(NormSite, NormHook)
    /// `blocks.i.attn.hook_q` and so on: inside the attention.
    case attention(Int, AttentionHook)
    /// `blocks.i.hook_attn_out` [D]: what the attention writes, all heads and b_O.
    case attentionOut(Int)
    /// `blocks.i.mlp.hook_pre` [M]: before the activation function.
    case mlpPre(Int)
    /// `blocks.i.mlp.hook_pre_linear` [M]: what a gated MLP multiplies with the gate.
    case mlpPreLinear(Int)
    /// `blocks.i.mlp.hook_post` [M]: after the activation function, and the product.
    case mlpPost(Int)
    /// `blocks.i.hook_mlp_out` [D]: what the MLP writes.
    case mlpOut(Int)
    /// `logits` [V]: the unembedded prediction of the next token.
    case logits

    /// The four hook points of a norm.
    public enum NormHook: String, Hashable, Sendable, CaseIterable {
        /// [D], the vector that enters.
        case input = "hook_in"
        /// [1], sqrt(variance + epsilon); of RMSNorm sqrt(mean square + epsilon).
        case scale = "hook_scale"
        /// [D], centred (not by RMSNorm) and divided, before gain and bias.
        case normalized = "hook_normalized"
        /// [D], after gain and bias.
        case output = "hook_out"
    }

    /// The hook points of an attention.
    public enum AttentionHook: String, Hashable, Sendable, CaseIterable {
        /// [H, d], [K, d] and [K, d]: what the heads read from the normalized vector.
        case q = "hook_q", k = "hook_k", v = "hook_v"
        /// [H, d] and [K, d]: q and k turned by the position, where positions are rotary.
        case rotatedQ = "hook_rot_q", rotatedK = "hook_rot_k"
        /// [H, keys]: q·k, scaled, before the softmax. Keys that the mask hides are left out: a causal one leaves
        /// position + 1 of them, without it there are as many as tokens.
        case scores = "hook_attn_scores"
        /// [H, keys]: after the softmax.
        case pattern = "hook_pattern"
        /// [H, d]: the mix of v that each head took.
        case z = "hook_z"
        /// [H, D]: z through the head's rows of W_O. All of them and b_O add up to `hook_attn_out`.
        case result = "hook_result"
    }

    /// TransformerLens's name.
    public var description: String {
        switch self {
        case .embed: "hook_embed"
        case .positionEmbed: "hook_pos_embed"
        case .tokenTypeEmbed: "hook_token_type_embed"
        case .residualPre(let layer): "blocks.\(layer).hook_resid_pre"
        case .residualMid(let layer): "blocks.\(layer).hook_resid_mid"
        case .residualPost(let layer): "blocks.\(layer).hook_resid_post"
        case .norm(let site, let hook): "\(site).\(hook.rawValue)"
        case .attention(let layer, let hook): "blocks.\(layer).attn.\(hook.rawValue)"
        case .attentionOut(let layer): "blocks.\(layer).hook_attn_out"
        case .mlpPre(let layer): "blocks.\(layer).mlp.hook_pre"
        case .mlpPreLinear(let layer): "blocks.\(layer).mlp.hook_pre_linear"
        case .mlpPost(let layer): "blocks.\(layer).mlp.hook_post"
        case .mlpOut(let layer): "blocks.\(layer).hook_mlp_out"
        case .logits: "logits"
        }
    }

    /// The block's number; nil outside the blocks.
    public var layer: Int? {
        switch self {
        case .embed, .positionEmbed, .tokenTypeEmbed, .logits: nil
        case .residualPre(let layer), .residualMid(let layer), .residualPost(let layer), .attention(let layer, _),
            .attentionOut(let layer), .mlpPre(let layer), .mlpPreLinear(let layer), .mlpPost(let layer), .mlpOut(let layer):
            layer
        case .norm(let site, _): site.layer
        }
    }
}

extension ModelConfiguration {
    /// Every hook point of the model, in the order in which the forward pass comes to them.
    public var hookPoints: [HookPoint] {
        func norm(_ site: NormSite, _ placement: NormPlacement) -> [HookPoint] {
            placement == normPlacement ? HookPoint.NormHook.allCases.map { .norm(site, $0) } : []
        }
        let blocks = (0..<layerCount).flatMap { i -> [HookPoint] in
            [.residualPre(i)] + norm(.ln1(i), .pre) + attentionHooks.map { .attention(i, $0) }
                + [.attentionOut(i), .residualMid(i)] + norm(.ln1(i), .post)
                + norm(.ln2(i), .pre) + [.mlpPre(i)] + (mlpForm == .gated ? [.mlpPreLinear(i)] : [])
                + [.mlpPost(i), .mlpOut(i), .residualPost(i)] + norm(.ln2(i), .post)
        }
        return embeddingHooks + (normalizesEmbeddings ? norm(.embed, normPlacement) : []) + blocks
            + (hasFinalNorm ? norm(.final, normPlacement) : []) + (unembedding == .none ? [] : [.logits])
    }

    /// The embeddings that are added up.
    public var embeddingHooks: [HookPoint] {
        [.embed] + (positionEmbedding == .learned ? [.positionEmbed] : []) + (segmentCount > 0 ? [.tokenTypeEmbed] : [])
    }

    /// How many heads' values a hook point holds, 1 where it has no head axis.
    public func headCount(at point: HookPoint) -> Int {
        switch point {
        case .attention(_, .k), .attention(_, .v), .attention(_, .rotatedK): keyValueHeadCount
        case .attention: headCount
        default: 1
        }
    }

    private var attentionHooks: [HookPoint.AttentionHook] {
        let isRotary = if case .rotary = positionEmbedding { true } else { false }
        return HookPoint.AttentionHook.allCases.filter { isRotary || ($0 != .rotatedQ && $0 != .rotatedK) }
    }
}

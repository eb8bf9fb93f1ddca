/// A place in the forward pass where an observer can look. Names are TransformerLens's (which has `embed.` before those of
/// BERT's embeddings).
///
/// Shapes, a row for each token: D = width, H = heads, K = heads of keys and values, d = head width, M = inner width,
/// V = vocabulary.
public enum HookPoint: Hashable, Sendable, CustomStringConvertible {
    /// `hook_embed` [D]: the token's row of `wte`, by the embeddings' multiplier or through their projection where there is one.
    case embed
    /// `hook_pos_embed` [D]: the position's row of `wpe`, where positions are learned.
    case positionEmbed
    /// `hook_token_type_embed` [D]: the row of the text's segment, where the architecture has segments.
    case tokenTypeEmbed
    /// `blocks.i.hook_resid_pre` [D]: the residual stream that enters block i.
    case residualPre(Int)
    /// `blocks.i.hook_resid_mid` [D]: after the attention was added; in post-LN not yet normalized. Not where attention and MLP
    /// are parallel.
    case residualMid(Int)
    /// `blocks.i.hook_resid_post` [D]: after the MLP was added; in post-LN not yet normalized.
    case residualPost(Int)
    /// `blocks.i.ln1.hook_in` and so on: what enters and leaves a norm.
    case norm(NormSite, NormHook)
    /// `blocks.i.attn.hook_q` and so on: inside the attention.
    case attention(Int, AttentionHook)
    /// `blocks.i.hook_attn_out` [D]: what the attention writes, all heads and b_O; as it is added, after a norm of it.
    case attentionOut(Int)
    /// `blocks.i.mlp.hook_pre` [M]: before the activation function.
    case mlpPre(Int)
    /// `blocks.i.mlp.hook_pre_linear` [M]: what a gated MLP multiplies with the gate.
    case mlpPreLinear(Int)
    /// `blocks.i.mlp.hook_post` [M]: after the activation function, and the product.
    case mlpPost(Int)
    /// `blocks.i.hook_mlp_out` [D]: what the MLP writes; as it is added, after a norm of it.
    case mlpOut(Int)
    /// `logits` [V]: the unembedded prediction of the next token.
    case logits

    /// The four hook points of a norm.
    public enum NormHook: String, Hashable, Sendable, CaseIterable {
        /// [D], the vector that enters. Of queries and keys [H, d] and [K, d], and so the others.
        case input = "hook_in"
        /// [1], or [H] and [K] where heads are normalized each on its own: sqrt(variance + epsilon); of RMSNorm sqrt(mean square + epsilon).
        case scale = "hook_scale"
        /// [D], centred (not by RMSNorm) and divided, before gain and bias.
        case normalized = "hook_normalized"
        /// [D], after gain and bias.
        case output = "hook_out"
    }

    /// The hook points of an attention.
    public enum AttentionHook: String, Hashable, Sendable, CaseIterable {
        /// [H, d], [K, d] and [K, d]: what the heads read from the normalized vector, before norms of their own.
        case q = "hook_q", k = "hook_k", v = "hook_v"
        /// [H, d] and [K, d]: q and k turned by the position, where positions are rotary.
        case rotatedQ = "hook_rot_q", rotatedK = "hook_rot_k"
        /// [H, keys]: q·k, scaled, before the softmax; soft-capped and with ALiBi's slope · (key - query), where there are
        /// such. Keys that the mask hides are left out: a causal one leaves position + 1 of them, without it there are as
        /// many as tokens; a window leaves those inside it.
        case scores = "hook_attn_scores"
        /// [H, keys]: after the softmax.
        case pattern = "hook_pattern"
        /// [H, d]: the mix of v that each head took.
        case z = "hook_z"
        /// [H, D]: z through the head's rows of W_O. All of them and b_O add up to `hook_attn_out`, or to what a norm of it reads.
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

    /// What it is, in a few words: on which side of a norm, of its gain and bias, of an activation function.
    public var meaning: String {
        switch self {
        case .embed: "the token's embedding"
        case .positionEmbed: "the position's embedding"
        case .tokenTypeEmbed: "the segment's embedding"
        case .residualPre: "the stream that enters the block"
        case .residualMid: "the stream after the attention was added"
        case .residualPost: "the stream after the block's last sum"
        case .norm(_, .input): "what the norm reads, before it"
        case .norm(_, .scale): "what the norm divides by"
        case .norm(_, .normalized): "normalized, before gain and bias"
        case .norm(_, .output): "normalized, after gain and bias"
        case .attention(_, .q): "queries"
        case .attention(_, .k): "keys"
        case .attention(_, .v): "values"
        case .attention(_, .rotatedQ): "queries, turned by their position"
        case .attention(_, .rotatedK): "keys, turned by their position"
        case .attention(_, .scores): "scores, before the softmax"
        case .attention(_, .pattern): "weights, after the softmax"
        case .attention(_, .z): "the mix of values that each head took"
        case .attention(_, .result): "what each head writes"
        case .attentionOut: "what the attention adds to the stream"
        case .mlpPre: "before the activation function"
        case .mlpPreLinear: "what the gate multiplies"
        case .mlpPost: "after the activation function, and the gate"
        case .mlpOut: "what the MLP adds to the stream"
        case .logits: "the prediction, before the softmax"
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

extension HookPoint {
    /// The hook point of a name, as `description` gives it; nil where no model has one of this name.
    public init?(_ name: String) {
        let layer = name.split(separator: ".").dropFirst().first.flatMap { UInt32($0) }.map(Int.init)
        guard let point = (Self.outsideBlocks + (layer.map(Self.inBlock) ?? [])).first(where: { $0.description == name }) else {
            return nil
        }
        self = point
    }

    private static let outsideBlocks: [HookPoint] =
        [.embed, .positionEmbed, .tokenTypeEmbed, .logits] + NormSite.embed.hookPoints + NormSite.final.hookPoints

    private static func inBlock(_ layer: Int) -> [HookPoint] {
        [
            .residualPre(layer), .residualMid(layer), .residualPost(layer), .attentionOut(layer), .mlpPre(layer),
            .mlpPreLinear(layer),
            .mlpPost(layer), .mlpOut(layer),
        ] + AttentionHook.allCases.map { .attention(layer, $0) }
            + NormSite.Role.inBlocks.flatMap { NormSite.block(layer, $0).hookPoints }
    }
}

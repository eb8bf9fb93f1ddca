/// A place in the forward pass where an observer can look. Names are TransformerLens's.
///
/// Shapes, a row for each token: D = width, H = heads, d = head width, M = inner width, V = vocabulary.
public enum HookPoint: Hashable, Sendable, CustomStringConvertible {
    /// `hook_embed` [D]: the token's row of `wte`.
    case embed
    /// `hook_pos_embed` [D]: the position's row of `wpe`.
    case positionEmbed
    /// `blocks.i.hook_resid_pre` [D]: the residual stream that enters block i.
    case residualPre(Int)
    /// `blocks.i.hook_resid_mid` [D]: after the attention was added.
    case residualMid(Int)
    /// `blocks.i.hook_resid_post` [D]: after the MLP was added.
    case residualPost(Int)
    /// `blocks.i.ln1.hook_in` and so on: what enters and leaves a norm.
    case norm(NormSite, NormHook)
    /// `blocks.i.attn.hook_q` and so on: inside the attention.
    case attention(Int, AttentionHook)
    /// `blocks.i.hook_attn_out` [D]: what the attention writes, all heads and b_O.
    case attentionOut(Int)
    /// `blocks.i.mlp.hook_pre` [M]: before the activation function.
    case mlpPre(Int)
    /// `blocks.i.mlp.hook_post` [M]: after it.
    case mlpPost(Int)
    /// `blocks.i.hook_mlp_out` [D]: what the MLP writes.
    case mlpOut(Int)
    /// `logits` [V]: the unembedded prediction of the next token.
    case logits

    /// The four hook points of a norm.
    public enum NormHook: String, Hashable, Sendable, CaseIterable {
        /// [D], the vector that enters.
        case input = "hook_in"
        /// [1], sqrt(variance + epsilon).
        case scale = "hook_scale"
        /// [D], centred and divided, before gain and bias.
        case normalized = "hook_normalized"
        /// [D], after gain and bias.
        case output = "hook_out"
    }

    /// The hook points of an attention.
    public enum AttentionHook: String, Hashable, Sendable, CaseIterable {
        /// [H, d] each: what the heads read from the normalized vector.
        case q = "hook_q", k = "hook_k", v = "hook_v"
        /// [H, position + 1]: q·k, scaled, before the softmax. Keys that the mask hides are left out.
        case scores = "hook_attn_scores"
        /// [H, position + 1]: after the softmax.
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
        case .residualPre(let layer): "blocks.\(layer).hook_resid_pre"
        case .residualMid(let layer): "blocks.\(layer).hook_resid_mid"
        case .residualPost(let layer): "blocks.\(layer).hook_resid_post"
        case .norm(let site, let hook): "\(site).\(hook.rawValue)"
        case .attention(let layer, let hook): "blocks.\(layer).attn.\(hook.rawValue)"
        case .attentionOut(let layer): "blocks.\(layer).hook_attn_out"
        case .mlpPre(let layer): "blocks.\(layer).mlp.hook_pre"
        case .mlpPost(let layer): "blocks.\(layer).mlp.hook_post"
        case .mlpOut(let layer): "blocks.\(layer).hook_mlp_out"
        case .logits: "logits"
        }
    }

    /// The block's number; nil outside the blocks.
    public var layer: Int? {
        switch self {
        case .embed, .positionEmbed, .logits: nil
        case .residualPre(let layer), .residualMid(let layer), .residualPost(let layer), .attention(let layer, _),
            .attentionOut(let layer), .mlpPre(let layer), .mlpPost(let layer), .mlpOut(let layer):
            layer
        case .norm(let site, _): site.layer
        }
    }

    /// Every hook point of a model with that many blocks, in the order in which the forward pass comes to them.
    public static func all(layers: Int) -> [HookPoint] {
        func norm(_ site: NormSite) -> [HookPoint] { NormHook.allCases.map { .norm(site, $0) } }
        let blocks = (0..<layers).flatMap { i -> [HookPoint] in
            [.residualPre(i)] + norm(.ln1(i)) + AttentionHook.allCases.map { .attention(i, $0) }
                + [.attentionOut(i), .residualMid(i)] + norm(.ln2(i))
                + [.mlpPre(i), .mlpPost(i), .mlpOut(i), .residualPost(i)]
        }
        return [.embed, .positionEmbed] + blocks + norm(.final) + [.logits]
    }
}

"""The reference: every hook point of a GPT-2, from Hugging Face transformers in float64.

    model = load("path/to/checkpoint")
    points = hook_points(model, [464, 13763])        # {"blocks.0.ln1.hook_in": array of shape [T, D], ...}

Names are TransformerLens's. T tokens, D features, H heads of dh features, N inner features of the MLP, V vocabulary:

    hook_embed, hook_pos_embed, blocks.{i}.hook_resid_pre/_mid/_post, .hook_attn_out, .hook_mlp_out      [T, D]
    blocks.{i}.ln1/ln2.* and ln_final.*: hook_in, hook_normalized (before gain and bias), hook_out       [T, D]
                                         hook_scale = sqrt(population variance + epsilon)               [T, 1]
    blocks.{i}.attn.hook_q/_k/_v/_z                                                                  [T, H, dh]
    blocks.{i}.attn.hook_result = z_h @ W_O_h, without the bias                                       [T, H, D]
    blocks.{i}.attn.hook_attn_scores (scaled, before softmax), hook_pattern: flat and without the masked entries:
        for each query position t, for each head, the keys 0...t                          [H * T * (T + 1) / 2]
    blocks.{i}.mlp.hook_pre/_post                                                                        [T, N]
    logits                                                                                               [T, V]

What a module of the model receives or returns is taken from it by forward hooks. The rest (scale, normalized, scores,
result) is derived here and checked against what the model computed.
"""
import torch
from transformers import GPT2LMHeadModel
from transformers.utils import logging

logging.disable_progress_bar()
logging.set_verbosity_error()

TOLERANCE = 1e-10  # of the tensor's largest value: float64 arithmetic in another order


def load(directory):
    """The checkpoint in `directory` in float64, ready for hook_points. Refuses missing and mis-shaped tensors."""
    model, info = GPT2LMHeadModel.from_pretrained(
        directory, dtype=torch.float64, attn_implementation="eager", output_loading_info=True)
    wrong = {kind: sorted(info[kind]) for kind in ("missing_keys", "mismatched_keys") if info[kind]}
    if wrong:
        raise ValueError(f"{directory}: {wrong}")
    model.config.reorder_and_upcast_attn = False  # would compute the scores in float32
    for block in model.transformer.h:
        block.attn.reorder_and_upcast_attn = False
    return model.eval()


@torch.no_grad()
def hook_points(model, ids):
    """Every hook point of one sequence of token ids, as {name: float64 array}."""
    assert model.dtype == torch.float64 and not model.training and model.config._attn_implementation == "eager"
    seen, attentions, logits = run(model, ids)
    body = model.transformer
    points = {"hook_embed": seen[body.wte].output, "hook_pos_embed": seen[body.wpe].output}
    for i, block in enumerate(body.h):
        name = f"blocks.{i}"
        points |= {
            f"{name}.hook_resid_pre": seen[block].input,
            f"{name}.hook_resid_mid": seen[block.ln_2].input,
            f"{name}.hook_resid_post": seen[block].output,
            f"{name}.hook_attn_out": seen[block.attn].output,
            f"{name}.hook_mlp_out": seen[block.mlp].output,
            f"{name}.mlp.hook_pre": seen[block.mlp.c_fc].output,
            f"{name}.mlp.hook_post": seen[block.mlp.c_proj].input,
        }
        points |= norm_points(f"{name}.ln1", block.ln_1, seen[block.ln_1])
        points |= norm_points(f"{name}.ln2", block.ln_2, seen[block.ln_2])
        points |= attention_points(f"{name}.attn", block.attn, seen, attentions[i][0])
    points |= norm_points("ln_final", body.ln_f, seen[body.ln_f])
    points["logits"] = logits[0]
    return {name: value.numpy().copy() for name, value in points.items()}


class Seen:
    """What one module received and returned, without the batch axis."""

    def __init__(self, arguments, output):
        self.input = arguments[0].squeeze(0) if arguments else None
        self.output = (output[0] if isinstance(output, tuple) else output).squeeze(0)


def run(model, ids):
    """One forward pass: ({module: Seen}, attention probabilities of each layer, logits)."""
    seen = {}

    def remember(module, arguments, output):
        seen[module] = Seen(arguments, output)

    handles = [module.register_forward_hook(remember) for module in model.transformer.modules()
               if module is not model.transformer and not isinstance(module, torch.nn.ModuleList)]
    try:
        output = model(torch.tensor([ids]), output_attentions=True, use_cache=False)
    finally:
        for handle in handles:
            handle.remove()
    return seen, output.attentions, output.logits


def norm_points(name, norm, seen):
    """The four hook points of a LayerNorm."""
    centred = seen.input - seen.input.mean(-1, keepdim=True)
    scale = (centred.square().mean(-1, keepdim=True) + norm.eps).sqrt()
    normalized = centred / scale
    agree(f"{name}: normalized * gain + bias", normalized * norm.weight + norm.bias, seen.output)
    return {f"{name}.hook_in": seen.input, f"{name}.hook_scale": scale,
            f"{name}.hook_normalized": normalized, f"{name}.hook_out": seen.output}


def attention_points(name, attention, seen, pattern):
    """The hook points of one attention layer; `pattern` is the model's [H, T, T]."""
    heads, width = attention.num_heads, attention.embed_dim
    q, k, v = (part.unflatten(-1, (heads, -1)) for part in seen[attention.c_attn].output.split(width, dim=-1))
    z = seen[attention.c_proj].input.unflatten(-1, (heads, -1))  # [T, H, dh]: the heads are the input of c_proj

    scores = torch.einsum("thd,shd->hts", q, k) * attention.scaling
    visible = torch.ones(scores.shape[1:], dtype=torch.bool).tril()
    masked = scores.masked_fill(~visible, -torch.inf)
    agree(f"{name}: softmax of the scores", masked.softmax(-1), pattern)
    agree(f"{name}: pattern @ v", torch.einsum("hts,shd->thd", pattern, v), z)

    # Conv1D weights are [in, out]: the rows of head h are consecutive.
    result = torch.einsum("thd,hdm->thm", z, attention.c_proj.weight.view(heads, -1, width))
    agree(f"{name}: sum of the heads' results", result.sum(1) + attention.c_proj.bias, seen[attention.c_proj].output)
    return {f"{name}.hook_q": q, f"{name}.hook_k": k, f"{name}.hook_v": v, f"{name}.hook_z": z,
            f"{name}.hook_attn_scores": ragged(scores), f"{name}.hook_pattern": ragged(pattern),
            f"{name}.hook_result": result}


def ragged(square):
    """[H, T, T] without its masked upper triangle, flat: for each query, for each head, the keys up to the query."""
    return torch.cat([square[:, t, :t + 1].flatten() for t in range(square.shape[1])])


def agree(what, derived, computed):
    """Fail unless `derived` is what the model computed."""
    difference = (derived - computed).abs().max().item()
    if not difference <= TOLERANCE * computed.abs().max().item():
        raise AssertionError(f"{what} differs from the model by {difference:.3g}")

"""The reference: every hook point of a GPT-2, a BERT or a Llama, from Hugging Face transformers in float64.

    model = load("path/to/checkpoint")               # a directory, or a GGUF file with a Llama
    points = hook_points(model, [464, 13763])        # {"blocks.0.ln1.hook_in": array of shape [T, D], ...}

Names are TransformerLens's. T tokens, D features, H heads of dh features (K of keys and values), N inner features of the
MLP, V vocabulary:

    hook_embed, hook_pos_embed, hook_token_type_embed, blocks.{i}.hook_resid_pre/_mid/_post, .hook_attn_out,
        .hook_mlp_out                                                                                    [T, D]
    blocks.{i}.ln1/ln2.*, ln_final.*, embed.ln.*: hook_in, hook_normalized (before gain and bias), hook_out  [T, D]
                                         hook_scale = sqrt(population variance + epsilon)               [T, 1]
    blocks.{i}.attn.hook_q/_rot_q/_z, hook_k/_rot_k/_v                                    [T, H, dh], [T, K, dh]
    blocks.{i}.attn.hook_result = z_h @ W_O_h, without the bias                                       [T, H, D]
    blocks.{i}.attn.hook_attn_scores (scaled, before softmax), hook_pattern: flat and without the masked entries:
        for each query position t, for each head, the keys 0...t                          [H * T * (T + 1) / 2]
        without a mask all keys                                                                     [T * H * T]
    blocks.{i}.mlp.hook_pre/_pre_linear/_post                                                            [T, N]
    logits                                                                                               [T, V]

What a module of the model receives or returns is taken from it by forward hooks. The rest (scale, normalized, scores,
result) is derived here and checked against what the model computed.
"""
import json
import os

import torch
from transformers import GPT2LMHeadModel
from transformers.utils import logging

logging.disable_progress_bar()
logging.set_verbosity_error()

TOLERANCE = 1e-10  # of the tensor's largest value: float64 arithmetic in another order


def load(path):
    """The checkpoint in a directory, or a GGUF file, in float64, ready for hook_points."""
    return architecture(path).load(path)


def hook_points(model, ids):
    """Every hook point of one sequence of token ids, as {name: float64 array}."""
    kind = type(model).__name__
    if kind.startswith("GPT2"):
        points = gpt2_points(model, ids)
    else:
        points = of_type("bert" if kind.startswith("Bert") else "llama").hook_points(model, ids)
    return {name: value.detach().numpy().copy() for name, value in points.items()}


def architecture(path):
    """What has the `load` of a checkpoint."""
    file = os.path.join(path, "config.json")
    if not os.path.exists(file):
        return of_type("llama")
    with open(file, encoding="utf-8") as config:
        return of_type(json.load(config)["model_type"])


def of_type(model_type):
    import reference_bert
    import reference_llama

    return {"gpt2": GPT2, "bert": reference_bert, "llama": reference_llama}[model_type]


def from_pretrained(kind, directory, **more):
    """A transformers model in float64. Refuses missing and mis-shaped tensors."""
    model, info = kind.from_pretrained(
        directory, dtype=torch.float64, attn_implementation="eager", output_loading_info=True, **more)
    wrong = {key: sorted(info[key]) for key in ("missing_keys", "mismatched_keys") if info[key]}
    if wrong:
        raise ValueError(f"{directory}: {wrong}")
    return model.eval()


class GPT2:
    @staticmethod
    def load(directory):
        model = from_pretrained(GPT2LMHeadModel, directory)
        model.config.reorder_and_upcast_attn = False  # would compute the scores in float32
        for block in model.transformer.h:
            block.attn.reorder_and_upcast_attn = False
        return model


@torch.no_grad()
def gpt2_points(model, ids):
    """The hook points of a GPT-2."""
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
    return points


class Seen:
    """What one module received and returned, without the batch axis."""

    def __init__(self, arguments, output):
        self.input = arguments[0].squeeze(0) if arguments else None
        self.output = (output[0] if isinstance(output, tuple) else output).squeeze(0)


def run(model, ids):
    """One forward pass: ({module: Seen}, attention probabilities of each layer, logits or None)."""
    assert model.dtype == torch.float64 and not model.training and model.config._attn_implementation == "eager"
    seen = {}

    def remember(module, arguments, output):
        if isinstance(output, (tuple, torch.Tensor)):
            seen[module] = Seen(arguments, output)

    body = model.base_model
    handles = [module.register_forward_hook(remember) for module in body.modules()
               if module is not body and not isinstance(module, torch.nn.ModuleList)]
    try:
        output = model(torch.tensor([ids]), output_attentions=True, use_cache=False)
    finally:
        for handle in handles:
            handle.remove()
    return seen, output.attentions, getattr(output, "logits", None)


def norm_points(name, norm, seen):
    """The four hook points of a LayerNorm."""
    centred = seen.input - seen.input.mean(-1, keepdim=True)
    scale = (centred.square().mean(-1, keepdim=True) + norm.eps).sqrt()
    normalized = centred / scale
    agree(f"{name}: normalized * gain + bias", normalized * norm.weight + norm.bias, seen.output)
    return {f"{name}.hook_in": seen.input, f"{name}.hook_scale": scale,
            f"{name}.hook_normalized": normalized, f"{name}.hook_out": seen.output}


def attention_points(name, attention, seen, pattern):
    """The hook points of one attention layer of a GPT-2; `pattern` is the model's [H, T, T]."""
    heads, width = attention.num_heads, attention.embed_dim
    q, k, v = (part.unflatten(-1, (heads, -1)) for part in seen[attention.c_attn].output.split(width, dim=-1))
    z = seen[attention.c_proj].input.unflatten(-1, (heads, -1))  # [T, H, dh]: the heads are the input of c_proj
    # Conv1D weights are [in, out]: the rows of head h are consecutive.
    output = attention.c_proj.weight.view(heads, -1, width)
    points = head_points(name, q, k, v, z, attention.scaling, pattern, True, output)
    check_results(name, points, attention.c_proj.bias, seen[attention.c_proj].output)
    return points


def head_points(name, q, k, v, z, scaling, pattern, causal, output, turned=None):
    """The hook points of the heads. q: [T, H, dh], k and v: [T, K, dh]; output is W_O, [H, dh, D]; `turned` are q and k by
    their position, where positions are rotary."""
    read_q, read_k = turned or (q, k)
    group = q.shape[1] // k.shape[1]
    read_k, read_v = (part.repeat_interleave(group, 1) for part in (read_k, v))
    scores = torch.einsum("thd,shd->hts", read_q, read_k) * scaling
    visible = torch.ones(scores.shape[1:], dtype=torch.bool)
    if causal:
        visible = visible.tril()
    agree(f"{name}: softmax of the scores", scores.masked_fill(~visible, -torch.inf).softmax(-1), pattern)
    agree(f"{name}: pattern @ v", torch.einsum("hts,shd->thd", pattern, read_v), z)
    points = {f"{name}.hook_q": q, f"{name}.hook_k": k, f"{name}.hook_v": v}
    if turned:
        points |= {f"{name}.hook_rot_q": turned[0], f"{name}.hook_rot_k": turned[1]}
    flat = ragged if causal else lambda square: square.transpose(0, 1).flatten()
    return points | {f"{name}.hook_attn_scores": flat(scores), f"{name}.hook_pattern": flat(pattern),
                     f"{name}.hook_z": z, f"{name}.hook_result": torch.einsum("thd,hdm->thm", z, output)}


def check_results(name, points, bias, computed):
    """The heads' results and the bias, if there is one, are what the attention wrote."""
    total = points[f"{name}.hook_result"].sum(1)
    agree(f"{name}: sum of the heads' results", total if bias is None else total + bias, computed)


def ragged(square):
    """[H, T, T] without its masked upper triangle, flat: for each query, for each head, the keys up to the query."""
    return torch.cat([square[:, t, :t + 1].flatten() for t in range(square.shape[1])])


def agree(what, derived, computed, tolerance=TOLERANCE):
    """Fail unless `derived` is what the model computed."""
    difference = (derived - computed).abs().max().item()
    if not difference <= tolerance * computed.abs().max().item():
        raise AssertionError(f"{what} differs from the model by {difference:.3g}")

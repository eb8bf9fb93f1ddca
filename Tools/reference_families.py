"""Every hook point of a model of one of many families, from transformers in float64: see reference.py for the names.

    model = load("path/to/checkpoint")
    points = hook_points(model, [464, 13763])

A family is a table of its modules' names. Queries, keys and values are what the projections return; scores and patterns
what the softmax receives and returns, whatever the family does before it; rotated queries and keys what the last product
before the softmax receives. Norms are computed here and checked against what the modules return, and so are the sums that
the stream consists of.
"""
import float64  # noqa: F401  (first: see there)

import json
import os

import torch
import transformers
from safetensors.numpy import load_file
from torch.overrides import TorchFunctionMode

TOLERANCE = 1e-11  # of the largest value: float64 arithmetic in another order

# Modules within the base model, and within a block. `norms`: by hook name. Where q, k and v are one matrix, `fused` says how:
# stacked (all q, all k, all v) or grouped (each head of k and v after the queries that read it).
LLAMA = dict(
    embed="embed_tokens", layers="layers", norms=dict(ln1="input_layernorm", ln2="post_attention_layernorm"), q="self_attn.q_proj",
    k="self_attn.k_proj", v="self_attn.v_proj", out="self_attn.o_proj", gate="mlp.gate_proj", up="mlp.up_proj",
    down="mlp.down_proj", final="norm", kind="rms")
QK = dict(q_norm="self_attn.q_norm", k_norm="self_attn.k_norm")
SANDWICH = dict(ln1="input_layernorm", ln1_post="post_attention_layernorm", ln2="pre_feedforward_layernorm",
                ln2_post="post_feedforward_layernorm")
BRANCH = dict(ln1_post="post_attention_layernorm", ln2_post="post_feedforward_layernorm")
NEOX = dict(
    embed="embed_in", layers="layers", norms=dict(ln1="input_layernorm", ln2="post_attention_layernorm"),
    fused=("attention.query_key_value", "grouped"), out="attention.dense", up="mlp.dense_h_to_4h", down="mlp.dense_4h_to_h",
    final="final_layer_norm", kind="layer")
BLOOM = NEOX | dict(
    embed="word_embeddings", layers="h", fused=("self_attention.query_key_value", "grouped"), out="self_attention.dense",
    final="ln_f")
BERT = dict(
    embed="embeddings.word_embeddings", position="embeddings.position_embeddings",
    segment="embeddings.token_type_embeddings", embed_norm="embeddings.LayerNorm", layers="encoder.layer",
    norms=dict(ln1="attention.output.LayerNorm", ln2="output.LayerNorm"), post=True, q="attention.self.query",
    k="attention.self.key", v="attention.self.value", out="attention.output.dense", up="intermediate.dense",
    down="output.dense", kind="layer")
OPT = LLAMA | dict(
    embed="decoder.embed_tokens", position="decoder.embed_positions", layers="decoder.layers",
    norms=dict(ln1="self_attn_layer_norm", ln2="final_layer_norm"), out="self_attn.out_proj", gate=None, up="fc1", down="fc2",
    final="decoder.final_layer_norm", kind="layer")
GPTJ = dict(
    embed="wte", layers="h", norms=dict(ln1="ln_1"), q="attn.q_proj", k="attn.k_proj", v="attn.v_proj", out="attn.out_proj",
    up="mlp.fc_in", down="mlp.fc_out", final="ln_f", kind="layer")

MODULES = {
    "mistral": LLAMA, "qwen2": LLAMA, "granite": LLAMA, "smollm3": LLAMA, "olmo": LLAMA | dict(kind="layer"),
    "qwen3": LLAMA | dict(norms=LLAMA["norms"] | QK),
    "gemma": LLAMA | dict(offset=1), "gemma2": LLAMA | dict(offset=1, norms=SANDWICH),
    "gemma3_text": LLAMA | dict(offset=1, norms=SANDWICH | QK),
    "olmo2": LLAMA | dict(norms=BRANCH | QK), "olmo3": LLAMA | dict(norms=BRANCH | QK),
    "phi3": LLAMA | dict(fused=("self_attn.qkv_proj", "stacked"), gate=None, gate_up="mlp.gate_up_proj"),
    "phi": LLAMA | dict(
        norms=dict(ln1="input_layernorm", q_norm="self_attn.q_layernorm", k_norm="self_attn.k_layernorm"), out="self_attn.dense",
        gate=None, up="mlp.fc1", down="mlp.fc2", final="final_layernorm", kind="layer"),
    "stablelm": LLAMA | dict(
        norms=LLAMA["norms"] | dict(q_norm="self_attn.q_layernorm", k_norm="self_attn.k_layernorm"), kind="layer"),
    "cohere": LLAMA | dict(norms=dict(ln1="input_layernorm") | QK, kind="layer"),
    "gpt_neox": NEOX, "bloom": BLOOM | dict(embed_norm="word_embeddings_layernorm"),
    "falcon": BLOOM | dict(norms=dict(ln1=("ln_attn", "input_layernorm"), ln2=("ln_mlp", "post_attention_layernorm"))),
    "gptj": GPTJ,
    "gpt_neo": GPTJ | dict(
        position="wpe", norms=dict(ln1="ln_1", ln2="ln_2"), q="attn.attention.q_proj", k="attn.attention.k_proj",
        v="attn.attention.v_proj", out="attn.attention.out_proj", up="mlp.c_fc", down="mlp.c_proj"),
    "opt": OPT,
    "roberta": BERT, "xlm-roberta": BERT,
    "distilbert": BERT | dict(
        segment=None, layers="transformer.layer", norms=dict(ln1="sa_layer_norm", ln2="output_layer_norm"),
        q="attention.q_lin", k="attention.k_lin", v="attention.v_lin", out="attention.out_lin", up="ffn.lin1", down="ffn.lin2"),
    "modernbert": dict(
        embed="embeddings.tok_embeddings", embed_norm="embeddings.norm", layers="layers",
        norms=dict(ln1="attn_norm", ln2="mlp_norm"), fused=("attn.Wqkv", "stacked"), out="attn.Wo", gate_up="mlp.Wi",
        down="mlp.Wo", final="final_norm", kind="layer"),
}


def build(config):
    """A transformers model in float64 for the members of a config.json, with weights of its own."""
    config = dict(config)
    settings = transformers.AutoConfig.for_model(config.pop("model_type"), **config)
    (name,) = settings.architectures
    model = getattr(transformers, name)._from_config(settings, attn_implementation="eager")
    assert model.dtype == torch.float64
    return model.eval()


def load(directory):
    """The checkpoint in a directory."""
    with open(os.path.join(directory, "config.json"), encoding="utf-8") as file:
        model = build(json.load(file))
    weights = load_file(os.path.join(directory, "model.safetensors"))
    set_weights(model, weights)
    return model


def set_weights(model, weights):
    """All of the model's parameters from a checkpoint's; what is tied may be missing."""
    weights = {name: torch.from_numpy(value).to(torch.float64) for name, value in weights.items()}
    missing, unexpected = model.load_state_dict(weights, strict=False)
    own = {id(value) for name, value in model.named_parameters() if name in weights}
    wrong = [name for name in missing if name in dict(model.named_parameters(remove_duplicate=False))
             and not name.startswith("pooler.")  # reads the stream after its last norm, and is no part of it
             and id(dict(model.named_parameters(remove_duplicate=False))[name]) not in own]
    if wrong or unexpected:
        raise ValueError(f"missing {wrong}, unexpected {unexpected}")


class Softmaxes(TorchFunctionMode):
    """Remembers what each softmax over keys received and returned, and the product before it."""

    def __init__(self):
        self.seen, self.product, self.depth = [], None, 0
        super().__init__()

    def __torch_function__(self, function, types, arguments=(), named=None):
        name = getattr(function, "__name__", "")
        self.depth += 1
        try:
            result = function(*arguments, **(named or {}))
        finally:
            self.depth -= 1
        if name in ("matmul", "__matmul__") and arguments[0].ndim == 4:
            self.product = arguments[0], arguments[1]
        if name == "softmax" and result.ndim == 4 and result.dtype == torch.float64 and self.depth == 0:
            q, k = self.product if self.product else (None, None)
            self.seen.append((arguments[0][0], result[0], q, k))
            self.product = None
        return result


def at(module, path):
    """The module at a path, or None where there is none; of several paths, the first that is there."""
    for one in path if isinstance(path, tuple) else (path,):
        found = module
        for part in one.split(".") if one else ():
            found = getattr(found, part, None)
        if found is not None:
            return found
    return None


@torch.no_grad()
def hook_points(model, ids):
    """Every hook point of one sequence of token ids, as {name: float64 array}."""
    c, body = model.config, model.base_model
    names = MODULES[c.model_type]
    seen = {}

    def remember(module, arguments, output):
        output = output[0] if isinstance(output, tuple) else output
        if arguments and isinstance(arguments[0], torch.Tensor) and isinstance(output, torch.Tensor):
            # A copy: some families add to it in place.
            seen[module] = arguments[0], output.clone()

    handles = [module.register_forward_hook(remember) for module in model.modules()]
    softmaxes = Softmaxes()
    with softmaxes:
        output = model(torch.tensor([ids]), use_cache=False) if not names.get("post") and hasattr(c, "use_cache") else model(torch.tensor([ids]))
    for handle in handles:
        handle.remove()

    points = {}
    embedding = seen[at(body, names["embed"])][1][0]
    projection = at(body, "decoder.project_in")
    if projection is not None:
        embedding = seen[projection][1][0]
    # Gemma's module multiplies itself.
    points["hook_embed"] = embedding * getattr(c, "embedding_multiplier", 1)
    for hook, key in (("hook_pos_embed", "position"), ("hook_token_type_embed", "segment")):
        if names.get(key):
            points[hook] = seen[at(body, names[key])][1].reshape(-1, embedding.shape[-1]).expand(len(ids), -1)
    stream = sum(points.values())
    if names.get("embed_norm"):
        points |= norm_points("embed.ln", at(body, names["embed_norm"]), seen, names, stream)
        stream = points["embed.ln.hook_out"]
    blocks = at(body, names["layers"])
    assert len(softmaxes.seen) == len(blocks)
    for i, block in enumerate(blocks):
        points |= block_points(f"blocks.{i}", i, block, c, names, seen, softmaxes.seen[i], stream)
        stream = points["stream"]
    del points["stream"]
    final = at(body, names["final"]) if names.get("final") else None
    if final is not None:
        points |= norm_points("ln_final", final, seen, names, stream)
    if "logits" in output and hasattr(model, "lm_head") or hasattr(model, "embed_out"):
        points["logits"] = output.logits[0]
    for name, value in points.items():
        assert value.dtype == torch.float64, name
    return {name: value.numpy().copy() for name, value in points.items()}


def block_points(name, i, block, c, names, seen, softmax, stream):
    norms = {hook: at(block, path) for hook, path in names["norms"].items()}
    norms = {hook: norm for hook, norm in norms.items() if norm is not None and not isinstance(norm, torch.nn.Identity)}
    points = {f"{name}.hook_resid_pre": stream}
    agree(f"{name}.hook_resid_pre", stream, seen[block][0][0])
    after = {}
    for hook, norm in norms.items():
        if hook not in ("q_norm", "k_norm"):
            after |= norm_points(f"{name}.{hook}", norm, seen, names)
    points |= after
    attention, out = attention_points(f"{name}.attn", i, block, c, names, norms, seen, softmax)
    points |= attention
    factor = getattr(c, "residual_multiplier", 1)
    down = seen[at(block, names["down"])]
    added = {}
    for hook, value, norm in (("hook_attn_out", out, "ln1_post"), ("hook_mlp_out", down[1].reshape(len(stream), -1), "ln2_post")):
        if f"{name}.{norm}.hook_in" in points:
            agree(f"{name}.{norm}.hook_in", points[f"{name}.{norm}.hook_in"], value)
            value = points[f"{name}.{norm}.hook_out"]
        added[hook] = value * factor
    points |= {f"{name}.{hook}": value for hook, value in added.items()}
    points[f"{name}.mlp.hook_post"] = down[0].reshape(len(stream), -1)
    if names.get("gate_up"):
        points[f"{name}.mlp.hook_pre"], points[f"{name}.mlp.hook_pre_linear"] = seen[at(block, names["gate_up"])][1][0].chunk(2, -1)
    elif names.get("gate"):
        points[f"{name}.mlp.hook_pre"] = seen[at(block, names["gate"])][1][0]
        points[f"{name}.mlp.hook_pre_linear"] = seen[at(block, names["up"])][1][0]
    else:
        points[f"{name}.mlp.hook_pre"] = seen[at(block, names["up"])][1].reshape(len(stream), -1)
    mid = stream + added["hook_attn_out"]
    is_post = names.get("post") or getattr(c, "do_layer_norm_before", True) is False
    if is_post:
        agree(f"{name}.hook_resid_mid", mid, points[f"{name}.ln1.hook_in"])
        points[f"{name}.hook_resid_mid"] = mid
        mid = points[f"{name}.ln1.hook_out"]
    elif "ln1_post" in norms and "ln2" not in norms:
        points[f"{name}.hook_resid_mid"] = mid
    elif "ln2" in norms and same(points[f"{name}.ln2.hook_in"], mid):
        points[f"{name}.hook_resid_mid"] = mid  # not where attention and MLP are parallel
    points[f"{name}.hook_resid_post"] = mid + added["hook_mlp_out"]
    points["stream"] = points[f"{name}.ln2.hook_out"] if is_post else points[f"{name}.hook_resid_post"]
    agree(f"{name}: its output", points["stream"], seen[block][1][0])
    return points


def attention_points(name, i, block, c, names, norms, seen, softmax):
    """The attention's hook points, and what it writes."""
    scores, pattern, rotated_q, rotated_k = softmax
    out = at(block, names["out"])
    z, written = (value[0] for value in seen[out])
    heads = pattern.shape[0]
    z = z.unflatten(-1, (heads, -1))
    width = z.shape[-1]
    if names.get("fused"):
        path, layout = names["fused"]
        qkv = seen[at(block, path)][1][0].unflatten(-1, (-1, width))
        if layout == "stacked":
            keys = (qkv.shape[1] - heads) // 2
            q, k, v = qkv.split((heads, keys, keys), 1)
        else:
            keys = (qkv.shape[1] - heads) // 2
            grouped = qkv.unflatten(1, (keys, -1))
            q, k, v = grouped[:, :, :-2].flatten(1, 2), grouped[:, :, -2], grouped[:, :, -1]
    else:
        q, k, v = (seen[at(block, names[part])][1][0].unflatten(-1, (-1, width)) for part in "qkv")
    if getattr(c, "clip_qkv", None):
        q, k, v = (part.clamp(-c.clip_qkv, c.clip_qkv) for part in (q, k, v))
    points = {f"{name}.hook_q": q, f"{name}.hook_k": k, f"{name}.hook_v": v}
    read_q, read_k = q, k
    if "q_norm" in norms:
        for hook, value in (("q_norm", q), ("k_norm", k)):
            points |= head_norm_points(f"{name}.{hook}", norms[hook], value, seen, names)
        read_q, read_k = (points[f"{name}.{hook}.hook_out"].unflatten(-1, (-1, width)) if points[f"{name}.{hook}.hook_out"].ndim == 2
                          else points[f"{name}.{hook}.hook_out"] for hook in ("q_norm", "k_norm"))
    group = heads // k.shape[1]
    slopes = None
    if rotated_q is not None:
        rotated_q, rotated_k = rotated_q[0].transpose(0, 1), rotated_k[0].permute(2, 0, 1)
        rotated_k = rotated_k[:, ::rotated_k.shape[1] // k.shape[1]]
        if is_rotary(c, i):
            points |= {f"{name}.hook_rot_q": rotated_q, f"{name}.hook_rot_k": rotated_k}
        else:
            factor = width ** -0.5 if c.model_type == "opt" else 1  # OPT scales its queries
            agree(f"{name}: the queries that are read", read_q * factor, rotated_q)
            agree(f"{name}: the keys that are read", read_k, rotated_k)
    if c.model_type == "bloom":
        # transformers adds slope * key, we slope * (key - query): the softmax is the same.
        slopes = transformers.models.bloom.modeling_bloom._get_alibi_slopes(heads, None)
        scores = scores - (slopes[:, None] * torch.arange(len(z)))[:, :, None]
    visible = pattern[0] > 0
    agree(f"{name}: pattern @ v", torch.einsum("hts,shd->thd", pattern, v.repeat_interleave(group, 1)), z)
    points |= {f"{name}.hook_attn_scores": ragged(scores, visible), f"{name}.hook_pattern": ragged(pattern, visible),
               f"{name}.hook_z": z}
    weight = out.weight if isinstance(out, torch.nn.Linear) else out.weight.T  # Conv1D's is [in, out]
    results = torch.einsum("thd,hdm->thm", z, weight.T.unflatten(0, (heads, -1)))
    bias = getattr(out, "bias", None)
    agree(f"{name}: sum of the heads' results", results.sum(1) + (0 if bias is None else bias), written)
    return points | {f"{name}.hook_result": results * getattr(c, "residual_multiplier", 1)}, written


def is_rotary(c, i):
    if c.model_type == "smollm3":
        return bool(c.no_rope_layers[i])
    return getattr(c, "rope_parameters", None) is not None or c.model_type == "gptj"


def ragged(square, visible):
    """[H, T, T] flat: for each query, for each head, the keys that it sees."""
    return torch.cat([square[:, t][:, visible[t]].flatten() for t in range(square.shape[1])])


def epsilon(norm):
    return next(getattr(norm, key) for key in ("eps", "variance_epsilon") if hasattr(norm, key))


def normalized(x, kind, epsilon):
    """Centred and divided, and what was divided by."""
    centred = x if kind == "rms" else x - x.mean(-1, keepdim=True)
    scale = (centred.square().mean(-1, keepdim=True) + epsilon).sqrt()
    return centred / scale, scale


def apply(norm, value, names):
    weight, bias = getattr(norm, "weight", None), getattr(norm, "bias", None)
    if weight is not None:
        value = value * (weight + names.get("offset", 0))
    return value if bias is None else value + bias


def norm_points(name, norm, seen, names, expected=None):
    """The four hook points of a norm of the stream, or of a branch."""
    x, out = (value.reshape(-1, value.shape[-1]) for value in seen[norm])
    if expected is not None:
        agree(f"{name}.hook_in", expected, x)
    # OLMo's norm has neither parameters nor an epsilon to look at.
    value, scale = normalized(x, names["kind"], epsilon(norm) if hasattr(norm, "eps") or hasattr(norm, "variance_epsilon") else 1e-5)
    agree(f"{name}: normalized * gain + bias", apply(norm, value, names), out)
    return {f"{name}.hook_in": x, f"{name}.hook_scale": scale, f"{name}.hook_normalized": value, f"{name}.hook_out": out}


def head_norm_points(name, norm, x, seen, names):
    """The four hook points of a norm of queries or keys: [T, heads, width], or of all heads of a token at once."""
    received, out = (value[0] for value in seen[norm])
    if received.ndim == 3 and (received.shape != x.shape or not same(x, received)):
        received, out = received.transpose(0, 1), out.transpose(0, 1)
    if received.ndim == 2:
        x = x.flatten(1)
    agree(f"{name}.hook_in", x, received)
    first = norm.norms[0] if hasattr(norm, "norms") else norm
    value, scale = normalized(x, names["kind"], epsilon(first))
    if hasattr(norm, "norms"):
        expected = torch.stack([apply(one, value[:, h], names) for h, one in enumerate(norm.norms)], 1)
    else:
        expected = apply(norm, value, names)
    agree(f"{name}: normalized * gain + bias", expected, out)
    return {f"{name}.hook_in": x, f"{name}.hook_scale": scale.squeeze(-1) if scale.ndim == 3 else scale,
            f"{name}.hook_normalized": value, f"{name}.hook_out": out}


def same(a, b):
    return bool((a - b).abs().max() <= TOLERANCE * b.abs().max())


def agree(what, derived, computed):
    """Fail unless `derived` is what the model computed."""
    difference = (derived - computed).abs().max().item()
    if not difference <= TOLERANCE * computed.abs().max().item():
        raise AssertionError(f"{what} differs from the model by {difference:.3g}")

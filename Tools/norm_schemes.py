"""A model with its norms replaced by another scheme, and where the variance that enters a norm comes from.

    model = reference.load("path/to/checkpoint")                              # float64
    points = scheme_points(with_scheme(model, "feature"), [464, 13763])       # {"blocks.0.ln1.hook_in": [T, D], ...}
    parts = shares(model, [464, 13763])                                       # {"blocks.0.ln1": [T, parts], ...}

Gain and bias stay in every scheme; what goes before them is

    feature     each feature minus its mean over the positions, divided by sqrt(its variance + epsilon)
    sequence    the same with one mean and one variance of all T * D values
    frozen      each token minus its own mean, divided by a scale fixed for the site: one for position 0, one for others
    none        nothing

In a Llama nothing is centred in any of them: mean squares stand for variances.

Variances are population variances. Sites come in order of depth: blocks.0.ln1, blocks.0.ln2, ..., ln_final;
in a BERT embed.ln comes first and there is no ln_final.
"""
import copy

import numpy as np
import torch
from torch import nn

import reference

SCHEMES = ("feature", "sequence", "frozen", "none")
FEATURES, POSITIONS = -1, -2  # axes of [batch, T, D]


class Standardize(nn.Module):
    """Mean 0 and variance 1 (but for epsilon) over the given axes."""

    def __init__(self, axes, epsilon, centre):
        super().__init__()
        self.axes, self.epsilon, self.centre = axes, epsilon, centre

    def forward(self, x):
        centred = x - x.mean(self.axes, keepdim=True) if self.centre else x
        return centred / (centred.square().mean(self.axes, keepdim=True) + self.epsilon).sqrt()


class Frozen(nn.Module):
    """Centred by each token's own mean, divided by a fixed scale."""

    def __init__(self, position_zero, others, centre):
        super().__init__()
        self.position_zero, self.others, self.centre = float(position_zero), float(others), centre

    def forward(self, x):
        scale = x.new_full((x.shape[POSITIONS], 1), self.others)
        scale[0] = self.position_zero
        return (x - x.mean(FEATURES, keepdim=True) if self.centre else x) / scale


class SchemeNorm(nn.Module):
    """In the place of a norm: its gain and, where it has one, bias after another normalization."""

    def __init__(self, norm, normalize):
        super().__init__()
        self.normalize, self.weight, self.bias = normalize, norm.weight, getattr(norm, "bias", None)

    def forward(self, x):
        scaled = self.normalize(x) * self.weight
        return scaled if self.bias is None else scaled + self.bias


def centres(norm):
    """Whether it is a LayerNorm, and no RMSNorm."""
    return isinstance(norm, nn.LayerNorm)


def epsilon(norm):
    return norm.eps if centres(norm) else norm.variance_epsilon


def norms(model):
    """{site: (the module that holds the norm, the attribute's name)} in order of depth."""
    body, found = model.base_model, {}
    kind = model.config.model_type
    if kind == "bert":
        found["embed.ln"] = body.embeddings, "LayerNorm"
    for i, block in enumerate({"gpt2": lambda: body.h, "bert": lambda: body.encoder.layer, "llama": lambda: body.layers}[kind]()):
        found[f"blocks.{i}.ln1"], found[f"blocks.{i}.ln2"] = {
            "gpt2": lambda: ((block, "ln_1"), (block, "ln_2")),
            "bert": lambda: ((block.attention.output, "LayerNorm"), (block.output, "LayerNorm")),
            "llama": lambda: ((block, "input_layernorm"), (block, "post_attention_layernorm")),
        }[kind]()
    last = {"gpt2": {"ln_final": (body, "ln_f")}, "bert": {}, "llama": {"ln_final": (body, "norm")}}
    return found | last[kind]


def with_scheme(model, scheme, scales=None):
    """A copy of `model` with every norm replaced. `scales`: [sites, 2], position 0 and others; `frozen` only."""
    if (scheme == "frozen") != (scales is not None):
        raise ValueError("scales belong to `frozen`, and to it only")
    model = copy.deepcopy(model)
    for depth, (parent, name) in enumerate(norms(model).values()):
        norm = getattr(parent, name)
        setattr(parent, name, SchemeNorm(norm, {
            "token": lambda: Standardize(FEATURES, epsilon(norm), centres(norm)),  # the norm itself
            "feature": lambda: Standardize(POSITIONS, epsilon(norm), centres(norm)),
            "sequence": lambda: Standardize((POSITIONS, FEATURES), epsilon(norm), centres(norm)),
            "frozen": lambda: Frozen(*scales[depth], centres(norm)),
            "none": nn.Identity,
        }[scheme]()))
    return model.eval()


@torch.no_grad()
def scheme_points(model, ids):
    """hook_in, hook_normalized and hook_out of every site, and logits if there are, of a model made by with_scheme."""
    seen, _, logits = reference.run(model, ids)
    points = {}
    for site, (parent, name) in norms(model).items():
        norm = getattr(parent, name)
        points |= {f"{site}.hook_in": seen[norm].input, f"{site}.hook_normalized": seen[norm.normalize].output,
                   f"{site}.hook_out": seen[norm].output}
    if logits is not None:
        points["logits"] = logits[0]
    return {name: value.numpy().copy() for name, value in points.items()}


def mean_scales(model, sequences):
    """[sites, 2]: each site's mean hook_scale over the sequences, at position 0 and at all others; for `frozen`."""
    runs = [reference.hook_points(model, ids) for ids in sequences]
    scales = []
    for site in norms(model):
        columns = [points[f"{site}.hook_scale"][:, 0] for points in runs]
        scales.append((np.mean([column[0] for column in columns]), np.concatenate([c[1:] for c in columns]).mean()))
    return np.array(scales)


def embeddings(config):
    """The embeddings that are added up."""
    return {"gpt2": ["hook_embed", "hook_pos_embed"], "bert": ["hook_embed", "hook_pos_embed", "hook_token_type_embed"],
            "llama": ["hook_embed"]}[config.model_type]


def has_bias(config):
    """Whether the attention writes a bias beside its heads' results."""
    return config.model_type != "llama" or config.attention_bias


def part_names(config):
    """What is written into the residual stream, in order. In a BERT each sum but the last ends in a norm that the next
    begins with."""
    post = config.model_type == "bert"
    names = embeddings(config) + (["embed.ln.hook_out"] if post else [])
    for i in range(config.num_hidden_layers):
        names += [f"blocks.{i}.attn.hook_result.{head}" for head in range(config.num_attention_heads)]
        names += [f"blocks.{i}.attn.b_O"] if has_bias(config) else []
        names += [f"blocks.{i}.ln1.hook_out"] if post else []
        names += [f"blocks.{i}.hook_mlp_out"]
        names += [f"blocks.{i}.ln2.hook_out"] if post and i + 1 < config.num_hidden_layers else []
    return names


def parts_before(config, site):
    """The names of the parts that add up to what enters a site: all before it, in a BERT those since the norm before."""
    names = part_names(config)
    if site == "embed.ln":
        return embeddings(config)
    if site == "ln_final":
        return names
    block, norm = site.rsplit(".", 1)
    if config.model_type != "bert":
        return names[:names.index(f"{block}.attn.hook_result.0" if norm == "ln1" else f"{block}.hook_mlp_out")]
    last = names.index(f"{block}.attn.b_O" if norm == "ln1" else f"{block}.hook_mlp_out")
    first = max(i for i, name in enumerate(names[:last]) if name.endswith("hook_out"))
    return names[first:last + 1]


def output_bias(model, block):
    """b_O of a block, as an array."""
    body = model.base_model
    dense = {"gpt2": lambda: body.h[block].attn.c_proj, "bert": lambda: body.encoder.layer[block].attention.output.dense,
             "llama": lambda: body.layers[block].self_attn.o_proj}[model.config.model_type]()
    return dense.bias.detach().numpy()


def shares(model, ids):
    """{site: [T, parts]}: how much each part accounts for of the variance that enters the site.

    share = Cov(part, x) / Var(x) over the features of x = hook_in; `model` has its own norms.
    """
    points = reference.hook_points(model, ids)

    def part(name):
        if name.endswith(".b_O"):
            return np.broadcast_to(output_bias(model, int(name.split(".")[1])), points["hook_embed"].shape)
        result, _, head = name.rpartition(".")
        return points[name] if name in points else points[result][:, int(head)]

    return {site: decompose(points[f"{site}.hook_in"], [part(name) for name in parts_before(model.config, site)])
            for site in norms(model)}


def decompose(x, parts):
    """[T, parts]: Cov(part, x) / Var(x) for every token of x: [T, D]. Refuses parts that do not add up to x."""
    parts = np.stack(parts, 1)  # [T, parts, D]
    np.testing.assert_allclose(parts.sum(1), x, rtol=0, atol=reference.TOLERANCE * np.abs(x).max())
    x, parts = (value - value.mean(-1, keepdims=True) for value in (x, parts))
    return np.einsum("tpd,td->tp", parts, x) / np.square(x).sum(-1, keepdims=True)

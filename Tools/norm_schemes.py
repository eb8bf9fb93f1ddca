"""GPT-2 with its LayerNorms replaced by another scheme, and where the variance that enters a norm comes from.

    model = reference.load("path/to/checkpoint")                              # float64
    points = scheme_points(with_scheme(model, "feature"), [464, 13763])       # {"blocks.0.ln1.hook_in": [T, D], ...}
    parts = shares(model, [464, 13763])                                       # {"blocks.0.ln1": [T, parts], ...}

Gain and bias stay in every scheme; what goes before them is

    feature     each feature minus its mean over the positions, divided by sqrt(its variance + epsilon)
    sequence    the same with one mean and one variance of all T * D values
    frozen      each token minus its own mean, divided by a scale fixed for the site: one for position 0, one for others
    none        nothing

Variances are population variances. Sites come in order of depth: blocks.0.ln1, blocks.0.ln2, ..., ln_final.
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

    def __init__(self, axes, epsilon):
        super().__init__()
        self.axes, self.epsilon = axes, epsilon

    def forward(self, x):
        centred = x - x.mean(self.axes, keepdim=True)
        return centred / (centred.square().mean(self.axes, keepdim=True) + self.epsilon).sqrt()


class Frozen(nn.Module):
    """Centred by each token's own mean, divided by a fixed scale."""

    def __init__(self, position_zero, others):
        super().__init__()
        self.position_zero, self.others = float(position_zero), float(others)

    def forward(self, x):
        scale = x.new_full((x.shape[POSITIONS], 1), self.others)
        scale[0] = self.position_zero
        return (x - x.mean(FEATURES, keepdim=True)) / scale


class SchemeNorm(nn.Module):
    """In the place of a LayerNorm: its gain and bias after another normalization."""

    def __init__(self, norm, normalize):
        super().__init__()
        self.normalize, self.weight, self.bias = normalize, norm.weight, norm.bias

    def forward(self, x):
        return self.normalize(x) * self.weight + self.bias


def norms(model):
    """{site: (the module that holds the norm, the attribute's name)} in order of depth."""
    found = {}
    for i, block in enumerate(model.transformer.h):
        found[f"blocks.{i}.ln1"] = block, "ln_1"
        found[f"blocks.{i}.ln2"] = block, "ln_2"
    return found | {"ln_final": (model.transformer, "ln_f")}


def with_scheme(model, scheme, scales=None):
    """A copy of `model` with every norm replaced. `scales`: [sites, 2], position 0 and others; `frozen` only."""
    if (scheme == "frozen") != (scales is not None):
        raise ValueError("scales belong to `frozen`, and to it only")
    model = copy.deepcopy(model)
    for depth, (parent, name) in enumerate(norms(model).values()):
        norm = getattr(parent, name)
        setattr(parent, name, SchemeNorm(norm, {
            "token": lambda: Standardize(FEATURES, norm.eps),  # LayerNorm itself
            "feature": lambda: Standardize(POSITIONS, norm.eps),
            "sequence": lambda: Standardize((POSITIONS, FEATURES), norm.eps),
            "frozen": lambda: Frozen(*scales[depth]),
            "none": nn.Identity,
        }[scheme]()))
    return model.eval()


@torch.no_grad()
def scheme_points(model, ids):
    """hook_in, hook_normalized and hook_out of every site, and the logits, of a model made by with_scheme."""
    seen, _, logits = reference.run(model, ids)
    points = {}
    for site, (parent, name) in norms(model).items():
        norm = getattr(parent, name)
        points |= {f"{site}.hook_in": seen[norm].input, f"{site}.hook_normalized": seen[norm.normalize].output,
                   f"{site}.hook_out": seen[norm].output}
    return {name: value.numpy().copy() for name, value in (points | {"logits": logits[0]}).items()}


def mean_scales(model, sequences):
    """[sites, 2]: each site's mean hook_scale over the sequences, at position 0 and at all others; for `frozen`."""
    runs = [reference.hook_points(model, ids) for ids in sequences]
    scales = []
    for site in norms(model):
        columns = [points[f"{site}.hook_scale"][:, 0] for points in runs]
        scales.append((np.mean([column[0] for column in columns]), np.concatenate([c[1:] for c in columns]).mean()))
    return np.array(scales)


def part_names(config):
    """What is written into the residual stream, in order; a site has as many of them as were written before it."""
    names = ["hook_embed", "hook_pos_embed"]
    for i in range(config.n_layer):
        names += [f"blocks.{i}.attn.hook_result.{head}" for head in range(config.n_head)]
        names += [f"blocks.{i}.attn.b_O", f"blocks.{i}.hook_mlp_out"]
    return names


def shares(model, ids):
    """{site: [T, parts]}: how much each part written before the site accounts for of the variance that enters it.

    share = Cov(part, x) / Var(x) over the features of x = hook_in; `model` has its LayerNorms.
    """
    points = reference.hook_points(model, ids)
    parts = [points["hook_embed"], points["hook_pos_embed"]]
    result = {}
    for i, block in enumerate(model.transformer.h):
        name = f"blocks.{i}"
        result[f"{name}.ln1"] = decompose(points[f"{name}.ln1.hook_in"], parts)
        parts += list(points[f"{name}.attn.hook_result"].swapaxes(0, 1))
        parts.append(np.broadcast_to(block.attn.c_proj.bias.detach().numpy(), parts[0].shape))
        result[f"{name}.ln2"] = decompose(points[f"{name}.ln2.hook_in"], parts)
        parts.append(points[f"{name}.hook_mlp_out"])
    result["ln_final"] = decompose(points["ln_final.hook_in"], parts)
    return result


def decompose(x, parts):
    """[T, parts]: Cov(part, x) / Var(x) for every token of x: [T, D]. Refuses parts that do not add up to x."""
    parts = np.stack(parts, 1)  # [T, parts, D]
    np.testing.assert_allclose(parts.sum(1), x, rtol=0, atol=reference.TOLERANCE * np.abs(x).max())
    x, parts = (value - value.mean(-1, keepdims=True) for value in (x, parts))
    return np.einsum("tpd,td->tp", parts, x) / np.square(x).sum(-1, keepdims=True)

"""Write what other normalization schemes compute on the parity fixtures, in PyTorch, and the shares of variance.

    python Tools/make_scheme_fixtures.py [--fixtures Tests/Fixtures]        # after make_fixtures.py

{odd,f16-untied,bert,llama}/schemes.safetensors, on the token ids of the fixture's activations.safetensors; s is the sequence
number, T its tokens, D features, V vocabulary, the sites are blocks.0.ln1 ... ln_final. F32, computed in float64.

    {scheme}/{s}/{site}.hook_in, .hook_normalized, .hook_out    [T, D]      feature, sequence, frozen, none
    {scheme}/{s}/logits                                         [T, V]
    token/{s}/kl/{scheme}     KL(real prediction || scheme's), nats     [T]
    frozen/scales             by depth: at position 0, at others; exactly what was divided by    [sites, 2]
    shares/{s}/{site}         see norm_schemes.shares; the metadata's "parts" names the columns  [T, parts]
"""
import argparse
import os

import numpy as np
import torch
from safetensors.numpy import load_file, save_file
from torch.nn import functional as F

import norm_schemes
import reference

FIXTURES = ("odd", "f16-untied", "bert", "llama")


def divergence(real, other):
    """KL(softmax(real) || softmax(other)) for each row of logits, in nats."""
    real, other = (torch.from_numpy(logits).log_softmax(-1) for logits in (real, other))
    # Rounding can leave a little less than 0.
    return F.kl_div(other, real, reduction="none", log_target=True).sum(-1).clamp(min=0).numpy()


def check_replacement(model, ids, real):
    """The replaced norms, standing in for the model's own, give what it gives."""
    points = norm_schemes.scheme_points(norm_schemes.with_scheme(model, "token"), ids)
    for name, value in points.items():
        reference.agree(f"scheme `token`: {name}", *map(torch.from_numpy, (value, real[name])))


def check_scheme(model, scheme, points):
    """`feature` and `sequence` against PyTorch's own norm of the vectors turned or taken as one."""
    for site, (parent, name) in norm_schemes.norms(model).items():
        x, norm = torch.from_numpy(points[f"{site}.hook_in"]), getattr(parent, name)
        function = F.layer_norm if norm_schemes.centres(norm) else F.rms_norm
        epsilon = norm_schemes.epsilon(norm)
        expected = {"feature": lambda: function(x.T.contiguous(), x.shape[:1], eps=epsilon).T,
                    "sequence": lambda: function(x, x.shape, eps=epsilon)}[scheme]()
        reference.agree(f"{scheme}: {site}", torch.from_numpy(points[f"{site}.hook_normalized"]), expected)


def fixture_tensors(model, sequences):
    """{name: array} of one schemes.safetensors."""
    scales = norm_schemes.mean_scales(model, sequences).astype(np.float32)  # rounded before use
    tensors = {"frozen/scales": scales}
    for s, ids in enumerate(sequences):
        real = reference.hook_points(model, ids)
        check_replacement(model, ids, real)
        for scheme in norm_schemes.SCHEMES:
            changed = norm_schemes.with_scheme(model, scheme, scales if scheme == "frozen" else None)
            points = norm_schemes.scheme_points(changed, ids)
            if scheme in ("feature", "sequence"):
                check_scheme(model, scheme, points)
            tensors |= {f"{scheme}/{s}/{name}": value for name, value in points.items()}
            if "logits" in points:
                tensors[f"token/{s}/kl/{scheme}"] = divergence(real["logits"], points["logits"])
        for site, values in norm_schemes.shares(model, ids).items():
            np.testing.assert_allclose(values.sum(-1), 1, atol=1e-12)
            tensors[f"shares/{s}/{site}"] = values
    return {name: np.ascontiguousarray(value, np.float32) for name, value in tensors.items()}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--fixtures", default="Tests/Fixtures")
    arguments = parser.parse_args()

    for name in FIXTURES:
        directory = os.path.join(arguments.fixtures, name)
        model = reference.load(directory)
        activations = load_file(os.path.join(directory, "activations.safetensors"))
        count = sum(key.endswith("/token_ids") for key in activations)
        tensors = fixture_tensors(model, [activations[f"{s}/token_ids"].tolist() for s in range(count)])
        path = os.path.join(directory, "schemes.safetensors")
        save_file(tensors, path, metadata={"parts": ",".join(norm_schemes.part_names(model.config))})
        print(f"{path}: {len(tensors)} tensors, {os.path.getsize(path):,} bytes")


if __name__ == "__main__":
    main()

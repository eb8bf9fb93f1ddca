"""Write the fixtures of the stream's readings: what a stream predicts on its way, and what each part of it adds to a logit, by
transformers in float64.

    python Tools/make_reading_fixtures.py [--fixtures Tests/Fixtures] [--only NAME ...]

Each file, reading.safetensors beside a fixture's checkpoint, holds

    ids                 token ids of one sequence  [T]
    lens                log-probabilities of the next token, before each block and after the last one  [L + 1, T, V]
    attribution         what each part adds to the logit of the token that follows; the metadata's "parts" names them  [T - 1, parts]
    difference          the same of the logit of token 3 less that of token 5, at every token  [T, parts]
    logits              before any soft-cap  [T, V]
    frozen              logits of the token that follows, of each stream of `lens`, divided by the scale of the last one  [L + 1, T - 1];
                        not of a post-LN model

A stream is read by the model itself: what its last block returns is replaced by it. Parts are taken from the hook points of
reference_families; that they add up to what the last norm reads, and their contributions to the model's own logits, is checked here.
"""
import edited  # first: it makes transformers compute in float64
import reference_families

import argparse
import os

import numpy as np
import torch
from reference_families import at, epsilon
from safetensors.numpy import save_file

FIXTURES = ["odd", "llama", "families/gemma2", "families/gpt_neox", "families/granite", "families/cohere", "families/olmo2",
            "families/phi", "families/bloom", "families/opt", "families/opt-post"]
LENGTH = 7
ANSWER, AGAINST = 3, 5


@torch.no_grad()
def read(model, ids, stream):
    """The logits [T, V] that the model makes of a stream [T, D] that its last block returns."""
    block = at(model.base_model, edited.NAMES[model.config.model_type]["layers"])[-1]

    def replace(_, arguments, output):
        stream_ = torch.from_numpy(stream)[None]
        return (stream_, *output[1:]) if isinstance(output, tuple) else stream_
    handle = block.register_forward_hook(replace)
    logits = model(torch.tensor([ids]), use_cache=False).logits[0]
    handle.remove()
    return logits


def parts(model, points):
    """{name: [T, D]} of what adds up to the input of the last norm, and that norm's site and module."""
    c, names = model.config, edited.NAMES[model.config.model_type]
    blocks = at(model.base_model, names["layers"])
    final = at(model.base_model, names["final"]) if names.get("final") else None
    found = {}
    for hook in ("hook_embed", "hook_pos_embed"):
        if hook in points:
            found[hook] = points[hook]
    if "embed.ln.hook_out" in points:
        found = {"embed.ln.hook_out": points["embed.ln.hook_out"]}
    for i, block in enumerate(blocks):
        if final is None:
            # Each norm of the stream begins the sum anew.
            found = {f"blocks.{i}.ln1.hook_out": points[f"blocks.{i}.ln1.hook_out"]}
        else:
            results, bias = points[f"blocks.{i}.attn.hook_result"], getattr(at(block, names["out"]), "bias", None)
            own = {f"blocks.{i}.attn.hook_result.{h}": results[:, h] for h in range(results.shape[1])}
            if bias is not None:
                own[f"blocks.{i}.attn.b_O"] = np.broadcast_to(
                    bias.detach().numpy() * getattr(c, "residual_multiplier", 1), results[:, 0].shape)
            if f"blocks.{i}.ln1_post.hook_scale" in points:
                # A head's part of what a norm makes of the sum: by the gain and the token's own scale.
                gain = at(block, names["norms"]["ln1_post"]).weight.detach().numpy() + names.get("offset", 0)
                scale = points[f"blocks.{i}.ln1_post.hook_scale"].reshape(-1, 1)
                own = {name: value / scale * gain for name, value in own.items()}
            found |= own
        found[f"blocks.{i}.hook_mlp_out"] = points[f"blocks.{i}.hook_mlp_out"]
    site = "ln_final" if final is not None else f"blocks.{len(blocks) - 1}.ln2"
    norm = final if final is not None else at(blocks[-1], names["norms"]["ln2"])
    total, read_by = sum(found.values()), points[f"{site}.hook_in"]
    assert np.abs(total - read_by).max() <= 1e-11 * np.abs(read_by).max(), "the parts do not add up"
    return found, site, norm


def unembedding(model):
    """[D, V], with the model's factor, and its bias or None."""
    c, head = model.config, model.get_output_embeddings()
    unembed = head.weight.detach().numpy().T  # [E, V]
    project = at(model.base_model, "decoder.project_out")
    if project is not None:
        unembed = project.weight.detach().numpy().T @ unembed  # [D, V]
    unembed = unembed * getattr(c, "logit_scale", 1) / getattr(c, "logits_scaling", 1)
    return unembed, None if head.bias is None else head.bias.detach().numpy()


def through_norm(value, scale, norm, names):
    """What the last norm makes of a part of the stream, by the scale that it had, without its bias."""
    gain = 1 if getattr(norm, "weight", None) is None else norm.weight.detach().numpy() + names.get("offset", 0)
    centred = value if names["kind"] == "rms" else value - value.mean(-1, keepdims=True)
    return centred / scale.reshape(-1, 1) * gain


def contributions(model, points):
    """{name: [T, V]}: what each part adds to each logit, before any soft-cap."""
    names = edited.NAMES[model.config.model_type]
    found, site, norm = parts(model, points)
    unembed, bias = unembedding(model)
    result = {name: through_norm(value, points[f"{site}.hook_scale"], norm, names) @ unembed for name, value in found.items()}
    shape = (LENGTH, unembed.shape[1])
    if getattr(norm, "bias", None) is not None:
        result[f"{site}.b"] = np.broadcast_to(norm.bias.detach().numpy() @ unembed, shape)
    if bias is not None:
        result["unembed.b_U"] = np.broadcast_to(bias, shape)
    return result


def frozen_logits(model, points, stream):
    """[T, V]: what a stream gives by the scale that the last norm had, before any soft-cap."""
    names = edited.NAMES[model.config.model_type]
    _, site, norm = parts(model, points)
    unembed, bias = unembedding(model)
    out = through_norm(stream, points[f"{site}.hook_scale"], norm, names)
    if getattr(norm, "bias", None) is not None:
        out = out + norm.bias.detach().numpy()
    return out @ unembed + (0 if bias is None else bias)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--fixtures", default="Tests/Fixtures")
    parser.add_argument("--only", nargs="*", help="these, and no others")
    arguments = parser.parse_args()
    reference_families.MODULES |= edited.NAMES
    for number, name in enumerate(FIXTURES):
        if arguments.only and name not in arguments.only:
            continue
        directory = os.path.join(arguments.fixtures, name)
        model = reference_families.load(directory)
        ids = np.random.default_rng(3000 + number).integers(3, model.config.vocab_size, LENGTH).tolist()
        points = reference_families.hook_points(model, ids)
        layers = len(at(model.base_model, edited.NAMES[model.config.model_type]["layers"]))
        last = points.get("ln_final.hook_in", points.get(f"blocks.{layers - 1}.ln2.hook_out"))
        streams = [points[f"blocks.{i}.hook_resid_pre"] for i in range(layers)] + [last]
        lens = torch.stack([read(model, ids, stream).log_softmax(-1) for stream in streams])
        predicted = torch.from_numpy(points["logits"])
        assert (lens[-1] - predicted.log_softmax(-1)).abs().max() <= 1e-11
        added = contributions(model, points)
        logits = sum(added.values())
        frozen = np.stack([frozen_logits(model, points, stream) for stream in streams])
        cap = getattr(model.config, "final_logit_softcapping", None)
        capped = cap * np.tanh(logits / cap) if cap else logits
        assert np.abs(capped - points["logits"]).max() <= 1e-11 * max(np.abs(value).max() for value in added.values())
        following = np.array(ids[1:])
        rows = np.arange(LENGTH - 1)
        tensors = {
            "ids": np.array(ids, dtype=np.int32), "lens": lens.numpy(), "logits": logits,
            "attribution": np.stack([value[rows, following] for value in added.values()], 1),
            "difference": np.stack([value[:, ANSWER] - value[:, AGAINST] for value in added.values()], 1),
        }
        if "ln_final.hook_in" in points:
            assert np.abs(frozen[-1] - logits).max() <= 1e-11 * np.abs(logits).max()
            tensors["frozen"] = frozen[:, rows, following]
        tensors = {key: np.ascontiguousarray(value, np.int32 if key == "ids" else np.float32) for key, value in tensors.items()}
        path = os.path.join(directory, "reading.safetensors")
        save_file(tensors, path, metadata={"parts": ",".join(added)})
        print(f"{path}: {len(added)} parts, {os.path.getsize(path):,} bytes")


if __name__ == "__main__":
    main()

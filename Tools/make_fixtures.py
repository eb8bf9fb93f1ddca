"""Write the parity fixtures: small random GPT-2 checkpoints and every hook point that Hugging Face computes on them.

    python Tools/make_fixtures.py [--output Tests/Fixtures] [--micro Sources/EmbeddedModel/gpt2-micro]

Each fixture directory holds config.json, model.safetensors and activations.safetensors. Together the checkpoints
cover the forms found in the wild: see FIXTURES. `micro` is the embedded model, so it holds activations only.

activations.safetensors: for sequence number s, "{s}/token_ids" (I32) and "{s}/{hook}" (F32, computed in float64), with
the shapes of reference.hook_points. `micro` keeps every 32nd column of the logits, as "{s}/logits_every_32".
"""
import argparse
import json
import os

import numpy as np
import torch
from safetensors.torch import save_file
from tokenizers import ByteLevelBPETokenizer

import reference

MICRO_TEXT = "They said hatred was ok."
LENGTHS = (1, 7, 12)

COMMON = {"model_type": "gpt2", "architectures": ["GPT2LMHeadModel"], "n_layer": 2, "n_positions": 32,
          "bos_token_id": 0, "eos_token_id": 0}
FIXTURES = {
    # Names begin with "transformer.", lm_head is tied and absent; width, inner size and epsilon are unusual.
    "odd": dict(
        seed=1, dtype=torch.float32, prefix="transformer.",
        config=COMMON | {"n_embd": 40, "n_head": 5, "n_inner": 72, "n_ctx": 32, "vocab_size": 97,
                         "layer_norm_epsilon": 1e-3, "activation_function": "gelu_new"}),
    # Bare names and mask buffers, as in the published GPT-2; no n_ctx, n_inner null, scores divided by layer + 1.
    "bare-bf16": dict(
        seed=2, dtype=torch.bfloat16, prefix="", buffers=True,
        config=COMMON | {"n_embd": 36, "n_head": 3, "n_inner": None, "vocab_size": 101, "layer_norm_epsilon": 1e-5,
                         "activation_function": "gelu", "scale_attn_by_inverse_layer_idx": True}),
    # A separate lm_head, scores not divided by sqrt(dh), n_inner not mentioned.
    "f16-untied": dict(
        seed=3, dtype=torch.float16, prefix="transformer.", untied=True,
        config=COMMON | {"n_embd": 50, "n_head": 5, "n_ctx": 32, "vocab_size": 89, "layer_norm_epsilon": 1e-5,
                         "activation_function": "relu", "scale_attn_weights": False, "tie_word_embeddings": False}),
}


def random_weights(config, random):
    """{bare name: float64 array} with activations of healthy size: means away from 0, attention far from uniform."""
    width, vocab = config["n_embd"], config["vocab_size"]
    inner = config.get("n_inner") or 4 * width
    score_scale = 1 if config.get("scale_attn_weights", True) else (width // config["n_head"]) ** -0.25

    def normal(*shape, mean=0.0, spread=1.0):
        return mean + spread * random.standard_normal(shape)

    def linear(inputs, outputs, factor=1.0):  # Conv1D: [in, out]
        return normal(inputs, outputs, spread=factor * inputs ** -0.5), normal(outputs, spread=0.2)

    def norm():
        gain = normal(width, mean=1.0, spread=0.35)
        gain[:3] = -0.8, 0.0, 1e-3
        return random.permutation(gain), normal(width, spread=0.25)

    weights = {"wte.weight": normal(vocab, width, mean=0.2, spread=0.7),
               "wpe.weight": normal(config["n_positions"], width, spread=0.3)}
    for i in range(config["n_layer"]):
        for name, (weight, bias) in {
            "ln_1": norm(), "attn.c_attn": linear(width, 3 * width, 1.3 * score_scale),
            "attn.c_proj": linear(width, width), "ln_2": norm(), "mlp.c_fc": linear(width, inner),
            "mlp.c_proj": linear(inner, width),
        }.items():
            weights[f"h.{i}.{name}.weight"], weights[f"h.{i}.{name}.bias"] = weight, bias
    weights["ln_f.weight"], weights["ln_f.bias"] = norm()
    return weights


def mask_buffers(config):
    """The causal masks that older checkpoints carry; a loader ignores them. Both of the types seen: F32 and U8."""
    size = config["n_positions"]
    mask = torch.ones(1, 1, size, size).tril()
    buffers = {}
    for i in range(config["n_layer"]):
        buffers[f"h.{i}.attn.bias"] = mask.clone() if i % 2 == 0 else mask.to(torch.uint8)
        buffers[f"h.{i}.attn.masked_bias"] = torch.tensor(-1e4)
    return buffers


def write_checkpoint(directory, seed, dtype, prefix, config, buffers=False, untied=False):
    """config.json and model.safetensors."""
    random = np.random.default_rng(seed)
    weights = random_weights(config, random)
    tensors = {prefix + name: torch.from_numpy(value).to(dtype) for name, value in weights.items()}
    if untied:
        tensors["lm_head.weight"] = torch.from_numpy(
            0.5 * random.standard_normal((config["vocab_size"], config["n_embd"]))).to(dtype)
    if buffers:
        tensors |= mask_buffers(config)
    os.makedirs(directory, exist_ok=True)
    with open(os.path.join(directory, "config.json"), "w") as file:
        json.dump(config, file, indent=2)
        file.write("\n")
    save_file(tensors, os.path.join(directory, "model.safetensors"), metadata={"format": "pt"})


def write_activations(directory, model, sequences, metadata=None, logit_step=1):
    """activations.safetensors: the hook points of each sequence of token ids."""
    tensors = {}
    for s, ids in enumerate(sequences):
        points = reference.hook_points(model, ids)
        if logit_step > 1:
            points[f"logits_every_{logit_step}"] = points.pop("logits")[:, ::logit_step]
        tensors[f"{s}/token_ids"] = torch.tensor(ids, dtype=torch.int32)
        for name, value in points.items():
            tensors[f"{s}/{name}"] = torch.from_numpy(value).to(torch.float32).contiguous()
    os.makedirs(directory, exist_ok=True)
    path = os.path.join(directory, "activations.safetensors")
    save_file(tensors, path, metadata=metadata)
    print(f"{path}: {len(tensors)} tensors, {os.path.getsize(path):,} bytes")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--output", default="Tests/Fixtures")
    parser.add_argument("--micro", default="Sources/EmbeddedModel/gpt2-micro", help="directory of the embedded model")
    arguments = parser.parse_args()

    for name, fixture in FIXTURES.items():
        directory = os.path.join(arguments.output, name)
        write_checkpoint(directory, **fixture)
        random = np.random.default_rng(100 + fixture["seed"])
        sequences = [random.integers(0, fixture["config"]["vocab_size"], length).tolist() for length in LENGTHS]
        write_activations(directory, reference.load(directory), sequences)

    tokenizer = ByteLevelBPETokenizer(*(os.path.join(arguments.micro, f) for f in ("vocab.json", "merges.txt")))
    ids = tokenizer.encode(MICRO_TEXT).ids
    write_activations(os.path.join(arguments.output, "micro"), reference.load(arguments.micro), [ids],
                      metadata={"text": MICRO_TEXT}, logit_step=32)


if __name__ == "__main__":
    main()

"""Write the parity fixtures: small random checkpoints and every hook point that Hugging Face computes on them.

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
# A sequence of 12 tokens takes little; two layers are enough to see a sum begin anew after a norm.
BERT = {"model_type": "bert", "architectures": ["BertModel"], "num_hidden_layers": 2, "max_position_embeddings": 20,
        "type_vocab_size": 2, "hidden_dropout_prob": 0.0, "attention_probs_dropout_prob": 0.0, "pad_token_id": 0}
LLAMA = {"model_type": "llama", "architectures": ["LlamaForCausalLM"], "num_hidden_layers": 2,
         "max_position_embeddings": 64, "hidden_act": "silu", "bos_token_id": 1, "eos_token_id": 2}
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
    # Post-LN, unmasked attention, token types.
    "bert": dict(
        seed=4, dtype=torch.float32, prefix="",
        config=BERT | {"hidden_size": 36, "num_attention_heads": 3, "intermediate_size": 56, "vocab_size": 71,
                       "layer_norm_eps": 1e-12, "hidden_act": "gelu"}),
    # RMSNorm, rotary positions, six heads that share two keys and values, width not heads x head width.
    "llama": dict(
        seed=5, dtype=torch.float32, prefix="model.", untied=True,
        config=LLAMA | {"hidden_size": 42, "num_attention_heads": 6, "num_key_value_heads": 2, "head_dim": 8,
                        "intermediate_size": 56, "vocab_size": 73, "rms_norm_eps": 1e-5, "rope_theta": 10000.0,
                        "tie_word_embeddings": False}),
    # Biases, a tied unembedding, one head of keys and values.
    "llama-biases": dict(
        seed=6, dtype=torch.bfloat16, prefix="model.",
        config=LLAMA | {"hidden_size": 32, "num_attention_heads": 4, "num_key_value_heads": 1, "intermediate_size": 48,
                        "vocab_size": 61, "rms_norm_eps": 1e-3, "rope_theta": 500.0, "attention_bias": True,
                        "mlp_bias": True, "tie_word_embeddings": True}),
}


class Weights:
    """Random weights with activations of healthy size: means away from 0, attention far from uniform."""

    def __init__(self, width, random):
        self.width, self.random, self.named = width, random, {}

    def normal(self, *shape, mean=0.0, spread=1.0):
        return mean + spread * self.random.standard_normal(shape)

    def table(self, name, rows, mean=0.0, spread=0.3):
        self.named[f"{name}.weight"] = self.normal(rows, self.width, mean=mean, spread=spread)

    def conv(self, name, inputs, outputs, factor=1.0):  # Conv1D: [in, out]
        self.named[f"{name}.weight"] = self.normal(inputs, outputs, spread=factor * inputs ** -0.5)
        self.named[f"{name}.bias"] = self.normal(outputs, spread=0.2)

    def linear(self, name, inputs, outputs, factor=1.0, bias=True):  # Linear: [out, in]
        self.named[f"{name}.weight"] = self.normal(outputs, inputs, spread=factor * inputs ** -0.5)
        if bias:
            self.named[f"{name}.bias"] = self.normal(outputs, spread=0.2)

    def norm(self, name, bias=True):
        gain = self.normal(self.width, mean=1.0, spread=0.35)
        gain[:3] = -0.8, 0.0, 1e-3
        self.named[f"{name}.weight"] = self.random.permutation(gain)
        if bias:
            self.named[f"{name}.bias"] = self.normal(self.width, spread=0.25)


def random_weights(config, random):
    """{bare name: float64 array}."""
    return {"gpt2": gpt2_weights, "bert": bert_weights, "llama": llama_weights}[config["model_type"]](config, random)


def gpt2_weights(config, random):
    width = config["n_embd"]
    inner = config.get("n_inner") or 4 * width
    score_scale = 1 if config.get("scale_attn_weights", True) else (width // config["n_head"]) ** -0.25
    weights = Weights(width, random)
    weights.table("wte", config["vocab_size"], mean=0.2, spread=0.7)
    weights.table("wpe", config["n_positions"])
    for i in range(config["n_layer"]):
        weights.norm(f"h.{i}.ln_1")
        weights.conv(f"h.{i}.attn.c_attn", width, 3 * width, 1.3 * score_scale)
        weights.conv(f"h.{i}.attn.c_proj", width, width)
        weights.norm(f"h.{i}.ln_2")
        weights.conv(f"h.{i}.mlp.c_fc", width, inner)
        weights.conv(f"h.{i}.mlp.c_proj", inner, width)
    weights.norm("ln_f")
    return weights.named


def bert_weights(config, random):
    width, inner = config["hidden_size"], config["intermediate_size"]
    weights = Weights(width, random)
    weights.table("embeddings.word_embeddings", config["vocab_size"], mean=0.2, spread=0.7)
    weights.table("embeddings.position_embeddings", config["max_position_embeddings"])
    weights.table("embeddings.token_type_embeddings", config["type_vocab_size"])
    weights.norm("embeddings.LayerNorm")
    for i in range(config["num_hidden_layers"]):
        block = f"encoder.layer.{i}"
        for part in ("query", "key", "value"):
            weights.linear(f"{block}.attention.self.{part}", width, width, 1.3)
        weights.linear(f"{block}.attention.output.dense", width, width)
        weights.norm(f"{block}.attention.output.LayerNorm")
        weights.linear(f"{block}.intermediate.dense", width, inner)
        weights.linear(f"{block}.output.dense", inner, width)
        weights.norm(f"{block}.output.LayerNorm")
    return weights.named


def llama_weights(config, random):
    width, inner, heads = config["hidden_size"], config["intermediate_size"], config["num_attention_heads"]
    head_width = config.get("head_dim") or width // heads
    bias, inner_bias = config.get("attention_bias", False), config.get("mlp_bias", False)
    weights = Weights(width, random)
    weights.table("embed_tokens", config["vocab_size"], mean=0.2, spread=0.7)
    for i in range(config["num_hidden_layers"]):
        block = f"layers.{i}"
        weights.norm(f"{block}.input_layernorm", bias=False)
        for part, count in (("q", heads), ("k", config["num_key_value_heads"]), ("v", config["num_key_value_heads"])):
            weights.linear(f"{block}.self_attn.{part}_proj", width, count * head_width, 1.3, bias)
        weights.linear(f"{block}.self_attn.o_proj", heads * head_width, width, bias=bias)
        weights.norm(f"{block}.post_attention_layernorm", bias=False)
        weights.linear(f"{block}.mlp.gate_proj", width, inner, bias=inner_bias)
        weights.linear(f"{block}.mlp.up_proj", width, inner, bias=inner_bias)
        weights.linear(f"{block}.mlp.down_proj", inner, width, bias=inner_bias)
    weights.norm("norm", bias=False)
    return weights.named


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
            0.5 * random.standard_normal((config["vocab_size"], config.get("n_embd") or config["hidden_size"]))).to(dtype)
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
    parser.add_argument("--only", nargs="*", help="these fixtures, and no others")
    arguments = parser.parse_args()

    for name, fixture in FIXTURES.items():
        if arguments.only and name not in arguments.only:
            continue
        directory = os.path.join(arguments.output, name)
        write_checkpoint(directory, **fixture)
        random = np.random.default_rng(100 + fixture["seed"])
        sequences = [random.integers(0, fixture["config"]["vocab_size"], length).tolist() for length in LENGTHS]
        write_activations(directory, reference.load(directory), sequences)

    if arguments.only:
        return
    tokenizer = ByteLevelBPETokenizer(*(os.path.join(arguments.micro, f) for f in ("vocab.json", "merges.txt")))
    ids = tokenizer.encode(MICRO_TEXT).ids
    write_activations(os.path.join(arguments.output, "micro"), reference.load(arguments.micro), [ids],
                      metadata={"text": MICRO_TEXT}, logit_step=32)


if __name__ == "__main__":
    main()

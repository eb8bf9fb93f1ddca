"""Write Tests/Fixtures/gguf: small GGUF files by ggml-org's Python package, and what they hold as safetensors.

    python Tools/make_gguf_fixtures.py [--output Tests/Fixtures/gguf]

    blocks.gguf, blocks.safetensors   random blocks of every type that is read, and their values by gguf.quants
    llama.gguf, llama/                a small random Llama as llama.cpp's converter writes it, and as transformers has it
    split/, split-llama/              the same with biases of queries, keys and values, heads of each layer, in three files
    FAMILY.gguf                       the checkpoints of Tests/Fixtures/families as the converter writes them
"""
import argparse
import json
import os

import numpy as np
from gguf import GGMLQuantizationType as Type
from gguf import GGUFWriter, RopeScalingType, quants
from safetensors.numpy import load_file, save_file

BLOCKS = [Type.Q4_0, Type.Q4_1, Type.Q5_0, Type.Q5_1, Type.Q8_0, Type.Q4_K, Type.Q5_K, Type.Q6_K]
# Where the halves of a block are, in bytes: random bits there could be NaN.
HALVES = {Type.Q4_0: [0], Type.Q4_1: [0, 2], Type.Q5_0: [0], Type.Q5_1: [0, 2], Type.Q8_0: [0], Type.Q4_K: [0, 2],
          Type.Q5_K: [0, 2], Type.Q6_K: [208]}


def random_blocks(rng, kind, rows, width):
    """Rows of blocks with any bits, but finite halves; one of them subnormal."""
    length, size = quants.GGML_QUANT_SIZES[kind]
    blocks = rng.integers(0, 256, (rows * width // length, size), dtype=np.uint8)
    for start in HALVES[kind]:
        halves = rng.normal(0, 0.05, len(blocks)).astype(np.float16)
        halves[0] = np.float16(3e-7)
        blocks[:, start:start + 2] = halves.view(np.uint8).reshape(-1, 2)
    return blocks.reshape(rows, -1)


def write_blocks(directory):
    """Every type, and every kind of metadata."""
    rng = np.random.default_rng(3)
    writer = GGUFWriter(os.path.join(directory, "blocks.gguf"), "none")
    writer.add_custom_alignment(64)
    for name, value in (("uint8", 255), ("int8", -128), ("uint16", 65535), ("int16", -32768), ("uint32", 2**32 - 1),
                        ("int32", -2**31), ("uint64", 2**64 - 1), ("int64", -2**63), ("float32", 1e-5),
                        ("float64", 0.1), ("bool", True), ("string", "naïve 日本")):
        getattr(writer, f"add_{name}")(f"test.{name}", value)
    writer.add_array("test.strings", ["", "a", "é\n"])
    writer.add_array("test.integers", [1, -2, 3])
    writer.add_array("test.floats", [0.5, 1.5])
    writer.add_array("test.nested", [[1, 2], [3]])
    values = {}
    for kind in BLOCKS:
        stored = random_blocks(rng, kind, 3, 512)
        writer.add_tensor(kind.name, stored, raw_dtype=kind)
        values[kind.name] = quants.dequantize(stored, kind)
    plain = rng.normal(0, 1, (2, 3, 5)).astype(np.float32)
    writer.add_tensor("F32", plain)
    writer.add_tensor("F16", plain.astype(np.float16))
    writer.add_tensor("F64", plain.astype(np.float64))
    brain = quants.quantize(plain.reshape(6, 5), Type.BF16)
    writer.add_tensor("BF16", brain, raw_dtype=Type.BF16)
    values |= {"F32": plain, "F16": plain.astype(np.float16).astype(np.float32), "F64": plain,
               "BF16": quants.dequantize(brain, Type.BF16)}
    # A type that is known and not read, and a tensor of no extents' worth.
    writer.add_tensor("TQ2_0", rng.integers(0, 256, (1, 66), dtype=np.uint8), raw_dtype=Type.TQ2_0)
    finish(writer)
    save_file({name: np.ascontiguousarray(v) for name, v in values.items()},
              os.path.join(directory, "blocks.safetensors"))


def paired(weight, heads):
    """The order that llama.cpp's converter gives the rows of queries and keys: halves of each head interleaved."""
    width = weight.shape[0] // heads
    return weight.reshape(heads, 2, width // 2, -1).swapaxes(1, 2).reshape(weight.shape)


def write_llama(directory, file="llama.gguf", to_folder="llama", has_biases=False):
    """The same weights twice; what GGUF quantizes is its dequantized values for transformers."""
    rng = np.random.default_rng(4)
    layers, width, heads, kv, inner, vocabulary = 2, 64, 4, 2, 96, 40
    head = width // heads
    path = os.path.join(directory, file)
    os.makedirs(os.path.dirname(path), exist_ok=True)
    writer = GGUFWriter(path, "llama", split_max_tensors=10 if has_biases else 0)
    writer.add_block_count(layers)
    writer.add_context_length(128)
    writer.add_embedding_length(width)
    writer.add_feed_forward_length(inner)
    writer.add_head_count(heads)
    writer.add_head_count_kv([kv] * layers if has_biases else kv)
    writer.add_rope_freq_base(50000.0)
    writer.add_rope_dimension_count(head)
    writer.add_layer_norm_rms_eps(1e-5)
    writer.add_vocab_size(vocabulary)
    writer.add_bos_token_id(1)
    writer.add_eos_token_id(2)
    tensors = {}

    def add(name, to, shape, kind=Type.F32, heads=None):
        values = rng.normal(0, 0.3, shape).astype(np.float32)
        stored = quants.quantize(paired(values, heads) if heads else values, kind)
        writer.add_tensor(name, stored, raw_dtype=kind)
        read = quants.dequantize(stored, kind)
        if heads:  # the inverse exchanges the axes back
            read = read.reshape(heads, head // 2, 2, -1).swapaxes(1, 2).reshape(shape)
        tensors[to] = np.ascontiguousarray(read.reshape(shape))

    add("token_embd.weight", "model.embed_tokens.weight", (vocabulary, width), Type.Q8_0)
    for i in range(layers):
        block, to = f"blk.{i}.", f"model.layers.{i}."
        kind = (Type.F32, Type.Q4_1)[i]
        add(block + "attn_norm.weight", to + "input_layernorm.weight", (width,))
        add(block + "ffn_norm.weight", to + "post_attention_layernorm.weight", (width,))
        add(block + "attn_q.weight", to + "self_attn.q_proj.weight", (width, width), kind, heads)
        add(block + "attn_k.weight", to + "self_attn.k_proj.weight", (kv * head, width), kind, kv)
        add(block + "attn_v.weight", to + "self_attn.v_proj.weight", (kv * head, width), Type.F16)
        add(block + "attn_output.weight", to + "self_attn.o_proj.weight", (width, width), kind)
        add(block + "ffn_gate.weight", to + "mlp.gate_proj.weight", (inner, width), kind)
        add(block + "ffn_up.weight", to + "mlp.up_proj.weight", (inner, width), Type.Q5_0)
        add(block + "ffn_down.weight", to + "mlp.down_proj.weight", (width, inner), Type.Q5_1)
        if has_biases:
            add(block + "attn_q.bias", to + "self_attn.q_proj.bias", (width,), heads=heads)
            add(block + "attn_k.bias", to + "self_attn.k_proj.bias", (kv * head,), heads=kv)
            add(block + "attn_v.bias", to + "self_attn.v_proj.bias", (kv * head,))
            tensors[to + "self_attn.o_proj.bias"] = np.zeros(width, np.float32)  # transformers has all four or none
    add("output_norm.weight", "model.norm.weight", (width,))
    finish(writer)

    folder = os.path.join(directory, to_folder)
    os.makedirs(folder, exist_ok=True)
    save_file(tensors, os.path.join(folder, "model.safetensors"))
    configuration = {
        "architectures": ["LlamaForCausalLM"], "model_type": "llama", "num_hidden_layers": layers, "hidden_size": width,
        "num_attention_heads": heads, "num_key_value_heads": kv, "intermediate_size": inner, "hidden_act": "silu",
        "max_position_embeddings": 128, "rms_norm_eps": 1e-5, "rope_theta": 50000.0, "tie_word_embeddings": True,
        "vocab_size": vocabulary, "bos_token_id": 1, "eos_token_id": 2,
    } | ({"attention_bias": True} if has_biases else {})
    with open(os.path.join(folder, "config.json"), "w", encoding="utf-8") as file:
        json.dump(configuration, file, indent=2)
        file.write("\n")


# What the converter calls the tensors of a block.
BLOCK = {
    "input_layernorm": "attn_norm", "post_attention_layernorm": "ffn_norm", "self_attn.q_proj": "attn_q", "self_attn.k_proj": "attn_k",
    "self_attn.v_proj": "attn_v", "self_attn.o_proj": "attn_output", "self_attn.qkv_proj": "attn_qkv", "self_attn.q_norm": "attn_q_norm",
    "self_attn.k_norm": "attn_k_norm", "mlp.gate_proj": "ffn_gate", "mlp.up_proj": "ffn_up", "mlp.gate_up_proj": "ffn_up",
    "mlp.down_proj": "ffn_down"}
GEMMA = BLOCK | {"post_attention_layernorm": "post_attention_norm", "pre_feedforward_layernorm": "ffn_norm",
                 "post_feedforward_layernorm": "post_ffw_norm"}
WHOLE = {"model.embed_tokens.weight": "token_embd.weight", "model.norm.weight": "output_norm.weight", "lm_head.weight": "output.weight"}


def write_family(directory, families, name, kind):
    """A checkpoint of transformers as GGUF."""
    with open(os.path.join(families, name, "config.json"), encoding="utf-8") as file:
        c = json.load(file)
    head = c.get("head_dim") or c["hidden_size"] // c["num_attention_heads"]
    writer = GGUFWriter(os.path.join(directory, f"{name}.gguf"), kind)
    writer.add_block_count(c["num_hidden_layers"])
    writer.add_context_length(c["max_position_embeddings"])
    writer.add_embedding_length(c["hidden_size"])
    writer.add_feed_forward_length(c["intermediate_size"])
    writer.add_head_count(c["num_attention_heads"])
    writer.add_head_count_kv(c["num_key_value_heads"])
    writer.add_layer_norm_rms_eps(c["rms_norm_eps"])
    writer.add_rope_freq_base(c.get("rope_theta") or c.get("rope_parameters", {}).get("rope_theta", 10000.0))
    if "head_dim" in c:
        writer.add_key_length(head)
        writer.add_value_length(head)
    if name == "phi3":
        writer.add_rope_dimension_count(int(head * c["partial_rotary_factor"]))
    if kind.startswith("gemma") or name == "phi3":
        writer.add_sliding_window(c["sliding_window"])
    if name == "gemma2":
        writer.add_attn_logit_softcapping(c["attn_logit_softcapping"])
        writer.add_final_logit_softcapping(c["final_logit_softcapping"])
    if "rope_scaling" in c:
        writer.add_rope_scaling_type(RopeScalingType(c["rope_scaling"]["rope_type"]))
        writer.add_rope_scaling_factor(c["rope_scaling"]["factor"])
    parts = GEMMA if kind.startswith("gemma") else BLOCK
    for tensor, values in load_file(os.path.join(families, name, "model.safetensors")).items():
        values = values.astype(np.float32)
        if kind.startswith("gemma") and tensor.endswith("norm.weight"):
            values = values + 1
        if tensor in WHOLE:
            to = WHOLE[tensor]
        else:
            _, _, layer, rest = tensor.split(".", 3)
            module, end = rest.rsplit(".", 1)
            to = f"blk.{layer}.{parts[module]}.{end}"
        writer.add_tensor(to, np.ascontiguousarray(values))
    finish(writer)


def finish(writer):
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--output", default="Tests/Fixtures/gguf")
    parser.add_argument("--families", default="Tests/Fixtures/families")
    parser.add_argument("--only-families", action="store_true", help="leave the others as they are")
    arguments = parser.parse_args()
    os.makedirs(arguments.output, exist_ok=True)
    if not arguments.only_families:
        write_blocks(arguments.output)
        write_llama(arguments.output)
        write_llama(arguments.output, "split/llama.gguf", "split-llama", has_biases=True)
    for name, kind in (("qwen2", "qwen2"), ("qwen3", "qwen3"), ("gemma2", "gemma2"), ("gemma3", "gemma3"), ("phi3", "phi3")):
        write_family(arguments.output, arguments.families, name, kind)


if __name__ == "__main__":
    main()

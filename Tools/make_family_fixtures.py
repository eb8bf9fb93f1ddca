"""Write the fixtures of the families: for each a small random checkpoint with every particular that it brings, and every hook
point that transformers computes on it in float64.

    python Tools/make_family_fixtures.py [--output Tests/Fixtures/families] [--only NAME ...]

Each directory holds config.json, model.safetensors (float16) and activations.safetensors: for sequence number s,
"{s}/token_ids" (I32) and "{s}/{hook}" (F32), as those of make_fixtures.py.
"""
import reference_families  # first: it makes transformers compute in float64

import argparse
import json
import os

import numpy as np
import torch
from safetensors.numpy import save_file

LENGTHS = (2, 7)

SIZES = {"hidden_size": 20, "num_attention_heads": 4, "num_hidden_layers": 2, "intermediate_size": 28, "vocab_size": 37,
         "max_position_embeddings": 32, "bos_token_id": 1, "eos_token_id": 2}
ROTARY = SIZES | {"hidden_size": 24}
GROUPED = SIZES | {"num_attention_heads": 6, "num_key_value_heads": 2, "head_dim": 4, "rms_norm_eps": 1e-4}
OLD = {"n_embd": 20, "n_head": 4, "n_layer": 2, "n_positions": 32, "vocab_size": 37, "bos_token_id": 1, "eos_token_id": 2}
BERT = SIZES | {"type_vocab_size": 2, "layer_norm_eps": 1e-4, "pad_token_id": 1, "hidden_dropout_prob": 0.0}


def family(model_type, architecture, config, **more):
    return {"model_type": model_type, "architectures": [architecture]} | config | more


# Keys of version 4 of transformers in some, and of version 5 in others.
FIXTURES = {
    # A window, and heads whose width is not width / heads.
    "mistral": family("mistral", "MistralForCausalLM", GROUPED, sliding_window=3, rope_theta=500.0),
    # Biases of q, k, v; a window in the second layer.
    "qwen2": family("qwen2", "Qwen2ForCausalLM", ROTARY, num_key_value_heads=2, rms_norm_eps=1e-5, use_sliding_window=True,
                    sliding_window=4, max_window_layers=1, tie_word_embeddings=True,
                    rope_parameters={"rope_type": "default", "rope_theta": 2000.0}),
    # Norms of q and k by head.
    "qwen3": family("qwen3", "Qwen3ForCausalLM", GROUPED, head_dim=6, attention_bias=True, rope_theta=3000.0),
    # (1 + w), embeddings times sqrt(d).
    "gemma": family("gemma", "GemmaForCausalLM", GROUPED, head_dim=6, hidden_act="gelu_pytorch_tanh"),
    # Norms before and after each sublayer, soft-caps, every second layer windowed.
    "gemma2": family("gemma2", "Gemma2ForCausalLM", GROUPED, num_attention_heads=4, query_pre_attn_scalar=9, sliding_window=3,
                     attn_logit_softcapping=2.0, final_logit_softcapping=3.0, hidden_activation="gelu_pytorch_tanh"),
    # Norms of q and k by head too; two rotary bases; one layer of three not windowed.
    "gemma3": family("gemma3_text", "Gemma3ForCausalLM", GROUPED, num_attention_heads=4, num_hidden_layers=3, query_pre_attn_scalar=9, sliding_window=3,
                     sliding_window_pattern=3, rope_theta=100000.0, rope_local_base_freq=300.0, final_logit_softcapping=None,
                     attn_logit_softcapping=None, rope_scaling={"rope_type": "linear", "factor": 2.0},
                     hidden_activation="gelu_pytorch_tanh"),
    # Parallel with a norm each, partial rotary, q, k, v by head.
    "gpt_neox": family("gpt_neox", "GPTNeoXForCausalLM", SIZES | {"hidden_size": 32}, rotary_pct=0.5, rotary_emb_base=700,
                       layer_norm_eps=1e-4, use_parallel_residual=True, hidden_act="gelu", tie_word_embeddings=False),
    "gpt_neox-sequential": family("gpt_neox", "GPTNeoXForCausalLM", SIZES | {"hidden_size": 24}, rotary_pct=1.0,
                                  layer_norm_eps=1e-4, use_parallel_residual=False, hidden_act="gelu_new", tie_word_embeddings=True),
    # Parallel and shared, neighbours turned, a bias of the logits.
    "gptj": family("gptj", "GPTJForCausalLM", OLD, n_embd=32, rotary_dim=4, n_inner=None, layer_norm_epsilon=1e-4,
                   tie_word_embeddings=False),
    # Scores not scaled, a window in every second layer.
    "gpt_neo": family("gpt_neo", "GPTNeoForCausalLM",
                      {"hidden_size": 20, "num_heads": 4, "num_layers": 2, "vocab_size": 37, "max_position_embeddings": 32,
                       "intermediate_size": None, "bos_token_id": 1, "eos_token_id": 2},
                      attention_types=[[["global", "local"], 1]], window_size=3, layer_norm_epsilon=1e-4),
    # LayerNorms of q and k by head, partial rotary, a bias of the logits.
    "phi": family("phi", "PhiForCausalLM", SIZES | {"hidden_size": 32}, num_key_value_heads=2, partial_rotary_factor=0.5, rope_theta=900.0,
                  qk_layernorm=True, layer_norm_eps=1e-4, hidden_act="gelu_new"),
    "phi3": family("phi3", "Phi3ForCausalLM", SIZES | {"hidden_size": 32}, num_key_value_heads=2, partial_rotary_factor=0.5,
                   rope_theta=900.0, sliding_window=3, rms_norm_eps=1e-4, pad_token_id=0, original_max_position_embeddings=32),
    # Norms without parameters, clipped q, k, v.
    "olmo": family("olmo", "OlmoForCausalLM", ROTARY, clip_qkv=0.7, num_key_value_heads=2),
    # Norms of the branch only; of q and k over the full width.
    "olmo2": family("olmo2", "Olmo2ForCausalLM", ROTARY, num_key_value_heads=2, rms_norm_eps=1e-4, attention_bias=True),
    "olmo3": family("olmo3", "Olmo3ForCausalLM", ROTARY, num_key_value_heads=2, rms_norm_eps=1e-4, sliding_window=3,
                    layer_types=["sliding_attention", "full_attention"], rope_theta=600.0),
    "opt": family("opt", "OPTForCausalLM", SIZES, ffn_dim=28, do_layer_norm_before=True, word_embed_proj_dim=20, dropout=0.0),
    # Norms after the sums, none at the end; projections in and out.
    "opt-post": family("opt", "OPTForCausalLM", SIZES, ffn_dim=28, do_layer_norm_before=False, word_embed_proj_dim=12, dropout=0.0),
    # ALiBi, with a number of heads that is no power of two; a norm of the embeddings.
    "bloom": family("bloom", "BloomForCausalLM", {"vocab_size": 37, "bos_token_id": 1, "eos_token_id": 2}, hidden_size=24,
                    n_layer=2, n_head=6, layer_norm_epsilon=1e-4),
    # One shared norm, one head of keys and values.
    "falcon": family("falcon", "FalconForCausalLM", SIZES | {"hidden_size": 24}, multi_query=True, parallel_attn=True, bias=False,
                     new_decoder_architecture=False, alibi=False, layer_norm_epsilon=1e-4),
    # Two norms, groups of queries.
    "falcon-new": family("falcon", "FalconForCausalLM", SIZES | {"hidden_size": 32}, num_attention_heads=8, num_kv_heads=2, bias=False,
                         new_decoder_architecture=True, parallel_attn=True, alibi=False, layer_norm_epsilon=1e-4, ffn_hidden_size=40),
    "falcon-sequential": family("falcon", "FalconForCausalLM", SIZES | {"hidden_size": 24}, multi_query=False, parallel_attn=False, bias=True,
                                new_decoder_architecture=False, alibi=False, layer_norm_epsilon=1e-4),
    # LayerNorms of q and k with a gain for each head.
    "stablelm": family("stablelm", "StableLmForCausalLM", SIZES | {"hidden_size": 32}, num_key_value_heads=2, partial_rotary_factor=0.25,
                       rope_theta=800.0, use_qkv_bias=True, qk_layernorm=True, layer_norm_eps=1e-4, hidden_act="silu"),
    "stablelm-parallel": family("stablelm", "StableLmForCausalLM", SIZES | {"hidden_size": 32}, num_key_value_heads=4, partial_rotary_factor=0.5,
                                use_parallel_residual=True, layer_norm_eps=1e-4),
    # LayerNorm without bias, shared; norms of q and k with a gain for each head; neighbours turned; logits scaled.
    "cohere": family("cohere", "CohereForCausalLM", SIZES | {"hidden_size": 24}, num_key_value_heads=2, use_qk_norm=True, logit_scale=0.3,
                     layer_norm_eps=1e-4, rope_theta=700.0),
    # Multipliers.
    "granite": family("granite", "GraniteForCausalLM", ROTARY, num_key_value_heads=2, rms_norm_eps=1e-4, embedding_multiplier=3.0,
                      logits_scaling=2.5, residual_multiplier=0.4, attention_multiplier=0.3, attention_bias=True, mlp_bias=True),
    # A layer without positions.
    "smollm3": family("smollm3", "SmolLM3ForCausalLM", ROTARY, num_key_value_heads=2, rms_norm_eps=1e-4, no_rope_layers=[1, 0],
                      rope_theta=900.0, use_sliding_window=True, sliding_window=3, pad_token_id=0,
                      layer_types=["full_attention", "sliding_attention"]),
    # Positions from padding_idx + 1.
    "roberta": family("roberta", "RobertaModel", BERT, max_position_embeddings=34, hidden_act="gelu"),
    "xlm-roberta": family("xlm-roberta", "XLMRobertaModel", BERT, max_position_embeddings=34, type_vocab_size=1),
    "distilbert": family("distilbert", "DistilBertModel",
                         {"dim": 20, "n_heads": 4, "n_layers": 2, "hidden_dim": 28, "vocab_size": 37, "max_position_embeddings": 32,
                          "dropout": 0.0, "attention_dropout": 0.0, "pad_token_id": 0}),
    # Local and global layers, gated, LayerNorm without bias, the first attention without a norm.
    "modernbert": family("modernbert", "ModernBertModel", ROTARY, num_hidden_layers=3, global_attn_every_n_layers=2, local_attention=4,
                         global_rope_theta=4000.0, local_rope_theta=200.0, norm_eps=1e-4, norm_bias=False, pad_token_id=0,
                         cls_token_id=1, sep_token_id=2),
}


def random_weights(model, random):
    """{name: float16 array} for every parameter: gains around 1, or around 0 where 1 is added, and healthy activations."""
    shift = 0.0 if model.config.model_type.startswith("gemma") else 1.0
    weights = {}
    for name, value in model.named_parameters():
        shape = tuple(value.shape)
        part = name.rsplit(".", 2)[-2].lower() if "." in name else name
        is_norm = "norm" in part or part.startswith("ln_") or ".norms." in name
        if is_norm and name.endswith("weight"):
            drawn = shift + 0.35 * random.standard_normal(shape)
        elif len(shape) == 1:
            drawn = 0.2 * random.standard_normal(shape)
        elif "embed" in name or part in ("wte", "wpe"):
            drawn = 0.15 + 0.6 * random.standard_normal(shape)
        else:
            drawn = random.standard_normal(shape) * shape[1] ** -0.5
        weights[name] = drawn.astype(np.float16)
    return weights


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--output", default="Tests/Fixtures/families")
    parser.add_argument("--only", nargs="*", help="these, and no others")
    arguments = parser.parse_args()
    for number, (name, config) in enumerate(FIXTURES.items()):
        if arguments.only and name not in arguments.only:
            continue
        directory = os.path.join(arguments.output, name)
        os.makedirs(directory, exist_ok=True)
        random = np.random.default_rng(1000 + number)
        model = reference_families.build(config)
        weights = random_weights(model, random)
        reference_families.set_weights(model, weights)
        save_file(weights, os.path.join(directory, "model.safetensors"), metadata={"format": "pt"})
        with open(os.path.join(directory, "config.json"), "w", encoding="utf-8") as file:
            json.dump(config, file, indent=2)
            file.write("\n")
        tensors = {}
        for s, length in enumerate(LENGTHS):
            ids = random.integers(3, config["vocab_size"], length).tolist()
            tensors[f"{s}/token_ids"] = np.array(ids, dtype=np.int32)
            for hook, value in reference_families.hook_points(model, ids).items():
                tensors[f"{s}/{hook}"] = np.ascontiguousarray(value.astype(np.float32))
        path = os.path.join(directory, "activations.safetensors")
        save_file(tensors, path)
        print(f"{path}: {len(tensors)} tensors, {os.path.getsize(path):,} bytes, {os.path.getsize(path.replace('activations', 'model')):,} of weights")


if __name__ == "__main__":
    main()

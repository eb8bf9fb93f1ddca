"""Every hook point of a Llama, see reference.py. hook_scale = sqrt(mean square + epsilon); nothing is centred.

transformers computes a Llama's norms, softmax and angles in float32 whatever the model's type. For the reference they are
replaced by the same in float64, and the model's predictions are checked against its own to float32's accuracy.
"""
import glob
import os

import torch
from transformers import LlamaForCausalLM
from transformers.models.llama import modeling_llama

import reference

OWN_ACCURACY = 1e-4  # of the largest logit: float32 in three places of every layer


def load(path):
    """A directory in Hugging Face layout, a GGUF file, or a directory with one (needs the package gguf)."""
    if os.path.isdir(path) and not os.path.exists(os.path.join(path, "config.json")):
        (path,) = glob.glob(os.path.join(path, "*.gguf"))
    if os.path.isdir(path):
        model = reference.from_pretrained(LlamaForCausalLM, path)
    else:
        model = reference.from_pretrained(LlamaForCausalLM, os.path.dirname(path) or ".", gguf_file=os.path.basename(path))
    ids = torch.arange(min(8, model.config.vocab_size))[None]
    with torch.no_grad():
        own = model(ids).logits
        in_float64(model)
        reference.agree("logits in float64", model(ids).logits, own, OWN_ACCURACY)
    return model


def in_float64(model):
    """Replaces what is computed in float32."""
    modeling_llama.eager_attention_forward = attend
    for module in model.modules():
        if isinstance(module, modeling_llama.LlamaRMSNorm):
            module.forward = rms_norm.__get__(module)
        if isinstance(module, modeling_llama.LlamaRotaryEmbedding):
            module.forward = angles.__get__(module)


def rms_norm(self, x):
    return self.weight * (x / (x.square().mean(-1, keepdim=True) + self.variance_epsilon).sqrt())


def angles(self, x, position_ids):
    """Cosines and sines, [1, T, dh]. The frequencies too are made anew; scaled ones have only what transformers made."""
    frequencies = self.inv_freq.double()
    if self.rope_type == "default":
        width = 2 * len(frequencies)
        exponents = torch.arange(0, width, 2, dtype=torch.float64) / width
        frequencies = self.config.rope_parameters["rope_theta"] ** -exponents
    turns = position_ids[..., None].double() * frequencies
    both = torch.cat((turns, turns), dim=-1)
    return both.cos() * self.attention_scaling, both.sin() * self.attention_scaling


def attend(module, query, key, value, attention_mask, scaling, dropout=0.0, **_):
    key, value = (modeling_llama.repeat_kv(part, module.num_key_value_groups) for part in (key, value))
    scores = torch.matmul(query, key.transpose(2, 3)) * scaling
    if attention_mask is not None:
        scores = scores + attention_mask
    pattern = scores.softmax(-1)
    return torch.matmul(pattern, value).transpose(1, 2).contiguous(), pattern


@torch.no_grad()
def hook_points(model, ids):
    """{name: tensor} of one sequence."""
    seen, attentions, logits = reference.run(model, ids)
    body = model.model
    turn = body.rotary_emb(torch.empty(0), torch.arange(len(ids))[None])
    points = {"hook_embed": seen[body.embed_tokens].output}
    for i, block in enumerate(body.layers):
        name = f"blocks.{i}"
        points |= {
            f"{name}.hook_resid_pre": seen[block.input_layernorm].input,
            f"{name}.hook_resid_mid": seen[block.post_attention_layernorm].input,
            f"{name}.hook_resid_post": seen[block].output,
            f"{name}.hook_attn_out": seen[block.self_attn.o_proj].output,
            f"{name}.hook_mlp_out": seen[block.mlp.down_proj].output,
            f"{name}.mlp.hook_pre": seen[block.mlp.gate_proj].output,
            f"{name}.mlp.hook_pre_linear": seen[block.mlp.up_proj].output,
            f"{name}.mlp.hook_post": seen[block.mlp.down_proj].input,
        }
        points |= norm_points(f"{name}.ln1", block.input_layernorm, seen)
        points |= norm_points(f"{name}.ln2", block.post_attention_layernorm, seen)
        points |= attention_points(f"{name}.attn", block.self_attn, seen, attentions[i][0], turn)
    points |= norm_points("ln_final", body.norm, seen)
    return points | {"logits": logits[0]}


def norm_points(name, norm, seen):
    """The four hook points of an RMSNorm."""
    x, out = seen[norm].input, seen[norm].output
    scale = (x.square().mean(-1, keepdim=True) + norm.variance_epsilon).sqrt()
    reference.agree(f"{name}: normalized * gain", x / scale * norm.weight, out)
    return {f"{name}.hook_in": x, f"{name}.hook_scale": scale, f"{name}.hook_normalized": x / scale, f"{name}.hook_out": out}


def attention_points(name, attention, seen, pattern, turn):
    width = attention.head_dim
    q, k, v = (seen[part].output.unflatten(-1, (-1, width))
               for part in (attention.q_proj, attention.k_proj, attention.v_proj))
    turned = modeling_llama.apply_rotary_pos_emb(q[None], k[None], *turn, unsqueeze_dim=2)
    dense = attention.o_proj
    z = seen[dense].input.unflatten(-1, (-1, width))
    output = dense.weight.T.unflatten(0, (-1, width))
    points = reference.head_points(
        name, q, k, v, z, attention.scaling, pattern, True, output, tuple(part[0] for part in turned))
    reference.check_results(name, points, dense.bias, seen[dense].output)
    return points

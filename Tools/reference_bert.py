"""Every hook point of a BERT, see reference.py. Its norms stand after the sums: blocks.{i}.ln1.hook_in = hook_resid_mid."""
import torch
from transformers import BertModel

import reference


def load(directory):
    return reference.from_pretrained(BertModel, directory, add_pooling_layer=False)


@torch.no_grad()
def hook_points(model, ids):
    """{name: tensor} of one sequence."""
    seen, attentions, _ = reference.run(model, ids)
    embeddings = model.embeddings
    points = {"hook_embed": seen[embeddings.word_embeddings].output,
              "hook_pos_embed": seen[embeddings.position_embeddings].output.expand(len(ids), -1),
              "hook_token_type_embed": seen[embeddings.token_type_embeddings].output.expand(len(ids), -1)}
    reference.agree("sum of embeddings", sum(points.values()), seen[embeddings.LayerNorm].input)
    points |= reference.norm_points("embed.ln", embeddings.LayerNorm, seen[embeddings.LayerNorm])
    for i, block in enumerate(model.encoder.layer):
        name = f"blocks.{i}"
        attention, first, second = block.attention.self, block.attention.output.LayerNorm, block.output.LayerNorm
        points |= {f"{name}.hook_resid_pre": seen[block].input}
        points |= attention_points(f"{name}.attn", attention, block.attention.output.dense, seen, attentions[i][0])
        points |= {
            f"{name}.hook_attn_out": seen[block.attention.output.dense].output,
            f"{name}.hook_resid_mid": seen[first].input,
            f"{name}.mlp.hook_pre": seen[block.intermediate.dense].output,
            f"{name}.mlp.hook_post": seen[block.output.dense].input,
            f"{name}.hook_mlp_out": seen[block.output.dense].output,
            f"{name}.hook_resid_post": seen[second].input,
        }
        points |= reference.norm_points(f"{name}.ln1", first, seen[first])
        points |= reference.norm_points(f"{name}.ln2", second, seen[second])
        reference.agree(f"{name}: its output", points[f"{name}.ln2.hook_out"], seen[block].output)
    return points


def attention_points(name, attention, dense, seen, pattern):
    heads = attention.num_attention_heads
    q, k, v = (seen[part].output.unflatten(-1, (heads, -1)) for part in (attention.query, attention.key, attention.value))
    z = seen[dense].input.unflatten(-1, (heads, -1))
    output = dense.weight.T.unflatten(0, (heads, -1))  # Linear weights are [out, in]
    points = reference.head_points(name, q, k, v, z, attention.scaling, pattern, False, output)
    reference.check_results(name, points, dense.bias, seen[dense].output)
    return points

"""What people write today in place of `actrec record --capture norm-stats`: the statistics of every norm, per token, into SQLite.

    Benchmarks/recorders.py hooks|transformer_lens CHECKPOINT PROMPTS DATABASE [--threads 2]

`hooks` is Hugging Face transformers with forward hooks; `transformer_lens` is run_with_cache. Both take the same statistics
with torch, in one go for all tokens of a prompt, and insert them with executemany in one transaction.
"""
import argparse
import sqlite3

import torch
import transformers

COLUMNS = ("mean, variance, minimum, maximum, abs_max_feature, skewness, kurtosis, normalized_mean, normalized_variance, "
           "out_mean, out_variance, in_out_cosine, nonfinite")


def statistics(entered, left, epsilon):
    """entered, left: [T, D] float32 -> [T, 13] float64."""
    x, y = entered.double(), left.double()
    mean = x.mean(-1, keepdim=True)
    centred = x - mean
    variance = centred.square().mean(-1, keepdim=True)
    normalized = (centred / (variance + epsilon).sqrt()).float().double()
    columns = [
        mean.squeeze(-1), variance.squeeze(-1), x.amin(-1), x.amax(-1), x.abs().argmax(-1).double(),
        centred.pow(3).mean(-1) / variance.squeeze(-1).pow(1.5), centred.pow(4).mean(-1) / variance.squeeze(-1).square(),
        normalized.mean(-1), normalized.var(-1, unbiased=False), y.mean(-1), y.var(-1, unbiased=False),
        torch.nn.functional.cosine_similarity(x, y, dim=-1), (~x.isfinite()).sum(-1).double(),
    ]
    return torch.stack(columns, -1)


def hooks(checkpoint):
    """Prompt -> [(entered, left)] of all norms."""
    model = transformers.GPT2LMHeadModel.from_pretrained(checkpoint).transformer.eval()
    seen = []
    for module in model.modules():
        if isinstance(module, torch.nn.LayerNorm):
            module.register_forward_hook(lambda _, inputs, output: seen.append((inputs[0][0], output[0])))

    def run(ids):
        seen.clear()
        model(ids, use_cache=False)
        return seen

    return run, model.config.layer_norm_epsilon


def transformer_lens(checkpoint):
    from transformer_lens.model_bridge import TransformerBridge

    theirs = transformers.GPT2LMHeadModel.from_pretrained(checkpoint).eval()
    tokenizer = transformers.GPT2TokenizerFast.from_pretrained(checkpoint)
    model = TransformerBridge.boot_transformers(checkpoint, hf_model=theirs, tokenizer=tokenizer)
    names = [f"blocks.{layer}.{norm}" for layer in range(theirs.config.n_layer) for norm in ("ln1", "ln2")] + ["ln_final"]

    def run(ids):
        _, cache = model.run_with_cache(ids)
        return [(cache[name + ".hook_in"][0], cache[name + ".hook_out"][0]) for name in names]

    return run, theirs.config.layer_norm_epsilon


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("how", choices=["hooks", "transformer_lens"])
    parser.add_argument("checkpoint")
    parser.add_argument("prompts")
    parser.add_argument("database")
    parser.add_argument("--threads", type=int, default=2)
    arguments = parser.parse_args()
    torch.set_num_threads(arguments.threads)
    tokenizer = transformers.GPT2TokenizerFast.from_pretrained(arguments.checkpoint)
    run, epsilon = {"hooks": hooks, "transformer_lens": transformer_lens}[arguments.how](arguments.checkpoint)
    database = sqlite3.connect(arguments.database)
    database.execute("CREATE TABLE tokens (prompt INTEGER, position INTEGER, token_id INTEGER)")
    database.execute(f"CREATE TABLE norms (prompt INTEGER, position INTEGER, depth INTEGER, {COLUMNS}, "
                     "PRIMARY KEY (prompt, position, depth)) WITHOUT ROWID")
    insert = f"INSERT INTO norms VALUES ({', '.join('?' * (3 + len(COLUMNS.split(','))))})"
    with database, torch.inference_mode():
        for prompt, line in enumerate(open(arguments.prompts, encoding="utf-8"), 1):
            ids = tokenizer(line.rstrip("\n"), return_tensors="pt").input_ids
            database.executemany("INSERT INTO tokens VALUES (?, ?, ?)",
                                 [(prompt, position, token) for position, token in enumerate(ids[0].tolist())])
            for depth, (entered, left) in enumerate(run(ids)):
                rows = statistics(entered, left, epsilon).tolist()
                database.executemany(insert, [(prompt, position, depth, *row) for position, row in enumerate(rows)])
    database.close()


if __name__ == "__main__":
    main()

"""Write the fixtures of edited runs: for each edit at each kind of hook point, what transformers computes with the same edit made by
PyTorch hooks in float64.

    python Tools/make_edit_fixtures.py [--fixtures Tests/Fixtures] [--only NAME ...]

Each file, edits.safetensors beside a fixture's checkpoint, holds the token ids of two sequences of a run to take vectors from,
"source/0" and "source/1", those of the sequence that is edited, "edited" (I32), and for each edit, under its text, what the last norm
returns (F32, [T, D]).
"""
import edited  # first: it makes transformers compute in float64
import reference_families

import argparse
import os

import numpy as np
import torch
from safetensors.numpy import save_file

FIXTURES = ["odd", "bert", "llama", "families/gemma2", "families/gpt_neox", "families/qwen3"]
LENGTH = 6
RAGGED = ("hook_attn_scores", "hook_pattern")


class Source:
    """What a run kept at one hook point: by sequence [T, H, d]."""

    def __init__(self, model, sequences):
        reference_families.MODULES |= edited.NAMES
        self.points = [reference_families.hook_points(model, ids) for ids in sequences]
        self.causal = [np.tril(np.ones((LENGTH, LENGTH), dtype=bool))] * 2
        self.config = model.config

    def hooks(self):
        """The hook points of the embeddings, the first block and the last norm."""
        return [hook for hook in self.points[0] if not hook.startswith("blocks.") or hook.startswith("blocks.0.")]

    def values(self, hook, sequence):
        values = torch.from_numpy(self.points[sequence][hook])
        if values.ndim == 2 and hook.endswith("_norm.hook_scale"):
            return values[..., None]  # a number for each head
        return values if values.ndim == 3 else values[:, None]

    def square(self, hook, sequence, window):
        """Scores or patterns as [T, H, T], zero where nothing is seen."""
        heads = self.config.num_attention_heads
        square = torch.zeros(LENGTH, heads, LENGTH)
        flat = torch.from_numpy(self.points[sequence][hook])
        start = 0
        for t in range(LENGTH):
            seen = range(LENGTH) if self.config.model_type == "bert" else range(max(0, t + 1 - window), t + 1)
            for h in range(heads):
                square[t, h, seen.start:seen.stop] = flat[start:start + len(seen)]
                start += len(seen)
        assert start == len(flat)
        return square


def edits_at(hook, source):
    """{text: function} for one hook point."""
    name = hook.rsplit(".", 1)[-1]
    if name in RAGGED:
        # The first of Gemma 2's layers is windowed.
        window = getattr(source.config, "sliding_window", None) if source.config.model_type == "gemma2" else None
        own = source.square(hook, 0, window or LENGTH)
        heads = source.config.num_attention_heads
    else:
        own = source.values(hook, 0)
        heads = own.shape[1] if ".attn." in hook else None
    # Not much less: under norm scales of 0.25 scores reach 65, which float32 keeps to 4e-6, and as much of their exponentials.
    edits = {f"{hook} = 0.75": lambda x: torch.full_like(x, 0.75)}

    def part(change, positions, head=None):
        """Only at those positions, of one head."""
        def result(x):
            x = x.clone()
            where = (positions, slice(None) if head is None else slice(head, head + 1))
            x[where] = change(x)[where]
            return x
        return result

    if heads:
        edits[f"{hook}[1]@2.. *= -1.5"] = part(lambda x: -1.5 * x, slice(2, None), 1)
    else:
        edits[f"{hook}@2.. *= -1.5"] = part(lambda x: -1.5 * x, slice(2, None))
    edits[f"{hook}@-3..-1 = run 1"] = part(lambda x: own, slice(-3, None))
    edits[f"{hook} = run 1"] = lambda x: own
    if name in RAGGED:
        return edits
    other = source.values(hook, 1)
    one, last = other[3], other[-1]
    mean = torch.cat([own, other]).mean(0)
    edits[f"{hook} += 0.5 * run 1 sequence 2 @ 3"] = lambda x: x + 0.5 * one
    edits[f"{hook}@1..3 = mean(run 1)"] = part(lambda x: mean.expand_as(x), slice(1, 4))
    if own.shape[-1] > 1:
        # Each head's own direction.
        edits[f"{hook} -= projection(run 1 sequence 2 @ -1)"] = \
            lambda x: x - (x * last).sum(-1, keepdim=True) / last.square().sum(-1, keepdim=True) * last
    return edits


def edits_everywhere(source):
    """{text: {hook: function}} for edits of many hook points."""
    def all_of(end, change):
        hooks = [hook for hook in source.points[0] if hook.endswith(end)]
        return {hook: change(hook) for hook in hooks}

    def projection(hook):
        v = source.values(hook, 1)[-1]
        return lambda x: x - (x * v).sum(-1, keepdim=True) / v.square().sum() * v
    return {
        "*.hook_scale = run 1": all_of(".hook_scale", lambda hook: lambda x: source.values(hook, 0)),
        "*.hook_resid_post -= projection(run 1 sequence 2 @ -1)": all_of(".hook_resid_post", projection),
    }


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--fixtures", default="Tests/Fixtures")
    parser.add_argument("--only", nargs="*", help="these, and no others")
    arguments = parser.parse_args()
    for number, name in enumerate(FIXTURES):
        if arguments.only and name not in arguments.only:
            continue
        directory = os.path.join(arguments.fixtures, name)
        model = reference_families.load(directory)
        random = np.random.default_rng(2000 + number)
        sequences = [random.integers(3, model.config.vocab_size, LENGTH).tolist() for _ in range(3)]
        source = Source(model, sequences[:2])
        tensors = {key: np.array(ids, dtype=np.int32) for key, ids in zip(("source/0", "source/1", "edited"), sequences)}
        edits = {text: {hook: change} for hook in source.hooks() for text, change in edits_at(hook, source).items() if hook != "logits"}
        plain = edited.final_output(model, sequences[2], {})
        for text, changes in (edits | edits_everywhere(source)).items():
            output = edited.final_output(model, sequences[2], changes)
            # Positions and segments have the same embeddings in every run.
            if torch.equal(output, plain) and not (text.startswith(("hook_pos_embed", "hook_token_type_embed")) and "run 1" in text):
                raise AssertionError(f"{name}: '{text}' changes nothing")
            tensors[text] = output.numpy().astype(np.float32)
        path = os.path.join(directory, "edits.safetensors")
        save_file(tensors, path)
        print(f"{path}: {len(tensors)} tensors, {os.path.getsize(path):,} bytes")


if __name__ == "__main__":
    main()

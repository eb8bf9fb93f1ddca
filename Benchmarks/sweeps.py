"""Activation patching over 12 layers and 15 positions: actrec patch beside TransformerLens's get_act_patch_resid_pre.

    Benchmarks/sweeps.py build/actrec checkpoint [--runs 7] [--threads 2]

Both run a GPT-2 124M with random weights in float32 over two texts of 15 tokens. Programs take turns. Of actrec it is the seconds of
the passes that the sweep's row has, the clean and the corrupt pass among them; each round is a new process, which packs its weights
in it. Of TransformerLens it is the clean pass with its cache and the grid, in one process that keeps its model.
"""
import os
import sqlite3
import subprocess
import tempfile
import time

import machine
import programs
import results

TOKENS = 15
CLEAN = "They all said that hatred was not the answer to the war in the north"
CORRUPT = "They all said that love was not the answer to the war in the north"


def actrec_seconds(actrec, checkpoint, tokens):
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "sweep.db")
        subprocess.run(
            [actrec, "patch", CLEAN, CORRUPT, "--answer", " not", "--against", " good", "-m", checkpoint, "-o", path],
            check=True, capture_output=True)
        with sqlite3.connect(path) as db:
            seconds, cells = db.execute("SELECT seconds, (SELECT count(*) FROM sweep_cells) FROM sweeps").fetchone()
        assert cells == 12 * tokens, cells
        return seconds


class TransformerLens:
    def __init__(self, checkpoint, threads, tokens):
        import torch
        from transformer_lens import patching
        from transformer_lens.model_bridge import TransformerBridge

        torch.set_num_threads(threads)
        torch.set_grad_enabled(False)
        self.patching = patching
        self.model = TransformerBridge.boot_transformers(checkpoint, dtype=torch.float32, device="cpu")
        self.model.enable_compatibility_mode(no_processing=True)
        self.clean = (torch.arange(tokens)[None] * 7919 + 11) % 50257
        self.corrupt = self.clean.clone()
        self.corrupt[0, 3] += 1

    def seconds(self):
        start = time.perf_counter()
        _, cache = self.model.run_with_cache(self.clean)
        self.model(self.corrupt)
        grid = self.patching.get_act_patch_resid_pre(
            self.model, self.corrupt, cache, lambda logits: logits[0, -1, 407] - logits[0, -1, 922])
        assert grid.shape == (12, self.clean.shape[1])
        return time.perf_counter() - start


def main():
    arguments = programs.parser(__doc__, "actrec", "checkpoint").parse_args()
    os.environ.update(machine.environment(arguments.isa))
    peer = TransformerLens(arguments.checkpoint, arguments.threads, TOKENS)
    peer.seconds()  # the first calls of torch
    own, others = [], []
    for _ in range(arguments.runs):
        own.append(actrec_seconds(arguments.actrec, arguments.checkpoint, TOKENS))
        others.append(peer.seconds())
    table = results.Measurement("Sweeps", arguments)
    table(f"`actrec patch` of `hook_resid_pre` over 12 layers and {TOKENS} positions, beside TransformerLens's `get_act_patch_resid_pre` for")
    table("the same grid: the passes of both texts and of the cells. Each of actrec's rounds is a new process, which packs the weights.")
    table()
    table("| cells | actrec, s | TransformerLens, s | TransformerLens over actrec |\n|---:|---:|---:|---|")
    table(f"| {12 * TOKENS} | {results.median_and_range(own)} | {results.median_and_range(others)} | "
          f"{results.median_and_range(programs.ratios(others, own))} |")
    table.save()


if __name__ == "__main__":
    main()

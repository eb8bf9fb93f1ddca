"""Times actrec's forward pass beside Hugging Face transformers' and llama.cpp's: the same weights, tokens and threads.

    Benchmarks/forward.py ENGINE CHECKPOINT [--threads 2] [--runs 7]

Each round runs every program once, so that a busy moment of the machine meets all of them; the table has the median of the
rounds and the ratios' median and range. The weights are random: only the time counts. llama.cpp always makes the logits of
the last token. The last table says how much of the rate of matrix products alone the forward pass reaches.
"""
import argparse
import platform
import statistics
import subprocess
import time

import llama_cpp
import torch
import transformers

from llama_cpp_peer import LlamaCpp


class Engine:
    """actrec, kept running: a line in, seconds out."""

    def __init__(self, program, checkpoint, threads):
        self.process = subprocess.Popen(
            [program, checkpoint, str(threads)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def __call__(self, what, tokens):
        print(what, tokens, file=self.process.stdin, flush=True)
        return float(self.process.stdout.readline())


class HuggingFace:
    """transformers on PyTorch."""

    name = "Hugging Face"

    def __init__(self, checkpoint, threads):
        torch.set_num_threads(threads)
        self.model = transformers.GPT2LMHeadModel.from_pretrained(checkpoint).eval()

    def __call__(self, what, tokens):
        ids = (torch.arange(tokens)[None] * 7919 + 11) % 50257
        run = self.model if what == "logits" else self.model.transformer
        start = time.perf_counter()
        with torch.inference_mode():
            run(ids, use_cache=False)
        return time.perf_counter() - start


def compare(programs, what, tokens, runs):
    """A row of the table; the first program is ours."""
    rounds = []
    for _ in range(runs + 3):  # three to warm up: actrec lays its weights out anew after 2,048 tokens
        times = []
        for program in programs:
            time.sleep(0.05)  # threads of the program before stop spinning
            times.append(program(what, tokens))
        rounds.append(times)
    cells = [f"{tokens / statistics.median(times):,.0f}" for times in zip(*rounds[3:])]
    for peer in range(1, len(programs)):
        ratios = sorted(times[peer] / times[0] for times in rounds[3:])
        cells.append(f"{statistics.median(ratios):.2f} ({ratios[0]:.2f} to {ratios[-1]:.2f})")
    return f"| {what} | {tokens} | " + " | ".join(cells) + " |"


def reach(engine, config, tokens, runs):
    """The forward pass's rate of arithmetic over that of matrix products of the same shapes alone, ours and torch's; attention is
    counted at its causal cost."""
    d, m, layers = config.n_embd, config.n_inner or 4 * config.n_embd, config.n_layer
    shapes = [(d, 3 * d), (d, d), (d, m), (m, d)]
    products = layers * sum(2 * tokens * i * o for i, o in shapes)
    attention = layers * 2 * tokens * (tokens + 1) * d  # q kᵀ and its product with v, each for half of the pairs
    pairs = [(torch.randn(tokens, i), torch.randn(i, o)) for i, o in shapes]
    ours, alone, theirs = [], [], []
    engine("products", tokens)
    for _ in range(runs):
        ours.append((products + attention) / engine("forward", tokens))
        alone.append(products / engine("products", tokens))
        start = time.perf_counter()
        for _ in range(layers):
            for x, w in pairs:
                x @ w
        theirs.append(products / (time.perf_counter() - start))
    ours, alone, theirs = (statistics.median(rates) / 1e9 for rates in (ours, alone, theirs))
    return f"| {tokens} | {ours:.0f} | {alone:.0f} | {theirs:.0f} | {ours / max(alone, theirs):.0%} |"


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("engine")
    parser.add_argument("checkpoint")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--runs", type=int, default=7)
    arguments = parser.parse_args()
    engine = Engine(arguments.engine, arguments.checkpoint, arguments.threads)
    config = transformers.AutoConfig.from_pretrained(arguments.checkpoint)
    peers = [HuggingFace(arguments.checkpoint, arguments.threads), LlamaCpp(arguments.checkpoint, config, arguments.threads)]
    for tokens in (1024, 1024, 1024):
        engine("forward", tokens)
    print(f"{platform.machine()}, {arguments.threads} threads; PyTorch {torch.__version__}, transformers {transformers.__version__}, "
          f"llama-cpp-python {llama_cpp.__version__}; medians of {arguments.runs} rounds\n")
    names = [peer.name for peer in peers]
    print("| pass | tokens | actrec, tokens/s | " + ", tokens/s | ".join(names) + ", tokens/s | over " + " | over ".join(names) + " |")
    print("|---|---:|" + "---:|" * (1 + len(peers)) + "---|" * len(peers))
    for what in ("forward", "logits"):
        for tokens in (1024, 128, 16):
            print(compare([engine, *peers], what, tokens, arguments.runs), flush=True)
    print("\n| tokens | forward pass, GFLOP/s | its products alone | torch's products | reach |\n|---|---:|---:|---:|---:|")
    print(reach(engine, config, 1024, arguments.runs), flush=True)


if __name__ == "__main__":
    main()

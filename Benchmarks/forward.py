"""Times actrec's forward pass and Hugging Face transformers' on the same weights, tokens and threads, one after the other.

    Benchmarks/forward.py ENGINE CHECKPOINT [--threads 2] [--runs 7]

Each round runs every program once, so that a busy moment of the machine meets all of them; the table has the median of the
rounds and the ratio's median and range. The weights are random: only the time counts.
"""
import argparse
import platform
import statistics
import subprocess
import time

import torch
import transformers


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


def compare(engine, peer, what, tokens, runs):
    """A row of the table."""
    rounds = []
    for i in range(runs + 3):  # three to warm up: actrec lays its weights out anew after 2,048 tokens
        pair = []
        for program in (engine, peer):
            time.sleep(0.05)  # threads of the program before stop spinning
            pair.append(program(what, tokens))
        rounds.append(pair)
    ours, theirs = zip(*rounds[3:])
    ratios = sorted(b / a for a, b in rounds[3:])
    median = statistics.median
    return (f"| {what} | {tokens} | {tokens / median(ours):,.0f} | {tokens / median(theirs):,.0f} "
            f"| {median(ratios):.2f} ({ratios[0]:.2f} to {ratios[-1]:.2f}) |")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("engine")
    parser.add_argument("checkpoint")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--runs", type=int, default=7)
    arguments = parser.parse_args()
    engine = Engine(arguments.engine, arguments.checkpoint, arguments.threads)
    peer = HuggingFace(arguments.checkpoint, arguments.threads)
    for tokens in (1024, 1024, 1024):
        engine("forward", tokens)
    print(f"{platform.machine()}, {arguments.threads} threads; PyTorch {torch.__version__}, transformers {transformers.__version__}; "
          f"medians of {arguments.runs} rounds\n")
    print("| pass | tokens | actrec, tokens/s | Hugging Face, tokens/s | times as fast |\n|---|---:|---:|---:|---|")
    for what in ("forward", "logits"):
        for tokens in (1024, 128, 16):
            print(compare(engine, peer, what, tokens, arguments.runs), flush=True)


if __name__ == "__main__":
    main()

"""actrec alone: a bfloat16 copy of a float32 checkpoint beside it, and the most memory that a process holds.

    Benchmarks/checkpoints.py ENGINE ACTREC CHECKPOINT COPY [--threads 2] [--runs 7] [--isa avx2]

The copy has the same parameters, rounded, so its outputs are compared with those of transformers on the copy, widened to float32.
"""
import contextlib
import os
import subprocess
import tempfile

import forward
import machine
import peers
import programs
import results

FEW = 16, 4  # at 16 tokens the arithmetic may bound a pass over half the bytes; at 4 reading them does
PASSES = [("forward", 1024), ("forward", 128), ("forward", 16), ("logits", 1024)]
# Sequences of 1,024 tokens for each capture: enough that rows wait for the writer, and the disk holds what they write.
RECORDINGS = {"norm-stats": 6, "stats": 6, "norm": 6, "loss": 6, "shares": 6, "all": 2}


def size(checkpoint):
    return os.path.getsize(f"{checkpoint}/model.safetensors")


def megabytes(count):
    return "unknown" if count is None else f"{count / 1e6:,.0f}"


def half_precision(arguments):
    """Passes of few tokens, which read the weights once each."""
    table = results.Measurement("The same checkpoint in bfloat16", arguments)
    with contextlib.ExitStack() as stack, tempfile.TemporaryDirectory() as directory:
        transformers = stack.enter_context(programs.start(arguments, peers.PEERS, "transformers", arguments.copy))
        apart = forward.differences(forward.outputs(arguments, arguments.copy, [transformers], "forward", FEW[0], directory))["actrec"]
        both = [stack.enter_context(programs.engine(arguments, path)) for path in (arguments.checkpoint, arguments.copy)]
        programs.rounds(both, 1, "forward", 1024)  # weights are laid out for products
        times = {tokens: programs.rounds(both, arguments.runs, "forward", tokens) for tokens in FEW}
    table(f"Passes over few tokens, actrec alone; the copy's output at {FEW[0]} differs from that of transformers on the copy, widened, "
          f"by {apart:.1e} of the largest value.")
    table()
    table("| tokens | float32, tokens/s | bfloat16, tokens/s | times as fast |\n|---:|---:|---:|---|")
    for tokens, (wide, narrow) in times.items():
        table(f"| {tokens} | {programs.median_rate(tokens, wide):,.0f} | {programs.median_rate(tokens, narrow):,.0f} | "
              f"{results.median_and_range(programs.ratios(wide, narrow))} |")
    table.save()


def peak_of_passes(arguments, checkpoint, what, tokens):
    """The most bytes held by a process of these passes alone, as many as are timed elsewhere."""
    with programs.engine(arguments, checkpoint) as engine:
        for _ in range(programs.WARM_UP + arguments.runs):
            engine(what, tokens)
        return engine.peak_memory()


def peak_of_recording(arguments, checkpoint, capture, sequences, directory):
    """The most bytes held by `actrec record`. The system counts this small process's own at the start, which are fewer."""
    database, text = os.path.join(directory, "peak.db"), os.path.join(directory, "ids.jsonl")
    with open(text, "w", encoding="utf-8") as file:
        for _ in range(sequences):
            print('{"ids": [' + ", ".join(map(str, peers.token_ids(1024)[0])) + "]}", file=file)
    process = subprocess.Popen(
        [arguments.actrec, "record", "--model", checkpoint, "--file", text, "--capture", capture, "--threads", str(arguments.threads),
         "-q", "-o", database], env=machine.environment(arguments.isa))
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise SystemExit(f"actrec record --capture {capture} ended with status {process.returncode}")
    os.remove(database)
    return usage.ru_maxrss * (1 if os.uname().sysname == "Darwin" else 1024)


def peaks(arguments):
    """One process for each line of the table."""
    table = results.Measurement("Peak memory", arguments)
    table("The most memory that a process held, the touched pages of the mapped checkpoint included; MB (10^6 bytes).")
    table()
    table("| process | float32 | bfloat16 |\n|---|---:|---:|")
    both = (arguments.checkpoint, arguments.copy)
    table("| the checkpoint's file | " + " | ".join(megabytes(size(path)) for path in both) + " |")
    for what, tokens in PASSES:
        cells = [megabytes(peak_of_passes(arguments, path, what, tokens)) for path in both]
        table(f"| {what}, {tokens:,} tokens | " + " | ".join(cells) + " |")
    with tempfile.TemporaryDirectory() as directory:
        for capture, sequences in RECORDINGS.items():
            cells = [megabytes(peak_of_recording(arguments, path, capture, sequences, directory)) for path in both]
            table(f"| record `{capture}`, {sequences} sequences of 1,024 tokens | " + " | ".join(cells) + " |")
    table.save()


def main():
    arguments = programs.parser(__doc__, "engine", "actrec", "checkpoint", "copy").parse_args()
    half_precision(arguments)
    peaks(arguments)


if __name__ == "__main__":
    main()

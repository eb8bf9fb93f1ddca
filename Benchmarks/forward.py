"""Times actrec's forward pass beside every peer that Python's users could pick: the same weights, tokens and threads.

    Benchmarks/forward.py ENGINE ACTREC CHECKPOINT [--threads 2] [--runs 7] [--isa avx2]

Each round runs every program once, so that a busy moment of the machine meets all of them; the table has the median of the
rounds, and of the rounds' ratios to the fastest peer. The weights are random: only the time counts. Before programs are timed,
their outputs for the same tokens are compared with transformers'.
"""
import contextlib
import os
import sqlite3
import subprocess
import tempfile

import numpy

import machine
import peers
import programs
import results

LENGTHS = (1024, 128, 16)
# The largest difference from transformers' output that still counts as rounding, in units of its largest value.
# llama.cpp keeps keys and values, and looks up GELU, in float16.
ROUNDING = {"llama.cpp": 1e-3}
ROUNDING_OF_FLOAT32 = 5e-5


def recorded(arguments, checkpoint, tokens, directory):
    """actrec's output for the tokens, by what is computed: the final norm's [T, D], and next tokens' log-probabilities [T - 1]."""
    database = os.path.join(directory, "outputs.db")
    ids = " ".join(map(str, peers.token_ids(tokens)[0]))
    subprocess.run(
        [arguments.actrec, "record", "--model", checkpoint, "--capture", "ln_final.hook_out,loss", "--threads", str(arguments.threads),
         "-q", "-o", database, "--token-ids", ids], check=True, env=machine.environment(arguments.isa))
    with contextlib.closing(sqlite3.connect(database)) as connection:
        vectors = connection.execute("SELECT vector FROM activation_vectors WHERE hook = 'ln_final.hook_out' ORDER BY position")
        found = {"forward": numpy.stack([numpy.frombuffer(vector, "<f4") for (vector,) in vectors])}
        rows = connection.execute("SELECT log_probability FROM token_predictions ORDER BY position").fetchall()
        found["logits"] = numpy.array([value for (value,) in rows[:-1]])
    os.remove(database)
    return found


def outputs(arguments, checkpoint, others, what, tokens, directory):
    """{program: output} for the tokens, ours first; llama.cpp has none of a pass without logits."""
    found = {"actrec": recorded(arguments, checkpoint, tokens, directory)[what]}
    for other in others:
        if what == "forward" and other.name == "llama.cpp":
            continue
        path = os.path.join(directory, "output.npy")
        other("save", what, tokens, path)
        found[other.name] = numpy.load(path)
        os.remove(path)
    return found


def differences(found):
    """{program: largest difference from transformers' output, over its largest value}; stops at one that is not rounding."""
    expected = found["transformers"].astype(numpy.float64)
    measured = {}
    for name, output in found.items():
        if output.shape != expected.shape:
            raise SystemExit(f"{name}: output {output.shape}, that of transformers is {expected.shape}")
        measured[name] = float(abs(output - expected).max() / abs(expected).max())
        allowed = ROUNDING.get(name, ROUNDING_OF_FLOAT32)
        if not measured[name] <= allowed:
            raise SystemExit(f"{name} differs from transformers by {measured[name]:.1e} of the largest value; {allowed:.0e} is allowed")
    return measured


def row(what, tokens, others, times):
    """A row of the table; times: ours first."""
    ours, theirs = times[0], times[1:]
    medians = [programs.median_rate(tokens, column) for column in theirs]
    fastest = medians.index(max(medians))
    cells = [what, str(tokens), f"{programs.median_rate(tokens, ours):,.0f}"]
    cells += [f"{median:,.0f}" for median in medians]
    cells.append(f"{results.median_and_range(programs.ratios(theirs[fastest], ours))}, {others[fastest].name}")
    return "| " + " | ".join(cells) + " |"


def main():
    arguments = programs.parser(__doc__, "engine", "actrec", "checkpoint").parse_args()
    setting = results.Measurement("Machine and versions", arguments)
    for line in machine.describe(arguments.isa, arguments.threads, arguments.runs):
        setting(line)
    setting(f"Versions: {machine.versions(arguments.actrec)}.")
    setting.save()
    table = results.Measurement("Forward pass beside its peers", arguments)
    with contextlib.ExitStack() as stack, tempfile.TemporaryDirectory() as directory:
        reasons = {kind: peers.missing(kind, arguments.isa) for kind in peers.PEERS}
        kinds = [kind for kind, reason in reasons.items() if reason is None]
        actrec = stack.enter_context(programs.engine(arguments, arguments.checkpoint))
        others = [stack.enter_context(programs.start(arguments, peers.PEERS, kind, arguments.checkpoint)) for kind in kinds]
        table("Tokens a second. `forward` ends at the final norm, without the unembedding; `logits` makes those of every token.")
        for reason in filter(None, reasons.values()):
            table(reason + ".")
        if "llama.cpp" in kinds:
            table("llama.cpp makes the last token's logits in `forward` too.")
        table()
        table("| pass | tokens | actrec | " + " | ".join(other.name for other in others) + " | times as fast as the fastest peer |")
        table("|---|---:|" + "---:|" * (1 + len(others)) + "---|")
        apart = {}
        for what in ("forward", "logits"):
            for tokens in LENGTHS:
                found = outputs(arguments, arguments.checkpoint, others, what, tokens, directory)
                for name, difference in differences(found).items():
                    apart[name] = max(apart.get(name, 0), difference)
                table(row(what, tokens, others, programs.rounds([actrec, *others], arguments.runs, what, tokens)))
        table()
        table("Largest difference from transformers' outputs, over their largest value: "
              + ", ".join(f"{name} {difference:.1e}" for name, difference in apart.items() if name != "transformers") + ".")
    table.save()


if __name__ == "__main__":
    main()

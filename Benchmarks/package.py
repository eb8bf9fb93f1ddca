"""Times the Python package: importing it, recording beside the command, reading vectors, and a hook that does nothing.

    Benchmarks/package.py ACTREC ENGINE_LIBRARY CHECKPOINT [--threads 2] [--runs 7] [--isa avx2]

Pairs of measurements take turns. The weights are random: only the time counts.
"""
import os
import pathlib
import random
import statistics
import subprocess
import sys
import tempfile
import time

import machine
import programs
import results
from recording import seconds, write_prompts

PACKAGE = str(pathlib.Path(__file__).resolve().parents[1] / "Python")
TOKENS = 128
PASSES = 20  # of each kind in a round of the hook's cost
VECTORS = 34_000  # of GPT-2's width in float32: 104 MB
POINT = "blocks.5.hook_resid_post"


def import_time():
    """Seconds of `import actrec` in a fresh process, without what Python's own start takes."""
    code = "import time; t = time.perf_counter(); import actrec; print(time.perf_counter() - t)"
    return float(subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True,
                                env={**os.environ, "PYTHONPATH": PACKAGE}).stdout)


def recordings(actrec, arguments, directory):
    """Seconds of 1,000 short prompts by the command and from Python: from a list of texts to a closed database."""
    path, database = os.path.join(directory, "prompts.txt"), os.path.join(directory, "run.db")
    write_prompts(path)
    texts = pathlib.Path(path).read_text(encoding="utf-8").splitlines()
    command = [arguments.actrec, "record", "--model", arguments.checkpoint, "--file", path, "--capture", "norm-stats",
               "--threads", str(arguments.threads), "-q", "-o", database]
    by_command, from_python = [], []
    for _ in range(arguments.runs):
        by_command.append(seconds(arguments, command))
        os.remove(database)
        start = time.perf_counter()
        actrec.record(texts, model=arguments.checkpoint, capture="norm-stats", threads=arguments.threads, output=database,
                      progress=False).close()
        from_python.append(time.perf_counter() - start)
        os.remove(database)
    return by_command, from_python


def reading(actrec, arguments, directory):
    """GB/s of reading one hook point's vectors into one array, the file in the page cache."""
    choose = random.Random(0)
    ids = [[choose.randrange(50_257) for _ in range(1000)] for _ in range(VECTORS // 1000)]
    rates = []
    with actrec.record(token_ids=ids, model=arguments.checkpoint, capture="blocks.0.hook_resid_pre", threads=arguments.threads,
                       output=os.path.join(directory, "vectors.db"), progress=False) as run:
        for _ in range(arguments.runs):
            start = time.perf_counter()
            array = run["blocks.0.hook_resid_pre"]
            rates.append(array.nbytes / (time.perf_counter() - start) / 1e9)
        assert len(array) == VECTORS, array.shape
    return rates


def passes(actrec, arguments):
    """Seconds of a pass without hooks and of one whose hook at one point does nothing, each the median of a round."""
    choose = random.Random(0)
    ids = [choose.randrange(50_257) for _ in range(TOKENS)]
    kinds = {"bare": None, "hooked": {POINT: lambda values, hook: None}}
    medians = {kind: [] for kind in kinds}
    with actrec.Model(arguments.checkpoint, threads=arguments.threads) as model:
        for turn in range(arguments.runs + 1):  # the first one packs the weights
            times = {kind: [] for kind in kinds}
            for number in range(PASSES):
                for kind in (kinds if number % 2 else reversed(kinds)):
                    start = time.perf_counter()
                    model.run(ids, hooks=kinds[kind])
                    times[kind].append(time.perf_counter() - start)
            if turn:
                for kind, values in times.items():
                    medians[kind].append(statistics.median(values))
    return medians["bare"], medians["hooked"]


def main():
    arguments = programs.parser(__doc__, "actrec", "library", "checkpoint").parse_args()
    os.environ.update(machine.environment(arguments.isa), ACTREC_PROGRAM=os.path.abspath(arguments.actrec),
                      ACTREC_LIBRARY=os.path.abspath(arguments.library))
    sys.path.insert(0, PACKAGE)
    import actrec

    table = results.Measurement("The Python package", arguments)
    table("`import actrec` in a fresh process; 1,000 prompts of 5 to 60 tokens into a new file, by the command and by `actrec.record`;")
    table(f"{VECTORS:,} vectors of 768 float32 into one array, from the page cache; and {TOKENS}-token passes of `actrec.Model` in turns,")
    table(f"without hooks and with a function at `{POINT}` that does nothing, each the median of {PASSES} in a round.")
    table()
    table("| of GPT-2 124M | |\n|---|---:|")
    with tempfile.TemporaryDirectory() as directory:
        imports = [import_time() for _ in range(arguments.runs)]
        table(f"| `import actrec` | {results.median_and_range([1000 * value for value in imports], 1)} ms |")
        by_command, from_python = recordings(actrec, arguments, directory)
        table(f"| 1,000 prompts by the command | {results.median_and_range(by_command)} s |")
        table(f"| from Python, over the command | {results.median_and_range(programs.ratios(from_python, by_command), 3)} |")
        table(f"| reading vectors | {results.median_and_range(reading(actrec, arguments, directory))} GB/s |")
    bare, hooked = passes(actrec, arguments)
    table(f"| a pass without hooks | {results.median_and_range([1000 * value for value in bare])} ms |")
    table(f"| with an idle hook, over without | {results.median_and_range(programs.ratios(hooked, bare), 3)} |")
    table.save()


if __name__ == "__main__":
    main()

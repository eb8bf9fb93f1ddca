"""How much a busy machine slows recordings down, with the default threads and with one.

    Benchmarks/busy.py ACTREC CHECKPOINT [--runs 7] [--isa avx2]

Two endless loops at nice 19 run beside `actrec record`, of the embedded model and of CHECKPOINT. Quiet and busy recordings, with
both numbers of threads, take turns. Seconds are of whole processes.
"""
import contextlib
import os
import sqlite3
import statistics
import subprocess
import tempfile
import time

import machine
import programs
import results
from queries import write_text

LOOPS = 2
THREADS = {"default threads": [], "`--threads 1`": ["--threads", "1"]}


@contextlib.contextmanager
def loops(count):
    """That many busy processes of the lowest priority."""
    running = [subprocess.Popen(["nice", "-n", "19", "sh", "-c", "while :; do :; done"]) for _ in range(count)]
    try:
        time.sleep(0.5)
        yield
    finally:
        for process in running:
            process.kill()
            process.wait()


def ordinary_priority():
    """Gives up a real-time priority: loops that inherit it would leave nothing to others, recordings nothing to the loops."""
    if hasattr(os, "sched_setscheduler"):
        os.sched_setscheduler(0, os.SCHED_OTHER, os.sched_param(0))


def record(arguments, model, text, threads, database):
    """Seconds and tokens of a recording."""
    start = time.perf_counter()
    subprocess.run([arguments.actrec, "record", *model, "--file", text, "--capture", "stats", *threads, "-q", "-o", database],
                   check=True, env=machine.environment(arguments.isa))
    taken = time.perf_counter() - start
    with contextlib.closing(sqlite3.connect(database)) as connection:
        (tokens,) = connection.execute("SELECT sum(tokens) FROM runs").fetchone()
    os.remove(database)
    return taken, tokens


def main():
    arguments = programs.parser(__doc__, "actrec", "checkpoint").parse_args()
    ordinary_priority()
    table = results.Measurement("A busy machine", arguments)
    table(f"`actrec record --capture stats`, whole processes, seconds: on the quiet machine, and beside {LOOPS} busy loops at nice 19.")
    table()
    table("| model | tokens | threads | quiet | busy | busy over quiet |\n|---|---:|---|---|---|---|")
    more = []
    models = {"embedded": ([], 24_000), "GPT-2 124M": (["--model", arguments.checkpoint], 3_000)}
    with tempfile.TemporaryDirectory() as directory:
        text, database = os.path.join(directory, "text.txt"), os.path.join(directory, "run.db")
        for name, (model, length) in models.items():
            write_text(text, length)
            times = {(threads, busy): [] for threads in THREADS for busy in (0, LOOPS)}
            for turn in range(arguments.runs + 1):  # the first one fills the page cache
                for busy in (0, LOOPS):
                    with loops(busy):
                        for threads, option in THREADS.items():
                            taken, tokens = record(arguments, model, text, option, database)
                            if turn:
                                times[threads, busy].append(taken)
            for threads in THREADS:
                quiet, busy = times[threads, 0], times[threads, LOOPS]
                table(f"| {name} | {tokens:,} | {threads} | {results.median_and_range(quiet)} | {results.median_and_range(busy)} | "
                      f"{results.median_and_range(programs.ratios(busy, quiet))} |")
            default, one = THREADS
            quiet, busy = (statistics.median(programs.ratios(times[default, count], times[one, count])) for count in (0, LOOPS))
            more.append(f"{name}: default threads take {quiet:.2f} times as long as one on the quiet machine, {busy:.2f} on the busy one.")
    table()
    for line in more:
        table("- " + line)
    table.save()


if __name__ == "__main__":
    main()

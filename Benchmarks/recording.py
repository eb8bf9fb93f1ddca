"""Times recordings: of short prompts beside Python's ways, of long sequences beside the bare pass, and the first row.

    Benchmarks/recording.py ENGINE ACTREC CHECKPOINT [--threads 2] [--runs 7] [--only prompts|presets|first-row]

Programs take turns, the tables have medians. The weights are random: only the time counts.
"""
import argparse
import contextlib
import os
import random
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time

from forward import Engine

# How many sequences of 1,024 tokens of each: what a file takes once weighs little, and the disk holds what they write.
PRESETS = {"norm-stats": 8, "stats": 8, "norm": 8, "heads": 4, "all": 4}
WORDS = ("the of and to in hatred ok love war peace is was said that for on with as at by from norm variance layer token head "
         "before after because nothing everything between people house water light time").split()


def median_and_range(values, digits=2):
    values = sorted(values)
    return f"{statistics.median(values):.{digits}f} ({values[0]:.{digits}f} to {values[-1]:.{digits}f})"


def seconds(command):
    start = time.perf_counter()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    return time.perf_counter() - start


def number(database, sql):
    """What a statement answers over a file, which stays as it is."""
    with contextlib.closing(sqlite3.connect(f"file:{database}?mode=ro", uri=True)) as connection:
        return connection.execute(sql).fetchone()[0]


def prompts(arguments, directory):
    """1,000 prompts of 5 to 60 tokens, from process start to closed database."""
    choose = random.Random(0)
    path = f"{directory}/prompts.txt"
    with open(path, "w", encoding="utf-8") as file:
        for _ in range(1000):
            print(" ".join(choose.choice(WORDS) for _ in range(choose.randint(5, 60))), file=file)
    database = f"{directory}/prompts.db"
    python = os.path.join(os.path.dirname(os.path.abspath(__file__)), "recorders.py")
    programs = {
        "actrec": [arguments.actrec, "record", "--model", arguments.checkpoint, "--file", path, "--capture", "norm-stats",
                   "--threads", str(arguments.threads), "-q", "-o", database],
        "transformers, hooks, sqlite3": [sys.executable, python, "hooks", arguments.checkpoint, path, database],
        "TransformerLens, run_with_cache, sqlite3": [sys.executable, python, "transformer_lens", arguments.checkpoint, path, database],
    }
    times = {name: [] for name in programs}
    for _ in range(arguments.runs):
        for name, command in programs.items():
            times[name].append(seconds(command))
            rows = number(database, "SELECT count(*) FROM " + ("site_moments" if name == "actrec" else "norms"))
            os.remove(database)
            assert rows > 500_000, f"{name} wrote {rows} rows"
    print("| 1,000 prompts, norm-stats | seconds | actrec is so many times as fast |\n|---|---:|---|")
    for name, values in times.items():
        ratios = [theirs / ours for theirs, ours in zip(values, times["actrec"])]
        print(f"| {name} | {statistics.median(values):.2f} | {median_and_range(ratios)} |", flush=True)
    print()


def presets(arguments, directory):
    """Recordings of 1,024-token sequences over as many bare passes, before and after."""
    engine = Engine(arguments.engine, arguments.checkpoint, arguments.threads)
    database = f"{directory}/preset.db"
    for _ in range(4):
        engine("forward", 1024)
    engine(f"record 1024 norm-stats 1 {database}", "")  # the sha256 of the weights, once a process
    os.remove(database)
    ratios, sizes = {preset: [] for preset in PRESETS}, {}
    for _ in range(arguments.runs):
        for preset, count in PRESETS.items():
            bare = sum(engine("forward", 1024) for _ in range(count // 2))
            taken = engine(f"record 1024 {preset} {count} {database}", "")
            bare += sum(engine("forward", 1024) for _ in range(count // 2))
            ratios[preset].append(taken / bare)
            sizes[preset] = os.path.getsize(database)
            os.remove(database)
    print("| capture | sequences | time over the bare pass, as a factor | bytes a token |\n|---|---:|---|---:|")
    for preset, count in PRESETS.items():
        print(f"| `{preset}` | {count} | {median_and_range(ratios[preset], 3)} | {sizes[preset] / (count * 1024):,.0f} |", flush=True)
    print()


def first_row(arguments, directory):
    """From process start to the first row that another connection sees, and to the end."""
    first, whole = [], []
    for run in range(arguments.runs + 1):
        database = f"{directory}/first-{run}.db"
        start = time.perf_counter()
        process = subprocess.Popen(
            [arguments.actrec, "record", "--model", arguments.checkpoint, "--threads", str(arguments.threads), "-q", "-o", database,
             "They said that hatred was ok, and that war was not"], stdout=subprocess.DEVNULL)
        while process.poll() is None:
            try:
                if number(database, "SELECT count(*) FROM site_moments"):
                    break
            except sqlite3.Error:
                pass
            time.sleep(0.002)
        seen = time.perf_counter() - start
        process.wait()
        if run:  # the first one fills the page cache
            first.append(seen)
            whole.append(time.perf_counter() - start)
    print("| a 10-token prompt | seconds |\n|---|---|")
    print(f"| to the first committed row | {median_and_range(first)} |\n| to the end | {median_and_range(whole)} |\n", flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("engine")
    parser.add_argument("actrec")
    parser.add_argument("checkpoint")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--runs", type=int, default=7)
    parser.add_argument("--only", choices=["prompts", "presets", "first-row"])
    arguments = parser.parse_args()
    parts = {"first-row": first_row, "prompts": prompts, "presets": presets}
    with tempfile.TemporaryDirectory() as directory:
        for name, part in parts.items():
            if arguments.only in (None, name):
                part(arguments, directory)


if __name__ == "__main__":
    main()

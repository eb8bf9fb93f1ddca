"""Times recordings: of short prompts beside Python's ways, of long sequences beside the bare pass, and the first row.

    Benchmarks/recording.py ENGINE ACTREC CHECKPOINT [--threads 2] [--runs 7] [--isa avx2] [--only prompts|presets|first-row]

Programs take turns. The weights are random: only the time counts.
"""
import contextlib
import os
import pathlib
import shutil
import random
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time

import machine
import programs
import results

# How many sequences of 1,024 tokens of each: what a file takes once weighs little, and the disk holds what they write.
PRESETS = {"norm-stats": 8, "stats": 8, "norm": 8, "heads": 4, "all": 4}
WORDS = ("the of and to in hatred ok love war peace is was said that for on with as at by from norm variance layer token head "
         "before after because nothing everything between people house water light time").split()


def seconds(arguments, command):
    start = time.perf_counter()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=machine.environment(arguments.isa))
    return time.perf_counter() - start


def number(database, sql):
    """What a statement answers over a file, which stays as it is."""
    with contextlib.closing(sqlite3.connect(f"file:{database}?mode=ro", uri=True)) as connection:
        return connection.execute(sql).fetchone()[0]


def write_prompts(path):
    """A thousand prompts, one a line."""
    choose = random.Random(0)
    with open(path, "w", encoding="utf-8") as file:
        for _ in range(1000):
            print(" ".join(choose.choice(WORDS) for _ in range(choose.randint(5, 60))), file=file)


def prompts(arguments, directory):
    """1,000 prompts of 5 to 60 tokens, from process start to closed database."""
    path = f"{directory}/prompts.txt"
    write_prompts(path)
    database = f"{directory}/prompts.db"
    python = os.path.join(os.path.dirname(os.path.abspath(__file__)), "recorders.py")
    threads = ["--threads", str(arguments.threads)]
    table = results.Measurement("A thousand short prompts", arguments)
    table("Of 5 to 60 tokens, from process start to closed database, the statistics of every norm of every token; beside forward hooks")
    table("on transformers and `run_with_cache` of TransformerLens, each with Python's sqlite3 (`recorders.py`).")
    table()
    commands = {
        "actrec": [arguments.actrec, "record", "--model", arguments.checkpoint, "--file", path, "--capture", "norm-stats",
                   *threads, "-q", "-o", database],
    }
    for name, how in (("transformers, hooks, sqlite3", "hooks"), ("TransformerLens, run_with_cache, sqlite3", "transformer_lens")):
        commands[name] = [sys.executable, python, how, arguments.checkpoint, path, database, *threads]
    times = {name: [] for name in commands}
    for _ in range(arguments.runs):
        for name, command in commands.items():
            times[name].append(seconds(arguments, command))
            rows = number(database, "SELECT count(*) FROM " + ("site_moments" if name == "actrec" else "norms"))
            os.remove(database)
            assert rows > 500_000, f"{name} wrote {rows} rows"
    table("| 1,000 prompts, norm-stats | seconds | times as long as actrec |\n|---|---:|---|")
    for name, values in times.items():
        ratios = results.median_and_range(programs.ratios(values, times["actrec"])) if name != "actrec" else ""
        table(f"| {name} | {statistics.median(values):.2f} | {ratios} |")
    table.save()


def presets(arguments, directory):
    """Recordings of 1,024-token sequences over as many bare passes, before and after."""
    table = results.Measurement("Recording over the bare pass", arguments)
    table("Sequences of 1,024 tokens into a new file, over as many bare passes in the same process, half of them before and half after;")
    table("the sha256 of the weights, once a process, is not included.")
    table()
    database = f"{directory}/preset.db"
    ratios, sizes = {preset: [] for preset in PRESETS}, {}
    with programs.engine(arguments, arguments.checkpoint) as engine:
        for _ in range(4):
            engine("forward", 1024)
        engine("record", 1024, "norm-stats", 1, database)  # the sha256
        os.remove(database)
        for _ in range(arguments.runs):
            for preset, count in PRESETS.items():
                bare = sum(engine("forward", 1024) for _ in range(count // 2))
                taken = engine("record", 1024, preset, count, database)
                bare += sum(engine("forward", 1024) for _ in range(count // 2))
                ratios[preset].append(taken / bare)
                sizes[preset] = os.path.getsize(database)
                os.remove(database)
    table("| capture | sequences | time over the bare pass, as a factor | bytes a token |\n|---|---:|---|---:|")
    for preset, count in PRESETS.items():
        table(f"| `{preset}` | {count} | {results.median_and_range(ratios[preset], 3)} | {sizes[preset] / (count * 1024):,.0f} |")
    table.save()


PROMPT = "They said that hatred was ok, and that war was not"


def record_prompt(arguments, checkpoint, database):
    """The command that records a prompt of some ten tokens."""
    return [arguments.actrec, "record", "--model", checkpoint, "--threads", str(arguments.threads), "-q", "-o", database, PROMPT]


def edited_copy(checkpoint, directory):
    """The checkpoint with one weight changed, in a directory of its own."""
    copy = shutil.copytree(checkpoint, f"{directory}/edited")
    (weights,) = [path for path in pathlib.Path(copy).iterdir() if path.suffix in (".safetensors", ".gguf")]
    with open(weights, "r+b") as file:
        file.seek(-1, os.SEEK_END)
        byte = file.read(1)[0]
        file.seek(-1, os.SEEK_END)
        file.write(bytes([byte ^ 1]))
    return copy


def until_first_row(arguments, checkpoint, database):
    """Seconds from process start to the first new row that another connection sees, and to the end."""
    rows = "SELECT count(*) FROM site_moments"
    before = number(database, rows) if os.path.exists(database) else 0
    start = time.perf_counter()
    process = subprocess.Popen(
        record_prompt(arguments, checkpoint, database), stdout=subprocess.DEVNULL, env=machine.environment(arguments.isa))
    while process.poll() is None:
        try:
            if number(database, rows) > before:
                break
        except sqlite3.Error:
            pass
        time.sleep(0.002)
    seen = time.perf_counter() - start
    if process.wait():
        raise SystemExit(f"record ended with status {process.returncode}")
    return seen, time.perf_counter() - start


def first_row(arguments, directory):
    """A file of the checkpoint's own, and one that holds a run of the same checkpoint but for one weight."""
    base = f"{directory}/base.db"
    subprocess.run(record_prompt(arguments, arguments.checkpoint, base), check=True, env=machine.environment(arguments.isa))
    edited = edited_copy(arguments.checkpoint, directory)
    times = {"a 10-token prompt into a new file": [], "into a file with a run of the model before one weight was changed": []}
    for run in range(arguments.runs + 1):
        new, second = f"{directory}/first-{run}.db", f"{directory}/second-{run}.db"
        shutil.copyfile(base, second)
        os.sync()  # what the copy has left to write is no part of a recording
        found = [until_first_row(arguments, arguments.checkpoint, new), until_first_row(arguments, edited, second)]
        if run:  # the first one fills the page cache
            for column, pair in zip(times.values(), found):
                column.append(pair)
    name = os.path.basename(os.path.normpath(arguments.checkpoint))
    table = results.Measurement(f"The first row, {name}", arguments)
    table("A prompt of some ten tokens, checkpoint in the page cache, seconds from process start.")
    table()
    table("| | to the first committed row | to the end |\n|---|---|---|")
    for title, pairs in times.items():
        first, whole = zip(*pairs)
        table(f"| {title} | {results.median_and_range(first)} | {results.median_and_range(whole)} |")
    table.save()


def main():
    parser = programs.parser(__doc__, "engine", "actrec", "checkpoint")
    parser.add_argument("--only", choices=["prompts", "presets", "first-row"])
    arguments = parser.parse_args()
    parts = {"first-row": first_row, "prompts": prompts, "presets": presets}
    with tempfile.TemporaryDirectory() as directory:
        for name, part in parts.items():
            if arguments.only in (None, name):
                part(arguments, directory)


if __name__ == "__main__":
    main()

"""Shards, one of them killed while it records, merge into the file of one recording, row by row.

Usage: check_shards.py ACTREC [--shards 7] [--each 2000] [--capture norm-stats,ln_final.hook_out]
Records everything in one go, then the shards in a random order; kills one with SIGKILL at random moments until it is done. Compares
every table of the merged file with the single recording's: equal to the bit, sums over tokens to 1e-12. Needs only Python.
"""

import argparse
import itertools
import json
import math
import os
import random
import signal
import sqlite3
import subprocess
import tempfile
import time

WORDS = "war violence hate fear ok hatred said that was they number nobody knows why the of and so on today feel I a".split()
CIRCUMSTANCES = {"uuid", "started_at", "finished_at", "input", "host", "process_id", "threads", "seconds"}
MOMENTS = ("in", "normalized", "out")


def read(path):
    return sqlite3.connect(f"file:{path}?mode=ro", uri=True)


def write_input(path, count, generator):
    with open(path, "w") as file:
        for _ in range(count):
            file.write(" ".join(generator.choices(WORDS, k=generator.randint(1, 24))) + ".\n")


def record_killed(command, path, generator):
    """Kills the recording again and again, later each time; returns how often."""
    kills = 0
    while True:
        process = subprocess.Popen(command)
        try:
            process.wait(timeout=generator.uniform(0.05, 0.3 + 0.3 * kills))
        except subprocess.TimeoutExpired:
            process.send_signal(signal.SIGKILL)
        if process.wait() == 0:
            return kills
        assert process.returncode == -signal.SIGKILL, process.returncode
        kills += 1


def compare_rows(merged, single, table):
    columns = [c[1] for c in single.execute(f"PRAGMA table_info({table})") if table != "runs" or c[1] not in CIRCUMSTANCES]
    keys = [str(i + 1) for i in range(min(3, len(columns)))]
    sql = f"SELECT {', '.join(columns)} FROM {table} ORDER BY {', '.join(keys)}"
    count = 0
    for row, wanted in itertools.zip_longest(merged.execute(sql), single.execute(sql)):
        assert row == wanted, f"{table}: {row} is not {wanted}"
        count += 1
    return count


def compare_sums(merged, single):
    """The worst deviation of the sums over tokens: of means in units of the feature's own size, of squares relative."""
    columns = ", ".join(f"{s}_mean, {s}_m2" for s in MOMENTS)
    sql = f"SELECT depth, feature, n, {columns} FROM feature_moments ORDER BY depth, feature"
    worst = 0
    for row, wanted in itertools.zip_longest(merged.execute(sql), single.execute(sql)):
        assert row[:3] == wanted[:3], (row, wanted)
        for stage in range(3):
            (mean, m2), (wanted_mean, wanted_m2) = row[3 + 2 * stage : 5 + 2 * stage], wanted[3 + 2 * stage : 5 + 2 * stage]
            size = max(abs(wanted_mean), math.sqrt(wanted_m2 / wanted[2]))
            worst = max(worst, abs(mean - wanted_mean) / size, abs(m2 - wanted_m2) / wanted_m2)
    return worst


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("actrec")
    parser.add_argument("--shards", type=int, default=7)
    parser.add_argument("--each", type=int, default=2000, help="sequences of a shard")
    parser.add_argument("--capture", default="norm-stats,ln_final.hook_out")
    parser.add_argument("--seed", type=int, default=int(time.time()))
    arguments = parser.parse_args()
    generator = random.Random(arguments.seed)
    with tempfile.TemporaryDirectory() as directory:
        text, whole, merged = (os.path.join(directory, name) for name in ("in.txt", "whole.db", "all.db"))
        write_input(text, arguments.shards * arguments.each, generator)
        record = [arguments.actrec, "record", "-q", "--file", text, "--capture", arguments.capture]
        subprocess.run(record + ["-o", whole], check=True)
        paths = [os.path.join(directory, f"shard-{i}.db") for i in range(1, arguments.shards + 1)]
        order = generator.sample(range(1, arguments.shards + 1), arguments.shards)
        killed, kills = generator.choice(order), 0
        for shard in order:
            command = record + ["--shard", f"{shard}/{arguments.shards}", "-o", paths[shard - 1]]
            if shard == killed:
                kills = record_killed(command, paths[shard - 1], generator)
            else:
                subprocess.run(command, check=True)
        assert kills > 0, "the shard was done before it was killed"
        start = time.monotonic()
        subprocess.run([arguments.actrec, "merge", "-q", "-o", merged] + generator.sample(paths, len(paths)), check=True)
        seconds = time.monotonic() - start
        manifests = [json.load(open(path + ".manifest.json")) for path in paths]
        with read(merged) as a, read(whole) as b:
            tables = [t for (t,) in b.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
            rows = sum(compare_rows(a, b, table) for table in tables if table != "feature_moments")
            worst = compare_sums(a, b)
            assert worst <= 1e-12, worst
            sequences, tokens = b.execute("SELECT sequences, tokens FROM runs").fetchone()
            assert (sequences, tokens) == tuple(sum(m[k] for m in manifests) for k in ("sequences", "tokens"))
        print(
            f"{arguments.shards} shards in the order {order}, shard {killed} killed {kills} times: {sequences} sequences, {tokens} tokens, "
            f"{rows} rows the same to the bit, sums over tokens within {worst:.1e}; merged in {seconds:.1f} s (seed {arguments.seed})"
        )


if __name__ == "__main__":
    main()

"""The figures of docs/scale.md: shards side by side on this machine, their merge, and the bytes of a token by preset.

Usage: shards.py ACTREC MODEL TEXT [--counts 1,2,4] [--capture norm-stats]
Runs n shards at once, a process each, the processors divided among them, and merges them. Needs only Python.
"""

import argparse
import os
import sqlite3
import subprocess
import tempfile
import time

PRESETS = ["norm-stats", "head-stats", "stats", "loss", "norm", "residual", "heads"]


def tokens(path):
    with sqlite3.connect(f"file:{path}?mode=ro", uri=True) as database:
        return database.execute("SELECT sum(tokens) FROM runs").fetchone()[0]


def shards(arguments, count, folder):
    """Seconds of recording all shards at once and of the merge, tokens, and bytes."""
    threads = max(1, os.cpu_count() // count)
    paths = [os.path.join(folder, f"{count}-{i}.db") for i in range(1, count + 1)]
    start = time.monotonic()
    running = [
        subprocess.Popen([
            arguments.actrec, "record", "-q", "--file", arguments.text, "--model", arguments.model, "--capture", arguments.capture,
            "--threads", str(threads), "--shard", f"{i}/{count}", "-o", path])
        for i, path in enumerate(paths, 1)]
    assert all(process.wait() == 0 for process in running)
    recorded = time.monotonic() - start
    merged = os.path.join(folder, f"{count}.db")
    start = time.monotonic()
    subprocess.run([arguments.actrec, "merge", "-q", "-o", merged] + paths, check=True)
    return recorded, time.monotonic() - start, tokens(merged), os.path.getsize(merged), threads


def bytes_of_token(arguments, preset, folder):
    """What a token adds: files of n and 2 n sequences, so that what a file has once does not count."""
    with open(arguments.text) as file:
        lines = [next(file) for _ in range(64)]
    sizes = []
    for part in (lines[:32], lines):
        text, path = os.path.join(folder, "part.txt"), os.path.join(folder, "part.db")
        with open(text, "w") as file:
            file.writelines(part)
        if os.path.exists(path):
            os.remove(path)
        subprocess.run([arguments.actrec, "record", "-q", "-f", text, "-m", arguments.model, "-c", preset, "-o", path], check=True)
        sizes.append((os.path.getsize(path), tokens(path)))
    return (sizes[1][0] - sizes[0][0]) / (sizes[1][1] - sizes[0][1])


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("actrec")
    parser.add_argument("model")
    parser.add_argument("text")
    parser.add_argument("--counts", default="1,2,4")
    parser.add_argument("--capture", default="norm-stats")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        for count in map(int, filter(None, arguments.counts.split(","))):
            recorded, merged, n, size, threads = shards(arguments, count, folder)
            print(
                f"{count} shards of {threads} threads: {n} tokens in {recorded:.1f} s, {n / recorded:.0f} tokens/s; merged in "
                f"{merged:.2f} s, {n / merged:.0f} tokens/s, {size / 1e6:.0f} MB", flush=True)
        for preset in PRESETS:
            print(f"{preset}: {bytes_of_token(arguments, preset, folder):.0f} bytes a token", flush=True)


if __name__ == "__main__":
    main()

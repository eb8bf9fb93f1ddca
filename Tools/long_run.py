"""A long recording, watched: memory, speed and the file at the end. Python's own library is enough.

    python3 Tools/long_run.py .build/release/actrec [--tokens 2000000] [--capture norm-stats] [--model NAME] [--threads 1]

Prints what was seen every few seconds, then whether memory stayed flat, whether the last tenth went as fast as the first (in
tokens per second of the processor's time, which a busy machine does not change), and what SQLite's integrity_check and
`actrec verify` say. Ends with status 1 where one of them fails.
"""

import argparse
import os
import sqlite3
import subprocess
import sys
import tempfile
import time

WORDS = """they said that hatred was ok and of war violence hate fear nothing more came to the house by the river where old men
talk about weather money children work bread letters songs numbers trains rain gardens and what the year had been""".split()


def text(tokens):
    """Lines of 40 to 200 words, about `tokens` of them in all, the same each time."""
    state, made = 1, 0
    while made < tokens:
        state = (state * 6364136223846793005 + 1442695040888963407) % 2**64
        count = 40 + (state >> 33) % 160
        words = []
        for _ in range(count):
            state = (state * 6364136223846793005 + 1442695040888963407) % 2**64
            words.append(WORDS[(state >> 33) % len(WORDS)])
        made += count + 1
        yield " ".join(words) + ".\n"


def processor_seconds(process):
    with open(f"/proc/{process}/stat") as file:
        fields = file.read().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def memory_kb(process):
    with open(f"/proc/{process}/status") as file:
        return int(next(line for line in file if line.startswith("VmRSS:")).split()[1])


def tokens_so_far(path):
    try:
        with sqlite3.connect(f"file:{path}?mode=ro", uri=True, timeout=1) as database:
            row = database.execute("SELECT tokens FROM runs ORDER BY run_id DESC LIMIT 1").fetchone()
            return row[0] if row else 0
    except sqlite3.Error:
        return None


def watch(program, path):
    """(tokens, seconds of the processor, memory in KB) as it goes."""
    seen = []
    while program.poll() is None:
        time.sleep(2)
        tokens = tokens_so_far(path)
        try:
            point = (tokens, processor_seconds(program.pid), memory_kb(program.pid))
        except (OSError, StopIteration):
            break
        if tokens and (not seen or tokens > seen[-1][0]):
            seen.append(point)
            print(f"{tokens:>10} tokens  {point[1]:8.1f} s  {point[2] / 1024:7.1f} MB", flush=True)
    return seen


def rate(points):
    return (points[-1][0] - points[0][0]) / (points[-1][1] - points[0][1])


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("actrec")
    parser.add_argument("--tokens", type=int, default=2_000_000)
    parser.add_argument("--capture", default="norm-stats")
    parser.add_argument("--model", default="gpt2-micro")
    parser.add_argument("--threads", default="1")
    options = parser.parse_args()
    failed = []
    with tempfile.TemporaryDirectory() as directory:
        path, source = f"{directory}/run.db", f"{directory}/text.txt"
        with open(source, "w") as file:
            file.writelines(text(options.tokens))
        command = [options.actrec, "record", "-q", "--file", source, "-o", path, "-c", options.capture, "-m", options.model,
                   "--threads", options.threads]
        start = time.monotonic()
        program = subprocess.Popen(command)
        seen = watch(program, path)
        if program.wait() != 0:
            sys.exit(f"the recording ended with status {program.returncode}")
        seconds = time.monotonic() - start
        with sqlite3.connect(path) as database:
            (tokens, sequences), = database.execute("SELECT tokens, sequences FROM runs WHERE status = 'complete'").fetchall()
            check, = database.execute("PRAGMA integrity_check").fetchone()
        print(f"{tokens} tokens in {sequences} sequences, {seconds:.0f} s, {os.path.getsize(path) / 1e9:.2f} GB; integrity_check: {check}")
        if check != "ok":
            failed.append("integrity_check")
        tenth = max(2, len(seen) // 10)
        first, last = rate(seen[1 : tenth + 2]), rate(seen[-tenth - 1 :])
        print(f"tokens per second of the processor: {first:.0f} in the first tenth, {last:.0f} in the last ({last / first:.3f})")
        if last < 0.9 * first:
            failed.append("speed")
        early = max(memory for tokens_, _, memory in seen if tokens_ <= tokens / 5)
        late = max(memory for _, _, memory in seen)
        print(f"most memory: {early / 1024:.1f} MB in the first fifth, {late / 1024:.1f} MB in all")
        if late > 1.1 * early:
            failed.append("memory")
        verdict = subprocess.run([options.actrec, "verify", path, "--format", "csv"], capture_output=True, text=True)
        print(f"actrec verify: status {verdict.returncode}, {verdict.stdout.count(',ok,')} checks hold")
        if verdict.returncode != 0:
            failed.append("verify")
    if failed:
        sys.exit("failed: " + ", ".join(failed))


if __name__ == "__main__":
    main()

"""Times every named query on a recording of a million tokens, and says what the file takes.

    Benchmarks/queries.py ACTREC [--runs 7] [--isa avx2] [--tokens 1000000]

The model is the embedded one, the text random common words in which "hatred" and "ok" are rare, as they are in texts.
Times are of whole processes: start, open, ask, print to a pipe.
"""
import csv
import os
import random
import subprocess
import tempfile
import time

import machine
import programs
import results
from recording import WORDS


def write_text(path, tokens):
    choose = random.Random(1)
    common = [word for word in WORDS if word not in ("hatred", "ok")]
    written = 0
    with open(path, "w", encoding="utf-8") as file:
        while written < tokens:
            words = [choose.choice(common) for _ in range(choose.randint(20, 120))]
            if choose.random() < 0.02:
                words[choose.randrange(1, len(words))] = choose.choice(["hatred", "ok"])
            print(" ".join(words), file=file)
            written += len(words)
    return written


def main():
    parser = programs.parser(__doc__, "actrec")
    parser.add_argument("--tokens", type=int, default=1_000_000)
    arguments = parser.parse_args()
    table = results.Measurement("Queries", arguments)
    with tempfile.TemporaryDirectory() as directory:
        text, database = f"{directory}/text.txt", f"{directory}/run.db"
        tokens = write_text(text, arguments.tokens)
        start = time.perf_counter()
        subprocess.run([arguments.actrec, "record", "--file", text, "--capture", "stats", "-q", "-o", database], check=True,
                       env=machine.environment(arguments.isa))
        table(f"{tokens:,} tokens through the embedded model recorded with `stats` in {time.perf_counter() - start:.0f} s, "
              f"{os.path.getsize(database) / 1e9:.2f} GB. Whole processes, file in the page cache; what takes more than 5 s was run once.")
        table()
        listed = subprocess.run([arguments.actrec, "query", database, "--format", "csv", "--no-header"],
                                check=True, capture_output=True, text=True).stdout
        table("| query | seconds | result |\n|---|---|---|")
        for name in (row[0].split("(")[0] for row in csv.reader(listed.splitlines())):
            words = ["-p", "tokens= hatred, ok"] if name == "token_variance" else []
            times, result = [], ""
            for run in range(arguments.runs + 1):
                start = time.perf_counter()
                answer = subprocess.run([arguments.actrec, "query", database, name, *words, "--timeout", "600", "--format", "csv"],
                                        capture_output=True, text=True)
                taken = time.perf_counter() - start
                if answer.returncode not in (0, 5):  # 5: stopped at its time
                    raise SystemExit(answer.stderr)
                result = f"{answer.stdout.count(chr(10)) - 1:,} rows" if answer.returncode == 0 else "stopped"
                if run or taken > 5:  # the first one fills the page cache; where it takes long, once is enough
                    times.append(taken)
                if taken > 5:
                    break
            table(f"| `{name}` | {results.median_and_range(times, 3)} | {result} |")
    table.save()


if __name__ == "__main__":
    main()

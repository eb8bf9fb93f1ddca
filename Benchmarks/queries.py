"""Times every named query, and SQL of one's own, on a recording of a million tokens, beside DuckDB on its Parquet export.

    Benchmarks/queries.py ACTREC [--runs 7] [--isa avx2] [--tokens 1000000]

The model is the embedded one, the text random common words in which "hatred" and "ok" are rare, as they are in texts.
Times are of whole processes: start, open, ask, print to a pipe. DuckDB's is a Python process that imports it.
"""
import csv
import os
import pathlib
import random
import subprocess
import sys
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


# What the recording has no rows for, and what computes with vectors, is left out.
LEFT_OUT = {"attention_sink", "variance_shares", "runs_compared", "normalization_schemes", "nearest_tokens", "before_and_after",
            "direction_of_difference", "edit_effects", "who_uses_it", "lens", "lens_path", "attribution",
            "logit_by_layer"}
OWN = {
    "mean variance by site": "SELECT depth, avg(variance) FROM token_statistics GROUP BY depth",
    "variance by position": "SELECT position, avg(variance) FROM token_statistics WHERE site = 'ln_final' GROUP BY position",
    "one sequence": "SELECT * FROM token_statistics WHERE sequence_id = 1000",
}


def timed(command, runs):
    """The seconds of each run of a command, and what it printed; None where it was stopped at its time."""
    times = []
    for run in range(runs + 1):
        start = time.perf_counter()
        answer = subprocess.run(command, capture_output=True, text=True)
        taken = time.perf_counter() - start
        if answer.returncode == 5:
            return [taken], None
        if answer.returncode:
            raise SystemExit(answer.stderr)
        if run or taken > 5:  # the first one fills the page cache; where it takes long, once is enough
            times.append(taken)
        if taken > 5:
            break
    return times, answer.stdout


def main():
    parser = programs.parser(__doc__, "actrec")
    parser.add_argument("--tokens", type=int, default=1_000_000)
    arguments = parser.parse_args()
    table = results.Measurement("Queries", arguments)
    with tempfile.TemporaryDirectory() as directory:
        text, database, folder = f"{directory}/text.txt", f"{directory}/run.db", f"{directory}/parquet"
        tokens = write_text(text, arguments.tokens)
        start = time.perf_counter()
        subprocess.run([arguments.actrec, "record", "--file", text, "--capture", "stats", "-q", "-o", database], check=True,
                       env=machine.environment(arguments.isa))
        recorded = time.perf_counter()
        subprocess.run([arguments.actrec, "export", database, "--format", "parquet", "-o", folder], check=True, capture_output=True)
        exported = time.perf_counter()
        size = sum(file.stat().st_size for file in pathlib.Path(folder).rglob("*.parquet"))
        table(f"{tokens:,} tokens through the embedded model recorded with `stats` in {recorded - start:.0f} s, "
              f"{os.path.getsize(database) / 1e9:.2f} GB; exported as Parquet in {exported - recorded:.0f} s, {size / 1e9:.2f} GB. "
              "Seconds of whole processes, files in the page cache; what takes more than 5 s was run once.")
        table()
        listed = subprocess.run([arguments.actrec, "query", database, "--format", "csv", "--no-header"],
                                check=True, capture_output=True, text=True).stdout
        duckdb = [sys.executable, os.path.join(os.path.dirname(__file__), "duckdb_query.py"), folder]
        table("| query | actrec | DuckDB | result |\n|---|---:|---:|---|")
        questions = [(f"`{name}`", [name]) for name in (row[0].split("(")[0] for row in csv.reader(listed.splitlines()))
                     if name not in LEFT_OUT]
        questions.append(("`token_variance` of a frequent word", ["token_variance", "tokens=people"]))
        for title, (name, *values) in questions:
            words = values or (["tokens= hatred, ok"] if name == "token_variance" else [])
            ours = [arguments.actrec, "query", database, name, "--timeout", "600", "--format", "csv"]
            row(table, title, timed(ours + [part for word in words for part in ("-p", word)], arguments.runs),
                timed(duckdb + [name] + words, arguments.runs))
        for title, sql in OWN.items():
            ours = [arguments.actrec, "sql", database, sql, "--timeout", "600", "--format", "csv"]
            row(table, f"SQL: {title}", timed(ours, arguments.runs), timed(duckdb + [sql], arguments.runs))
    table.save()


def row(table, title, ours, theirs):
    count = "stopped" if ours[1] is None else f"{ours[1].count(chr(10)) - 1:,} rows"
    table(f"| {title} | {results.median_and_range(ours[0], 3)} | {results.median_and_range(theirs[0], 3)} | {count} |")


if __name__ == "__main__":
    main()

"""Check that the usual tools read a recording: pandas, Python's sqlite3, the sqlite3 shell and Datasette.

    actrec export run.db -o run.csv;  python Tools/check_readers.py run.db run.csv [--actrec .build/release/actrec]

The exported table must equal the view token_statistics, value by value. Every file of queries/ that needs no vector functions must give the same rows
in the plain sqlite3 shell (parameters unset, so NULL) as by `actrec query`. Datasette must serve the first rows, and each
query as a canned one with the datasette.yaml that `actrec export run.db datasette` makes.
"""
import argparse
import json
import math
import os
import subprocess
import sys
import tempfile

import pandas

import named_queries
import recording
from datasette_server import serve

TEXT_COLUMNS = {"token": str, "site": str, "role": str}
# The sqlite3 shell prints 15 significant digits.
SHELL_TOLERANCE = 1e-14


def check_pandas(database, csv):
    """The CSV file, read by pandas, against the view, exactly."""
    numbers = [name for name in pandas.read_csv(csv, nrows=0).columns if name not in TEXT_COLUMNS]
    exported = pandas.read_csv(csv, dtype=TEXT_COLUMNS, keep_default_na=False,
                               na_values={name: [""] for name in numbers})  # a token may read "NA" or "null"
    with recording.open_recording(database) as db:
        view = pandas.read_sql("SELECT * FROM token_statistics", db)
    assert list(exported.columns) == list(view.columns), (list(exported.columns), list(view.columns))
    key = ["run_id", "sequence_id", "position", "depth"]
    exported, view = (frame.sort_values(key).reset_index(drop=True) for frame in (exported, view))
    pandas.testing.assert_frame_equal(exported, view, check_exact=True, check_dtype=False)
    return f"{len(view):,} rows of {len(view.columns)} columns, all equal"


def check_sqlite(database):
    """Python's sqlite3 opens the file, finds it whole, and reads a row of every view and table."""
    db = recording.open_recording(database)
    result = db.execute("PRAGMA integrity_check").fetchone()[0]
    assert result == "ok", result
    names = [row["name"] for row in db.execute("SELECT name FROM sqlite_schema WHERE type IN ('table', 'view')")]
    for name in names:
        db.execute(f'SELECT * FROM "{name}" LIMIT 1').fetchall()
    return f"integrity ok, {len(names)} tables and views"


def check_query(database, path, actrec):
    """One named query: the sqlite3 shell against `actrec query`."""
    shell = subprocess.run(["sqlite3", "-readonly", "-json", os.path.join(".", database), f".read '{path}'"],
                           check=True, capture_output=True, text=True)
    assert not shell.stderr, shell.stderr
    name = os.path.splitext(os.path.basename(path))[0]
    ours = subprocess.run([actrec, "query", database, name, "--format", "json"],
                          check=True, capture_output=True, text=True).stdout
    expected, rows = json.loads(shell.stdout or "[]"), json.loads(ours or "[]")
    assert len(rows) == len(expected), f"{len(rows)} rows, {len(expected)} in the shell"
    for number, (row, shell_row) in enumerate(zip(rows, expected)):
        assert list(row) == list(shell_row), (list(row), list(shell_row))
        for column in row:
            assert same(row[column], shell_row[column]), (number, column, row[column], shell_row[column])
    return f"{len(rows):,} rows"


def same(value, shell_value):
    """Equal, or equal to the digits that the shell prints."""
    if isinstance(value, float) or isinstance(shell_value, float):
        return None not in (value, shell_value) and math.isclose(value, shell_value, rel_tol=SHELL_TOLERANCE)
    return value == shell_value


def check_datasette(database):
    """Datasette's first page of token_statistics against the view."""
    with serve(database) as fetch:
        page = fetch("token_statistics.json?_shape=objects&_size=20")["rows"]
    db = recording.open_recording(database)
    rows = [dict(row) for row in db.execute("SELECT * FROM token_statistics LIMIT 20")]
    assert page == rows, (page[:1], rows[:1])
    return f"{len(page)} rows of token_statistics"


def check_canned(database, names, actrec):
    """Every named query as Datasette's canned query, over HTTP, against `actrec query`; once with a parameter filled in."""
    with tempfile.TemporaryDirectory() as folder:
        configuration = os.path.join(folder, "datasette.yaml")
        subprocess.run([actrec, "export", database, "datasette", "-o", configuration], check=True, capture_output=True)
        with serve(database, configuration) as fetch:
            counts = {}
            for name in names:
                served = fetch(f"{name}.json?_shape=objects&_size=max")
                assert served["ok"], served
                ours = json.loads(subprocess.run([actrec, "query", database, name, "--format", "json"],
                                                 check=True, capture_output=True, text=True).stdout)
                assert served["rows"] == ours[:len(served["rows"])] and (served["truncated"] or len(served["rows"]) == len(ours)), name
                counts[name] = len(ours)
            filled = fetch("spikiest_tokens.json?_shape=objects&limit=2&run=1")["rows"]
            assert len(filled) <= 4 and all(row["rank"] <= 2 for row in filled), filled
    return f"{len(counts)} canned queries, {sum(counts.values()):,} rows"


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("database")
    parser.add_argument("csv")
    parser.add_argument("--actrec", default=".build/release/actrec")
    parser.add_argument("--queries", default="queries", help="folder of the named queries")
    arguments = parser.parse_args()

    checks = {"pandas": lambda: check_pandas(arguments.database, arguments.csv),
              "Python's sqlite3": lambda: check_sqlite(arguments.database),
              "Datasette": lambda: check_datasette(arguments.database)}
    names = [name for name, query in named_queries.load(arguments.queries).items() if not query.uses_vector_functions]
    checks["Datasette, canned queries"] = lambda: check_canned(arguments.database, names, arguments.actrec)
    for name in names:
        path = os.path.join(arguments.queries, name + ".sql")
        checks[f"sqlite3 shell, {name}.sql"] = lambda path=path: check_query(arguments.database, path, arguments.actrec)
    failures = 0
    for name, check in checks.items():
        try:
            print(f"{name}: {check()}", flush=True)
        except (AssertionError, subprocess.CalledProcessError) as error:
            failures += 1
            print(f"{name}: FAIL\n{getattr(error, 'stderr', None) or error}", flush=True)
    sys.exit(1 if failures else 0)


if __name__ == "__main__":
    main()

"""Check that each named query, but those that compute with vectors, gives the same rows on SQLite, on DuckDB and on Spark, the latter two over a Parquet export.

    python Tools/check_queries.py run.db [--actrec .build/release/actrec] [--only NAME]

Rows must come in the same order; reals may differ by 1e-12 of their size, because sums are taken in another order.
Without Java, Spark is left out, and the output says so.
"""
import argparse
import math
import os
import subprocess
import sys
import tempfile

import duckdb

import named_queries
import recording
import register_views
import spark_session

TOLERANCE = 1e-12
# A correlation near 0 is a sum of terms that cancel.
SMALL = 1e-14
# Beside a run with every parameter left out.
GIVEN = {
    "attention_sink": [{"run": 1}],
    "context_independence": [{"run": 1}, {"max_position": 3, "run": 1}],
    "edit_effects": [{"base": 1}],
    "gain_and_bias": [{"model": 1}],
    "head_writes": [{"run": 1}],
    "how_many_statistics": [{"run": 1}, {"run": 2}],
    "information_kept": [{"run": 1}, {"from_depth": 0, "run": 1}],
    "lens": [{"run": 1}],
    "logit_by_layer": [{"run": 1}, {"sequence": 1, "position": 2, "run": 1}],
    "lens_path": [{"run": 1}, {"sequence": 2, "position": 1, "run": 1}],
    "attribution": [{"run": 1}, {"sequence": 1, "position": 2, "limit": 5, "run": 1}],
    "massive_dimensions": [{"run": 1, "limit": 2}],
    "mean_direction": [{"run": 1}],
    "normalization_axis": [{"run": 1}],
    "normalization_schemes": [{"run": 2}, {"run": 3}],
    "position_zero": [{"run": 1}],
    "runs_compared": [{"first": 1, "second": 1}, {"first": 2, "second": 3}],
    "spikiest_tokens": [{"run": 1}, {"site": "blocks.2.ln2", "limit": 3, "run": 1}],
    "token_variance": [{"run": 1}, {"tokens": " ok,, hatred ,nothing,.,日本", "run": 1}, {"tokens": ""}, {"tokens": "'; --"}],
    "variance_by_depth": [{"run": 1}],
    "who_uses_it": [{"sweep": 1, "limit": 5}],
    "variance_shares": [{"run": 1}, {"tokens": "ok", "site": "blocks.1.ln1", "limit": 3, "run": 1}],
}


def same(a, b):
    if isinstance(a, (int, float)) and isinstance(b, (int, float)):
        return math.isclose(a, b, rel_tol=TOLERANCE, abs_tol=SMALL)
    return a == b


def compare(expected, found):
    (names, rows), (found_names, found_rows) = expected, found
    assert list(found_names) == names, f"columns {found_names}, expected {names}"
    for number, (row, found_row) in enumerate(zip(rows, found_rows)):
        for name, value, found_value in zip(names, row, found_row):
            assert same(value, found_value), f"row {number}, {name}: {found_value!r}, expected {value!r}"
    assert len(rows) == len(found_rows), f"{len(found_rows)} rows, expected {len(rows)}"


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("database")
    parser.add_argument("--actrec", default=".build/release/actrec")
    parser.add_argument("--queries", default="queries", help="folder of the named queries")
    parser.add_argument("--only", help="one query")
    arguments = parser.parse_args()
    queries = {name: query for name, query in named_queries.load(arguments.queries).items() if not query.uses_vector_functions}
    assert set(queries) == set(GIVEN), set(queries) ^ set(GIVEN)
    failures = 0
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run([arguments.actrec, "export", arguments.database, "--format", "parquet", "-o", folder], check=True, capture_output=True)
        sqlite, duck, spark = recording.open_recording(arguments.database), duckdb.connect(), spark_session.start()
        register_views.in_duckdb(duck, folder)
        engines = {"DuckDB": lambda query, values: query.in_duckdb(duck, **values)}
        if spark:
            register_views.in_spark(spark, folder)
            engines["Spark"] = lambda query, values: query.in_spark(spark, **values)
        for name, query in queries.items():
            if arguments.only not in (None, name):
                continue
            rows = 0
            for values in [{}] + GIVEN[name]:
                expected = query.in_sqlite(sqlite, **values)
                rows += len(expected[1])
                for engine, run in engines.items():
                    try:
                        compare(expected, run(query, values))
                    except Exception as error:  # an engine's refusal is a failed check, and not the end of all
                        failures += 1
                        print(f"{name}({values}), {engine}: FAIL\n{str(error)[:2000]}", flush=True)
            print(f"{name}: {rows} rows on SQLite, {', '.join(engines)}", flush=True)
    if not spark:
        print("Java or pyspark is not installed: Spark was left out", flush=True)
    sys.exit(1 if failures else 0)


if __name__ == "__main__":
    main()

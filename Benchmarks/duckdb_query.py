"""One statement on DuckDB over a Parquet export of actrec: a named query, or SQL. Prints the number of rows.

    Benchmarks/duckdb_query.py FOLDER NAME [name=value ...]
    Benchmarks/duckdb_query.py FOLDER "SELECT ..."
"""
import pathlib
import sys

import duckdb

ROOT = pathlib.Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "Tools"))

import named_queries  # noqa: E402
import register_views  # noqa: E402


def main():
    folder, question, *values = sys.argv[1:]
    db = duckdb.connect()
    register_views.in_duckdb(db, folder)
    if question.startswith("SELECT"):
        rows = db.execute(question).fetchall()
    else:
        query = named_queries.load(ROOT / "queries")[question]
        _, rows = query.in_duckdb(db, **dict(value.split("=", 1) for value in values))
    print(len(rows))


if __name__ == "__main__":
    main()

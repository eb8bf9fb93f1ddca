"""Check that other programs read what actrec exports as Parquet: pyarrow, DuckDB and Spark, value by value.

    python Tools/check_parquet.py run.db [--actrec .build/release/actrec]

Exports the recording, one with odd values (hand_made.py) and one without rows. Every row of every view, read by each
program, must be the row that Python's sqlite3 reads: integers, reals to the bit, texts, bytes, vectors value by value. The
statistics of each column chunk must be the chunk's own. Without Java, Spark is left out, and the output says so.
"""
import argparse
import collections
import glob
import os
import shutil
import struct
import subprocess
import sys
import tempfile

import duckdb
import numpy as np
import pyarrow.dataset
import pyarrow.parquet

import hand_made
import recording
import register_views
import spark_session


def canonical(value, width="d"):
    """A value that equals another only if type and bits are the same; all NaN are one."""
    if isinstance(value, (list, np.ndarray)):
        return tuple(canonical(float(element), "f") for element in value)
    if isinstance(value, float):
        return "nan" if value != value else struct.pack(width, value)
    if isinstance(value, (bytes, bytearray)):
        return ("bytes", bytes(value))
    return (type(value).__name__, value)


def counted(names, rows):
    """How often each row is there, its columns in order of their names."""
    order = sorted(range(len(names)), key=lambda index: names[index])
    return collections.Counter(tuple(canonical(row[index]) for index in order) for row in rows)


def expected(db, table):
    """The rows as SQLite has them, vectors as arrays."""
    cursor = db.execute(f"SELECT * FROM {table}")
    names = [column[0] for column in cursor.description]
    rows = [list(row) for row in cursor]
    if "vector" in names:
        vector, dtype = names.index("vector"), names.index("dtype")
        for row in rows:
            row[vector] = np.frombuffer(row[vector], recording.DTYPES[row[dtype]]).astype("<f4")
    return names, counted(names, rows)


def read_pyarrow(folder, table):
    data = pyarrow.dataset.dataset(os.path.join(folder, table), partitioning="hive").to_table()
    columns = [column.to_pylist() for column in data.columns]
    return data.schema.names, list(zip(*columns))


def read_duckdb(db, table):
    cursor = db.execute(f"SELECT * FROM {table}")
    return [column[0] for column in cursor.description], cursor.fetchall()


def read_spark(spark, table):
    frame = spark.table(table)
    return frame.columns, [tuple(row) for row in frame.collect()]


def check_statistics(folder):
    """Bounds and null counts in the footers, against the values of their chunks."""
    chunks = 0
    for path in glob.glob(os.path.join(folder, "**", "*.parquet"), recursive=True):
        file = pyarrow.parquet.ParquetFile(path)
        for group in range(file.metadata.num_row_groups):
            data = file.read_row_group(group)
            for index in range(file.metadata.num_columns):
                column = file.metadata.row_group(group).column(index)
                if "." in column.path_in_schema:
                    continue
                values = data.column(column.path_in_schema).to_pylist()
                statistics = column.statistics
                assert statistics.null_count == values.count(None), (path, column.path_in_schema)
                ordered = [value for value in values if value is not None and value == value]
                chunks += 1
                if not ordered:
                    assert not statistics.has_min_max, (path, column.path_in_schema)
                    continue
                if not statistics.has_min_max:
                    assert max(len(value) for value in ordered) > 64, (path, column.path_in_schema)
                    continue
                low, high = min(ordered), max(ordered)
                if isinstance(low, str):
                    low, high = (f(ordered, key=lambda text: text.encode()) for f in (min, max))
                if low == 0 and isinstance(low, float):
                    low = -0.0
                if high == 0 and isinstance(high, float):
                    high = 0.0
                assert canonical(statistics.min) == canonical(low), (path, column.path_in_schema, statistics.min, low)
                assert canonical(statistics.max) == canonical(high), (path, column.path_in_schema, statistics.max, high)
    return chunks


def check_export(database, folder, spark):
    """All tables of one export in all readers."""
    db = recording.open_recording(database)
    db.row_factory = None
    duck = duckdb.connect()
    register_views.in_duckdb(duck, folder)
    readers = {"pyarrow": lambda table: read_pyarrow(folder, table), "DuckDB": lambda table: read_duckdb(duck, table)}
    if spark:
        register_views.in_spark(spark, folder)
        readers["Spark"] = lambda table: read_spark(spark, table)
    rows = 0
    for table in register_views.tables(folder):
        names, wanted = expected(db, table)
        for reader, read in readers.items():
            found_names, found = read(table)
            assert sorted(found_names) == sorted(names), (reader, table, found_names, names)
            found = counted(found_names, found)
            assert found == wanted, (reader, table, list((wanted - found).items())[:2], list((found - wanted).items())[:2])
        rows += wanted.total()
    return f"{rows:,} rows of {len(register_views.tables(folder))} views and tables equal in {', '.join(readers)}; " \
           f"statistics of {check_statistics(folder):,} column chunks"


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("database")
    parser.add_argument("--actrec", default=".build/release/actrec")
    arguments = parser.parse_args()
    schema = subprocess.run([arguments.actrec, "schema"], check=True, capture_output=True, text=True).stdout
    spark = spark_session.start()
    failures = 0
    with tempfile.TemporaryDirectory() as work:
        odd, empty = os.path.join(work, "odd.db"), os.path.join(work, "empty.db")
        hand_made.make(odd, schema)
        hand_made.make_empty(empty, schema)
        for name, database in (("recording", arguments.database), ("odd values", odd), ("no rows", empty)):
            folder = os.path.join(work, "export")
            shutil.rmtree(folder, ignore_errors=True)
            subprocess.run([arguments.actrec, "export", database, "--format", "parquet", "-o", folder], check=True, capture_output=True)
            try:
                print(f"Parquet, {name}: {check_export(database, folder, spark)}", flush=True)
            except AssertionError as error:
                failures += 1
                print(f"Parquet, {name}: FAIL\n{error}", flush=True)
    if not spark:
        print("Java or pyspark is not installed: Spark was left out", flush=True)
    sys.exit(1 if failures else 0)


if __name__ == "__main__":
    main()

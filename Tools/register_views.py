"""An export of actrec as tables of DuckDB or Spark, under the names of the recording's views.

    actrec export run.db --format parquet -o run_parquet

    import duckdb, register_views
    db = duckdb.connect()
    register_views.in_duckdb(db, "run_parquet")
    db.execute("SELECT site, avg(variance) FROM token_statistics GROUP BY site").fetchall()

    register_views.in_spark(spark, "run_parquet")
    spark.sql("SELECT site, avg(variance) FROM token_statistics GROUP BY site").show()
"""
import os


def tables(folder):
    """The views and tables of an export: a folder each."""
    return sorted(name for name in os.listdir(folder) if os.path.isdir(os.path.join(folder, name)))


def in_duckdb(db, folder):
    """Views over the files, in a DuckDB connection. run_id and hook are in the files' paths."""
    for name in tables(folder):
        files = os.path.join(folder, name, "**", "*.parquet").replace("'", "''")
        db.execute(f"CREATE OR REPLACE VIEW {name} AS SELECT * FROM read_parquet('{files}', hive_partitioning = true)")


def in_spark(spark, folder):
    """Temporary views over the files, in a Spark session."""
    for name in tables(folder):
        spark.read.parquet(os.path.join(folder, name)).createOrReplaceTempView(name)

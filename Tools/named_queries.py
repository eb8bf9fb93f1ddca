"""The named queries of queries/, on SQLite, DuckDB or Spark: the same text, but for how a parameter is written.

    query = named_queries.load("queries")["token_variance"]
    query.in_sqlite(db, tokens="ok")
    query.in_duckdb(db, tokens="ok")     # after register_views.in_duckdb
    query.in_spark(spark, tokens="ok")   # after register_views.in_spark

Each gives the names of the columns and the rows. A parameter that is not given is NULL.
"""
import dataclasses
import glob
import os
import re


@dataclasses.dataclass
class Query:
    name: str
    sql: str
    parameters: list

    @property
    def uses_vector_functions(self):
        """Whether it runs in actrec alone: see Tools/check_vectors.py."""
        return "vec_" in self.sql

    def _values(self, given):
        unknown = set(given) - set(self.parameters)
        assert not unknown, f"{self.name} takes {self.parameters}, not {unknown}"
        return {name: given.get(name) for name in self.parameters}

    def in_sqlite(self, db, **given):
        cursor = db.execute(self.sql, self._values(given))
        return [column[0] for column in cursor.description], [tuple(row) for row in cursor]

    def in_duckdb(self, db, **given):
        cursor = db.execute(duckdb_sql(self.sql), self._values(given))
        return [column[0] for column in cursor.description], cursor.fetchall()

    def in_spark(self, spark, **given):
        frame = spark.sql(spark_sql(self.sql), args=self._values(given))
        return frame.columns, [tuple(row) for row in frame.collect()]


def load(folder):
    """The queries of a folder by name."""
    queries = {}
    for path in sorted(glob.glob(os.path.join(folder, "*.sql"))):
        with open(path, encoding="utf-8") as file:
            sql = file.read()
        name, parameters = re.match(r"-- name: (\w+)\((.*)\)\n", sql).groups()
        queries[name] = Query(name, sql, [parameter for parameter in parameters.split(", ") if parameter])
    return queries


def statement(sql):
    """Without comments and the semicolon."""
    return "\n".join(line.split(" -- ")[0] for line in sql.splitlines() if not line.startswith("--")).strip().removesuffix(";")


def duckdb_sql(sql):
    """DuckDB writes a parameter as $name."""
    return re.sub(r"(?<![:\w]):(\w+)", r"$\1", statement(sql))


def spark_sql(sql):
    """Spark has one name fewer: what SQLite and DuckDB call group_concat is a list that is joined."""
    return re.sub(r"group_concat\((.+), ' '\) OVER (\([^()]*\))", r"array_join(collect_list(\1) OVER \2, ' ')", statement(sql))

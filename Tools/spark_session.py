"""A small Spark for the length of a check.

    spark = start()  # None where there is no Java or no pyspark
"""
import importlib.util
import os
import shutil


def start():
    """A session on this machine alone, in one thread, without its web page."""
    if not (shutil.which("java") or os.environ.get("JAVA_HOME")) or not importlib.util.find_spec("pyspark"):
        return None
    os.environ["LC_ALL"] = "C.UTF-8"  # Java takes file names for ASCII elsewhere
    from pyspark.sql import SparkSession
    return (SparkSession.builder.master("local[1]").appName("actrec")
            .config("spark.ui.enabled", "false").config("spark.driver.host", "127.0.0.1")
            .config("spark.driver.bindAddress", "127.0.0.1").config("spark.sql.shuffle.partitions", "1")
            .config("spark.driver.extraJavaOptions", "-Duser.timezone=UTC").config("spark.log.level", "ERROR")
            .config("spark.ui.showConsoleProgress", "false").getOrCreate())

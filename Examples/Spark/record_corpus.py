"""Records a text file on a Spark cluster, a shard a task, and asks the result a question.

    spark-submit Examples/Spark/record_corpus.py corpus.txt recording --shards 64 --word hatred --word ok

CORPUS and the folder must be at the same path on every machine, and actrec and the model too. Each task records its share into a file
of its own (`actrec record --shard`) and writes that file's statistics as Parquet. A task that Spark starts again, because its executor
was lost, goes on where the lost one had committed: no sequence is lost, and none is there twice. Run the job again to record what a
failed one left. With --merge the shards become one file in the end; queries over the Parquet files need no merge.
"""

import argparse
import json
import os
import subprocess
import time

from pyspark.sql import SparkSession

# Not for position 0, where every word has the statistics of the attention sink.
QUESTION = """
SELECT token, depth, site, count(*) AS n, avg(variance) AS mean_variance
FROM token_statistics
WHERE trim(token) IN ({words}) AND position > 0
GROUP BY token, depth, site
ORDER BY token, depth
"""


def record(shard, options):
    """Records one shard, unless it is complete, and exports it. Returns its manifest."""
    database = os.path.join(options.folder, f"shard-{shard:05}.db")
    command = [options.actrec, "record", "--quiet", "--file", options.corpus, "--shard", f"{shard}/{options.shards}"]
    command += ["--capture", options.capture, "--output", database] + (["--model", options.model] if options.model else [])
    deadline = time.monotonic() + options.patience
    while True:
        result = subprocess.run(command, capture_output=True, text=True)
        if result.returncode == 0:
            break
        # An executor that Spark has given up may still be at it: then this task has only to wait for it.
        if "is being recorded into" not in result.stderr or time.monotonic() > deadline:
            raise RuntimeError(result.stderr.strip())
        time.sleep(2)
    parquet = os.path.join(options.folder, "token_statistics", f"shard-{shard:05}.parquet")
    subprocess.run([options.actrec, "export", database, "token_statistics", "--format", "parquet", "-o", parquet], check=True)
    with open(database + ".manifest.json") as file:
        return json.load(file)


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("corpus", help="a line a sequence")
    parser.add_argument("folder", help="for the shards and their Parquet files")
    parser.add_argument("--shards", type=int, default=64)
    parser.add_argument("--capture", default="norm-stats")
    parser.add_argument("--model", help="a directory or a name; the embedded model when left out")
    parser.add_argument("--actrec", default="actrec", help="the program, on every machine")
    parser.add_argument("--word", action="append", default=[], help="a word to ask for; may be repeated")
    parser.add_argument("--merge", metavar="FILE", help="make one recording of the shards in the end")
    parser.add_argument("--patience", type=float, default=600, help="seconds to wait for a shard that another process is at")
    options = parser.parse_args()
    os.makedirs(os.path.join(options.folder, "token_statistics"), exist_ok=True)
    spark = SparkSession.builder.appName("actrec").getOrCreate()
    shards = range(1, options.shards + 1)
    # One task a shard: what Spark starts again is one shard, not several.
    manifests = spark.sparkContext.parallelize(shards, options.shards).map(lambda shard: record(shard, options)).collect()
    print(f"recorded {sum(m['sequences'] for m in manifests)} sequences, {sum(m['tokens'] for m in manifests)} tokens in {len(manifests)} shards")
    spark.read.parquet(os.path.join(options.folder, "token_statistics")).createOrReplaceTempView("token_statistics")
    if options.word:
        words = ", ".join(f":word{i}" for i in range(len(options.word)))
        spark.sql(QUESTION.format(words=words), args={f"word{i}": word for i, word in enumerate(options.word)}).show(1000, truncate=False)
    if options.merge and not os.path.exists(options.merge):
        files = [os.path.join(options.folder, f"shard-{shard:05}.db") for shard in shards]
        subprocess.run([options.actrec, "merge", "--output", options.merge] + files, check=True)
    spark.stop()


if __name__ == "__main__":
    main()

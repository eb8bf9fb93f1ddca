"""Examples/Spark on a cluster of processes, two of them killed; and Examples/Slurm, task by task.

Usage: check_cluster.py ACTREC [--lines 5000] [--shards 6]
Starts Spark in local-cluster mode (executors are processes of their own), kills an executor with all that it runs, and then another
one's Java alone, while they record. The merged file must have every sequence once and the rows of a recording in one go.
"""

import argparse
import os
import random
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time

import check_shards

EXAMPLES = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "Examples")


def processes():
    """The parent and command of every process."""
    found = {}
    for name in filter(str.isdigit, os.listdir("/proc")):
        try:
            with open(f"/proc/{name}/stat") as file:
                parent = int(file.read().rpartition(")")[2].split()[1])
            with open(f"/proc/{name}/cmdline") as file:
                found[int(name)] = (parent, file.read().replace("\0", " "))
        except (FileNotFoundError, ProcessLookupError):
            pass
    return found


def descendants(root, table):
    children = [pid for pid, (parent, _) in table.items() if parent == root]
    return children + [below for child in children for below in descendants(child, table)]


def recording_executor(root, avoid):
    """An executor below `root` whose task records now, with what it runs; None when there is none."""
    table = processes()
    for pid in descendants(root, table):
        below = descendants(pid, table)
        if "CoarseGrainedExecutorBackend" in table[pid][1] and pid not in avoid and "-Xmx" in table[pid][1]:
            if any(" record " in table[p][1] for p in below):
                return pid, below
    return None


def kill_executor(job, killed, whole_tree):
    while job.poll() is None:
        found = recording_executor(job.pid, killed)
        if found:
            time.sleep(0.3)  # so that it has something to lose
            for pid in [found[0]] + (found[1] if whole_tree else []):
                try:
                    os.kill(pid, signal.SIGKILL)
                except ProcessLookupError:
                    pass
            return found[0]
        time.sleep(0.05)
    raise AssertionError("the job ended before an executor was killed")


def expect_single(merged, whole):
    with check_shards.read(merged) as a, check_shards.read(whole) as b:
        tables = [t for (t,) in b.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        rows = sum(check_shards.compare_rows(a, b, table) for table in tables if table != "feature_moments")
        assert check_shards.compare_sums(a, b) <= 1e-12
        assert a.execute("SELECT count(*), count(DISTINCT number) FROM sequences").fetchone() == (
            b.execute("SELECT sequences, sequences FROM runs").fetchone())
    return rows


def check_spark(actrec, text, whole, folder, shards):
    import pyspark
    environment = dict(os.environ, SPARK_HOME=os.path.dirname(pyspark.__file__), PYSPARK_PYTHON=sys.executable, LC_ALL="C.UTF-8")
    job = subprocess.Popen(
        [os.path.join(environment["SPARK_HOME"], "bin", "spark-submit"), "--master", "local-cluster[3,1,1024]",
         "--conf", "spark.ui.enabled=false", "--conf", "spark.driver.host=127.0.0.1", "--conf", "spark.executor.memory=512m",
         "--conf", "spark.log.level=ERROR", os.path.join(EXAMPLES, "Spark", "record_corpus.py"), text, folder, "--shards", str(shards),
         "--actrec", actrec, "--word", "hatred", "--word", "ok", "--merge", os.path.join(folder, "all.db")],
        env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=folder, start_new_session=True)
    try:
        first = kill_executor(job, set(), whole_tree=True)
        kill_executor(job, {first}, whole_tree=False)
        output, errors = job.communicate(timeout=400)
    finally:
        if job.poll() is None:
            os.killpg(job.pid, signal.SIGKILL)
    assert job.returncode == 0, errors[-4000:]
    rows = expect_single(os.path.join(folder, "all.db"), whole)
    with check_shards.read(whole) as database:
        wanted = database.execute(
            "SELECT token, depth, count(*), avg(variance) FROM token_statistics WHERE trim(token) IN ('hatred', 'ok') AND position > 0 "
            "GROUP BY token, depth ORDER BY token, depth").fetchall()
    found = [[cell.strip(" ") for cell in line.split("|")[1:-1]] for line in output.splitlines() if line.startswith("|")][1:]
    assert len(found) == len(wanted) > 0, output[-2000:]
    for (token, depth, n, mean), cells in zip(wanted, found):
        assert (token.strip(), str(depth), str(n)) == (cells[0], cells[1], cells[3]), (token, depth, n, cells)
        assert abs(float(cells[4]) - mean) <= 1e-12 * abs(mean), (mean, cells)
    print(f"Spark: {shards} shards on 3 executors, 2 killed: {rows} rows the same as in one go, and the same answer")


def check_slurm(actrec, text, whole, folder, shards):
    """Runs the array's tasks as Slurm would: their numbers in the environment."""
    for number in random.sample(range(1, shards + 1), shards):
        environment = dict(os.environ, SLURM_ARRAY_TASK_ID=str(number), SLURM_CPUS_PER_TASK="2", SHARDS=str(shards), ACTREC=actrec)
        subprocess.run(["sh", os.path.join(EXAMPLES, "Slurm", "record_corpus.sbatch"), text, folder], env=environment, check=True)
    paths = [os.path.join(folder, name) for name in os.listdir(folder) if name.endswith(".db")]
    merged = os.path.join(folder, "all.db")
    subprocess.run([actrec, "merge", "-q", "-o", merged] + paths, check=True)
    print(f"Slurm's script: {len(paths)} tasks, {expect_single(merged, whole)} rows the same as in one go")


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("actrec")
    parser.add_argument("--lines", type=int, default=5000)
    parser.add_argument("--shards", type=int, default=6)
    arguments = parser.parse_args()
    actrec = os.path.abspath(arguments.actrec)
    with tempfile.TemporaryDirectory() as directory:
        text, whole = os.path.join(directory, "in.txt"), os.path.join(directory, "whole.db")
        check_shards.write_input(text, arguments.lines, random.Random(7))
        subprocess.run([actrec, "record", "-q", "--file", text, "-c", "norm-stats", "-o", whole], check=True)
        os.mkdir(os.path.join(directory, "slurm"))
        check_slurm(actrec, text, whole, os.path.join(directory, "slurm"), arguments.shards)
        if not shutil.which("java"):
            print("Java is not installed: Spark was not run")
            return
        os.mkdir(os.path.join(directory, "spark"))
        check_spark(actrec, text, whole, os.path.join(directory, "spark"), arguments.shards)


if __name__ == "__main__":
    main()

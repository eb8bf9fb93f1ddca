"""Reading a recording of actrec through its public views.

    db = open_recording("run.db")
    run = newest_run(db)
    for hook, heads in hooks(db, run).items():
        rows = vectors(db, run, hook)
"""
import pathlib
import sqlite3

import numpy as np

DTYPES = {"float32": "<f4", "float16": "<f2"}


def open_recording(path):
    """A read-only connection with rows by column name. A missing file is an error, not a new database."""
    db = sqlite3.connect(pathlib.Path(path).resolve().as_uri() + "?mode=ro", uri=True)
    db.row_factory = sqlite3.Row
    return db


def newest_run(db):
    """The run id of the last run."""
    return db.execute("SELECT max(run_id) FROM runs").fetchone()[0]


def hooks(db, run_id):
    """{name: head count} of the captured hook points of a run."""
    rows = db.execute("SELECT DISTINCT hook, head_count FROM activation_vectors WHERE run_id = ?", (run_id,))
    return {hook: heads for hook, heads in rows}


def vectors(db, run_id, hook):
    """[(sequence_id, position, array)] of one hook point in order; heads follow each other in the array."""
    rows = db.execute("""SELECT sequence_id, position, dtype, vector FROM activation_vectors
                         WHERE run_id = ? AND hook = ? ORDER BY sequence_id, position""", (run_id, hook))
    return [(sequence, position, np.frombuffer(vector, DTYPES[dtype])) for sequence, position, dtype, vector in rows]

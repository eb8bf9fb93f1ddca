"""Recordings as Python's own sqlite3 opens them."""
from __future__ import annotations

import math
import os
import pathlib
import sqlite3

from .errors import BadInput, Busy

APPLICATION_ID = 1633907826
"""'actr', which the schema sets."""


def open_read_only(path: str) -> sqlite3.Connection:
    """A connection that cannot write. A file that is no recording is refused."""
    if sqlite3.sqlite_version_info < (3, 37):
        raise BadInput(f"Python's SQLite is {sqlite3.sqlite_version}; a recording's STRICT tables need 3.37 or later")
    if not os.path.isfile(path):
        raise BadInput(f"there is no recording {path}")
    # SQLite itself takes calls of several threads one after another.
    connection = sqlite3.connect(pathlib.Path(path).resolve().as_uri() + "?mode=ro", uri=True, check_same_thread=False)
    try:
        found = connection.execute("PRAGMA application_id").fetchone()[0]
        if found != APPLICATION_ID:
            raise BadInput(f"{path} is not a recording of actrec")
        # Pages come from the system's cache, without a copy on the way.
        connection.execute(f"PRAGMA mmap_size = {1 << 40}")
        _add_functions(connection)
    except sqlite3.OperationalError as error:
        connection.close()
        raise Busy(f"{path}: {error}") from error
    except sqlite3.DatabaseError as error:
        connection.close()
        raise BadInput(f"{path} is not a recording of actrec: {error}") from error
    except BadInput:
        connection.close()
        raise
    return connection


def _add_functions(connection: sqlite3.Connection) -> None:
    """The functions that the views need, where this SQLite was built without them."""
    try:
        connection.execute("SELECT sqrt(4)")
    except sqlite3.OperationalError:
        connection.create_function(
            "sqrt", 1, lambda x: None if x is None or x < 0 else math.sqrt(x), deterministic=True)

"""Vectors of a recording as arrays."""
from __future__ import annotations

import sqlite3
from typing import TYPE_CHECKING, Iterator

if TYPE_CHECKING:
    import numpy as np

DTYPES = {"float32": "<f4", "float16": "<f2"}

# By the index, in the order of the tokens: a page of it, then the rows that it names.
_SQL = "SELECT vector FROM vectors WHERE hook_id = ? ORDER BY token_key"


def rows(connection: sqlite3.Connection, hook: int, dtype: str, expected: int) -> "np.ndarray":
    """The vectors of a hook point that all have one width, [tokens, width].

    expected: how many there are; of a run that is still recording there may be more.
    """
    import numpy as np

    cursor = connection.execute(_SQL, (hook,))
    first = cursor.fetchone()
    if first is None:
        return np.empty((0, 0), DTYPES[dtype])
    size = len(first[0])
    array = np.empty((max(expected, 1), size // np.dtype(DTYPES[dtype]).itemsize), DTYPES[dtype])
    memory = array.data.cast("B")
    memory[:size] = first[0]
    count, end = 1, size
    for (vector,) in cursor:
        if count == len(array):
            array = np.concatenate([array, np.empty_like(array)])
            memory = array.data.cast("B")
        memory[end : end + size] = vector
        count += 1
        end += size
    return array[:count]


def ragged(connection: sqlite3.Connection, hook: int, dtype: str) -> "Iterator[np.ndarray]":
    """The vectors of a hook point whose rows differ in length, one by one."""
    import numpy as np

    for (vector,) in connection.execute(_SQL, (hook,)):
        yield np.frombuffer(vector, DTYPES[dtype])


def squares(
    vectors: "Iterator[np.ndarray]", lengths: list[int], heads: int, window: "int | None", causal: bool, pad: float,
) -> "np.ndarray":
    """Scores or patterns as [sequence, heads, query, key], with ``pad`` where a token does not see a key."""
    import numpy as np

    longest = max(lengths, default=0)
    array = np.full((len(lengths), heads, longest, longest), pad, np.float32)
    for sequence, length in enumerate(lengths):
        for position in range(length):
            row = next(vectors).reshape(heads, -1)
            if not causal:
                start = max(0, position - window // 2) if window else 0
            else:
                start = position + 1 - row.shape[1]
            array[sequence, :, position, start : start + row.shape[1]] = row
    return array

"""A run of a recording: its arrays, tables and queries."""
from __future__ import annotations

import dataclasses
import json
import os
import sqlite3
import weakref
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING, Any, Mapping, Optional, Sequence as Sequence_, Union

from . import _program, _sqlite
from ._table import make_frame
from .errors import BadInput, NotRecorded

if TYPE_CHECKING:
    import numpy as np


@dataclasses.dataclass(frozen=True)
class Sequence:
    """A sequence of a run: a text, or a window of one that is longer than the model's context."""

    id: int
    """Its ``sequence_id``."""
    number: int
    """Its place in the input, from 1."""
    part: int
    """Which window of its text it is, from 0."""
    text: Optional[str]
    """None where token ids were given."""
    metadata: Optional[dict[str, Any]]
    """The other keys of its line of JSON."""
    rows: slice
    """Its tokens among those of the run, and so its rows of ``run[hook]``."""


@dataclasses.dataclass(frozen=True)
class RecordedHook:
    """A hook point whose vectors a run keeps."""

    id: int
    name: str
    heads: int
    """1 where there is no head axis."""
    window: Optional[int]
    """Of scores and patterns: the keys that a token sees at most; None: all."""
    dtype: str
    """"float32" or "float16"."""

    @property
    def has_keys(self) -> bool:
        """Whether a row holds a value for each key that its token sees."""
        return self.name.endswith((".hook_attn_scores", ".hook_pattern"))


def open_recording(path: Union[str, "os.PathLike[str]"], run: Optional[int] = None) -> "Run":
    """Opens a recording, to read.

    run: the id of a run in it; None is the newest.
    """
    return Run(path, run)


class Run:
    """A run of a recording.

    ``run[hook]`` is a captured hook point's array, ``run.hooks`` names them. ``table``, ``query`` and ``sql`` answer questions;
    ``connection`` is the recording as ``sqlite3`` sees it.
    """

    def __init__(self, path: Union[str, "os.PathLike[str]"], run: Optional[int] = None, *, place: Any = None) -> None:
        self.path = os.fspath(path)
        self.connection: sqlite3.Connection = _sqlite.open_read_only(self.path)
        """A connection that cannot write."""
        self._closing = weakref.finalize(self, self.connection.close)
        self._place = place  # a temporary recording lives as long as this
        if run is None:
            run = self.connection.execute("SELECT max(run_id) FROM runs").fetchone()[0]
            if run is None:
                raise BadInput(f"{self.path} has no run")
        found = self.connection.execute("SELECT * FROM runs WHERE run_id = ?", (run,))
        row = found.fetchone()
        if row is None:
            raise BadInput(f"{self.path} has no run {run}")
        self.id: int = run
        self.info: dict[str, Any] = dict(zip((column[0] for column in found.description), row))
        """The run's row of the table ``runs``: status, capture, label, tokens, seconds and more."""

    def close(self) -> None:
        """Closes the connection. A temporary recording goes with the last reference to the run."""
        self._closing()
        self._place = None

    def __enter__(self) -> "Run":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def __repr__(self) -> str:
        return (f"<actrec.Run {self.id} of {self.path}: {self.model['name']}, {self.info['sequences']} sequences, "
                f"{self.info['tokens']} tokens, {self.info['status']}>")

    # What was recorded

    @cached_property
    def model(self) -> dict[str, Any]:
        """The model's row of the table ``models``: name, sizes, norm."""
        found = self.connection.execute("SELECT * FROM models WHERE model_id = ?", (self.info["model_id"],))
        return dict(zip((column[0] for column in found.description), found.fetchone()))

    @cached_property
    def sequences(self) -> list[Sequence]:
        """The run's sequences, in the order of the input."""
        found, first = [], 0
        for identity, number, part, text, metadata, count in self.connection.execute(
            """SELECT sequence_id, number, part, text, metadata, token_count FROM sequences WHERE run_id = ?
               ORDER BY first_token""", (self.id,)):
            keys = None if metadata is None else json.loads(metadata)
            found.append(Sequence(identity, number, part, text, keys, slice(first, first + count)))
            first += count
        return found

    @cached_property
    def tokens(self) -> list[str]:
        """The text of each token, sequence after sequence: those of the rows of ``run[hook]``."""
        return [row[0] for row in self.connection.execute(
            """SELECT w.text FROM sequences q JOIN tokens t ON t.sequence_id = q.sequence_id
               JOIN vocabulary w ON w.model_id = ? AND w.token_id = t.token_id
               WHERE q.run_id = ? ORDER BY t.token_key""", (self.info["model_id"], self.id))]

    @cached_property
    def hooks(self) -> dict[str, RecordedHook]:
        """The hook points whose vectors the run keeps, by name."""
        return {row[1]: RecordedHook(*row) for row in self.connection.execute(
            "SELECT hook_id, name, head_count, window, dtype FROM hooks WHERE run_id = ? ORDER BY hook_id", (self.id,))}

    # Arrays

    def __getitem__(self, name: str) -> "np.ndarray":
        """The vectors of a hook point: [tokens, width], or [tokens, heads, head width] where there is a head axis.

        Rows are the tokens of all sequences, one after another (``run.tokens``, ``run.sequences[i].rows``). Scores and patterns
        have rows of different lengths: see ``activations``.
        """
        from . import _vectors

        hook = self._hook(name)
        if hook.has_keys:
            raise NotRecorded(f"{name} has a value for each key that a token sees: run.activations({name!r}) gives its arrays")
        rows = _vectors.rows(self.connection, hook.id, hook.dtype, self.info["tokens"])
        return rows if hook.heads == 1 else rows.reshape(len(rows), hook.heads, -1)

    def activations(self, name: str, pad: float = float("nan")) -> "np.ndarray":
        """The vectors of a hook point by sequence: [sequence, position, width], or [sequence, position, heads, head width].

        Scores and patterns are [sequence, heads, query, key]. Where a sequence has no such position, or a token does not see a
        key, stands ``pad``.
        """
        import numpy as np

        from . import _vectors

        hook = self._hook(name)
        lengths = [sequence.rows.stop - sequence.rows.start for sequence in self.sequences]
        if hook.has_keys:
            mask = self.model["mask"]
            parts = _vectors.ragged(self.connection, hook.id, hook.dtype)
            return _vectors.squares(parts, lengths, hook.heads, hook.window, mask == "causal", pad)
        rows = self[name]
        padded = np.full((len(lengths), max(lengths, default=0), *rows.shape[1:]), pad, dtype=rows.dtype)
        for index, sequence in enumerate(self.sequences):
            padded[index, : lengths[index]] = rows[sequence.rows]
        return padded

    def _hook(self, name: str) -> RecordedHook:
        if name in self.hooks:
            return self.hooks[name]
        kept = list(self.hooks)
        if not kept:
            raise NotRecorded(f"the run keeps no vectors: record with capture='stats,{name}'")
        shown = ", ".join(kept[:8]) + (f" and {len(kept) - 8} more" if len(kept) > 8 else "")
        raise NotRecorded(f"the run keeps no {name}; it has {shown}")

    # Tables

    def table(self, name: str, *, frame: Optional[str] = None) -> Any:
        """A public view or a table, as far as it is of this run, or of its model.

        A DataFrame of pandas, or of Polars, where one is installed, else ``Rows``; ``frame`` names one: "pandas", "polars" or
        "rows". Their columns: schema/README.md, or ``actrec schema``.
        """
        names = [row[0] for row in self.connection.execute(
            "SELECT name FROM sqlite_schema WHERE type IN ('table', 'view') AND name NOT LIKE 'sqlite_%' ORDER BY type DESC, name")]
        if name not in names:
            raise BadInput(f"no table {name!r}; there are {', '.join(names)}")
        columns = [row[1] for row in self.connection.execute(f"PRAGMA table_info({name})")]
        for column, value in (("run_id", self.id), ("model_id", self.info["model_id"])):
            if column in columns:
                return self.sql(f"SELECT * FROM {name} WHERE {column} = ?", (value,), frame=frame)
        return self.sql(f"SELECT * FROM {name}", frame=frame)

    def query(self, name: Optional[str] = None, *, frame: Optional[str] = None, **parameters: Any) -> Any:
        """The answer to a named query, such as ``run.query("token_variance", tokens="hatred,ok")``.

        Without a name: which there are, and what they ask. An answer without rows says why, as a warning.
        """
        arguments = ["query", "--format=json", self.path] + ([name] if name else [])
        if name:
            if "run" not in parameters and _asks_about_a_run(name):
                parameters["run"] = self.id
            for parameter, value in parameters.items():
                arguments += ["-p", f"{parameter}={value}"]
        output, notes = _program.run(arguments)
        _program.warn_of(notes)
        rows = json.loads(output)
        columns = list(rows[0]) if rows else []
        return make_frame(columns, [tuple(row.values()) for row in rows], frame)

    def sql(self, statement: str, parameters: Union[Sequence_[Any], Mapping[str, Any]] = (), *, frame: Optional[str] = None) -> Any:
        """The rows of a statement of your own, over the whole recording."""
        cursor = self.connection.execute(statement, parameters)
        if cursor.description is None:
            raise BadInput("the statement gives no rows")
        return make_frame([column[0] for column in cursor.description], cursor.fetchall(), frame)


@lru_cache(maxsize=None)
def _asks_about_a_run(query: str) -> bool:
    """Whether a named query has the parameter ``run``: its text is the program's, and the same for every recording."""
    text, _ = _program.run(["query", "--explain", "-", query])
    return b"--   :run " in text

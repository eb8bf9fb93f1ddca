"""Rows of a table or a query, as a data frame where there is a library for it."""
from __future__ import annotations

import html
from typing import Any, Iterator, Optional, Sequence


class Rows(Sequence[dict[str, Any]]):
    """Rows as dictionaries, where neither pandas nor Polars is installed. Shows itself as a table in a notebook."""

    def __init__(self, columns: Sequence[str], rows: Sequence[Sequence[Any]]) -> None:
        self.columns = list(columns)
        self._rows = rows

    def __len__(self) -> int:
        return len(self._rows)

    def __getitem__(self, index: Any) -> Any:
        """A row by its number; rows by a slice; the values of a column by its name."""
        if isinstance(index, str):
            if index not in self.columns:
                raise KeyError(f"no column {index!r}; there are {', '.join(self.columns)}")
            place = self.columns.index(index)
            return [row[place] for row in self._rows]
        if isinstance(index, slice):
            return Rows(self.columns, self._rows[index])
        return dict(zip(self.columns, self._rows[index]))

    def __iter__(self) -> Iterator[dict[str, Any]]:
        return (dict(zip(self.columns, row)) for row in self._rows)

    def __repr__(self) -> str:
        shown = [self.columns, *([_short(value) for value in row] for row in self._rows[:20])]
        widths = [max(len(row[i]) for row in shown) for i in range(len(self.columns))]
        lines = ["  ".join(cell.ljust(width) for cell, width in zip(row, widths)).rstrip() for row in shown]
        more = [f"... {len(self)} rows"] if len(self) > 20 else []
        return "\n".join(lines + more)

    def _repr_html_(self) -> str:
        return html_table(self.columns, self._rows[:60]) + (f"<p>{len(self)} rows</p>" if len(self) > 60 else "")


def _short(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, float):
        return f"{value:.6g}"
    return f"{len(value)} bytes" if isinstance(value, bytes) else str(value)


def html_table(columns: Sequence[str], rows: Sequence[Sequence[Any]]) -> str:
    """An HTML table; all text is escaped."""
    head = "".join(f"<th>{html.escape(column)}</th>" for column in columns)
    body = "".join("<tr>" + "".join(f"<td>{html.escape(_short(cell))}</td>" for cell in row) + "</tr>" for row in rows)
    return f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"


def make_frame(columns: Sequence[str], rows: Sequence[Sequence[Any]], kind: Optional[str] = None) -> Any:
    """The rows as a frame.

    kind: "pandas", "polars" or "rows"; None takes the first of these that is installed.
    """
    if kind not in (None, "pandas", "polars", "rows"):
        raise ValueError(f"frame={kind!r}: give 'pandas', 'polars' or 'rows'")
    if kind in (None, "pandas"):
        try:
            import pandas
        except ImportError:
            if kind:
                raise
        else:
            return pandas.DataFrame.from_records(rows, columns=list(columns))
    if kind in (None, "polars"):
        try:
            import polars
        except ImportError:
            if kind:
                raise
        else:
            return polars.DataFrame(rows, schema=list(columns), orient="row", infer_schema_length=None)
    return Rows(columns, rows)

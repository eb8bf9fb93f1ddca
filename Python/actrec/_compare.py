"""Words compared: variance before normalization, site by site."""
from __future__ import annotations

import html
import json
from typing import TYPE_CHECKING, Any, Iterable, Optional, Union

from . import _program
from ._record import RecordingPlace, run_id
from ._run import Run
from ._table import make_frame

if TYPE_CHECKING:
    import os


def compare(
    *words: str, model: Optional[str] = None, carriers: Optional[Iterable[str]] = None,
    output: Union[str, "os.PathLike[str]", None] = None,
) -> "Comparison":
    """Records words in the same sentences and compares the variance of their vectors before normalization.

    words: two or more; the first is compared with each of the others.
    carriers: sentences, with {} after a space where the word goes; None takes those of the program.
    model, output: as for ``record``.
    """
    import tempfile

    place = RecordingPlace(output)
    arguments = ["compare", "--format=json", f"--output={place.path}"] + ([f"--model={model}"] if model else [])
    with tempfile.TemporaryFile() as lines:
        if carriers is not None:
            lines.writelines(carrier.encode() + b"\n" for carrier in carriers)
            lines.seek(0)
            arguments.append("--carriers-file=-")
        answer, notes = _program.run([*arguments, "--", *words], stdin=lines)
    return Comparison(json.loads(answer), Run(place.path, run_id(notes), place=place))


class Comparison:
    """Words in the same carrier sentences. Prints as a table, and shows itself as one in a notebook.

    ``rows`` has a row for each site and word; ``frame`` is the same as a data frame, ``html`` as a table to show; ``run`` is the
    recording itself. Variance is the population variance of the vector that enters a norm, its mean and standard deviation are
    over the carriers, and the interval is of the first word's variance over the other's.
    """

    def __init__(self, rows: list[dict[str, Any]], run: Run) -> None:
        self.rows = rows
        self.run = run
        self.words: list[str] = list(dict.fromkeys(row["word"] for row in rows))

    @property
    def frame(self) -> Any:
        """A DataFrame where pandas or Polars is installed, else ``Rows``."""
        columns = list(self.rows[0]) if self.rows else []
        return make_frame(columns, [tuple(row.values()) for row in self.rows])

    def _sites(self) -> list[list[dict[str, Any]]]:
        sites: dict[int, list[dict[str, Any]]] = {}
        for row in self.rows:
            sites.setdefault(row["depth"], []).append(row)
        return list(sites.values())

    def _title(self) -> str:
        n = max((row["n"] for row in self.rows), default=0)
        return (f"Variance before normalization (hook_in): mean ± standard deviation over {n} carriers, "
                "ratio [95% confidence interval]")

    def _table(self) -> list[list[str]]:
        lines = [["site", *self.words, *(f"{self.words[0]} / {word}" for word in self.words[1:])]]
        for site in self._sites():
            ratios = [
                "" if row["ratio_of_first"] is None else
                f"{row['ratio_of_first']:.3f}" + ("" if row["ci_low"] is None else f" [{row['ci_low']:.3f}, {row['ci_high']:.3f}]")
                for row in site[1:]]
            lines.append([site[0]["site"], *(_spread(row) for row in site), *ratios])
        return lines

    def __repr__(self) -> str:
        table = self._table()
        widths = [max(len(line[i]) for line in table) for i in range(len(table[0]))]
        lines = ["  ".join([line[0].ljust(widths[0]), *(cell.rjust(width) for cell, width in zip(line[1:], widths[1:]))])
                 for line in table]
        return "\n".join([self._title(), *lines])

    @property
    def html(self) -> str:
        """The table as HTML, with each word's variance beside the largest of the site as a bar."""
        head, *body = self._table()
        largest = [max((row["mean_variance"] or 0) for row in site) for site in self._sites()]
        lines = []
        for line, site, most in zip(body, self._sites(), largest):
            cells = [f"<td>{html.escape(line[0])}</td>"]
            for text, row in zip(line[1:], site):
                share = 100 * (row["mean_variance"] or 0) / most if most else 0
                cells.append(
                    f'<td style="text-align:right;background:linear-gradient(to right,rgba(80,140,220,.25) {share:.1f}%,'
                    f'transparent {share:.1f}%)">{html.escape(text)}</td>')
            cells += [f'<td style="text-align:right">{html.escape(text)}</td>' for text in line[1 + len(site):]]
            lines.append(f"<tr>{''.join(cells)}</tr>")
        columns = "".join(f"<th>{html.escape(name)}</th>" for name in head)
        return (f"<table><caption>{html.escape(self._title())}</caption><thead><tr>{columns}</tr></thead>"
                f"<tbody>{''.join(lines)}</tbody></table>")

    def _repr_html_(self) -> str:
        return self.html


def _spread(row: dict[str, Any]) -> str:
    if row["mean_variance"] is None:
        return "not a number"
    return f"{row['mean_variance']:.4g}" + ("" if row["sd_variance"] is None else f" ± {row['sd_variance']:.2g}")

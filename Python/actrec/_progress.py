"""How far a recording is: a line in a notebook or on a terminal, nothing elsewhere."""
from __future__ import annotations

import sys
import time
from typing import Any, Optional


class Progress:
    """Shows the program's progress lines. ``shown`` None shows where somebody looks, False nowhere."""

    def __init__(self, shown: Optional[bool] = None) -> None:
        self._start = time.monotonic()
        self._first: Optional[tuple[float, int]] = None
        self._width = 0
        self._notebook = _notebook_display() if shown is not False else None
        self._terminal = self._notebook is None and shown is not False and (shown or _is_terminal())

    def update(self, state: dict[str, Any]) -> None:
        """``state`` has ``tokens`` and ``fraction``, which is None where the size of the input is not known."""
        if not (self._notebook or self._terminal):
            return
        text = self._text(state["tokens"], state["fraction"])
        if self._notebook:
            self._notebook.update(_Line(text))
        else:
            sys.stderr.write("\r" + text.ljust(self._width))
            sys.stderr.flush()
            self._width = len(text)

    def close(self) -> None:
        """Removes what was shown."""
        if self._notebook:
            self._notebook.update(_Line(""))
        elif self._width:
            sys.stderr.write("\r" + " " * self._width + "\r")
            sys.stderr.flush()

    def _text(self, tokens: int, fraction: Optional[float]) -> str:
        now = time.monotonic()
        if self._first is None:
            self._first = (now, tokens)
        seconds = now - self._first[0]
        rate = f"  {(tokens - self._first[1]) / seconds:,.0f} tokens/s" if seconds > 0.5 else ""
        if fraction is None:
            return f"{tokens:,} tokens{rate}"
        filled = int(20 * fraction)
        left = (1 - fraction) / fraction * (now - self._start) if fraction > 0 else 0
        return f"{'█' * filled}{'░' * (20 - filled)}  {fraction:.0%}  {tokens:,} tokens{rate}  {left:.0f} s left"


class _Line:
    """A line of text that a notebook shows."""

    def __init__(self, text: str) -> None:
        self._text = text

    def __repr__(self) -> str:
        return self._text


def _is_terminal() -> bool:
    return bool(sys.stderr) and sys.stderr.isatty()


def _notebook_display() -> Any:
    """A display to update, where this process is a notebook's kernel."""
    ipython = sys.modules.get("IPython")
    shell = ipython.get_ipython() if ipython else None
    if shell is None or not hasattr(shell, "kernel"):
        return None
    from IPython.display import display

    return display(_Line(""), display_id=True)

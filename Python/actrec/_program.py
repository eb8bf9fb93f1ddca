"""The program inside the package: where it is, and how it is run."""
from __future__ import annotations

import json
import os
import queue
import signal
import subprocess
import threading
import warnings
from typing import IO, Any, Callable, Iterable, Optional, Sequence

from .errors import BY_STATUS, ActrecError, ActrecWarning, ProgramMissing, SystemFailure

_FOLDER = os.path.join(os.path.dirname(os.path.abspath(__file__)), "_bin")


def _find(variable: str, name: str) -> str:
    path = os.environ.get(variable) or os.path.join(_FOLDER, name)
    if os.path.isfile(path):
        return path
    raise ProgramMissing(
        f"{path} is not there: install a wheel of actrec, or build it and set {variable} (see docs/python.md)")


def program() -> str:
    """The path of the actrec program: inside the package, unless ``ACTREC_PROGRAM`` names another."""
    return _find("ACTREC_PROGRAM", "actrec")


def library() -> str:
    """The path of the engine's shared library: inside the package, unless ``ACTREC_LIBRARY`` names another."""
    import sys

    return _find("ACTREC_LIBRARY", "libactrecengine" + (".dylib" if sys.platform == "darwin" else ".so"))


def run(
    arguments: Sequence[str], *, stdin: Optional[IO[bytes]] = None,
    on_progress: Optional[Callable[[dict[str, Any]], None]] = None,
) -> tuple[bytes, list[str]]:
    """Runs the program to its end: what it wrote on standard output, and its notes.

    A failure is raised as an exception of ``actrec.errors``, a warning is given by ``warnings``. Ctrl-C is passed on: the
    first one ends a recording after its batch, the second at once; ``KeyboardInterrupt`` is raised when the program has ended.
    """
    # In a session of its own: a terminal would send Ctrl-C to it too, and it would count two.
    process = subprocess.Popen(
        [program(), *arguments], stdin=stdin or subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        start_new_session=True)
    assert process.stdout and process.stderr
    lines: queue.SimpleQueue[Optional[str]] = queue.SimpleQueue()
    output: list[bytes] = []
    readers = [
        threading.Thread(target=_forward, args=(process.stderr, lines), daemon=True),
        threading.Thread(target=_collect, args=(process.stdout, output), daemon=True),
    ]
    for reader in readers:
        reader.start()
    messages: list[str] = []
    interrupted = False
    at_end = False
    while not at_end:
        try:
            while (line := lines.get()) is not None:
                if on_progress and line.startswith("{"):
                    on_progress(json.loads(line))
                else:
                    messages.append(line)
            at_end = True
        except KeyboardInterrupt:
            interrupted = True
            process.send_signal(signal.SIGINT)
        except BaseException:
            process.kill()  # a progress display that fails ends the recording with it
            process.wait()
            raise
    status = process.wait()
    for reader in readers:
        reader.join()
    if interrupted or status == 130:
        raise KeyboardInterrupt
    notes = _warn(messages)
    if status != 0:
        raise _failure(status, messages)
    return output[0], notes


def _collect(stream: IO[bytes], output: list[bytes]) -> None:
    with stream:
        output.append(stream.read())


def _forward(stream: IO[bytes], lines: queue.SimpleQueue[Optional[str]]) -> None:
    with stream:
        for line in stream:
            lines.put(line.decode("utf-8", "replace").rstrip("\n"))
    lines.put(None)


def _warn(messages: Iterable[str]) -> list[str]:
    """Gives the program's warnings as Python's; returns its other notes."""
    notes = []
    for message in messages:
        if message.startswith("actrec: warning: "):
            warnings.warn(message.removeprefix("actrec: warning: "), ActrecWarning, stacklevel=_outside())
        elif message.startswith("actrec: ") and not message.startswith("actrec: error: "):
            notes.append(message.removeprefix("actrec: "))
    return notes


def warn_of(notes: Iterable[str]) -> None:
    """Gives notes as warnings."""
    for note in notes:
        warnings.warn(note, ActrecWarning, stacklevel=_outside())


def _outside() -> int:
    """How many frames up the caller of this package is, as ``warnings.warn`` counts for the function that calls this."""
    import sys

    frame, level = sys._getframe(1), 1
    while frame.f_back and frame.f_globals.get("__name__", "").split(".")[0] == "actrec":
        frame, level = frame.f_back, level + 1
    return level


def _failure(status: int, messages: Sequence[str]) -> ActrecError:
    if status < 0:
        return SystemFailure(f"actrec was ended by signal {-status}")
    for prefix in ("actrec: error: ", "Error: "):
        for message in messages:
            if message.startswith(prefix):
                return BY_STATUS.get(status, ActrecError)(message.removeprefix(prefix))
    return BY_STATUS.get(status, ActrecError)("\n".join(messages) or f"actrec ended with status {status}")

"""Recording: texts in, a run out."""
from __future__ import annotations

import json
import os
import re
import shutil
import tempfile
import weakref
from typing import Any, Iterable, Mapping, Optional, Sequence, Union

from . import _program
from ._progress import Progress
from ._run import Run

Text = Union[str, Mapping[str, Any]]


def record(
    texts: Union[str, Iterable[Text], None] = None, *, token_ids: Optional[Iterable[Sequence[int]]] = None,
    file: Union[str, "os.PathLike[str]", None] = None, model: Optional[str] = None, capture: Optional[str] = None,
    output: Union[str, "os.PathLike[str]", None] = None, label: Optional[str] = None, truncate: bool = False,
    window: bool = False, float16: bool = False, special: bool = False, bos: bool = False, norm: Optional[str] = None,
    threads: int = 0, batch_tokens: Optional[int] = None, resume: bool = False, progress: Optional[bool] = None,
    options: Sequence[str] = (),
) -> Run:
    """Runs a model over texts and records what happens inside it.

    Give one of ``texts``, ``token_ids`` and ``file``.

    texts: a text, or any number of them. A mapping has the key "text", or "ids", and any others, which are kept as metadata.
    token_ids: lists of token ids in place of texts.
    file: a path: a line is a sequence; ``.jsonl`` holds an object a line, with "text" or "ids".
    model: a directory in Hugging Face layout, or a name from ``actrec model list``; None is the model inside the program.
    capture: presets and globs of hook points, separated by commas, such as "stats,blocks.*.hook_resid_pre"; see
        ``actrec record --help``.
    output: the recording to make or to add a run to. None records into a temporary file, which goes when the ``Run`` does.
    label: a name for the run.
    truncate, window: of a text longer than the model's context, record the first tokens, or windows that do not overlap;
        without either such a text is an error.
    float16: store vectors in half the space.
    special: read special tokens such as <|endoftext|> in texts as tokens.
    bos: prepend the BOS token to each text.
    norm: where the norms take their statistics: token (the model's own), feature, sequence, frozen or none.
    threads: for the forward pass; 0 is one for each processor.
    batch_tokens: tokens of one forward pass.
    resume: go on with the run of ``output`` that was interrupted, given the same texts.
    progress: True or False shows it always or never; None in notebooks and on terminals.
    options: further options of ``actrec record``, as on the command line.

    Raises the exceptions of ``actrec.errors``. Ctrl-C ends the recording after its batch, and raises ``KeyboardInterrupt``: what
    was recorded until then is in ``output``, as a run that ``resume`` completes.
    """
    if sum(given is not None for given in (texts, token_ids, file)) != 1:
        raise ValueError("give one of texts, token_ids and file")
    arguments = ["record", "--progress", "lines"]
    for name, value in (
        ("--model", model), ("--capture", capture), ("--label", label), ("--norm", norm), ("--batch-tokens", batch_tokens),
        ("--threads", threads or None),
    ):
        if value is not None:
            arguments += [f"{name}={value}"]
    for name, flag in (
        ("--truncate", truncate), ("--window", window), ("--float16", float16), ("--special", special), ("--bos", bos),
        ("--resume", resume),
    ):
        if flag:
            arguments.append(name)
    place = RecordingPlace(output)
    arguments += [f"--output={place.path}", *options]
    with tempfile.TemporaryFile() as lines:
        if file is not None:
            arguments.append(f"--file={os.fspath(file)}")
        else:
            # A file and not a pipe: should this process be killed, the program still sees the whole of its input.
            lines.writelines(_json_lines(texts, token_ids))
            lines.seek(0)
            arguments += ["--file=-", "--input-jsonl"]
        display = Progress(progress)
        try:
            _, notes = _program.run(arguments, stdin=lines, on_progress=display.update)
        finally:
            display.close()
    return Run(place.path, run_id(notes), place=place)


def pull(model: str) -> str:
    """Downloads a model from the Hugging Face hub, into the cache that Python's libraries share; its directory."""
    output, _ = _program.run(["model", "pull", "--quiet", "--", model])
    return output.decode().strip()


def run_id(notes: Iterable[str]) -> int:
    """The run of which the program's last line tells."""
    for note in notes:
        if found := re.match(r"run (\d+) in ", note):
            return int(found[1])
    raise AssertionError(f"the program names no run: {list(notes)}")


class RecordingPlace:
    """The path of a recording. One that nobody named is in a folder that goes when this object does."""

    def __init__(self, path: Union[str, "os.PathLike[str]", None]) -> None:
        if path is not None:
            self.path = os.fspath(path)
            return
        folder = tempfile.mkdtemp(prefix="actrec-")
        self.path = os.path.join(folder, "run.db")
        weakref.finalize(self, shutil.rmtree, folder, ignore_errors=True)


def _json_lines(texts: Any, token_ids: Any) -> Iterable[bytes]:
    if token_ids is not None:
        for ids in token_ids:
            yield json.dumps({"ids": [int(identifier) for identifier in ids]}).encode() + b"\n"
        return
    for text in [texts] if isinstance(texts, (str, Mapping)) else texts:
        if not isinstance(text, (str, Mapping)):
            raise TypeError(f"a text is a str or a mapping, not {type(text).__name__}")
        yield json.dumps({"text": text} if isinstance(text, str) else dict(text)).encode() + b"\n"

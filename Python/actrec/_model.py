"""A model that runs in this process, with hooks that see and change what it computes."""
from __future__ import annotations

import ctypes
import fnmatch
import json
from typing import TYPE_CHECKING, Any, Callable, Iterable, Iterator, Mapping, Optional, Sequence, Union

from . import _engine
from .errors import BadInput

if TYPE_CHECKING:
    import numpy as np

HookCallback = Callable[["np.ndarray", "Hook"], Optional["np.ndarray"]]


class Hook:
    """Where a hook is called: the second argument of a hook function."""

    __slots__ = ("name", "tokens", "rows", "sequences", "sequence")

    def __init__(self, name: str, tokens: list[int], rows: slice, sequences: list[slice], sequence: Optional[int]) -> None:
        self.name: str = name
        """The hook point's name."""
        self.tokens: list[int] = tokens
        """Token ids of the whole pass, sequence after sequence."""
        self.rows: slice = rows
        """Which of them the values are of. All of them, but for logits, which come in parts, and scores and patterns."""
        self.sequences: list[slice] = sequences
        """The rows of each sequence."""
        self.sequence: Optional[int] = sequence
        """Of scores and patterns, which come sequence by sequence: which it is. None elsewhere."""

    def __repr__(self) -> str:
        return f"<actrec.Hook {self.name}>"


class Pass(Mapping[str, "np.ndarray"]):
    """What a pass kept: an array for each hook point, and the tokens that it ran over.

    Arrays have a row for each token, sequence after sequence: [tokens, width], or [tokens, heads, head width]. Scores and
    patterns are a list of arrays, one [heads, query, key] for each sequence.
    """

    def __init__(self, arrays: dict[str, Any], tokens: list[list[int]], token_texts: list[str], sequences: list[slice]) -> None:
        self._arrays = arrays
        self.tokens = tokens
        """Token ids of each sequence."""
        self.token_texts = token_texts
        """The text of each token, sequence after sequence."""
        self.sequences = sequences
        """The rows of each sequence."""

    def __getitem__(self, name: str) -> Any:
        if name not in self._arrays:
            raise KeyError(f"the pass kept no {name}; it has {', '.join(self._arrays) or 'nothing: name hook points in keep'}")
        return self._arrays[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._arrays)

    def __len__(self) -> int:
        return len(self._arrays)

    def __repr__(self) -> str:
        return f"<actrec.Pass over {sum(map(len, self.tokens))} tokens: {', '.join(self._arrays) or 'nothing kept'}>"


class Model:
    """A model that runs in this process.

        with actrec.Model("gpt2") as model:
            def double(x, hook):        # [tokens, heads, d_head]
                x[:, 7] *= 2
            kept = model.run("They said ok.", hooks={"blocks.3.attn.hook_z": double}, keep="blocks.*.hook_resid_post,logits")
            kept["logits"].argmax(axis=1)

    name: a directory in Hugging Face layout, or a name from ``actrec model list``.
    threads: for the forward pass; 0 is one for each processor.
    """

    def __init__(self, name: str = "gpt2-micro", *, threads: int = 0) -> None:
        self._handle = _engine.Handle(name)
        self.threads = threads
        self.info: dict[str, Any] = json.loads(self._call("describe"))
        """Name, source, architecture, norm and sizes."""
        points = self.info.pop("hookPoints")
        self.hook_points: list[str] = [point["name"] for point in points]
        """Every hook point, in the order of the pass."""
        self._heads = [point["heads"] for point in points]
        self._has_keys = [point["keys"] for point in points]

    def close(self) -> None:
        """Gives the model's memory back."""
        self._handle.release()

    def __enter__(self) -> "Model":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"<actrec.Model {self.info['name']}: {self.info['layers']} layers, {self.info['heads']} heads, width {self.info['width']}>"

    def encode(self, text: str, *, special: bool = False, bos: bool = False) -> list[int]:
        """The token ids that a pass over ``text`` runs over, as ``actrec record`` makes them.

        special: read special tokens such as <|endoftext|> in the text as tokens. bos: prepend the BOS token.
        """
        data = text.encode()
        ids: list[int] = json.loads(self._call("encode", data, len(data), int(special), int(bos)))
        return ids

    def token_texts(self, ids: Sequence[int]) -> list[str]:
        """The text of each token, to show: bytes that are not UTF-8 stand as \\xNN."""
        array = (ctypes.c_int32 * len(ids))(*ids)
        texts: list[str] = json.loads(self._call("token_texts", array, len(ids)))
        return texts

    def run(
        self, texts: Union[str, Sequence[int], Iterable[Union[str, Sequence[int]]]], hooks: Optional[Mapping[str, HookCallback]] = None,
        keep: Union[str, Iterable[str]] = (), *, special: bool = False, bos: bool = False,
    ) -> Pass:
        """Runs the model over a text or a list of token ids, or over several of them as one batch without padding.

        hooks: functions by the name of a hook point, or a glob of names; ``function(x, hook)`` is called in the order of the pass.
            ``x`` holds the values, [tokens, width] or [tokens, heads, head width] of all sequences one after another; of scores and
            patterns [heads, query, key], sequence by sequence, 0 where a query does not see a key. What the function leaves in
            ``x``, or the array that it returns, is what the rest of the pass reads; values that it leaves as they were change
            nothing, to the bit. ``x`` is the function's own: it may be kept.
        keep: names or globs of hook points to return, after all hooks.

        An exception in a hook stops the pass and is raised here.
        """
        import numpy as np

        sequences: list[Any] = [texts] if isinstance(texts, str) else list(texts)
        if sequences and isinstance(sequences[0], (int, np.integer)):
            sequences = [sequences]
        tokens = [self.encode(text, special=special, bos=bos) if isinstance(text, str) else [int(i) for i in text]
                  for text in sequences]
        lengths = [len(ids) for ids in tokens]
        ends = [sum(lengths[: i + 1]) for i in range(len(lengths))]
        runner = _Runner(self, [i for ids in tokens for i in ids], [slice(e - n, e) for e, n in zip(ends, lengths)])
        for pattern, function in (hooks or {}).items():
            if not callable(function):
                raise TypeError(f"the hook at {pattern} is not a function")
            for index in self._matching(pattern):
                runner.functions.setdefault(index, []).append(function)
        for pattern in keep.split(",") if isinstance(keep, str) else keep:
            if pattern.strip():
                runner.kept.update({index: [] for index in self._matching(pattern.strip())})
        runner.run()
        arrays: dict[str, Any] = {}
        for index in sorted(runner.kept):
            parts = runner.kept[index]
            arrays[self.hook_points[index]] = parts if self._has_keys[index] else parts[0] if len(parts) == 1 else np.concatenate(parts)
        return Pass(arrays, tokens, self.token_texts(runner.tokens), runner.sequences)

    def _matching(self, pattern: str) -> list[int]:
        found = [index for index, name in enumerate(self.hook_points) if fnmatch.fnmatchcase(name, pattern)]
        if not found:
            raise BadInput(f"no hook point is called {pattern}; an example is {self.hook_points[len(self.hook_points) // 2]}, "
                           "and model.hook_points lists all")
        return found

    def _call(self, name: str, *arguments: Any) -> str:
        error = _engine.ErrorText()
        address = getattr(_engine.load(), f"actrec_model_{name}")(self._handle.address, *arguments, error.room)
        if not address:
            raise error.exception()
        return _engine.take_text(address)


class _Runner:
    """One pass: gives the engine a function to call, and takes what the user's functions make of the values."""

    def __init__(self, model: Model, tokens: list[int], sequences: list[slice]) -> None:
        self.model = model
        self.tokens = tokens
        self.sequences = sequences
        self.functions: dict[int, list[HookCallback]] = {}
        self.kept: dict[int, list[Any]] = {}
        self.failure: Optional[BaseException] = None

    def run(self) -> None:
        model = self.model
        wishes = bytes(
            _engine.EDITS if index in self.functions else _engine.READS if index in self.kept else _engine.NOTHING
            for index in range(len(model.hook_points)))
        error = _engine.ErrorText()
        outcome = _engine.load().actrec_model_run(
            model._handle.address, (ctypes.c_int32 * len(self.tokens))(*self.tokens),
            (ctypes.c_size_t * len(self.sequences))(*(rows.stop - rows.start for rows in self.sequences)), len(self.sequences),
            wishes, model.threads, _engine.HookFunction(self._at_hook), None, error.room)
        if self.failure is not None:
            raise self.failure
        if outcome != _engine.DONE:
            raise error.exception()

    def _at_hook(self, _: Any, pointer: Any) -> int:
        try:
            values = pointer.contents
            show = self._show_keys if values.offsets else self._show_rows
            show(values.point, values)
            return 0
        except BaseException as failure:  # also Ctrl-C: the engine must stop before it can go further
            self.failure = failure
            return 1

    def _show_rows(self, index: int, values: Any) -> None:
        """Rows of one width."""
        import numpy as np

        heads = self.model._heads[index]
        count = (values.rows - 1) * values.stride + values.width
        view = np.ndarray(
            (values.rows, values.width), np.float32, (ctypes.c_float * count).from_address(values.values),
            strides=(4 * values.stride, 4))
        # The pass uses its memory again, so that what a function may keep is a copy: some microseconds.
        x = view.copy() if heads == 1 else view.reshape(values.rows, heads, -1).copy()
        if index in self.functions:
            hook = self._hook(index, slice(values.first_row, values.first_row + values.rows))
            x = self._apply(index, x, hook)
            view[...] = x.reshape(view.shape)
        if index in self.kept:
            self.kept[index].append(x.copy() if index in self.functions else x)

    def _show_keys(self, index: int, values: Any) -> None:
        """Scores and patterns: rows with a value for each key that the token sees, as a square for each sequence."""
        import numpy as np

        heads, offsets, firsts = self.model._heads[index], values.offsets, values.first_keys
        memory = np.frombuffer((ctypes.c_float * offsets[values.rows]).from_address(values.values), np.float32)
        for sequence, rows in enumerate(self.sequences):
            length = rows.stop - rows.start
            x = np.zeros((heads, length, length), np.float32)
            places = []
            for query, row in enumerate(range(rows.start, rows.stop)):
                part = memory[offsets[row] : offsets[row + 1]].reshape(heads, -1)
                keys = slice(firsts[row], firsts[row] + part.shape[1])
                x[:, query, keys] = part
                places.append((part, query, keys))
            if index in self.functions:
                x = self._apply(index, x, self._hook(index, rows, sequence))
                for part, query, keys in places:
                    part[...] = x[:, query, keys]
            if index in self.kept:
                self.kept[index].append(x.copy() if index in self.functions else x)

    def _hook(self, index: int, rows: slice, sequence: Optional[int] = None) -> Hook:
        return Hook(self.model.hook_points[index], self.tokens, rows, self.sequences, sequence)

    def _apply(self, index: int, x: "np.ndarray", hook: Hook) -> "np.ndarray":
        for function in self.functions[index]:
            returned = function(x, hook)
            if returned is None:
                continue
            import numpy as np

            array = np.asarray(returned, dtype=np.float32)
            if array.shape != x.shape:
                raise ValueError(f"the hook at {hook.name} returned an array of shape {array.shape} for one of {x.shape}")
            x = array
        return x

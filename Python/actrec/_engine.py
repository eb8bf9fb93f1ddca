"""The engine's C interface: Sources/EngineInterface, and its structs in Sources/CEngine/include/CEngine.h."""
from __future__ import annotations

import ctypes
import functools
import os
from typing import Optional

from . import _program
from .errors import ActrecError, BadInput

INTERFACE_VERSION = 1
NOTHING, READS, EDITS = 0, 1, 2
DONE, FAILED, STOPPED_BY_HOOK = 0, 1, 2


class Values(ctypes.Structure):
    """``engine_values``: the values at one hook point, in the forward pass's own memory."""

    _fields_ = [
        ("point", ctypes.c_int64), ("first_row", ctypes.c_int64), ("rows", ctypes.c_int64), ("heads", ctypes.c_int64),
        ("width", ctypes.c_int64), ("stride", ctypes.c_int64), ("values", ctypes.c_void_p),
        ("offsets", ctypes.POINTER(ctypes.c_int64)), ("first_keys", ctypes.POINTER(ctypes.c_int64)),
    ]


HookFunction = ctypes.CFUNCTYPE(ctypes.c_int32, ctypes.c_void_p, ctypes.POINTER(Values))
_Error = ctypes.POINTER(ctypes.c_void_p)


@functools.lru_cache(maxsize=None)
def load() -> ctypes.CDLL:
    """The shared library, loaded when first needed."""
    path = _program.library()
    engine = ctypes.CDLL(path)
    pointer, integer, size = ctypes.c_void_p, ctypes.c_int32, ctypes.c_size_t
    for name, result, arguments in (
        ("interface_version", integer, []),
        ("free", None, [pointer]),
        ("model_load", pointer, [ctypes.c_char_p, _Error]),
        ("model_release", None, [pointer]),
        ("model_describe", pointer, [pointer, _Error]),
        ("model_encode", pointer, [pointer, ctypes.c_char_p, size, integer, integer, _Error]),
        ("model_token_texts", pointer, [pointer, ctypes.POINTER(ctypes.c_int32), size, _Error]),
        ("model_run", integer, [
            pointer, ctypes.POINTER(ctypes.c_int32), ctypes.POINTER(size), size, ctypes.c_char_p, integer, HookFunction, pointer,
            _Error]),
    ):
        function = getattr(engine, f"actrec_{name}")
        function.restype, function.argtypes = result, arguments
    version = engine.actrec_interface_version()
    if version != INTERFACE_VERSION:
        raise ActrecError(f"{path} has version {version} of the engine's interface, and this package takes {INTERFACE_VERSION}")
    return engine


class ErrorText:
    """Room for the text of an error."""

    def __init__(self) -> None:
        self._text = ctypes.c_void_p()
        self.room = ctypes.pointer(self._text)

    def exception(self) -> ActrecError:
        return BadInput(take_text(self._text.value) or "the engine failed and does not say why")


def take_text(address: Optional[int]) -> str:
    """The text at an address that the engine gave, which is given back."""
    if not address:
        return ""
    text = ctypes.string_at(address).decode("utf-8", "replace")
    load().actrec_free(address)
    return text


class Handle:
    """A model of the engine, released with this object."""

    def __init__(self, name: str) -> None:
        self._process = os.getpid()
        error = ErrorText()
        self._address: Optional[int] = load().actrec_model_load(name.encode(), error.room)
        if not self._address:
            raise error.exception()

    @property
    def address(self) -> int:
        if not self._address:
            raise ActrecError("the model is closed")
        if os.getpid() != self._process:
            raise ActrecError("the model was loaded before this process was forked, without its threads: load it here")
        return self._address

    def release(self) -> None:
        address, self._address = self._address, None
        if address:
            load().actrec_model_release(address)

    def __del__(self) -> None:
        if getattr(self, "_address", None):
            self.release()

"""actrec records what happens inside a transformer, and answers questions about it in SQL.

    import actrec

    run = actrec.record(["They said that hatred was ok."], capture="stats,blocks.*.hook_resid_pre")
    run["blocks.2.hook_resid_pre"]          # an array, [tokens, width]
    run.table("token_statistics")           # a DataFrame where pandas or Polars is installed
    run.query("token_variance", tokens="hatred,ok")
    actrec.compare("hatred", "ok")

    with actrec.Model("gpt2-micro") as model:      # in this process, with hooks that see and change values
        model.run("They said ok.", hooks={"blocks.2.hook_resid_pre": hook})

The program ``actrec`` is inside the package; ``python -m actrec`` runs it too. Variances are population variances, as
LayerNorm takes them and as NumPy's default is.
"""
from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ._compare import Comparison as Comparison, compare as compare
    from ._model import Hook as Hook, Model as Model, Pass as Pass
    from ._record import pull as pull, record as record
    from ._run import Run as Run, Sequence as Sequence, open_recording as open
    from ._table import Rows as Rows

from .errors import (
    ActrecError, ActrecWarning, BadInput, Busy, LimitReached, NotRecorded, ProgramMissing, SystemFailure, UsageError,
    VerificationFailed,
)

# Loaded when first used: `import actrec` is quick, and needs neither NumPy nor SQLite.
_PLACES = {
    "compare": "_compare", "Comparison": "_compare", "Model": "_model", "Hook": "_model", "Pass": "_model",
    "record": "_record", "pull": "_record", "Run": "_run", "Sequence": "_run", "open": "_run", "Rows": "_table",
}

__all__ = [
    "record", "open", "compare", "pull", "Run", "Sequence", "Rows", "Comparison", "Model", "Hook", "Pass",
    "ActrecError", "ActrecWarning", "BadInput", "Busy", "LimitReached", "NotRecorded", "ProgramMissing", "SystemFailure",
    "UsageError", "VerificationFailed",
]


def __getattr__(name: str) -> Any:
    if name == "__version__":
        from importlib.metadata import version

        return version("actrec")
    if name not in _PLACES:
        raise AttributeError(f"module 'actrec' has no attribute {name!r}")
    module = importlib.import_module(f".{_PLACES[name]}", __name__)
    value = getattr(module, "open_recording" if name == "open" else name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted([*__all__, "__version__", "errors"])

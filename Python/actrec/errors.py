"""What can go wrong: one exception for each exit status of the program, with the program's message.

``ActrecError`` is the base of all of them. Ctrl-C is a ``KeyboardInterrupt``, as everywhere in Python.
"""
from __future__ import annotations


class ActrecError(Exception):
    """Something failed. The text says what and, where it can, what to do about it."""


class BadInput(ActrecError, ValueError):
    """A text, a file, a model or a statement cannot be used (exit status 1)."""


class SystemFailure(ActrecError, OSError):
    """The system refused: a permission, a full disk, the network (exit status 2)."""


class VerificationFailed(ActrecError):
    """A recording does not obey what its numbers must obey (exit status 3)."""


class Busy(ActrecError):
    """Another program holds the file: the same call may succeed later (exit status 4)."""


class LimitReached(ActrecError):
    """Stopped at a limit of time or size (exit status 5)."""


class UsageError(ActrecError, ValueError):
    """The program does not take these options (exit status 64)."""


class NotRecorded(ActrecError, KeyError):
    """The run did not record what was asked for."""

    def __str__(self) -> str:  # KeyError would show the text in quotes
        return str(self.args[0])


class ProgramMissing(ActrecError, FileNotFoundError):
    """The package was installed without its program."""


class ActrecWarning(UserWarning):
    """A warning of the program, or the reason why an answer has no rows."""


BY_STATUS: dict[int, type[ActrecError]] = {
    1: BadInput, 2: SystemFailure, 3: VerificationFailed, 4: Busy, 5: LimitReached, 64: UsageError,
}

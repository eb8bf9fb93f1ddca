"""What several test files use."""
from __future__ import annotations

import os
import pathlib
import subprocess
import sys
import tempfile
import unittest

import actrec
from actrec import _program

ROOT = pathlib.Path(__file__).resolve().parents[2]
TEXTS = ["They said that hatred was ok.", "ok", "No one knows why the old lamp by the door was never lit again."]


def command(*arguments: str) -> subprocess.CompletedProcess[str]:
    """The program, run as from a shell."""
    return subprocess.run([_program.program(), *arguments], capture_output=True, text=True)


def python(code: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """A Python of its own with the package in reach."""
    path = str(pathlib.Path(actrec.__file__).parents[1])
    return subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, env={**os.environ, "PYTHONPATH": path, **environment})


class TestCase(unittest.TestCase):
    """A test with a folder of its own."""

    def setUp(self) -> None:
        self._folder = tempfile.TemporaryDirectory()
        self.addCleanup(self._folder.cleanup)

    def place(self, name: str) -> str:
        return os.path.join(self._folder.name, name)

"""Run the Python blocks of a page as they stand, in a folder of their own; each must print something.

    python Python/tests/run_readme.py README.md
"""
import contextlib
import io
import os
import pathlib
import re
import sys
import tempfile


def run_blocks(page: pathlib.Path) -> list[str]:
    """What each block prints. Blocks share their names, as in a notebook."""
    blocks = re.findall(r"^```python\n(.*?)^```$", page.read_text(encoding="utf-8"), re.M | re.S)
    names: dict[str, object] = {"__name__": "__main__"}
    printed = []
    before = os.getcwd()
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        try:
            for number, block in enumerate(blocks):
                with contextlib.redirect_stdout(io.StringIO()) as output:
                    exec(compile(block, f"{page.name}, Python block {number + 1}", "exec"), names)
                printed.append(output.getvalue())
        finally:
            os.chdir(before)
    if not printed or not all(printed):
        raise SystemExit(f"{page}: no Python block, or one that prints nothing")
    return printed


if __name__ == "__main__":
    for text in run_blocks(pathlib.Path(sys.argv[1]).resolve()):
        print(text)

"""Check that the examples of docs/python.md run as they stand.

    python Tools/check_python.py [--actrec .build/release/actrec]

Runs the page's sh and python blocks in order, in a folder of their own, with actrec on the path; the python blocks share their
names, as in a notebook. Each must end without an error and print something. A block whose first import is not
installed here is left out, and the output says so.
"""
import argparse
import contextlib
import importlib.util
import io
import os
import re
import subprocess
import sys
import tempfile
import traceback


def blocks(page):
    """[(line, language, code)] of the fenced blocks."""
    return [(page.count("\n", 0, found.start()) + 1, *found.groups()) for found in re.finditer(r"^```(sh|python)\n(.*?)^```$", page, re.M | re.S)]


def run_python(code, names, place):
    """What a block prints."""
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        exec(compile(code, place, "exec"), names)
    return printed.getvalue()


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--actrec", default=".build/release/actrec")
    parser.add_argument("--page", default="docs/python.md")
    arguments = parser.parse_args()
    with open(arguments.page, encoding="utf-8") as file:
        found = blocks(file.read())
    assert {language for _, language, _ in found} == {"sh", "python"}, "no examples found"
    environment = dict(os.environ, PATH=os.path.dirname(os.path.abspath(arguments.actrec)) + os.pathsep + os.environ["PATH"])
    names, run, failures = {"__name__": "__main__"}, 0, 0
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        for line, language, code in found:
            place = f"{arguments.page}:{line}"
            if language == "sh":
                subprocess.run(["sh", "-e", "-c", code], env=environment, check=True, capture_output=True)
                run += 1
                continue
            module = re.match(r"import (\w+)", code)
            if module and not importlib.util.find_spec(module[1]):
                print(f"{place}: left out, {module[1]} is not installed", flush=True)
                continue
            try:
                assert run_python(code, names, place).strip(), "it prints nothing"
                run += 1
            except Exception:  # whatever an example raises is a fault of the page
                failures += 1
                print(f"{place}: FAIL\n{traceback.format_exc()}", flush=True)
        os.chdir("/")
    print(f"{arguments.page}: {run} examples run", flush=True)
    sys.exit(1 if failures else 0)


if __name__ == "__main__":
    main()

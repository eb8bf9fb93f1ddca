"""Tables for people, printed as they are made and kept in RESULTS.md.

RESULTS.md has a section (##) for each kind of processor, with a subsection (###) for each measurement. A measurement
replaces its own subsection in its own processor's section, and nothing else; text written by hand belongs in other subsections.
"""
import pathlib
import re
import statistics

import machine

ROUNDS_TO_KEEP = 7
FILE = pathlib.Path(__file__).with_name("RESULTS.md")


def blocks(text, mark):
    """The text before the first heading of that level, and the blocks that begin with one.

    >>> blocks("a\\n## b\\nc\\n### d\\n## e\\n", "##")
    ('a\\n', ['## b\\nc\\n### d\\n', '## e\\n'])
    """
    parts = re.split(rf"^(?={mark} )", text, flags=re.MULTILINE)
    return parts[0], parts[1:]


def with_block(text, mark, title, change):
    """The text with the block of that title replaced by change(block), or with change(None) at the end if there is none."""
    before, found = blocks(text, mark)
    for index, block in enumerate(found):
        if block.splitlines()[0] == f"{mark} {title}":
            found[index] = change(block)
            return before + "".join(found)
    return (before + "".join(found)).rstrip("\n") + "\n\n" + change(None)


def with_measurement(text, processor, title, body):
    """The results with one measurement's subsection added or replaced.

    >>> old = "Top\\n\\n## A\\n\\n### x\\n\\n1\\n\\n### Notes\\n\\nkept\\n\\n## B\\n\\n### x\\n\\n3\\n"
    >>> new = with_measurement(old, "A", "x", "2")
    >>> new == old.replace("1", "2")
    True
    >>> with_measurement(new, "A", "x", "1") == old
    True
    >>> with_measurement(old, "C", "x", "4") == old + "\\n## C\\n\\n### x\\n\\n4\\n"
    True
    >>> with_measurement(old, "B", "y", "4") == old + "\\n### y\\n\\n4\\n"
    True
    """
    measurement = f"### {title}\n\n{body.strip()}\n"

    def section(block):
        return with_block(block or f"## {processor}\n", "###", title, lambda _: measurement + "\n").rstrip("\n") + "\n\n"

    return with_block(text, "##", processor, section).rstrip("\n") + "\n"


def median_and_range(values, digits=2):
    """The median and, in parentheses, the range."""
    values = sorted(values)
    return f"{statistics.median(values):,.{digits}f} ({values[0]:,.{digits}f} to {values[-1]:,.{digits}f})"


class Measurement:
    """The lines of one subsection in this machine's section: printed at once, kept by `save`."""

    def __init__(self, title, arguments):
        self.title, self.arguments, self.lines = title, arguments, []
        print(f"\n### {title}\n", flush=True)

    def __call__(self, line=""):
        self.lines.append(line)
        print(line, flush=True)

    def save(self):
        """Puts the measurement into the results; one of fewer than seven rounds is not kept."""
        rounds = self.arguments.runs
        if rounds < ROUNDS_TO_KEEP:
            print(f"\n(not kept in {FILE.name}: {rounds} rounds, {ROUNDS_TO_KEEP} are needed)", flush=True)
            return
        text = with_measurement(
            FILE.read_text(encoding="utf-8"), machine.heading(self.arguments.isa), self.title, "\n".join(self.lines))
        FILE.write_text(text, encoding="utf-8")

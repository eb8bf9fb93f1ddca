"""Programs under measurement: processes that read a line, do what it asks and answer with the seconds it took.

actrec's Engine, peers.py and libraries.py speak the same protocol, so that rounds alternate them. Each is a process of its own: their
thread pools do not meet, and each can be held to an instruction set by its environment.
"""
import argparse
import pathlib
import re
import signal
import statistics
import subprocess
import sys

import machine

WARM_UP = 3  # rounds not counted: actrec packs its weights in the second pass or the third, others on their first calls


class Program:
    """A running program; call it with the words of a line to get the seconds.

    It is stopped while it is not asked: threads that spin for work after their turn would take the processors of the next program.
    """

    def __init__(self, name, command, environment):
        self.name = name
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environment)

    def __call__(self, *words):
        self.process.send_signal(signal.SIGCONT)
        try:
            print(*words, file=self.process.stdin, flush=True)
            answer = self.process.stdout.readline()
        except BrokenPipeError:
            answer = ""
        self.process.send_signal(signal.SIGSTOP)
        if not answer:
            raise RuntimeError(f"{self.name} ended with status {self.process.wait()} at: {' '.join(map(str, words))}")
        return float(answer)

    def peak_memory(self):
        """The most bytes it has held in memory, mapped files included; None where the system does not tell (not Linux)."""
        status = pathlib.Path(f"/proc/{self.process.pid}/status")
        if not status.exists():
            return None
        return int(re.search(r"VmHWM:\s+(\d+) kB", status.read_text())[1]) * 1024

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.send_signal(signal.SIGCONT)
        self.process.stdin.close()
        self.process.wait()
        self.process.stdout.close()


def engine(arguments, checkpoint, name="actrec"):
    """actrec's forward pass."""
    return Program(name, [arguments.engine, checkpoint, str(arguments.threads)], machine.environment(arguments.isa))


def start(arguments, kinds, kind, checkpoint):
    """The program of one of `kinds`: the dictionary of peers.py, or that of libraries.py."""
    script = sys.modules[kinds[kind].__module__].__file__
    environment = machine.environment(arguments.isa)
    for library in ("OMP", "MKL", "OPENBLAS"):
        environment[f"{library}_NUM_THREADS"] = str(arguments.threads)
    return Program(kinds[kind].name, [sys.executable, script, kind, checkpoint, "--threads", str(arguments.threads)], environment)


def serve(description, kinds, answer):
    """The main program of peers.py and libraries.py: answers lines with the seconds that answer(kind, words) gives."""
    parser = argparse.ArgumentParser(description=description, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("kind", choices=kinds)
    parser.add_argument("checkpoint")
    parser.add_argument("--threads", type=int, default=2)
    arguments = parser.parse_args()
    program = kinds[arguments.kind](arguments.checkpoint, arguments.threads)
    for line in sys.stdin:
        print(answer(program, line.split()), flush=True)


def one_round(programs, *words):
    """The seconds of each program, one after the other."""
    times = []
    for program in programs:
        program(*words)  # the first pass after a stop wakes threads and processor: a pass among others is what counts
        times.append(program(*words))
    return times


def rounds(programs, count, *words):
    """Each round runs every program once, so that a busy moment of the machine meets all of them.
    Returns one list of seconds for each program."""
    times = [one_round(programs, *words) for _ in range(WARM_UP + count)]
    return [list(column) for column in zip(*times[WARM_UP:])]


def ratios(theirs, ours):
    """Round by round, how many times as long theirs took."""
    return [a / b for a, b in zip(theirs, ours, strict=True)]


def median_rate(work, times):
    return work / statistics.median(times)


def parser(description, *positional):
    """The command line of a benchmark: paths, then the options that all of them have."""
    options = argparse.ArgumentParser(description=description, formatter_class=argparse.RawDescriptionHelpFormatter)
    for name in positional:
        options.add_argument(name)
    options.add_argument("--threads", type=int, default=2)
    options.add_argument("--runs", type=int, default=7, help="rounds; fewer than 7 are printed and not kept (default: 7)")
    options.add_argument(
        "--isa", choices=machine.LEVELS, help="lower the instruction set of actrec and of every library that has a variable for it")
    return options

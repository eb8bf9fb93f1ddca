"""Compare actrec with Hugging Face transformers in float64, hook point by hook point, on a GPT-2, BERT or Llama of your own.

    python Tools/parity.py MODEL [--tokens 32 | --text TEXT ...] [--actrec .build/release/actrec]

MODEL is a directory in Hugging Face layout, a GGUF file or a directory with one; transformers reads a GGUF file too, by the
package gguf, so that both have the same dequantized weights. Records several sequences of different lengths in one run with
`--capture all,logits`, computes the same with
reference.hook_points, and prints the largest difference of each hook point. Exit status 1 when a difference is over
5e-5 of the tensor's largest value, or when a hook point or position is on one side only.
"""
import argparse
import json
import os
import subprocess
import sys
import tempfile

import numpy as np

import recording
import reference

BAR = 5e-5


def tokenize(actrec, directory, texts):
    """The ids of each text by `actrec tokenize`."""
    command = [actrec, "tokenize", "--model", directory, "--format", "jsonl", *texts]
    lines = subprocess.run(command, check=True, capture_output=True, text=True).stdout.split("\n")
    return [json.loads(line)["ids"] for line in lines if line]


def random_sequences(tokens, vocabulary, seed=0):
    """Token ids of sequences of `tokens`, about a third, and 1 token, in an order that mixes the lengths."""
    random = np.random.default_rng(seed)
    return [random.integers(0, vocabulary, length).tolist() for length in (max(1, tokens // 3), tokens, 1)]


def record(actrec, directory, sequences, database, logits):
    """One recording of all sequences."""
    command = [actrec, "record", "--model", directory, "--capture", "all,logits" if logits else "all", "-o", database]
    for ids in sequences:
        command += ["--token-ids", " ".join(map(str, ids))]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)


def recorded_points(db):
    """[{name: flat array}] for each sequence of the newest run, in the order of the input."""
    run = recording.newest_run(db)
    sequences = {}
    for hook in recording.hooks(db, run):
        for sequence, position, vector in recording.vectors(db, run, hook):
            rows = sequences.setdefault(sequence, {}).setdefault(hook, [])
            if position != len(rows):
                raise SystemExit(f"{hook}: position {position} follows {len(rows) - 1} in sequence {sequence}")
            rows.append(vector)
    return [{hook: np.concatenate(rows) for hook, rows in points.items()} for _, points in sorted(sequences.items())]


def compare(recorded, expected):
    """{name: (largest difference in a row, the row's largest value, complaint or None)}, the worst over rows and sequences."""
    worst = {}
    for ours, theirs in zip(recorded, expected, strict=True):
        for name in [*theirs, *(ours.keys() - theirs.keys())]:
            row = difference(ours.get(name), theirs.get(name))
            worst[name] = max(row, worst.get(name, row), key=badness)
    return worst


def difference(ours, theirs):
    """One row of the comparison: that of the token which differs most beside its own largest value."""
    if ours is None or theirs is None:
        return np.inf, np.nan, "not recorded" if ours is None else "not in the reference"
    if ours.size != theirs.size:
        return np.inf, np.nan, f"{ours.size} values, expected {theirs.size}"
    # What is no matrix of tokens, such as patterns of growing width, is one row.
    rows = theirs.reshape(theirs.shape[0] if theirs.ndim > 1 else 1, -1)
    differences = np.abs(ours.astype(np.float64).reshape(rows.shape) - rows).max(axis=1)
    sizes = np.abs(rows).max(axis=1)
    worst = max(range(len(rows)), key=lambda row: badness((differences[row], sizes[row], None)))
    return float(differences[worst]), float(sizes[worst]), None


def badness(row):
    """The ratio that is judged; not finite is worst."""
    largest, scale, complaint = row
    ratio = largest / scale if scale else largest
    return np.inf if complaint or not np.isfinite(ratio) else ratio


def print_table(worst):
    """The table; returns whether everything passed."""
    print(f"{'hook':34} {'largest |difference|':>20} {'largest |value|':>16} {'ratio':>9}  verdict")
    for name, row in worst.items():
        verdict = row[2] or ("ok" if badness(row) <= BAR else "FAIL")
        print(f"{name:34} {row[0]:20.3e} {row[1]:16.6g} {badness(row):9.1e}  {verdict}")
    failed = [name for name, row in worst.items() if not badness(row) <= BAR]
    top = max(worst, key=lambda name: badness(worst[name]))
    print(f"\n{len(worst)} hook points, {len(failed)} failed at {BAR:g}; worst: {top}, {badness(worst[top]):.1e}")
    return not failed


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("directory", metavar="model", help="checkpoint in Hugging Face layout, or GGUF")
    parser.add_argument("--tokens", type=int, default=32, help="random token ids, this many in the longest sequence")
    parser.add_argument("--text", action="append", help="a text instead; may be repeated")
    parser.add_argument("--actrec", default=".build/release/actrec")
    arguments = parser.parse_args()

    model = reference.load(arguments.directory)
    if arguments.text:
        sequences = tokenize(arguments.actrec, arguments.directory, arguments.text)
    else:
        tokens = min(arguments.tokens, model.config.max_position_embeddings)
        sequences = random_sequences(tokens, model.config.vocab_size)
    print(f"{arguments.directory}: sequences of {', '.join(str(len(ids)) for ids in sequences)} tokens")
    expected = [reference.hook_points(model, ids) for ids in sequences]
    with tempfile.TemporaryDirectory() as folder:
        database = os.path.join(folder, "parity.db")
        record(arguments.actrec, arguments.directory, sequences, database, logits="logits" in expected[0])
        recorded = recorded_points(recording.open_recording(database))
    sys.exit(0 if print_table(compare(recorded, expected)) else 1)


if __name__ == "__main__":
    main()

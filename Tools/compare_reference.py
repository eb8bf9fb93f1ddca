"""Recompute what `actrec compare` prints from Hugging Face activations in NumPy, and compare.

    python Tools/compare_reference.py [WORD ...] [--model MODEL] [--carriers FILE] [--actrec .build/release/actrec]
    actrec compare hatred ok --format json | python Tools/compare_reference.py hatred ok --rows -

MODEL is a directory in Hugging Face layout, or a GGUF file. A carrier is a line with {} where the word goes. A word is measured where it is a single token of the carrier, never at
position 0; where it is not, the carrier is left out for that word and named. The columns that the rows have among
COLUMNS must agree to the bar given there, relative to the largest value of the column; n exactly. Exit status 1 if not.
"""
import argparse
import json
import os
import subprocess
import sys

import numpy as np

import check_tokenizers
import gpt2_tokenizer
import reference
from moments import moments

# What names a row, as far as the rows have it, and what is compared: {column: bar}.
KEYS = ("word", "token", "site", "depth")
COLUMNS = {"n": 0, "mean_variance": 5e-5, "sd_variance": 5e-5, "mean_kurtosis": 5e-5}
DIVISOR = 1  # of the squared deviations: n - DIVISOR
SHIPPED = "Sources/Comparing/carriers.txt"


def load_tokenizer(path):
    """What the model's own files say, by Hugging Face tokenizers."""
    if os.path.exists(os.path.join(path, "merges.txt")):
        return gpt2_tokenizer.load(path)
    file = os.path.join(path, "tokenizer.json")
    return check_tokenizers.load(file if os.path.exists(file) else path, cased=False)


def read_carriers(path):
    """The lines with a place for a word."""
    with open(path, encoding="utf-8") as file:
        return [line for line in file.read().split("\n") if "{}" in line]


def place(tokenizer, carrier, word):
    """(ids, position) of the word in the carrier, or a string that says why it cannot be measured there."""
    first = carrier.index("{}")
    last = first + len(word)
    text = carrier[:first] + word + carrier[first + 2:]
    encoding = tokenizer.encode(text)
    positions = [i for i, (low, high) in enumerate(encoding.offsets) if low < last and high > first]
    pieces = [text[slice(*encoding.offsets[i])] for i in positions]
    if len(pieces) != 1 or pieces[0].strip() != word.strip():
        return f"tokens {pieces}"
    return (encoding.ids, positions[0]) if positions[0] > 0 else "position 0"


def measure(model, tokenizer, carriers, words):
    """{(word, token): [carriers, depth, (variance, kurtosis)]} and the names of the sites by depth."""
    measured, sites = {}, []
    for word in words:
        for carrier in carriers:
            found = place(tokenizer, carrier, word)
            if isinstance(found, str):
                print(f"left out: {word!r} in {carrier!r}: {found}")
                continue
            ids, position = found
            inputs = {name.removesuffix(".hook_in"): value[position]
                      for name, value in reference.hook_points(model, ids).items() if name.endswith(".hook_in")}
            sites = list(inputs)
            values = moments(np.stack(list(inputs.values())))
            token = tokenizer.decode([ids[position]])
            measured.setdefault((word, token), []).append(np.stack([values["variance"], values["kurtosis"]], -1))
    return {key: np.stack(values) for key, values in measured.items()}, sites


def expected_rows(measured, sites):
    """The rows of `actrec compare` for what was measured."""
    rows = []
    for (word, token), values in measured.items():
        n = len(values)
        mean = values.mean(0)
        with np.errstate(invalid="ignore", divide="ignore"):  # no spread of one carrier when DIVISOR is 1
            spread = np.sqrt(np.square(values - mean).sum(0) / np.float64(n - DIVISOR))
        for depth, site in enumerate(sites):
            rows.append({"word": word, "token": token, "site": site, "depth": depth, "n": n,
                         "mean_variance": mean[depth, 0], "sd_variance": spread[depth, 0],
                         "mean_kurtosis": mean[depth, 1]})
    return rows


def index(rows, keys):
    """{what names the row: row}; two rows of one name are an error."""
    named = {tuple(row[key] for key in keys): row for row in rows}
    if len(named) != len(rows):
        raise SystemExit(f"rows are not told apart by {keys}")
    return named


def compare(rows, expected):
    """Print a line for each column; returns whether all agree."""
    rows = [row for row in rows if row.get("n") != 0]  # a word that was nowhere a single token
    if not rows:
        raise SystemExit("actrec printed no rows")
    keys = [key for key in KEYS if key in rows[0]]
    rows, expected = index(rows, keys), index(expected, keys)
    odd = sorted(rows.keys() ^ expected.keys(), key=str)
    for name in odd:
        print(f"{name}: {'not expected' if name in rows else 'missing'}")
    names = [name for name in expected if name in rows]
    columns = [column for column in COLUMNS if column in next(iter(rows.values()))]
    passed = not odd and bool(names) and bool(columns)
    for column in columns if names else []:
        ours, theirs = (np.array([side[name][column] for name in names], np.float64) for side in (rows, expected))
        difference = np.where(np.isnan(ours) & np.isnan(theirs), 0, np.abs(ours - theirs))
        ratio = difference / (np.nanmax(np.abs(theirs), initial=0) or 1)
        ratio = np.where(np.isnan(ratio), np.inf, ratio)
        agrees = bool(ratio.max() <= COLUMNS[column])
        passed &= agrees
        print(f"{column:15} {len(names):5} rows, largest difference {ratio.max():.1e} of the largest value, "
              f"at {names[ratio.argmax()]}: {'ok' if agrees else 'FAIL'} at {COLUMNS[column]:g}")
    return passed


def read_rows(arguments):
    """The rows of actrec, from a file or by running it."""
    if arguments.rows:
        with sys.stdin if arguments.rows == "-" else open(arguments.rows, encoding="utf-8") as file:
            return json.load(file)
    command = [arguments.actrec, "compare", *arguments.words, "--model", arguments.model, "--format", "json"]
    if arguments.carriers != SHIPPED:
        command += ["--carriers-file", arguments.carriers]
    return json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("words", nargs="*", default=["hatred", "ok"])
    parser.add_argument("--model", default="Sources/EmbeddedModel/gpt2-micro", help="checkpoint and tokenizer")
    parser.add_argument("--carriers", default=SHIPPED)
    parser.add_argument("--actrec", default=".build/release/actrec")
    parser.add_argument("--rows", help="actrec's JSON rows in a file, or - for standard input, instead of running it")
    arguments = parser.parse_args()

    rows = read_rows(arguments)
    model, tokenizer = reference.load(arguments.model), load_tokenizer(arguments.model)
    measured, sites = measure(model, tokenizer, read_carriers(arguments.carriers), arguments.words)
    for (word, token), values in measured.items():
        print(f"{word!r} as {token!r}: {len(values)} carriers, {len(sites)} sites")
    sys.exit(0 if compare(rows, expected_rows(measured, sites)) else 1)


if __name__ == "__main__":
    main()

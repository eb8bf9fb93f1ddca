"""Check that vectors reach other programs as they are, and that the queries over vectors agree with NumPy.

    actrec record -c all ... -o run.db;  python Tools/check_vectors.py run.db [--actrec .build/release/actrec]

The arrays of `actrec export --vectors`, read by NumPy and by safetensors, must equal the BLOBs to the bit. The answers of
nearest_tokens, before_and_after and direction_of_difference must be those that NumPy finds in the same vectors in float64.
"""
import argparse
import json
import os
import subprocess
import sys
import tempfile

import numpy as np
from safetensors.numpy import load_file

import recording

WORDS = "hatred", "ok"
# Vectors that a query makes are rounded to float32.
TOLERANCE = 1e-6


def query(arguments, name, *values):
    command = [arguments.actrec, "query", arguments.database, name, "--format", "json", "-p", f"run={arguments.run}"]
    for value in values:
        command += ["-p", value]
    return json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)


def cosine(a, b):
    return a @ b / (np.linalg.norm(a) * np.linalg.norm(b))


def close(found, expected, what):
    assert abs(found - expected) <= TOLERANCE * max(1, abs(expected)), f"{what}: {found}, expected {expected}"


class Vectors:
    """The vectors of a run in float64, without position 0."""

    def __init__(self, db, run):
        self.db, self.run = db, run

    def at(self, hook):
        """[(token, vector)]"""
        rows = self.db.execute("SELECT token, dtype, vector FROM activation_vectors WHERE run_id = ? AND hook = ? AND position > 0 "
                               "ORDER BY sequence_id, position", (self.run, hook))
        return [(token, np.frombuffer(vector, recording.DTYPES[dtype]).astype(np.float64)) for token, dtype, vector in rows]

    def of(self, word, hook):
        return np.array([vector for token, vector in self.at(hook) if token in (word, " " + word)])


def check_arrays(arguments, db):
    hooks = {hook: heads for hook, heads in recording.hooks(db, arguments.run).items() if not hook.endswith(("pattern", "attn_scores"))}
    with tempfile.TemporaryDirectory() as folder:
        for name, glob in [("all.safetensors", ",".join(hooks)), ("one.npy", "blocks.0.ln1.hook_in"), ("heads.npy", "blocks.0.attn.hook_z")]:
            subprocess.run([arguments.actrec, "export", arguments.database, "--vectors", glob, "--run", str(arguments.run),
                            "-o", os.path.join(folder, name)], check=True, capture_output=True)
        arrays = load_file(os.path.join(folder, "all.safetensors"))
        one, heads = (np.load(os.path.join(folder, name)) for name in ("one.npy", "heads.npy"))
    assert set(arrays) == set(hooks) | {"sequence_id", "position", "token_id"}, sorted(arrays)
    places = list(zip(arrays["sequence_id"].tolist(), arrays["position"].tolist()))
    for hook, count in hooks.items():
        rows = recording.vectors(db, arguments.run, hook)
        expected = np.array([vector for _, _, vector in rows])
        if count > 1:
            expected = expected.reshape(len(rows), count, -1)
        assert [(sequence, position) for sequence, position, _ in rows] == places, hook
        assert arrays[hook].dtype == expected.dtype and np.array_equal(arrays[hook], expected), hook
    assert np.array_equal(one, arrays["blocks.0.ln1.hook_in"]) and np.array_equal(heads, arrays["blocks.0.attn.hook_z"])
    return f"{len(arrays)} arrays of {len(places)} rows, equal to the BLOBs"


def check_nearest(arguments, vectors):
    hook = "blocks.1.ln1.hook_in"
    mean = vectors.of(WORDS[0], hook).mean(0)
    found = query(arguments, "nearest_tokens", f"word={WORDS[0]}", f"hook={hook}", "limit=1000")
    cosines = {}
    for token, vector in vectors.at(hook):
        cosines.setdefault(token, []).append(cosine(vector, mean))
    assert {row["token"] for row in found} == set(cosines)
    for row, before in zip(found, [None] + found):
        values = cosines[row["token"]]
        assert row["n"] == len(values) and (before is None or before["mean_cosine"] >= row["mean_cosine"]), row
        close(row["mean_cosine"], np.mean(values), row["token"])
        close(row["max_cosine"], max(values), row["token"])
    return f"{len(found)} tokens"


def check_before_and_after(arguments, vectors):
    found = query(arguments, "before_and_after", "tokens=" + ",".join(WORDS))
    for row in found:
        first, second = (vectors.of(word, row["site"] + ".hook_in") for word in WORDS)
        first_out, second_out = (vectors.of(word, row["site"] + ".hook_out") for word in WORDS)
        pairs = [(i, j) for i in range(len(first)) for j in range(len(second))]
        assert row["pairs"] == len(pairs)
        close(row["cosine_in"], np.mean([cosine(first[i], second[j]) for i, j in pairs]), row)
        close(row["cosine_centred"], np.mean([cosine(first[i] - first[i].mean(), second[j] - second[j].mean()) for i, j in pairs]), row)
        close(row["cosine_out"], np.mean([cosine(first_out[i], second_out[j]) for i, j in pairs]), row)
        for name, a, b in (("in", first, second), ("out", first_out, second_out)):
            ratio = np.exp(np.log(np.linalg.norm(a, axis=1)).mean() - np.log(np.linalg.norm(b, axis=1)).mean())
            close(row["length_ratio_" + name], ratio, row)
    return f"{len(found)} sites"


def check_difference(arguments, vectors):
    found = query(arguments, "direction_of_difference", "tokens=" + ",".join(WORDS), "limit=5")
    sites = list(dict.fromkeys((row["site"], row["normalizes"]) for row in found))
    differences = {site: vectors.of(WORDS[0], site + ".hook_in").mean(0) - vectors.of(WORDS[1], site + ".hook_in").mean(0) for site, _ in sites}
    for site, kind in sites:
        same = [other for other, other_kind in sites if other_kind == kind]
        difference = differences[site]
        rows = [row for row in found if row["site"] == site]
        assert [row["feature"] for row in rows] == np.argsort(-abs(difference))[:5].tolist(), site
        for row in rows:
            close(row["length"], np.linalg.norm(difference), row)
            close(row["difference"], difference[row["feature"]], row)
            close(row["share"], difference[row["feature"]] ** 2 / (difference @ difference), row)
            close(row["cosine_with_last"], cosine(difference, differences[same[-1]]), row)
            if site != same[0]:
                close(row["cosine_with_before"], cosine(difference, differences[same[same.index(site) - 1]]), row)
    return f"{len(sites)} sites"


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("database")
    parser.add_argument("--actrec", default=".build/release/actrec")
    parser.add_argument("--run", type=int, default=1)
    arguments = parser.parse_args()
    db = recording.open_recording(arguments.database)
    vectors = Vectors(db, arguments.run)
    failures = 0
    for name, check in (("arrays", lambda: check_arrays(arguments, db)), ("nearest_tokens", lambda: check_nearest(arguments, vectors)),
                        ("before_and_after", lambda: check_before_and_after(arguments, vectors)),
                        ("direction_of_difference", lambda: check_difference(arguments, vectors))):
        try:
            print(f"{name}: {check()}", flush=True)
        except (AssertionError, subprocess.CalledProcessError) as error:
            failures += 1
            print(f"{name}: FAIL\n{getattr(error, 'stderr', None) or error}", flush=True)
    sys.exit(1 if failures else 0)


if __name__ == "__main__":
    main()

"""Write what NumPy in float64 and sqlite-vec answer to statements over vectors.

    python Tools/make_vector_fixtures.py [--fixtures Tests/Fixtures]     # numpy and sqlite-vec; a sqlite3 that loads extensions

vectors.json is a list of {sql, parameters, numpy, sqlite_vec}: parameters are BLOBs as hexadecimal digits, answers a number or a
list of the values of a vector; sqlite_vec is null where it has no function of that name.
"""
import argparse
import json
import os
import sqlite3

import numpy as np
import sqlite_vec

SAMPLES = {
    "one value": ([1.5], [-0.25]),
    "three values": ([1, 2, 3], [3, -2, 1]),
    "width 17": None,
    "width 100": None,
    "beside a large mean": None,
    "nearly the same": None,
}


def samples(rng):
    """{name: two float32 vectors}"""
    made = {name: pair for name, pair in SAMPLES.items() if pair}
    made["width 17"] = rng.normal(size=(2, 17))
    made["width 100"] = rng.normal(size=(2, 100)) * 40
    made["beside a large mean"] = 1000 + rng.normal(size=(2, 32))
    x = rng.normal(size=40)
    made["nearly the same"] = (x, x + 1e-3 * rng.normal(size=40))
    return {name: [np.asarray(v, np.float32) for v in pair] for name, pair in made.items()}


def cases(a, b):
    """(statement, answer in float64, whether sqlite-vec has it), with :a and :b"""
    x, y = a.astype(np.float64), b.astype(np.float64)
    end = len(x) // 2 + 1
    return [
        ("SELECT vec_length(:a)", len(x), True),
        ("SELECT vec_f32(:a)", x, True),
        ("SELECT vec_f32(vec_to_json(:a))", x, False),  # sqlite-vec writes six digits after the point
        ("SELECT vec_add(:a, :b)", x + y, True),
        ("SELECT vec_sub(:a, :b)", x - y, True),
        ("SELECT vec_normalize(:a)", x / np.linalg.norm(x), True),
        (f"SELECT vec_slice(:a, 0, {end})", x[:end], True),
        ("SELECT vec_distance_L2(:a, :b)", np.linalg.norm(x - y), True),
        ("SELECT vec_distance_cosine(:a, :b)", 1 - x @ y / (np.linalg.norm(x) * np.linalg.norm(y)), True),
        ("SELECT sum(value * (rowid + 1)) FROM vec_each(:a)", x @ np.arange(1, len(x) + 1), True),
        ("SELECT vec_dot(:a, :b)", x @ y, False),
        ("SELECT vec_mean(:a)", x.mean(), False),
        ("SELECT vec_variance(:a)", x.var(), False),
        (f"SELECT vec_at(:a, {end - 1})", x[end - 1], False),
        ("SELECT vec_avg(v) FROM (SELECT :a AS v UNION ALL SELECT :b UNION ALL SELECT NULL UNION ALL SELECT :b)", (x + 2 * y) / 3, False),
    ]


def plain(value):
    """A list, rounded to float32 as a vector is, or a number."""
    return np.asarray(value).astype(np.float32).tolist() if np.ndim(value) else float(value)


def answer(db, sql, parameters):
    value = db.execute(sql, parameters).fetchone()[0]
    return np.frombuffer(value, "<f4").tolist() if isinstance(value, bytes) else value


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--fixtures", default="Tests/Fixtures")
    db = sqlite3.connect(":memory:")
    db.enable_load_extension(True)
    sqlite_vec.load(db)
    written = []
    for a, b in samples(np.random.default_rng(21)).values():
        for sql, expected, is_theirs in cases(a, b):
            parameters = {name: v.astype("<f4").tobytes() for name, v in (("a", a), ("b", b)) if f":{name}" in sql}
            written.append({
                "sql": sql, "parameters": {name: value.hex() for name, value in parameters.items()},
                "numpy": plain(expected), "sqlite_vec": answer(db, sql, parameters) if is_theirs else None,
            })
    halves = np.array([0, -0.0, 1, -2.5, 65504, 6e-8, 3.1e-5, 0.333], np.float16)
    written.append({
        "sql": "SELECT vec_f32(:a, 'float16')", "parameters": {"a": halves.astype("<f2").tobytes().hex()},
        "numpy": plain(halves), "sqlite_vec": None,
    })
    with open(os.path.join(parser.parse_args().fixtures, "vectors.json"), "w", encoding="utf-8") as file:
        file.write("[\n" + ",\n".join(json.dumps(case) for case in written) + "\n]\n")
    print(f"{len(written)} statements, {sum(case['sqlite_vec'] is not None for case in written)} of them answered by sqlite-vec too")


if __name__ == "__main__":
    main()

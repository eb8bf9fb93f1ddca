"""Recordings made by hand, row by row: the values that a model seldom gives.

    make(path, schema)        infinities, NaN (which is NULL), zeros of both signs, halves, partial UTF-8, empty views
    make_empty(path, schema)  the schema and no row
"""
import sqlite3

import numpy as np

TEXTS = [(b"hat", "hat"), ("émigré".encode(), "émigré"), ("日本".encode(), "日本"), (b"\xe6\x97", "\\xe6\\x97"), (b"\xff\x00", "\\xff\\x00"),
         (b"", ""), (None, "\U0001F600"), (b"'\"\n\r\t", "'\"\n\r\t")]
VALUES = [1.5, float("inf"), float("-inf"), float("nan"), -0.0, 0.0, 5e-324, -1.7976931348623157e308]


def make_empty(path, schema):
    db = sqlite3.connect(path)
    db.executescript(schema)
    db.close()


def make(path, schema):
    db = sqlite3.connect(path)
    db.executescript(schema)
    db.execute("INSERT INTO models VALUES (1, 'hand', 'made', 'gpt2', 'layer_norm', 'pre', 0, 'learned', 'causal', 1, 2, 2, 4, 2, 16, 20, 8, 0.0, 'gelu', 'tied', NULL, 100, 'f', NULL)")
    for run in (1, 2, -7):  # an id is any integer
        db.execute("""INSERT INTO runs (run_id, uuid, model_id, status, started_at, input, capture, norm_scheme, version, instruction_set, threads, host,
                      process_id, label) VALUES (?, ?, 1, 'complete', 'then', 'args', 'all', 'token', '1', 'none', 1, 'here', ?, ?)""",
                   (run, f"u{run}", (1 << 63) - 1, None if run == 1 else "étiquette\0after NUL"))
    sites = [(1, 0, "blocks.0.ln1", 0, "ln1"), (1, 1, "ln_final", None, "final")]
    db.executemany("INSERT INTO sites VALUES (?, ?, ?, ?, ?, 'pre', 'stream', 'layer_norm', 0.0, 1, 4)", sites)
    db.executemany("INSERT INTO norm_parameters VALUES (1, ?, ?, ?, ?)", [(d, f, VALUES[f], -0.0) for d in (0, 1) for f in (0, 1, 2, 4)])
    db.executemany("INSERT INTO vocabulary VALUES (1, ?, ?, ?)", [(i, *text) for i, text in enumerate(TEXTS)])
    for sequence, run in ((1, 1), (2, 2)):  # run -7 has no sequence
        first = 1 + 8 * (sequence - 1)
        db.execute("INSERT INTO sequences VALUES (?, ?, 1, 0, ?, 8, ?, ?)",
                   (sequence, run, first, None if run == 1 else "日本 \U0001F600", '{"a": "é"}'))
        for position in range(8):
            key, value = first + position, VALUES[position]
            db.execute("INSERT INTO tokens VALUES (?, ?, ?, ?)", (key, sequence, position, position))
            for depth in (0, 1):
                db.execute("INSERT INTO site_moments VALUES (?, ?, ?, ?, ?, 0, ?, ?, ?, ?, ?, ?, ?, ?)",
                           (key * 1024 + depth, value, abs(value), -value, value, value, value, value, value, value, value, value, position))
        db.execute("INSERT INTO computed_pairs VALUES (?, 0, ?, 0)", (run, -(1 << 63)))
    for run, hook, name, dtype in ((1, 1, "blocks.0.ln1.hook_in", "<f4"), (1, 2, "odd/name é=%", "<f2"), (2, 3, "blocks.0.ln1.hook_in", "<f4")):
        db.execute("INSERT INTO hooks VALUES (?, ?, ?, NULL, 1, NULL, ?, 0)", (hook, run, name, {"<f4": "float32", "<f2": "float16"}[dtype]))
        with np.errstate(over="ignore"):
            for position in range(8):
                vector = np.roll(np.array(VALUES), position)[:position].astype(dtype).tobytes()  # of 0 to 7 values
                db.execute("INSERT INTO vectors (hook_id, token_key, vector) VALUES (?, ?, ?)", (hook, 1 + 8 * (run - 1) + position, vector))
    db.commit()
    db.close()

"""Recompute the statistics of a recording from its stored vectors in NumPy float64 and compare.

    actrec record TEXT ... --capture all -o run.db;  python Tools/check_statistics.py run.db [--model DIR]

Checks, for every run and as far as the vectors were captured: token_statistics from hook_in, hook_normalized and
hook_out, head_statistics from q, k, v, z and result, feature_statistics over all tokens of the run. Prints the largest
relative difference of each column; exit status 1 when one is over 1e-12. Relative to the column's own value, except
where the sum cancels: means relative to the vector's root mean square, skewness to the mean of its |third powers|.

Statistics of hook_result are those of its vectors where these are kept; else actrec takes them from z and W_O in double
precision, and with --model they are recomputed here from the stored z and the checkpoint's W_O.
"""
import argparse
import sys

import numpy as np

import recording
from moments import largest_difference, moments

BAR = 1e-12
IN_COLUMNS = ("mean", "variance", "l2_norm", "minimum", "maximum", "abs_max", "abs_max_feature", "skewness", "kurtosis",
              "nonfinite")
PREFIXED = {"normalized": ("mean", "variance"), "out": ("mean", "variance", "l2_norm")}
HEAD_COLUMNS = ("mean", "variance", "l2_norm")


class Report:
    """The largest difference of each column, over all runs, sites and heads."""

    def __init__(self):
        self.worst = {}

    def add(self, column, stored, computed, size=None, bar=BAR):
        value, count, _ = self.worst.get(column, (0.0, 0, bar))
        self.worst[column] = (max(value, largest_difference(stored, computed, size)), count + len(stored), bar)

    def add_moments(self, prefix, columns, stored, computed, bar=BAR):
        """`stored`: {column: values}; both are keyed by the bare column names."""
        for column in columns:
            self.add(prefix + column, stored[column], computed[column], computed.get(f"{column} size"), bar)

    def print(self):
        """The table; returns whether every column is within its bar."""
        print(f"{'column':45} {'values':>9} {'largest relative difference':>28}  verdict")
        for column, (value, count, bar) in self.worst.items():
            print(f"{column:45} {count:9,} {value:28.2e}  {'ok' if value <= bar else 'FAIL'} at {bar:g}")
        return bool(self.worst) and all(value <= bar for value, _, bar in self.worst.values())


def table(rows, columns):
    """{column: float64 array}; NULL becomes NaN."""
    return {column: np.array([row[column] for row in rows], np.float64) for column in columns}


def stack(db, run, hook, keys):
    """The vectors of a hook point as [n, d]; they must belong to `keys`."""
    rows = recording.vectors(db, run, hook)
    assert [(sequence, position) for sequence, position, _ in rows] == keys, f"{hook}: not the statistics' tokens"
    return np.stack([vector for _, _, vector in rows]).astype(np.float64)


def check_site(db, run, site, norm, epsilon, captured, report):
    """token_statistics and feature_statistics of one site."""
    rows = db.execute("SELECT * FROM token_statistics WHERE run_id = ? AND site = ? ORDER BY sequence_id, position",
                      (run, site)).fetchall()
    keys = [(row["sequence_id"], row["position"]) for row in rows]
    for stage in ("in", "normalized", "out"):
        if f"{site}.hook_{stage}" not in captured:
            continue
        x = stack(db, run, f"{site}.hook_{stage}", keys)
        computed = moments(x)
        if stage == "in":
            report.add_moments("token_statistics.", IN_COLUMNS, table(rows, IN_COLUMNS), computed)
            square = (x ** 2).mean(-1) if norm == "rms_norm" else computed["variance"]
            scale = np.sqrt(square + epsilon)
            report.add("token_statistics.scale", table(rows, ["scale"])["scale"], scale)
        else:
            stored = {column: table(rows, [f"{stage}_{column}"])[f"{stage}_{column}"] for column in PREFIXED[stage]}
            report.add_moments(f"token_statistics.{stage}_", PREFIXED[stage], stored, computed)
        check_features(db, run, site, stage, x, report)


def check_features(db, run, site, stage, x, report):
    """feature_statistics of one stage: the same moments along the other axis."""
    rows = db.execute("SELECT * FROM feature_statistics WHERE run_id = ? AND site = ? AND stage = ? ORDER BY feature",
                      (run, site, stage)).fetchall()
    if rows:
        report.add("feature_statistics.n", [row["n"] for row in rows], np.full(x.shape[1], len(x)))
        columns = ("mean", "variance")
        report.add_moments(f"feature_statistics.{stage} ", columns, table(rows, columns), moments(x.T))


def check_heads(db, run, layer, hook, count, captured, output_weights, report):
    """head_statistics of one hook of one layer; `count` heads have a row each, those that share a key or value the same."""
    rows = db.execute("""SELECT * FROM head_statistics WHERE run_id = ? AND layer = ? AND hook = ?
                         ORDER BY sequence_id, position, head""", (run, layer, hook)).fetchall()
    name = f"blocks.{layer}.attn.hook_{hook}"
    from_z = hook == "result" and name not in captured and output_weights is not None
    if from_z:
        name = f"blocks.{layer}.attn.hook_z"
    if name not in captured:
        return
    heads = captured[name]
    keys = [(row["sequence_id"], row["position"]) for row in rows[::count]]
    x = stack(db, run, name, keys).reshape(len(keys), heads, -1)
    if from_z:
        x = np.einsum("thd,hdm->thm", x, output_weights[layer].reshape(heads, x.shape[2], -1))
    x = x.repeat(count // heads, axis=1)
    stored = table(rows, HEAD_COLUMNS)
    report.add_moments(f"head_statistics.{hook} ", HEAD_COLUMNS, stored, moments(x.reshape(-1, x.shape[2])))


def load_output_weights(directory):
    """[W_O of each attention layer, float64, [H * dh, D]]. Linear weights are [out, in], Conv1D's [in, out]."""
    import reference
    body = reference.load(directory).base_model
    weights = {"gpt2": lambda: [block.attn.c_proj.weight for block in body.h],
               "bert": lambda: [block.attention.output.dense.weight.T for block in body.encoder.layer],
               "llama": lambda: [block.self_attn.o_proj.weight.T for block in body.layers]}[body.config.model_type]()
    return [weight.detach().numpy() for weight in weights]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("database")
    parser.add_argument("--model", help="checkpoint directory of the recorded model, for W_O")
    arguments = parser.parse_args()

    db = recording.open_recording(arguments.database)
    output_weights = load_output_weights(arguments.model) if arguments.model else None
    report = Report()
    for run, norm, epsilon, count in db.execute(
            "SELECT run_id, norm, epsilon, heads FROM runs JOIN models USING (model_id)").fetchall():
        captured = recording.hooks(db, run)
        sites = db.execute("SELECT site FROM token_statistics WHERE run_id = ? GROUP BY site ORDER BY depth", (run,))
        for (site,) in sites.fetchall():
            check_site(db, run, site, norm, epsilon, captured, report)
        heads = db.execute("SELECT DISTINCT hook, layer FROM head_statistics WHERE run_id = ? ORDER BY 1, 2", (run,))
        for hook, layer in heads.fetchall():
            check_heads(db, run, layer, hook, count, captured, output_weights, report)
    if not report.worst:
        print("no vectors to recompute from: record with --capture all")
    sys.exit(0 if report.print() else 1)


if __name__ == "__main__":
    main()

"""Runs: arrays, tables, queries."""
import os
import sqlite3
import unittest
import warnings

import numpy as np
import support

import actrec


class RunTests(support.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.run_ = actrec.record(support.TEXTS, capture="stats,blocks.2.hook_resid_pre,blocks.1.attn.*")

    def blobs(self, hook):
        """The vectors as a reader of SQLite sees them, through the public view."""
        return [np.frombuffer(vector, "<f4") for (vector,) in self.run_.connection.execute(
            "SELECT vector FROM activation_vectors WHERE run_id = 1 AND hook = ? ORDER BY sequence_id, position", (hook,))]

    def test_a_hook_points_array_has_the_bits_of_the_file(self):
        run = self.run_
        array = run["blocks.2.hook_resid_pre"]
        self.assertEqual((array.shape, array.dtype), ((len(run.tokens), 128), np.float32))
        np.testing.assert_array_equal(array, np.stack(self.blobs("blocks.2.hook_resid_pre")))
        heads = run["blocks.1.attn.hook_z"]
        self.assertEqual(heads.shape, (len(run.tokens), 4, 32))
        np.testing.assert_array_equal(heads.reshape(len(heads), -1), np.stack(self.blobs("blocks.1.attn.hook_z")))
        array[0] = 0  # it is the caller's own

    def test_variances_are_those_of_the_table(self):
        table = self.run_.sql(
            "SELECT variance FROM token_statistics WHERE site = 'blocks.2.ln1' ORDER BY sequence_id, position", frame="rows")
        variances = self.run_["blocks.2.hook_resid_pre"].var(axis=1, dtype=np.float64)
        np.testing.assert_allclose(variances, table["variance"], rtol=1e-12)

    def test_padded_arrays(self):
        run = self.run_
        rows, padded = run["blocks.2.hook_resid_pre"], run.activations("blocks.2.hook_resid_pre", pad=-1)
        lengths = [s.rows.stop - s.rows.start for s in run.sequences]
        self.assertEqual(padded.shape, (3, max(lengths), 128))
        for sequence, length in zip(range(3), lengths):
            np.testing.assert_array_equal(padded[sequence, :length], rows[run.sequences[sequence].rows])
            self.assertTrue((padded[sequence, length:] == -1).all())
        self.assertEqual(run.activations("blocks.1.attn.hook_q").shape, (3, max(lengths), 4, 32))

    def test_patterns(self):
        run = self.run_
        with self.assertRaises(actrec.NotRecorded):
            run["blocks.1.attn.hook_pattern"]
        pattern = run.activations("blocks.1.attn.hook_pattern")
        blobs = self.blobs("blocks.1.attn.hook_pattern")
        for index, sequence in enumerate(run.sequences):
            length = sequence.rows.stop - sequence.rows.start
            seen = np.tri(length, dtype=bool)
            np.testing.assert_array_equal(np.isfinite(pattern[index, 2, :length, :length]), seen)
            for position in range(length):
                row = blobs[sequence.rows.start + position].reshape(4, -1)
                np.testing.assert_array_equal(pattern[index, :, position, : position + 1], row)
        np.testing.assert_allclose(np.nansum(pattern[0, :, :7], axis=-1), 1, atol=1e-6)

    def test_windows_and_both_directions(self):
        fixtures = support.ROOT / "Tests" / "Fixtures"
        if not fixtures.is_dir():
            self.skipTest("the fixtures are in the repository alone")
        for name in ("bert", "families/mistral", "families/modernbert"):
            ids = list(range(1, 15))
            run = actrec.record(token_ids=[ids, ids[:3]], model=str(fixtures / name), capture="patterns")
            for hook in run.hooks.values():
                pattern = run.activations(hook.name, pad=0)
                np.testing.assert_allclose(pattern[0].sum(axis=-1), 1, atol=1e-5, err_msg=f"{name} {hook}")
                with actrec.Model(str(fixtures / name)) as model:
                    own = model.run([ids, ids[:3]], keep=hook.name)[hook.name]
                np.testing.assert_array_equal(pattern[0], own[0])
                np.testing.assert_array_equal(pattern[1, :, :3, :3], own[1])

    def test_what_is_not_recorded_is_named(self):
        with self.assertRaises(KeyError) as caught:
            self.run_["blocks.9.hook_resid_pre"]
        self.assertIn("the run keeps no blocks.9.hook_resid_pre; it has blocks.1.attn.hook_q", str(caught.exception))
        with self.assertRaisesRegex(actrec.NotRecorded, "keeps no vectors"):
            actrec.record("ok")["blocks.0.hook_resid_pre"]

    def test_tables_are_of_the_run(self):
        path = self.place("run.db")
        first, second = actrec.record("one two three", output=path), actrec.record("four five", output=path)
        for run, count in ((first, 3), (second, 2)):
            self.assertEqual(len(run.table("token_statistics", frame="rows")), 13 * count)
            self.assertEqual(set(run.table("token_statistics", frame="rows")["run_id"]), {run.id})
            # A named query asks about this run, whether or not it is the newest.
            self.assertEqual(set(run.query("variance_by_depth", frame="rows")["n"]), {count - 1})  # without position 0
        self.assertEqual(len(first.table("gain_bias", frame="rows")), 13 * 128)
        with self.assertRaisesRegex(actrec.BadInput, "no table 'nothing'; there are"):
            first.table("nothing")

    def test_queries(self):
        rows = self.run_.query("token_variance", tokens="hatred,ok", frame="rows")
        self.assertEqual(rows.columns[:3], ["depth", "site", "token"])
        self.assertIn(" hatred", rows["token"])
        names = self.run_.query(frame="rows")
        self.assertIn("token_variance(tokens, run)", names["query"])
        with self.assertWarnsRegex(actrec.ActrecWarning, "'zebra' is no token of run 1"):
            self.run_.query("token_variance", tokens="zebra", frame="rows")
        with self.assertRaisesRegex(actrec.BadInput, "no query 'nothing'"):
            self.run_.query("nothing")

    def test_sql_reads_and_does_not_write(self):
        rows = self.run_.sql("SELECT count(*) AS n FROM tokens WHERE position > :p", {"p": 0}, frame="rows")
        self.assertEqual(rows["n"], [len(self.run_.tokens) - 3])
        with self.assertRaises(sqlite3.OperationalError):
            self.run_.sql("DELETE FROM tokens")

    def test_rows_show_themselves(self):
        rows = self.run_.sql("SELECT 1 AS a, '<b>' AS b UNION ALL SELECT NULL, 'x'", frame="rows")
        self.assertEqual((len(rows), rows[0], rows["b"], list(rows[1:])), (2, {"a": 1, "b": "<b>"}, ["<b>", "x"], [{"a": None, "b": "x"}]))
        self.assertIn("&lt;b&gt;", rows._repr_html_())
        with self.assertRaises(ValueError):
            self.run_.sql("SELECT 1", frame="excel")

    def test_frames_where_there_is_a_library_for_them(self):
        try:
            import pandas
        except ImportError:
            self.assertIsInstance(self.run_.table("runs"), actrec.Rows)
            return
        self.assertIsInstance(self.run_.table("runs"), pandas.DataFrame)

    def test_files_that_are_no_recordings(self):
        with open(self.place("text.db"), "w") as file:
            file.write("not a database " * 100)
        sqlite3.connect(self.place("other.db")).execute("CREATE TABLE t (a)").connection.close()
        for name in ("text.db", "other.db", "none.db"):
            with self.assertRaises(actrec.BadInput):
                actrec.open(self.place(name))
        self.assertFalse(os.path.exists(self.place("none.db")))
        with self.assertRaisesRegex(actrec.BadInput, "has no run 7"):
            actrec.open(self.run_.path, run=7)

    def test_views_work_where_sqlite_has_no_square_root(self):
        connection = sqlite3.connect(":memory:")
        self.addCleanup(connection.close)
        from actrec import _sqlite

        class WithoutMath:
            def execute(self, sql):
                raise sqlite3.OperationalError("no such function: sqrt")

            def create_function(self, *arguments, **options):
                connection.create_function(*arguments, **options)

        _sqlite._add_functions(WithoutMath())
        self.assertEqual(connection.execute("SELECT sqrt(9.0), sqrt(-1.0), sqrt(NULL)").fetchone(), (3.0, None, None))

    def test_comparing_words(self):
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            comparison = actrec.compare("hatred", "ok")
        self.assertEqual((comparison.words, len(comparison.rows)), (["hatred", "ok"], 26))
        printed = support.command("compare", "hatred", "ok").stdout
        self.assertIn("1.018 [0.991, 1.047]", printed)
        self.assertIn("1.018 [0.991, 1.047]", repr(comparison))
        self.assertIn("<table>", comparison._repr_html_())
        self.assertEqual(comparison.run.info["label"], "compare: hatred, ok")
        own = actrec.compare("<b>", "ok", carriers=["We said {} there.", "It is {} now."])
        self.assertIn("&lt;b&gt;", own.html)
        self.assertNotIn("<b>", own.html)
        with self.assertRaises(actrec.UsageError):
            actrec.compare("hatred")


if __name__ == "__main__":
    unittest.main()

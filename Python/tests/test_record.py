"""Recording, and what can go wrong with it."""
import contextlib
import gc
import io
import os
import signal
import sqlite3
import sys
import types
import unittest
from unittest import mock

import support

import actrec
from actrec._progress import Progress


class RecordTests(support.TestCase):
    def rows(self, path, sql="SELECT * FROM token_statistics"):
        connection = sqlite3.connect(path)
        try:
            return connection.execute(sql).fetchall()
        finally:
            connection.close()

    def test_it_records_the_rows_of_the_command_line(self):
        ours, theirs = self.place("ours.db"), self.place("theirs.db")
        run = actrec.record(support.TEXTS, capture="norm-stats,loss", output=ours, label="mine")
        self.assertEqual(support.command("record", "-c", "norm-stats,loss", "-o", theirs, *support.TEXTS).returncode, 0)
        for table in ("token_statistics", "token_predictions"):
            self.assertEqual(self.rows(ours, f"SELECT * FROM {table}"), self.rows(theirs, f"SELECT * FROM {table}"))
            self.assertTrue(self.rows(ours, f"SELECT * FROM {table}"))
        self.assertEqual((run.info["label"], run.info["status"], run.info["sequences"]), ("mine", "complete", 3))

    def test_texts_of_every_kind(self):
        texts = ["", "two\nlines", {"text": "with metadata", "source": "here"}, {"ids": [5, 17]}, "-q", "日本 \x00 émigré"]
        run = actrec.record(texts, output=self.place("run.db"))
        self.assertEqual([s.number for s in run.sequences], [2, 3, 4, 5, 6])
        self.assertEqual([s.text for s in run.sequences], ["two\nlines", "with metadata", None, "-q", "日本 \x00 émigré"])
        self.assertEqual(run.sequences[1].metadata, {"source": "here"})
        self.assertEqual(len(actrec.record("one text").sequences), 1)

    def test_token_ids_and_files(self):
        run = actrec.record(token_ids=[[5, 17], (3,)])
        self.assertEqual(run.sql("SELECT token_id FROM tokens ORDER BY token_key", frame="rows")["token_id"], [5, 17, 3])
        with open(self.place("texts.txt"), "w") as file:
            file.write("one line\nanother\n")
        self.assertEqual([s.text for s in actrec.record(file=self.place("texts.txt")).sequences], ["one line", "another"])
        for arguments in ({}, {"texts": "a", "file": "b"}):
            with self.assertRaises(ValueError):
                actrec.record(**arguments)
        with self.assertRaises(TypeError):
            actrec.record([5])

    def test_options_are_those_of_the_command_line(self):
        run = actrec.record(
            ["word " * 1100], capture="norm", window=True, float16=True, bos=True, norm="sequence", threads=1, batch_tokens=700,
            options=["--verbose"])
        self.assertEqual([s.part for s in run.sequences], [0, 1])
        self.assertEqual((run.info["norm_scheme"], run.info["threads"], run.tokens[0]), ("sequence", 1, "<|endoftext|>"))
        self.assertEqual(run["blocks.0.ln1.hook_in"].dtype.name, "float16")

    def test_a_recording_without_a_name_goes_with_its_run(self):
        run = actrec.record("ok")
        path = run.path
        self.assertTrue(os.path.exists(path))
        again = actrec.open(path)
        again.close()
        run.close()
        del run, again
        gc.collect()
        self.assertFalse(os.path.exists(os.path.dirname(path)))

    def test_a_second_run_is_added(self):
        path = self.place("run.db")
        runs = [actrec.record(text, output=path) for text in ("one", "one two")]
        self.assertEqual([run.id for run in runs], [1, 2])
        self.assertEqual([len(run.tokens) for run in runs], [1, 2])
        self.assertEqual(actrec.open(path).id, 2)

    def test_failures_are_exceptions_with_the_programs_message(self):
        for kind, arguments in (
            (actrec.BadInput, {"texts": "ok", "model": "/nonexistent"}),
            (actrec.BadInput, {"texts": "ok", "capture": "nothing"}),
            (actrec.BadInput, {"texts": "word " * 1100}),
            (actrec.BadInput, {"texts": []}),
            (actrec.BadInput, {"texts": {"ids": [60000]}}),
            (actrec.SystemFailure, {"texts": "ok", "output": "/proc/run.db"}),
            (actrec.UsageError, {"texts": "ok", "norm": "nothing"}),
        ):
            with self.subTest(arguments=str(arguments)[:60]):
                with self.assertRaises(kind) as caught:
                    actrec.record(**arguments)
                self.assertTrue(str(caught.exception))
                self.assertNotIn("actrec: error", str(caught.exception))
        with self.assertRaises(actrec.BadInput) as caught:
            actrec.record("ok", capture="nothing")
        line = support.command("record", "ok", "-c", "nothing", "-o", self.place("x.db")).stderr
        self.assertEqual(f"actrec: error: {caught.exception}\n", line)

    def test_pulling_a_model_says_why_it_cannot(self):
        with mock.patch.dict(os.environ, {"HF_HUB_OFFLINE": "1", "HF_HOME": self.place("hf")}):
            with self.assertRaisesRegex(actrec.BadInput, "HF_HUB_OFFLINE asks not to use the network"):
                actrec.pull("gpt2")
            with self.assertRaisesRegex(actrec.BadInput, "is not the name of a model on the hub"):
                actrec.pull("../gpt2")
        with mock.patch.dict(os.environ, {"HF_ENDPOINT": "http://127.0.0.1:9", "HF_HOME": self.place("hf")}):
            with self.assertRaisesRegex(actrec.SystemFailure, "cannot reach http://127.0.0.1:9"):
                actrec.pull("gpt2")

    def test_progress_is_shown_where_it_is_asked_for(self):
        for asked, is_shown in ((True, True), (None, False), (False, False)):
            with contextlib.redirect_stderr(io.StringIO()) as shown:
                actrec.record(support.TEXTS * 20, progress=asked)
            self.assertEqual("tokens" in shown.getvalue(), is_shown)
            self.assertTrue(not shown.getvalue() or shown.getvalue().endswith("\r"))

    def test_a_notebook_shows_one_line_that_changes(self):
        lines = []
        handle = types.SimpleNamespace(update=lambda shown: lines.append(repr(shown)))
        kernel = types.SimpleNamespace(kernel=object())
        display = types.SimpleNamespace(display=lambda shown, display_id: handle)
        modules = {"IPython": types.SimpleNamespace(get_ipython=lambda: kernel, display=display), "IPython.display": display}
        with mock.patch.dict(sys.modules, modules), contextlib.redirect_stderr(io.StringIO()) as shown:
            actrec.record(support.TEXTS * 20)
            self.assertEqual(shown.getvalue(), "")
            self.assertIn("tokens", lines[0])
            self.assertIn("%", lines[0])
            self.assertEqual(lines[-1], "")
            count = len(lines)
            actrec.record("ok", progress=False)
            self.assertEqual(len(lines), count)

    def test_interrupting_ends_the_recording_after_its_batch_and_resume_completes_it(self):
        path, texts = self.place("run.db"), [f"Text number {i} of many." for i in range(4000)]
        update = Progress.update

        def interrupt(progress, state):
            update(progress, state)
            if not interrupted:
                interrupted.append(state)
                os.kill(os.getpid(), signal.SIGINT)

        interrupted = []
        # Where the tests run in the background, a shell has switched Ctrl-C off.
        self.addCleanup(signal.signal, signal.SIGINT, signal.signal(signal.SIGINT, signal.default_int_handler))
        with mock.patch.object(Progress, "update", interrupt), self.assertRaises(KeyboardInterrupt):
            actrec.record(texts, capture="norm-stats", output=path)
        run = actrec.open(path)
        self.assertEqual(run.info["status"], "interrupted")
        self.assertGreater(len(run.sequences), 0)
        self.assertLess(len(run.sequences), 4000)
        run = actrec.record(texts, capture="norm-stats", output=path, resume=True)
        self.assertEqual((run.id, run.info["status"], len(run.sequences)), (1, "complete", 4000))
        self.assertEqual(support.command("verify", path).returncode, 0)

    def test_a_display_that_fails_ends_the_recording(self):
        with mock.patch.object(Progress, "update", side_effect=RuntimeError("mine")), self.assertRaisesRegex(RuntimeError, "mine"):
            actrec.record(support.TEXTS * 50, output=self.place("run.db"))


if __name__ == "__main__":
    unittest.main()

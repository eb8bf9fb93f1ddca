"""A model in this process, and hooks."""
import gc
import os
import threading
import unittest

import numpy as np
import support

import actrec

POINT = "blocks.2.hook_resid_post"


class ModelTests(support.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.model = actrec.Model()
        cls.plain = cls.model.run(support.TEXTS, keep="*")

    @classmethod
    def tearDownClass(cls):
        cls.model.close()

    def expect_same(self, kept, other):
        for name in other:
            for ours, theirs in zip(*([a] if isinstance(a, np.ndarray) else a for a in (kept[name], other[name]))):
                np.testing.assert_array_equal(ours.view(np.uint32), theirs.view(np.uint32), err_msg=name)

    def test_every_hook_point_has_the_bits_of_a_recording(self):
        run = actrec.record(support.TEXTS, capture="all,logits")
        self.assertEqual(set(run.hooks), set(self.model.hook_points))
        self.assertEqual(list(self.plain), self.model.hook_points)
        for name, hook in run.hooks.items():
            if hook.has_keys:
                for sequence, square in enumerate(self.plain[name]):
                    length = square.shape[-1]
                    recorded = run.activations(name, pad=0)[sequence, :, :length, :length]
                    np.testing.assert_array_equal(square, recorded, err_msg=name)
            else:
                np.testing.assert_array_equal(self.plain[name], run[name], err_msg=name)
        self.assertEqual(self.plain.token_texts, run.tokens)
        self.assertEqual(self.plain.sequences, [sequence.rows for sequence in run.sequences])

    def test_a_hook_that_changes_nothing_changes_no_bit(self):
        for pattern in ("blocks.*.hook_*", "*.attn.*", "*.ln*", "logits", "hook_*"):
            kept = self.model.run(support.TEXTS, hooks={pattern: lambda x, hook: None}, keep="*")
            self.expect_same(kept, self.plain)

    def test_hooks_are_called_in_the_order_of_the_pass_with_shapes_of_the_model(self):
        seen = {}
        self.model.run(support.TEXTS, hooks={"*": lambda x, hook: seen.setdefault(hook.name, (x.shape, hook.rows, hook.sequence)) and None})
        self.assertEqual(list(seen), self.model.hook_points)
        tokens = len(self.plain.token_texts)
        self.assertEqual(seen[POINT], ((tokens, 128), slice(0, tokens), None))
        self.assertEqual(seen["blocks.0.attn.hook_z"][0], (tokens, 4, 32))
        self.assertEqual(seen["blocks.0.attn.hook_pattern"], ((4, 7, 7), slice(0, 7), 0))
        self.assertEqual(seen["blocks.0.ln1.hook_scale"][0], (tokens, 1))

    def test_a_change_is_what_the_rest_of_the_pass_reads(self):
        def double(x, hook):
            x[:, 3] *= 2

        for point in ("z", "v"):
            kept = self.model.run(support.TEXTS, hooks={f"blocks.1.attn.hook_{point}": double}, keep="*")
            before, after = self.plain[f"blocks.1.attn.hook_{point}"], kept[f"blocks.1.attn.hook_{point}"]
            np.testing.assert_array_equal(after[:, 3], 2 * before[:, 3])
            np.testing.assert_array_equal(after[:, :3], before[:, :3])
            np.testing.assert_array_equal(kept["blocks.1.ln1.hook_in"], self.plain["blocks.1.ln1.hook_in"])
            self.assertGreater(np.abs(kept["logits"] - self.plain["logits"]).max(), 1e-3)
        # Twice z of a head is twice its result, of which no other head's is changed.
        results = self.model.run(support.TEXTS, hooks={"blocks.1.attn.hook_z": double}, keep="blocks.1.attn.hook_result")
        twice = self.plain["blocks.1.attn.hook_result"].copy()
        twice[:, 3] *= 2
        np.testing.assert_array_equal(results["blocks.1.attn.hook_result"], twice)

    def test_a_hook_that_doubles_a_head_has_the_bits_of_an_edit(self):
        def double(x, hook):
            x[:, 3] *= 2

        run = actrec.record(support.TEXTS, capture="all,logits", options=["--edit", "blocks.1.attn.hook_z[3] *= 2"])
        kept = self.model.run(support.TEXTS, hooks={"blocks.1.attn.hook_z": double}, keep="*")
        for name, hook in run.hooks.items():
            if not hook.has_keys:
                np.testing.assert_array_equal(kept[name].view(np.uint32), run[name].view(np.uint32), err_msg=name)
        self.assertGreater(np.abs(run["logits"] - self.plain["logits"]).max(), 1e-3)

    def test_an_array_that_is_returned_takes_the_place_of_the_values(self):
        def inplace(x, hook):
            x *= 0.5

        halves = [self.model.run("They said ok.", hooks={POINT: hook}, keep="logits")["logits"]
                  for hook in (inplace, lambda x, hook: 0.5 * x, lambda x, hook: (0.5 * x).astype(np.float64))]
        np.testing.assert_array_equal(halves[0], halves[1])
        np.testing.assert_array_equal(halves[0], halves[2])
        with self.assertRaisesRegex(ValueError, r"blocks.2.hook_resid_post returned an array of shape \(2,\)"):
            self.model.run("ok", hooks={POINT: lambda x, hook: np.zeros(2)})

    def test_patterns_can_be_changed(self):
        def first_only(x, hook):
            x[:] = 0
            x[:, :, 0] = 1

        kept = self.model.run(support.TEXTS, hooks={"blocks.0.attn.hook_pattern": first_only}, keep="blocks.0.attn.*")
        values, mixed = kept["blocks.0.attn.hook_v"], kept["blocks.0.attn.hook_z"]
        for rows in kept.sequences:
            np.testing.assert_array_equal(mixed[rows], np.broadcast_to(values[rows.start], mixed[rows].shape))

    def test_an_exception_stops_the_pass_and_surfaces_as_itself(self):
        class Mine(Exception):
            pass

        seen = []

        def fail(x, hook):
            seen.append(hook.name)
            if hook.name == "blocks.1.hook_resid_pre":
                raise Mine("stop")

        for kind, hooks in ((Mine, fail), (KeyboardInterrupt, lambda x, hook: (_ for _ in ()).throw(KeyboardInterrupt()))):
            with self.assertRaises(kind):
                self.model.run("They said ok.", hooks={"blocks.*.hook_resid_pre": hooks})
        self.assertEqual(seen, ["blocks.0.hook_resid_pre", "blocks.1.hook_resid_pre"])
        self.expect_same(self.model.run(support.TEXTS, keep="*"), self.plain)  # the model is as it was

    def test_values_that_outlive_the_call_stay_as_they_were(self):
        held = {}
        self.model.run(support.TEXTS, hooks={"*hook_resid_*": lambda x, hook: held.update({hook.name: x})})
        self.model.run(["Other texts that go through the same memory."] * 20)
        gc.collect()
        self.assertEqual(len(held), 18)
        for name, x in held.items():
            self.assertTrue(x.flags.owndata or x.base is not None)
            np.testing.assert_array_equal(x, self.plain[name], err_msg=name)

    def test_a_sequence_has_the_same_bits_alone_and_in_a_batch(self):
        for text, rows in zip(support.TEXTS, self.plain.sequences):
            alone = self.model.run(text, keep="logits")["logits"]
            np.testing.assert_array_equal(alone, self.plain["logits"][rows])
        ids = [self.model.encode(text) for text in support.TEXTS]
        np.testing.assert_array_equal(self.model.run(ids, keep="logits")["logits"], self.plain["logits"])
        one = self.model.run(np.array(ids[0]), keep="logits")["logits"]
        np.testing.assert_array_equal(one, self.plain["logits"][: len(ids[0])])

    def test_logits_of_many_tokens_come_whole(self):
        tokens = [list(range(100)), list(range(50))]
        parts = []
        kept = self.model.run(tokens, hooks={"logits": lambda x, hook: parts.append(hook.rows)}, keep="logits")
        self.assertEqual(kept["logits"].shape, (150, 50257))
        self.assertEqual([rows.stop - rows.start for rows in parts], [64, 64, 22])

    def test_tokens(self):
        self.assertEqual(self.model.encode(" hatred"), [13763])
        self.assertEqual(self.model.encode("ok", bos=True), [50256, 482])
        self.assertEqual(self.model.encode("<|endoftext|>", special=True), [50256])
        self.assertEqual(self.model.token_texts([13763, 447]), [" hatred", "\\xe2\\x80"])

    def test_what_cannot_be_run_is_an_error(self):
        for texts in ([], [[]], [[60000]], [[-1]], "word " * 1100):
            with self.assertRaises(actrec.BadInput, msg=str(texts)[:20]):
                self.model.run(texts)
        for hooks in ({"blocks.99.hook_resid_pre": print}, {"nothing*": print}):
            with self.assertRaisesRegex(actrec.BadInput, "no hook point is called"):
                self.model.run("ok", hooks=hooks)
        with self.assertRaises(TypeError):
            self.model.run("ok", hooks={POINT: 5})
        with self.assertRaisesRegex(actrec.BadInput, "no model '/nonexistent'"):
            actrec.Model("/nonexistent")
        with self.assertRaisesRegex(KeyError, "the pass kept no logits"):
            self.model.run("ok")["logits"]
        with actrec.Model() as closed:
            pass
        closed.close()
        with self.assertRaisesRegex(actrec.ActrecError, "the model is closed"):
            closed.run("ok")

    @unittest.skipUnless(hasattr(os, "fork"), "no fork here")
    def test_a_forked_process_is_told_to_load_its_own(self):
        code = """
import os, warnings, actrec
warnings.simplefilter("ignore")
model = actrec.Model()
child = os.fork()
if child == 0:
    try: model.run("ok")
    except actrec.ActrecError as error: print(error, flush=True)
    os._exit(0)
os.waitpid(child, 0)
"""
        self.assertIn("the model was loaded before this process was forked", support.python(code).stdout)

    def test_several_threads_run_beside_each_other(self):
        answers = {}

        def run(number):
            with actrec.Model(threads=1) as model:
                seen = []
                answers[number] = model.run(
                    support.TEXTS, hooks={"blocks.*.hook_resid_post": lambda x, hook: seen.append(x.sum())}, keep="logits")["logits"]

        threads = [threading.Thread(target=run, args=(number,)) for number in range(3)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        for answer in answers.values():
            np.testing.assert_array_equal(answer, self.plain["logits"])
        self.assertEqual(len(answers), 3)

    def test_it_lives_beside_torch(self):
        code = """
import actrec, numpy as np
with actrec.Model() as model:
    import torch
    def hook(x, hook):
        t = torch.from_numpy(x)          # shares memory
        t.mul_(2).add_(torch.randn(x.shape[-1], 300).mm(torch.randn(300, 1)).flatten() * 0)
    kept = model.run("They said ok.", hooks={"blocks.2.hook_resid_post": hook}, keep="blocks.2.hook_resid_post")
    plain = model.run("They said ok.", keep="blocks.2.hook_resid_post")
    print((kept["blocks.2.hook_resid_post"] == 2 * plain["blocks.2.hook_resid_post"]).all())
"""
        answer = support.python(code)
        if "No module named 'torch'" in answer.stderr:
            self.skipTest("torch is not installed")
        self.assertEqual(answer.stdout, "True\n", answer.stderr)


if __name__ == "__main__":
    unittest.main()

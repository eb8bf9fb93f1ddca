"""Make Tests/Fixtures/pipelines: small tokenizers with the pipelines of known families, texts, and the ids of Hugging Face's tokenizers.

    python Tools/make_pipeline_fixtures.py [--count 60] [--only NAME ...]
"""
import argparse
import json
import os
import random

from pipelines import pipelines
from random_strings import random_strings

FOLDER = "Tests/Fixtures/pipelines"


def texts_of(tokenizer, count, seed):
    """Random strings, some with added tokens amid text, white space or not around them."""
    rng = random.Random(seed)
    added = [token.content for token in tokenizer.get_added_tokens_decoder().values()]
    strings = random_strings(max(count, 20_000))
    texts = strings[::len(strings) // count][:count]
    for index in range(0, count, 3):
        token, at = rng.choice(added), rng.randint(0, len(texts[index]))
        if rng.random() < 0.2:
            token = token.swapcase()
        if rng.random() < 0.5:
            token = rng.choice(["", " ", "  ", "\n", "x"]) + token + rng.choice(["", " ", "\t ", "y", token])
        texts[index] = texts[index][:at] + token + texts[index][at:]
    texts[1:1] = ["Hello world, it's 12345 o'clock.", "a\r\nb  c\n\n\nd", " lead", "   three"]
    return texts


def ids_of(tokenizer, texts, special):
    tokenizer.encode_special_tokens = not special
    return [encoding.ids for encoding in tokenizer.encode_batch(texts, add_special_tokens=False)]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--count", type=int, default=60)
    parser.add_argument("--only", nargs="*", help="leave the others as they are: each training sees the documents of its day")
    arguments = parser.parse_args()
    count = arguments.count
    os.makedirs(FOLDER, exist_ok=True)
    for name, tokenizer in pipelines().items():
        if arguments.only and name not in arguments.only:
            continue
        tokenizer.save(f"{FOLDER}/{name}.tokenizer.json", pretty=False)
        texts = texts_of(tokenizer, count, seed=3)
        plain, special = ids_of(tokenizer, texts, False), ids_of(tokenizer, texts, True)
        tokenizer.encode_special_tokens = False
        cases = [{"text": t, "ids": p} | ({"special": s} if s != p else {}) for t, p, s in zip(texts, plain, special)]
        framed = tokenizer.encode("", add_special_tokens=True).ids
        with open(f"{FOLDER}/{name}.cases.json", "w") as file:
            file.write(json.dumps({"frame": framed, "cases": cases}, separators=(",", ":")).replace('},{"text"', '},\n{"text"') + "\n")


if __name__ == "__main__":
    main()

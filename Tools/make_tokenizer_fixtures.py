"""Write the golden tokenizations of GPT-2's byte-level BPE, by Hugging Face tokenizers.

    python Tools/make_tokenizer_fixtures.py [--tokenizer Sources/EmbeddedModel/gpt2-micro] [--output DIR]

random.jsonl  20,000 random strings, one JSON string a line (split on U+000A only: other line ends occur inside)
random.ids    their ids, little-endian uint16: for every string its count, then the ids
golden.json   a short readable list of {"text", "ids", "pieces"}; pieces are what the pre-tokenizer splits the text into
"""
import argparse
import json
import os

import numpy as np

import gpt2_tokenizer
from random_strings import random_strings

# Text: pieces. The cases that implementations get wrong.
PIECES = {
    "I'LL don't 'S": ["I", "'", "LL", " don", "'t", " '", "S"],
    "can't've": ["can", "'t", "'ve"],
    "x 's": ["x", " '", "s"],
    "''ll": ["''", "ll"],
    "a  b": ["a", " ", " b"],
    "a   ": ["a", "   "],
    "a\r\nb": ["a", "\r", "\n", "b"],
    " \t\n x": [" \t\n", " x"],
    "\u00A0\u00A0x": ["\u00A0", "\u00A0", "x"],
    "½ ² ٣ Ⅷ 一": ["½", " ²", " ٣", " Ⅷ", " 一"],
    "12a½": ["12", "a", "½"],
    "e\u0301": ["e", "\u0301"],
    "é": ["é"],
    "नमस्ते": ["नमस", "्", "त", "े"],
    "<|endoftext|>": ["<|", "endoftext", "|>"],
    "\U00010940": ["\U00010940"],
    "a\U00010940": ["a", "\U00010940"],  # a letter to newer versions of Unicode
    "a\0b": ["a", "\0", "b"],
    "": [],
    " ": [" "],
    "\n": ["\n"],
    "👩‍👩‍👧‍👦": ["👩‍👩‍👧‍👦"],
}
SPACES = (0x0B, 0x0C, 0x85, 0xA0, 0x1680, 0x2007, 0x2028, 0x202F, 0x205F, 0x3000)
NOT_SPACES = (0x00, 0x1C, 0x1F, 0x180E, 0x200B, 0x200D, 0xFEFF)
PIECES |= {"!" + chr(c): ["!", chr(c)] for c in SPACES} | {"!" + chr(c): ["!" + chr(c)] for c in NOT_SPACES}
# Text: ids of the published GPT-2.
IDS = {
    " hatred": [13763], "hatred": [5183, 445], " ok": [12876], "ok": [482], "OK": [11380],
    "war violence hate fear": [5767, 3685, 5465, 3252],
}


def pieces(tokenizer, text):
    """What the pre-tokenizer splits the text into."""
    return [text[low:high] for _, (low, high) in tokenizer.pre_tokenizer.pre_tokenize_str(text)]


def write_golden(tokenizer, path):
    """The listed cases, each checked against what is written here."""
    rows = []
    for text in [*PIECES, *IDS]:
        row = {"text": text, "ids": tokenizer.encode(text).ids, "pieces": pieces(tokenizer, text)}
        assert row["pieces"] == PIECES.get(text, row["pieces"]), row
        assert row["ids"] == IDS.get(text, row["ids"]), row
        rows.append(json.dumps(row))  # ASCII: the white space must be readable
    with open(path, "w", encoding="ascii", newline="\n") as file:
        file.write("[\n" + ",\n".join(rows) + "\n]\n")


def write_random(tokenizer, count, directory):
    """random.jsonl and random.ids."""
    strings = random_strings(count)
    with open(os.path.join(directory, "random.jsonl"), "w", encoding="utf-8", newline="\n") as file:
        file.writelines(json.dumps(text, ensure_ascii=False) + "\n" for text in strings)
    numbers = []
    for text, encoding in zip(strings, tokenizer.encode_batch(strings)):
        assert tokenizer.decode(encoding.ids, skip_special_tokens=False) == text
        numbers += [len(encoding.ids), *encoding.ids]
    np.array(numbers, dtype="<u2").tofile(os.path.join(directory, "random.ids"))
    lengths = [len(text) for text in strings]
    print(f"{count:,} strings of {min(lengths)} to {max(lengths)} scalars, mean {sum(lengths) / count:.1f}; "
          f"{len(set(''.join(strings))):,} different scalars; {len(numbers) - count:,} ids")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--tokenizer", default="Sources/EmbeddedModel/gpt2-micro", help="holds vocab.json, merges.txt")
    parser.add_argument("--output", default="Tests/Fixtures/tokenizer")
    parser.add_argument("--count", type=int, default=20_000)
    arguments = parser.parse_args()

    os.makedirs(arguments.output, exist_ok=True)
    tokenizer = gpt2_tokenizer.load(arguments.tokenizer)
    write_golden(tokenizer, os.path.join(arguments.output, "golden.json"))
    write_random(tokenizer, arguments.count, arguments.output)


if __name__ == "__main__":
    main()

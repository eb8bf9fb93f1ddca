"""Compare `actrec tokenize` with Hugging Face tokenizers on random strings, id by id.

    python Tools/check_tokenizers.py MODEL TOKENIZER [--actrec .build/release/actrec] [--count 20000]

MODEL is what --model takes. TOKENIZER is a tokenizer.json, a vocab.txt (BERT, uncased unless --cased) or a GGUF file whose
tokenizer is a byte-level BPE. Special tokens in the text are text; those around a text are compared too.
"""
import argparse
import json
import subprocess
import sys
import tempfile

from tokenizers import AddedToken, Tokenizer, decoders, models, normalizers, pre_tokenizers, processors

from random_strings import random_strings


def load(path, cased):
    """The reference for a file."""
    if path.endswith(".json"):
        tokenizer = Tokenizer.from_file(path)
    elif path.endswith(".txt"):
        tokenizer = bert(path, cased)
    else:
        tokenizer = from_gguf(path)
    tokenizer.no_truncation()
    tokenizer.no_padding()
    tokenizer.encode_special_tokens = True
    return tokenizer


def bert(path, cased):
    """BERT's tokenizer from its list of tokens."""
    with open(path, encoding="utf-8", newline="\n") as file:
        vocabulary = {line.rstrip("\r\n"): number for number, line in enumerate(file)}
    tokenizer = Tokenizer(models.WordPiece(vocabulary, unk_token="[UNK]"))
    tokenizer.normalizer = normalizers.BertNormalizer(lowercase=not cased)
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    tokenizer.post_processor = processors.BertProcessing(
        ("[SEP]", vocabulary["[SEP]"]), ("[CLS]", vocabulary["[CLS]"]))
    return tokenizer


def from_gguf(path):
    """The byte-level BPE in a GGUF file; SmolLM2's has each digit stand alone."""
    from gguf import GGUFReader

    fields = {key: field.contents() for key, field in GGUFReader(path).fields.items() if key.startswith("tokenizer.ggml")}
    tokens = fields["tokenizer.ggml.tokens"]
    tokenizer = Tokenizer(models.BPE(
        {token: number for number, token in enumerate(tokens)},
        [tuple(merge.split(" ", 1)) for merge in fields["tokenizer.ggml.merges"]]))
    bytes_ = pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=True)
    digits = pre_tokenizers.Digits(individual_digits=True)
    tokenizer.pre_tokenizer = {
        "gpt-2": bytes_, "smollm": pre_tokenizers.Sequence([digits, bytes_])}[fields["tokenizer.ggml.pre"]]
    tokenizer.decoder = decoders.ByteLevel()
    tokenizer.add_special_tokens([
        AddedToken(token, special=True, normalized=False)
        for token, kind in zip(tokens, fields["tokenizer.ggml.token_type"]) if kind == 3])
    return tokenizer


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("model")
    parser.add_argument("tokenizer")
    parser.add_argument("--actrec", default=".build/release/actrec")
    parser.add_argument("--count", type=int, default=20_000)
    parser.add_argument("--seed", type=int, default=5)
    parser.add_argument("--cased", action="store_true", help="for vocab.txt")
    arguments = parser.parse_args()

    reference = load(arguments.tokenizer, arguments.cased)
    texts = [text for text in random_strings(arguments.count, arguments.seed) if text]
    with tempfile.NamedTemporaryFile("w", suffix=".jsonl", encoding="utf-8") as file:
        file.writelines(json.dumps({"text": text}) + "\n" for text in texts)
        file.flush()
        output = subprocess.run(
            [arguments.actrec, "tokenize", "--model", arguments.model, "--file", file.name, "--format", "jsonl"],
            check=True, stdout=subprocess.PIPE).stdout
    found = {line["text"]: line["ids"] for line in map(json.loads, output.strip().split(b"\n"))}
    # A text without any token is passed over by actrec.
    expected = {text: encoding.ids for text, encoding in zip(texts, reference.encode_batch(texts))
                if reference.encode(text, add_special_tokens=False).ids}
    different = [text for text, ids in expected.items() if found.get(text) != ids]
    for text in different[:5]:
        print(f"{text!r}\n  actrec       {found.get(text)}\n  Hugging Face {expected[text]}")
    extra = len(found.keys() - expected.keys())
    print(f"{len(expected):,} texts, {sum(map(len, expected.values())):,} ids: {len(different)} differ, {extra} more here")
    sys.exit(1 if different or extra else 0)


if __name__ == "__main__":
    main()

"""Write Tests/Fixtures/{wordpiece,digits-bpe}: small tokenizers of BERT's and SmolLM2's kind, and ids by Hugging Face.

    python Tools/make_model_tokenizer_fixtures.py [--output Tests/Fixtures]

    wordpiece/   vocab.txt, made up of what the texts hold; tokenizer.json (uncased); cased.jsonl and uncased.jsonl
    digits-bpe/  tokenizer.json and tokenizer.gguf of one BPE without tokens for some bytes; texts.jsonl

Each line of a .jsonl has a text and its ids, the special tokens around it included.
"""
import argparse
import json
import os

from gguf import GGUFWriter
from tokenizers import AddedToken, Tokenizer, decoders, models, normalizers, pre_tokenizers, processors, trainers

from random_strings import WORDS, random_strings

SPECIAL = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
CHOSEN = ["", " ", "Élan", "Straße ﬁ Ａ１", "한국", "がぎ", "ΟΔΟΣ İstanbul", "漢字kana", "\U0002B820 \U0002B920", "a\u200db",
          "soft\u00adhyphen", "\ufffd", "a\0b", "\ue000x", "a\u0378b", "€5", "a$b", "x" * 100, "x" * 101, "e\u0301",
          "a\u0323\u0307 a\u0307\u0323", "\U0001E94A\U0001E948\U0001E949", "[CLS] [UNK]", "don't STOP...", "a\tb\r\nc\x0bd",
          "１２3½Ⅷ", "7 8  90\n1", "\u01c5\u1e9e", "they said 2024-01-02", "\x04\x06a", "\U00011DE0\U00016FF4b"]
MISSING = [0x04, 0x06, 0x13, 0x14, 0x16, 0x1D, 0xF1, 0xF2]  # SmolLM2's


def write_lines(path, tokenizer, texts):
    tokenizer.encode_special_tokens = True
    with open(path, "w", encoding="utf-8", newline="\n") as file:
        for text in texts:
            file.write(json.dumps({"text": text, "ids": tokenizer.encode(text).ids}) + "\n")


def wordpiece(vocabulary, lowercase):
    tokenizer = Tokenizer(models.WordPiece(vocabulary, unk_token="[UNK]"))
    tokenizer.normalizer = normalizers.BertNormalizer(lowercase=lowercase)
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    tokenizer.add_special_tokens([AddedToken(text, special=True, normalized=False) for text in SPECIAL])
    tokenizer.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]", special_tokens=[("[CLS]", 2), ("[SEP]", 3)])
    return tokenizer


def write_wordpiece(directory, texts):
    """A vocabulary of nine in ten of the scalars that normalized texts hold, and of words and their ends."""
    os.makedirs(directory, exist_ok=True)
    normal = [normalizers.BertNormalizer(lowercase=flag).normalize_str(text) for text in texts for flag in (True, False)]
    scalars = sorted({c for text in normal for c in text if not c.isspace()})
    kept = [c for i, c in enumerate(scalars) if i % 10 or c.isascii()]
    words = sorted({form for word in WORDS for form in (word, word.lower(), word[:3], "##" + word[1:], "##" + word[3:])})
    tokens = list(dict.fromkeys(
        SPECIAL + kept + ["##" + c for c in kept] + [w for w in words if w.removeprefix("##")]))
    vocabulary = {token: number for number, token in enumerate(tokens)}
    with open(os.path.join(directory, "vocab.txt"), "w", encoding="utf-8", newline="\n") as file:
        file.writelines(token + "\n" for token in tokens)
    for name, lowercase in (("uncased", True), ("cased", False)):
        tokenizer = wordpiece(vocabulary, lowercase)
        write_lines(os.path.join(directory, name + ".jsonl"), tokenizer, texts)
        if lowercase:  # with what a reader must leave out, as sentence-transformers saves it
            tokenizer.enable_truncation(4)
            tokenizer.enable_padding(length=4)
            tokenizer.save(os.path.join(directory, "tokenizer.json"), pretty=False)


def spell(byte):
    """GPT-2's character for a byte."""
    printable = [*range(0x21, 0x7F), *range(0xA1, 0xAD), *range(0xAE, 0x100)]
    return chr(byte) if byte in printable else chr(0x100 + [b for b in range(256) if b not in printable].index(byte))


def write_bpe(directory, texts):
    os.makedirs(directory, exist_ok=True)
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence([
        pre_tokenizers.Digits(individual_digits=True), pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=True)])
    tokenizer.decoder = decoders.ByteLevel()
    corpus = [text for text in random_strings(20_000, 21) if not set(text.encode()) & set(MISSING)]
    tokenizer.train_from_iterator(corpus, trainers.BpeTrainer(
        vocab_size=900, show_progress=False, special_tokens=["<|endoftext|>", "<|im_start|>"],
        initial_alphabet=[spell(b) for b in range(256) if b not in MISSING]))
    path = os.path.join(directory, "tokenizer.json")
    tokenizer.save(path, pretty=False)
    write_lines(os.path.join(directory, "texts.jsonl"), tokenizer, texts)

    with open(path, encoding="utf-8") as file:
        model = json.load(file)["model"]
    writer = GGUFWriter(os.path.join(directory, "tokenizer.gguf"), "llama")
    tokens = sorted(model["vocab"], key=model["vocab"].get)
    writer.add_tokenizer_model("gpt2")
    writer.add_tokenizer_pre("smollm")
    writer.add_token_list(tokens)
    writer.add_token_types([3 if token.startswith("<|") else 1 for token in tokens])
    writer.add_token_merges([" ".join(merge) for merge in model["merges"]])
    writer.add_bos_token_id(1)
    writer.add_add_bos_token(True)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.close()


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--output", default="Tests/Fixtures")
    arguments = parser.parse_args()
    texts = CHOSEN + random_strings(20_000, 22)[:600]
    write_wordpiece(os.path.join(arguments.output, "wordpiece"), texts)
    write_bpe(os.path.join(arguments.output, "digits-bpe"), texts)


if __name__ == "__main__":
    main()

"""Write Tests/Fixtures/older-tokenizers: tokenizers in files of before `tokenizer.json`, and the ids that transformers gives.

    python Tools/make_older_tokenizer_fixtures.py [--count 40]

Vocabularies are those of Tests/Fixtures/pipelines. Each folder has `vocab.json` and `merges.txt`, and what stands beside them in older
repositories: `tokenizer_config.json` or only `config.json`, `added_tokens.json`, `special_tokens_map.json`, `added_tokens_decoder`.
"""
import argparse
import json
import os
import shutil
import tempfile

from make_pipeline_fixtures import texts_of
from transformers import AutoTokenizer

PIPELINES = "Tests/Fixtures/pipelines"
FOLDER = "Tests/Fixtures/older-tokenizers"


def added(content, **flags):
    return {"content": content, "lstrip": False, "rstrip": False, "normalized": False, "single_word": False, "special": True} | flags


# By folder: the pipeline, and the other files; ids of added tokens are counted from the vocabulary's end.
MADE = {
    "gpt2": ("gpt2", {"config.json": {"model_type": "gpt2"}}, ["<new>"]),
    "gpt2-bos": ("gpt2", {"tokenizer_config.json": {"tokenizer_class": "GPT2Tokenizer", "add_bos_token": True, "add_eos_token": True,
                                                    "add_prefix_space": True}}, []),
    "roberta": ("roberta", {"config.json": {"model_type": "roberta"},
                            "special_tokens_map.json": {"mask_token": added("<mask>", lstrip=True)}}, ["<mask>", "new word"]),
    "qwen2": ("qwen2", {"tokenizer_config.json": {"tokenizer_class": "Qwen2TokenizerFast",
                                                  "additional_special_tokens": ["<|box|>"]}}, ["<|box|>", "é<x>"]),
    "gpt-neox": ("gpt-neox", {"tokenizer_config.json": {"tokenizer_class": "GPTNeoXTokenizer"}}, ["decoder"]),
}


def write(name, count):
    pipeline, files, extra = MADE[name]
    folder = f"{FOLDER}/{name}"
    shutil.rmtree(folder, ignore_errors=True)
    os.makedirs(folder)
    with open(f"{PIPELINES}/{pipeline}.tokenizer.json", encoding="utf-8") as file:
        model = json.load(file)["model"]

    def dump(value, path):
        with open(f"{folder}/{path}", "w", encoding="utf-8") as file:
            json.dump(value, file, ensure_ascii=False, separators=(",", ":"))

    vocabulary = {token: id for token, id in model["vocab"].items() if token not in extra}
    # Where the pipeline's added tokens follow its vocabulary, ids end higher.
    size = max(vocabulary.values()) + 1
    dump(vocabulary, "vocab.json")
    with open(f"{folder}/merges.txt", "w", encoding="utf-8") as file:
        file.write("#version: 0.2\n" + "".join(" ".join(merge) + "\n" for merge in model["merges"]))
    if extra == ["decoder"]:
        tokens = {str(size): added("[A]"), str(size + 1): added("   ", special=False, normalized=True)}
        files["tokenizer_config.json"]["added_tokens_decoder"] = tokens
    elif extra:
        dump({token: size + place for place, token in enumerate(extra)}, "added_tokens.json")
    for path, value in files.items():
        dump(value, path)
    with tempfile.TemporaryDirectory() as copy:
        shutil.copytree(folder, copy, dirs_exist_ok=True)
        if not os.path.exists(f"{copy}/config.json"):  # transformers wants one, and reads the class elsewhere
            with open(f"{copy}/config.json", "w") as file:
                json.dump({"model_type": "llama"}, file)
        tokenizer = AutoTokenizer.from_pretrained(copy).backend_tokenizer
    texts = texts_of(tokenizer, count, seed=7)
    cases = []
    for text in texts:
        tokenizer.encode_special_tokens = True
        plain = tokenizer.encode(text, add_special_tokens=False).ids
        tokenizer.encode_special_tokens = False
        special = tokenizer.encode(text, add_special_tokens=False).ids
        cases.append({"text": text, "ids": plain} | ({"special": special} if special != plain else {}))
    frame = tokenizer.encode("", add_special_tokens=True).ids
    with open(f"{folder}/cases.json", "w") as file:
        file.write(json.dumps({"frame": frame, "cases": cases}, separators=(",", ":")).replace('},{"text"', '},\n{"text"') + "\n")
    print(name, type(tokenizer).__name__, tokenizer.get_vocab_size(), frame,
          {id: t.content for id, t in tokenizer.get_added_tokens_decoder().items()})


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--count", type=int, default=40)
    count = parser.parse_args().count
    for name in MADE:
        write(name, count)


if __name__ == "__main__":
    main()

"""Write Tests/Fixtures/gguf-tokenizers: tokenizers of Tests/Fixtures/pipelines in GGUF files, as llama.cpp's converter writes them.

    python Tools/make_gguf_tokenizer_fixtures.py

Their ids are those of the `NAME.cases.json` there, by Hugging Face's tokenizers.
"""
import json
import os

from gguf import GGUFWriter

PIPELINES = "Tests/Fixtures/pipelines"
FOLDER = "Tests/Fixtures/gguf-tokenizers"
# The file's architecture, and llama.cpp's name for the rule of a byte-level BPE; None: a SentencePiece BPE.
MADE = {
    "gpt2": ("llama", "gpt-2"), "smollm": ("llama", "smollm"), "llama-3": ("llama", "llama-bpe"), "tekken": ("llama", "tekken"),
    "qwen2": ("qwen2", "qwen2"), "o200k": ("phi3", "gpt-4o"), "llama-2": ("llama", None), "gemma": ("gemma2", None),
    "phi-3": ("phi3", None)}
NORMAL, UNKNOWN, CONTROL, USER_DEFINED, BYTE = 1, 2, 3, 4, 6


def write(name, architecture, rule):
    with open(f"{PIPELINES}/{name}.tokenizer.json", encoding="utf-8") as file:
        tokenizer = json.load(file)
    with open(f"{PIPELINES}/{name}.cases.json", encoding="utf-8") as file:
        frame = json.load(file)["frame"]
    vocabulary, merges = tokenizer["model"]["vocab"], tokenizer["model"]["merges"]
    added = {token["id"]: token for token in tokenizer["added_tokens"]}
    vocabulary |= {token["content"]: id for id, token in added.items()}
    tokens = sorted(vocabulary, key=vocabulary.get)
    kinds = [NORMAL] * len(tokens)
    for id, token in added.items():
        kinds[id] = CONTROL if token["special"] else USER_DEFINED
    writer = GGUFWriter(f"{FOLDER}/{name}.gguf", architecture)
    writer.add_tokenizer_model("gpt2" if rule else "llama")
    writer.add_token_list(tokens)
    if rule:
        writer.add_tokenizer_pre(rule)
        writer.add_token_merges([" ".join(merge) for merge in merges])
    else:
        # SentencePiece ranks a merge by the score of what it makes.
        scores = [-1e6] * len(tokens)
        for rank, merge in enumerate(merges):
            scores[vocabulary["".join(merge)]] = -float(rank)
        writer.add_token_scores(scores)
        for token, id in vocabulary.items():
            if len(token) == 6 and token.startswith("<0x"):
                kinds[id] = BYTE
        kinds[vocabulary[tokenizer["model"]["unk_token"]]] = UNKNOWN
        writer.add_add_space_prefix(name != "gemma")
    writer.add_token_types(kinds)
    writer.add_bos_token_id(frame[0] if frame else 0)
    writer.add_add_bos_token(bool(frame))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.close()


def main():
    os.makedirs(FOLDER, exist_ok=True)
    for name, (architecture, rule) in MADE.items():
        write(name, architecture, rule)


if __name__ == "__main__":
    main()

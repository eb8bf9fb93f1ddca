"""Train gpt2-micro: a small GPT-2 on the ids that corpus.py wrote, on CPU or CUDA, for a given time.

    python Tools/train/train.py WORK OUT [--minutes 85] [--tokenizer Sources/EmbeddedModel/gpt2-micro]

Writes OUT in Hugging Face layout, float16 weights and the tokenizer's files included, and prints the held-out loss of
the float32 and of the saved float16 weights. One seed fixes the weights' start and the order of the text; as the time
is the limit, two runs take a different number of steps.
"""
import argparse
import os
import shutil
import time

import numpy as np
import torch
from transformers import GPT2Config, GPT2LMHeadModel

from losses import SampledSoftmax, full_loss, held_out_loss

# One batch in eight has the whole context, so that every position is trained.
BATCH_LENGTH, LONG_LENGTH, LONG_EVERY = 256, 1024, 8
WARM_UP_STEPS, DECAY_FROM, LAST_RATE = 100, 0.6, 0.02


def make_model(arguments):
    """A fresh GPT-2 without dropout: the corpus is seen about once."""
    return GPT2LMHeadModel(GPT2Config(n_embd=arguments.width, n_layer=arguments.layers, n_head=arguments.heads,
                                      resid_pdrop=0, embd_pdrop=0, attn_pdrop=0))


def make_optimizer(model, rate):
    """AdamW; gains, biases and positions are not decayed."""
    groups = {True: [], False: []}
    for name, parameter in model.named_parameters():
        groups[parameter.ndim > 1 and "wpe" not in name].append(parameter)
    return torch.optim.AdamW([{"params": groups[True], "weight_decay": 0.1},
                              {"params": groups[False], "weight_decay": 0.0}], lr=rate, betas=(0.9, 0.95))


def rate_factor(step, done):
    """The learning rate's factor: warm up, constant, then down in a line. `done` is the share of the time gone by."""
    decay = max(LAST_RATE, (1 - done) / (1 - DECAY_FROM)) if done > DECAY_FROM else 1.0
    return min(1.0, (step + 1) / WARM_UP_STEPS) * decay


def random_batch(ids, tokens, length, rng):
    """[tokens // length, length + 1] windows of the corpus: the inputs and, one further, their targets."""
    starts = rng.integers(0, len(ids) - length - 1, max(1, tokens // length))
    return torch.from_numpy(np.stack([ids[start:start + length + 1] for start in starts]).astype(np.int64))


def train(model, ids, arguments, device):
    """Steps until the time is over. Most of it goes through the sampled softmax, the rest through the full one."""
    rng = np.random.default_rng(arguments.seed)
    optimizer = make_optimizer(model, arguments.rate)
    sampled_loss = SampledSoftmax(ids, model.config.vocab_size, device)
    start, step, seen = time.monotonic(), 0, 0
    while (done := (time.monotonic() - start) / (60 * arguments.minutes)) < 1:
        for group in optimizer.param_groups:
            group["lr"] = arguments.rate * rate_factor(step, done)
        length = LONG_LENGTH if step % LONG_EVERY == LONG_EVERY - 1 else BATCH_LENGTH
        batch = random_batch(ids, arguments.tokens, length, rng).to(device)
        loss = (sampled_loss if done < arguments.sampled else full_loss)(model, batch)
        optimizer.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        step, seen = step + 1, seen + batch.shape[0] * length
        if step % arguments.report == 0:
            speed = seen / (time.monotonic() - start)
            print(f"step {step}: {seen:,} tokens, {speed:,.0f} a second, loss {loss.item():.3f}", flush=True)
    return seen


def save(model, out, tokenizer):
    """float16 weights, config and the tokenizer's files."""
    model.to("cpu", torch.float16).save_pretrained(out)
    for name in ("vocab.json", "merges.txt"):
        shutil.copy(os.path.join(tokenizer, name), os.path.join(out, name))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("work", help="folder with train.bin and held_out.bin")
    parser.add_argument("out")
    parser.add_argument("--tokenizer", default="Sources/EmbeddedModel/gpt2-micro", help="holds vocab.json, merges.txt")
    parser.add_argument("--minutes", type=float, default=85)
    parser.add_argument("--layers", type=int, default=6)
    parser.add_argument("--width", type=int, default=128)
    parser.add_argument("--heads", type=int, default=4)
    parser.add_argument("--rate", type=float, default=3e-3, help="learning rate")
    parser.add_argument("--tokens", type=int, default=8192, help="in a step")
    parser.add_argument("--sampled", type=float, default=0.8, help="share of the time with the sampled softmax")
    parser.add_argument("--report", type=int, default=50, help="steps between two lines of progress")
    parser.add_argument("--seed", type=int, default=0)
    arguments = parser.parse_args()

    device = "cuda" if torch.cuda.is_available() else "cpu"
    torch.manual_seed(arguments.seed)
    ids, held_out = (np.fromfile(os.path.join(arguments.work, f"{name}.bin"), np.uint16)
                     for name in ("train", "held_out"))
    model = make_model(arguments).to(device)
    seen = train(model, ids, arguments, device)
    print(f"{seen:,} tokens seen; held-out loss {held_out_loss(model, held_out):.3f} nats a token")
    save(model, arguments.out, arguments.tokenizer)
    saved = GPT2LMHeadModel.from_pretrained(arguments.out, dtype=torch.float32).to(device)
    print(f"held-out loss of the float16 weights {held_out_loss(saved, held_out):.3f}")


if __name__ == "__main__":
    main()

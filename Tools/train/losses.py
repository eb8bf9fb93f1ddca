"""The losses of train.py: the full softmax, a sampled one, and the held-out loss.

At width 128 the 50,257-way softmax would take most of the time. The sampled one ranks the target among the batch's own
targets and some uniformly drawn ids, each logit corrected by the logarithm of its chance to be a candidate, so that in
expectation it trains the same distribution (Bengio and Senécal 2008).
"""
import numpy as np
import torch
from torch.nn import functional

NEGATIVES = 3072
BLOCK = 512  # tokens of a held-out sequence
BLOCKS_AT_ONCE = 8


def hidden_and_targets(model, batch):
    """For `batch` [B, L + 1]: final hidden states [B * L, D] and the ids that follow [B * L]."""
    hidden = model.transformer(batch[:, :-1]).last_hidden_state
    return hidden.flatten(0, 1), batch[:, 1:].flatten()


def full_loss(model, batch):
    """Mean cross entropy over the whole vocabulary, nats a token."""
    hidden, targets = hidden_and_targets(model, batch)
    return functional.cross_entropy(functional.linear(hidden, model.lm_head.weight), targets)


class SampledSoftmax:
    """Cross entropy over sampled candidates; called with (model, batch)."""

    def __init__(self, ids, vocabulary, device):
        self.vocabulary = vocabulary
        counts = np.bincount(ids, minlength=vocabulary)
        self.frequency = torch.from_numpy(counts / len(ids)).float().to(device)

    def __call__(self, model, batch):
        hidden, targets = hidden_and_targets(model, batch)
        own, column = torch.unique(targets, return_inverse=True)
        drawn = torch.randint(self.vocabulary, (NEGATIVES,), device=targets.device)
        candidates = torch.cat([own, drawn[~torch.isin(drawn, own)].unique()])
        # The chance to be among the batch's targets, else to be drawn.
        chance = 1 - (1 - self.frequency[candidates]) ** len(targets)
        chance = chance + (1 - chance) * (NEGATIVES / self.vocabulary)
        logits = functional.linear(hidden, model.lm_head.weight[candidates]) - chance.log()
        return functional.cross_entropy(logits, column)


@torch.no_grad()
def held_out_loss(model, ids):
    """Mean cross entropy over consecutive blocks of the held-out ids, nats a token; the model is left in train mode."""
    blocks = len(ids) // (BLOCK + 1)
    windows = torch.from_numpy(ids[:blocks * (BLOCK + 1)].astype(np.int64)).view(blocks, BLOCK + 1).to(model.device)
    model.eval()
    total = sum(full_loss(model, part).item() * len(part) for part in windows.split(BLOCKS_AT_ONCE))
    model.train()
    return total / blocks

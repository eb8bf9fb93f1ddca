"""Edits at the hook points of a transformers model in float64, made by PyTorch hooks.

    output = final_output(model, [464, 13763], {"blocks.0.hook_mlp_out": lambda x: 0 * x})

An edit is a function of the values at one hook point, [T, H, d], with H = 1 where there are no heads, to other values of the same
shape; of scores and patterns [T, H, T]. Names are those of reference.py, modules those of reference_families.MODULES.
"""
import reference_families  # first: it makes transformers compute in float64

import torch
from reference_families import MODULES, apply, at, normalized, epsilon
from torch.overrides import TorchFunctionMode

NAMES = MODULES | {
    "gpt2": reference_families.GPTJ | dict(
        position="wpe", norms=dict(ln1="ln_1", ln2="ln_2"), fused=("attn.c_attn", "stacked"), out="attn.c_proj", up="mlp.c_fc",
        down="mlp.c_proj"),
    "bert": reference_families.BERT, "llama": reference_families.LLAMA,
}


class Edited:
    """One forward pass with edits. Hooks of modules are registered in the order of the data."""

    def __init__(self, model, edits):
        self.model, self.edits, self.handles, self.made = model, edits, [], set()
        c, body = model.config, model.base_model
        self.names = names = NAMES[c.model_type]
        self.heads = c.num_attention_heads
        for hook, key in (("hook_embed", "embed"), ("hook_pos_embed", "position"), ("hook_token_type_embed", "segment")):
            if names.get(key):
                self.output(at(body, names[key]), hook)
        if names.get("embed_norm"):
            self.norm(at(body, names["embed_norm"]), "embed.ln")
        self.blocks = at(body, names["layers"])
        for i, block in enumerate(self.blocks):
            self.block(i, block)
        if names.get("final"):
            self.norm(at(body, names["final"]), "ln_final")

    def edit(self, hook, x, heads=1):
        """The values after the edit, for a tensor of any shape that holds [T, heads, d]."""
        if hook not in self.edits:
            return x
        self.made.add(hook)
        width = x.shape[-1] if heads == 1 else x.shape[-1] // heads
        return self.edits[hook](x.reshape(-1, heads, width)).reshape(x.shape)

    def output(self, module, *hooks, heads=1):
        """Edits what a module returns, one hook point after the other."""
        def change(_, arguments, output):
            first = output[0] if isinstance(output, tuple) else output
            for hook in hooks:
                first = hook(first) if callable(hook) else self.edit(hook, first, heads)
            return (first, *output[1:]) if isinstance(output, tuple) else first
        self.handles.append(module.register_forward_hook(change))

    def input(self, module, hook, heads=1):
        """Edits a module's first argument."""
        def change(_, arguments):
            first = hook(arguments[0]) if callable(hook) else self.edit(hook, arguments[0], heads)
            return (first, *arguments[1:])
        self.handles.append(module.register_forward_pre_hook(change))

    def norm(self, module, name, edit=None):
        """The four hook points of a norm, computed anew where one of the middle two is edited."""
        edit = edit or self.edit
        self.input(module, lambda x: edit(f"{name}.hook_in", x))

        def middle(_, arguments, output):
            if not self.edits.keys() & {f"{name}.hook_scale", f"{name}.hook_normalized"}:
                return output
            value, scale = normalized(arguments[0], self.names["kind"], epsilon(module))
            changed = edit(f"{name}.hook_scale", scale)
            return apply(module, edit(f"{name}.hook_normalized", value * scale / changed), self.names)
        self.handles.append(module.register_forward_hook(middle))
        self.output(module, lambda x: edit(f"{name}.hook_out", x))

    def by_head(self, hook, x):
        """As edit; a norm of queries or keys receives [1, T, H, d]."""
        return self.edit(hook, x.flatten(-2), x.shape[-2]).reshape(x.shape)

    def block(self, i, block):
        names, name = self.names, f"blocks.{i}"
        is_post = names.get("post")
        norms = {hook: at(block, path) for hook, path in names["norms"].items()}
        state = {}

        def keep(x):
            state["stream"] = self.edit(f"{name}.hook_resid_pre", x)
            return state["stream"]

        def keep_normalized(x):
            state["stream"] = x
            return x

        def through_sum(hook):
            """What is added, so that the sum is the edited one."""
            return lambda x: self.edit(hook, state["stream"] + x) - state["stream"] if hook in self.edits else x

        self.input(block, keep)
        for hook, norm in norms.items():
            if hook in ("q_norm", "k_norm"):
                self.norm(norm, f"{name}.attn.{hook}", self.by_head)
            elif not hook.endswith("_post") and not is_post:
                self.norm(norm, f"{name}.{hook}")
        self.projections(block, f"{name}.attn")
        out = at(block, names["out"])
        self.input(out, f"{name}.attn.hook_z", self.heads)
        self.results(out, f"{name}.attn.hook_result")
        mid = through_sum(f"{name}.hook_resid_mid")
        if "ln1_post" in norms:
            self.norm(norms["ln1_post"], f"{name}.ln1_post")
        self.output(norms.get("ln1_post", out), f"{name}.hook_attn_out", mid)
        if is_post:
            self.norm(norms["ln1"], f"{name}.ln1")
            self.output(norms["ln1"], keep_normalized)
        up = at(block, names["up"])
        if names.get("gate"):
            self.output(at(block, names["gate"]), f"{name}.mlp.hook_pre")
            self.output(up, f"{name}.mlp.hook_pre_linear")
        else:
            self.output(up, f"{name}.mlp.hook_pre")
        down = at(block, names["down"])
        self.input(down, f"{name}.mlp.hook_post")
        if "ln2_post" in norms:
            self.norm(norms["ln2_post"], f"{name}.ln2_post")
        self.output(norms.get("ln2_post", down), f"{name}.hook_mlp_out")
        if is_post:
            self.output(down, through_sum(f"{name}.hook_resid_post"))
            self.norm(norms["ln2"], f"{name}.ln2")
        else:
            self.output(block, f"{name}.hook_resid_post")

    def projections(self, block, name):
        """Queries, keys and values, from three modules or one."""
        names, heads = self.names, self.heads
        keys = getattr(self.model.config, "num_key_value_heads", None) or heads
        counts = (heads, keys, keys)
        if not names.get("fused"):
            for part, count in zip("qkv", counts):
                self.output(at(block, names[part]), f"{name}.hook_{part}", heads=count)
            return
        path, layout = names["fused"]

        def change(x):
            # [T, 3, H, d] or [T, H, 3, d]; heads of queries and keys are as many.
            axis = 1 if layout == "stacked" else 2
            parts = x.reshape(x.shape[-2], *((3, heads) if axis == 1 else (heads, 3)), -1).unbind(axis)
            parts = [self.edit(f"{name}.hook_{part}", value.flatten(1), heads).reshape(value.shape) for part, value in zip("qkv", parts)]
            return torch.stack(parts, axis).reshape(x.shape)
        assert keys == heads
        self.output(at(block, path), change)

    def results(self, out, hook):
        """What each head writes: the output matrix takes each head apart."""
        def change(module, arguments, output):
            if hook not in self.edits:
                return output
            weight = module.weight if isinstance(module, torch.nn.Linear) else module.weight.T  # Conv1D's is [in, out]
            z = arguments[0].reshape(-1, self.heads, weight.shape[1] // self.heads)
            results = torch.einsum("thd,hdm->thm", z, weight.T.unflatten(0, (self.heads, -1)))
            results = self.edit(hook, results.flatten(1), self.heads).reshape(results.shape)
            return (results.sum(1) + (0 if module.bias is None else module.bias)).reshape(output.shape)
        self.handles.append(out.register_forward_hook(change))


class Attentions(TorchFunctionMode):
    """Edits rotated queries and keys, scores and patterns, which no module returns, layer after layer."""

    def __init__(self, edited):
        self.edited, self.layer, self.depth, self.is_after_softmax = edited, 0, 0, False
        super().__init__()

    def __torch_function__(self, function, types, arguments=(), named=None):
        function_name = getattr(function, "__name__", "")
        name = f"blocks.{self.layer}.attn"
        is_outer = self.depth == 0
        self.depth += 1
        try:
            if is_outer and function_name in ("matmul", "__matmul__") and arguments[0].ndim == 4:
                # By turns that of queries and keys, and that of a pattern and values.
                if not self.is_after_softmax:
                    arguments = self.read(name, *arguments)
                self.is_after_softmax = False
            if is_outer and function_name == "softmax" and arguments[0].ndim == 4:
                scores = arguments[0]
                visible = scores > -1e30
                arguments = (torch.where(visible, self.square(f"{name}.hook_attn_scores", scores), scores), *arguments[1:])
                pattern = function(*arguments, **(named or {}))
                self.layer, self.is_after_softmax = self.layer + 1, True
                return torch.where(visible, self.square(f"{name}.hook_pattern", pattern), pattern)
            return function(*arguments, **(named or {}))
        finally:
            self.depth -= 1

    def read(self, name, q, k):
        """[1, H, T, d] and [1, H, d, T]; of grouped heads each key is there for every query that reads it."""
        edited, edits = self.edited, self.edited.edits
        if f"{name}.hook_rot_q" in edits:
            q = self.heads_last(f"{name}.hook_rot_q", q)
        if f"{name}.hook_rot_k" in edits:
            heads = getattr(edited.model.config, "num_key_value_heads", None) or edited.heads
            group = k.shape[1] // heads
            k = self.heads_last(f"{name}.hook_rot_k", k[:, ::group].transpose(-1, -2)).repeat_interleave(group, 1).transpose(-1, -2)
        return q, k

    def heads_last(self, hook, x):
        t = x[0].transpose(0, 1)  # [T, H, d]
        return self.edited.edit(hook, t.flatten(1), t.shape[1]).reshape(t.shape).transpose(0, 1)[None]

    def square(self, hook, x):
        """[1, H, T, T] as [T, H, T]."""
        return self.heads_last(hook, x) if hook in self.edited.edits else x


@torch.no_grad()
def final_output(model, ids, edits):
    """What the last norm returns, [T, D], with edits {hook: function}. Fails where one of them is not reached."""
    edited = Edited(model, edits)
    try:
        with Attentions(edited):
            output = model.base_model(torch.tensor([ids])).last_hidden_state[0]
    finally:
        for handle in edited.handles:
            handle.remove()
    missed = edits.keys() - edited.made
    if missed:
        raise AssertionError(f"no edit was made at {sorted(missed)}")
    return output

"""llama.cpp (its Python package) on a GPT-2 checkpoint, as a peer of the forward pass; its package is optional.

The checkpoint is written once as GGUF in float32, with llama.cpp's names and layouts: matrices are [out, in].
"""
import ctypes
import os
import time

import gguf
import llama_cpp
import numpy
import transformers
from safetensors.torch import load_file

NAMES = {
    "ln_1": "attn_norm", "attn.c_attn": "attn_qkv", "attn.c_proj": "attn_output",
    "ln_2": "ffn_norm", "mlp.c_fc": "ffn_up", "mlp.c_proj": "ffn_down",
}


def write_gguf(checkpoint, path, config):
    """GPT-2 as GGUF; no vocabulary, since token ids are given."""
    tensors = {name.removeprefix("transformer."): value for name, value in load_file(f"{checkpoint}/model.safetensors").items()}
    writer = gguf.GGUFWriter(path, "gpt2")
    writer.add_context_length(config.n_positions)
    writer.add_embedding_length(config.n_embd)
    writer.add_block_count(config.n_layer)
    writer.add_feed_forward_length(config.n_inner or 4 * config.n_embd)
    writer.add_head_count(config.n_head)
    writer.add_layer_norm_eps(config.layer_norm_epsilon)
    writer.add_file_type(gguf.LlamaFileType.ALL_F32)
    writer.add_vocab_size(config.vocab_size)
    writer.add_tokenizer_model("no_vocab")

    def add(name, tensor):
        writer.add_tensor(name, tensor.contiguous().numpy())

    add("token_embd.weight", tensors["wte.weight"])
    add("position_embd.weight", tensors["wpe.weight"])
    add("output.weight", tensors.get("lm_head.weight", tensors["wte.weight"]))
    for layer in range(config.n_layer):
        for theirs, ours in NAMES.items():
            weight, bias = (tensors[f"h.{layer}.{theirs}.{part}"] for part in ("weight", "bias"))
            add(f"blk.{layer}.{ours}.weight", weight.T if weight.dim() == 2 else weight)
            add(f"blk.{layer}.{ours}.bias", bias)
    for part in ("weight", "bias"):
        add(f"output_norm.{part}", tensors[f"ln_f.{part}"])
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


class LlamaCpp:
    """One context. Without `logits`, only the last token's are made: llama.cpp always makes those."""

    def __init__(self, checkpoint, threads):
        config = transformers.AutoConfig.from_pretrained(checkpoint)
        path = f"{checkpoint}/model-f32.gguf"
        if not os.path.exists(path):
            write_gguf(checkpoint, path + ".incomplete", config)
            os.replace(path + ".incomplete", path)
        self.vocabulary = config.vocab_size
        self.silence = llama_cpp.llama_log_callback(lambda *_: None)
        llama_cpp.llama_log_set(self.silence, ctypes.c_void_p())
        parameters = llama_cpp.llama_model_default_params()
        self.model = llama_cpp.llama_model_load_from_file(path.encode(), parameters)
        if not self.model:
            raise RuntimeError(f"llama.cpp does not load {path}")
        context = llama_cpp.llama_context_default_params()
        context.n_ctx = context.n_batch = context.n_ubatch = config.n_positions
        context.n_threads = context.n_threads_batch = threads
        self.context = llama_cpp.llama_init_from_model(self.model, context)
        self.batch = llama_cpp.llama_batch_init(config.n_positions, 0, 1)

    def run(self, what, tokens):
        """Seconds, and the logits [T, V]; None for a pass without them."""
        batch = self.batch
        batch.n_tokens = tokens
        for i in range(tokens):
            batch.token[i] = (i * 7919 + 11) % self.vocabulary
            batch.pos[i] = i
            batch.n_seq_id[i] = 1
            batch.seq_id[i][0] = 0
            batch.logits[i] = what == "logits" or i == tokens - 1
        llama_cpp.llama_memory_clear(llama_cpp.llama_get_memory(self.context), True)
        start = time.perf_counter()
        if llama_cpp.llama_decode(self.context, batch):
            raise RuntimeError("llama_decode failed")
        llama_cpp.llama_synchronize(self.context)
        taken = time.perf_counter() - start
        if what != "logits":
            return taken, None
        logits = numpy.ctypeslib.as_array(llama_cpp.llama_get_logits(self.context), (tokens, self.vocabulary))
        return taken, logits

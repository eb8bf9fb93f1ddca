"""A peer of actrec's forward pass, in a process of its own: what a user of Python could run the same checkpoint with.
transformers takes any checkpoint, the others a GPT-2.

    Benchmarks/peers.py KIND CHECKPOINT [--threads 2]

Reads lines from standard input and answers each with the seconds it took, as actrec's Engine does:
    forward T            a pass over T tokens up to the final norm, without the unembedding (llama.cpp: with the last token's logits)
    logits T             the same with the logits of every token
    save forward T FILE  writes the final norm's output [T, D] as .npy
    save logits T FILE   writes the log-probabilities of the tokens that follow [T - 1] as .npy
"""
import contextlib
import importlib.util
import os
import shutil
import sys
import time

import numpy

import programs

VOCABULARY = 50257


def token_ids(tokens, vocabulary=VOCABULARY):
    """[1, T], the ids that actrec's Engine takes."""
    return (numpy.arange(tokens, dtype=numpy.int64)[None] * 7919 + 11) % vocabulary


def load(checkpoint):
    """A directory's model in float32: with its unembedding, if it is made to predict the next token."""
    import torch
    import transformers

    transformers.utils.logging.disable_progress_bar()
    if not os.path.exists(os.path.join(checkpoint, "config.json")):
        (file,) = (name for name in os.listdir(checkpoint) if name.endswith(".gguf"))
        model = transformers.AutoModelForCausalLM.from_pretrained(checkpoint, gguf_file=file, dtype=torch.float32)
    elif transformers.AutoConfig.from_pretrained(checkpoint).model_type == "bert":
        model = transformers.AutoModel.from_pretrained(checkpoint, dtype=torch.float32, add_pooling_layer=False)
    else:
        model = transformers.AutoModelForCausalLM.from_pretrained(checkpoint, dtype=torch.float32)
    model.config.use_cache = False
    return model.eval()


class Transformers:
    """Hugging Face transformers on PyTorch, eager, with its default attention."""

    name = "transformers"
    can_be_held = True
    needs = ("torch", "transformers")

    def __init__(self, checkpoint, threads):
        import torch

        torch.set_num_threads(threads)
        self.torch, self.model = torch, load(checkpoint)

    def module(self, what, tokens):
        return self.model if what == "logits" else self.model.base_model

    def run(self, what, tokens):
        """Seconds, and the output: [T, D] or [T, V]."""
        ids = self.torch.from_numpy(token_ids(tokens, self.model.config.vocab_size))
        module = self.module(what, tokens)
        with self.torch.no_grad():
            start = time.perf_counter()
            output = module(ids)[0]
            taken = time.perf_counter() - start
        return taken, output[0].numpy()


class Compiled(Transformers):
    """torch.compile with frozen weights: packed once for their products. Compiled for each number of tokens."""

    name = "torch.compile"

    def __init__(self, checkpoint, threads):
        super().__init__(checkpoint, threads)
        import torch._inductor.config

        torch._inductor.config.freezing = True
        self.key = self.compiled = None

    def module(self, what, tokens):
        if self.key != (what, tokens):
            self.compiled = None
            self.torch._dynamo.reset()
            self.key, self.compiled = (what, tokens), self.torch.compile(super().module(what, tokens), dynamic=False)
            self.run(what, tokens)
        return self.compiled


class OnnxRuntime:
    """ONNX Runtime with all its optimizations, on the model as PyTorch exports it."""

    name = "ONNX Runtime"
    can_be_held = False
    needs = ("torch", "transformers", "onnx", "onnxscript", "onnxruntime")

    def __init__(self, checkpoint, threads):
        import onnxruntime

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        options.inter_op_num_threads = 1
        options.log_severity_level = 3
        self.sessions = {
            what: onnxruntime.InferenceSession(onnx_file(checkpoint, what), options, providers=["CPUExecutionProvider"])
            for what in ("forward", "logits")}

    def run(self, what, tokens):
        ids = token_ids(tokens)
        start = time.perf_counter()
        (output,) = self.sessions[what].run(None, {"input_ids": ids})
        return time.perf_counter() - start, output[0]


class OpenVINO:
    """OpenVINO with float32 arithmetic (its default is bfloat16 where the processor has it), compiled for each number of tokens."""

    name = "OpenVINO"
    can_be_held = False
    needs = ("torch", "transformers", "onnx", "onnxscript", "openvino")

    def __init__(self, checkpoint, threads):
        import openvino

        self.core = openvino.Core()
        self.checkpoint = checkpoint
        self.options = {"INFERENCE_PRECISION_HINT": "f32", "INFERENCE_NUM_THREADS": threads, "PERFORMANCE_HINT": "LATENCY"}
        self.key = self.request = None

    def run(self, what, tokens):
        if self.key != (what, tokens):
            self.request = None
            model = self.core.read_model(onnx_file(self.checkpoint, what))
            model.reshape([1, tokens])
            self.key, self.request = (what, tokens), self.core.compile_model(model, "CPU", self.options).create_infer_request()
        ids = token_ids(tokens)
        start = time.perf_counter()
        self.request.infer({0: ids})
        taken = time.perf_counter() - start
        return taken, self.request.get_output_tensor(0).data[0]


def llama_cpp(checkpoint, threads):
    """Imported only when asked for: its package is optional."""
    from llama_cpp_peer import LlamaCpp

    return LlamaCpp(checkpoint, threads)


llama_cpp.name, llama_cpp.can_be_held, llama_cpp.needs = "llama.cpp", False, ("gguf", "llama_cpp", "safetensors")

PEERS = {"transformers": Transformers, "compile": Compiled, "onnxruntime": OnnxRuntime, "openvino": OpenVINO, "llama.cpp": llama_cpp}


def missing(kind, isa):
    """Why a peer cannot run here; None if it can."""
    if isa and not PEERS[kind].can_be_held:
        return f"{PEERS[kind].name} is left out: it cannot be held to {isa}"
    absent = [module for module in PEERS[kind].needs if importlib.util.find_spec(module) is None]
    if absent:
        return f"{PEERS[kind].name} is left out: Python has no {', '.join(absent)}" + (
            " (`pip install llama-cpp-python` builds it from source, in some 20 minutes)" if "llama_cpp" in absent else "")
    if kind == "compile" and not any(map(shutil.which, filter(None, (os.environ.get("CXX"), "g++", "clang++")))):
        return "torch.compile is left out: it needs a C++ compiler"
    return None


def onnx_file(checkpoint, what):
    """The model as ONNX, with any number of tokens; exported once, beside the checkpoint."""
    path = os.path.join(checkpoint, f"{what}.onnx")
    if not os.path.exists(path):
        import torch

        model = load(checkpoint)

        class Export(torch.nn.Module):
            """One input, one output."""

            def __init__(self):
                super().__init__()
                self.module = model if what == "logits" else model.base_model

            def forward(self, input_ids):
                return self.module(input_ids)[0]

        temporary = os.path.join(checkpoint, f"{what}.incomplete")
        os.makedirs(temporary, exist_ok=True)
        with contextlib.redirect_stdout(sys.stderr):
            torch.onnx.export(
                Export(), (torch.from_numpy(token_ids(64)),), os.path.join(temporary, f"{what}.onnx"), dynamo=True,
                input_names=["input_ids"], output_names=["output"],
                dynamic_shapes={"input_ids": {1: torch.export.Dim("tokens", min=2, max=model.config.n_positions)}}, external_data=True)
        for name in sorted(os.listdir(temporary), reverse=True):  # the weights (.onnx.data) first
            os.replace(os.path.join(temporary, name), os.path.join(checkpoint, name))
        os.rmdir(temporary)
    return path


def next_log_probabilities(logits, ids):
    """log p of each token given those before it: [T, V], [T] -> [T - 1], in float64."""
    logits = logits[:-1].astype(numpy.float64)
    largest = logits.max(-1)
    total = numpy.log(numpy.exp(logits - largest[:, None]).sum(-1)) + largest
    return logits[numpy.arange(len(logits)), ids[1:]] - total


def answer(peer, words):
    """Seconds for a line."""
    match words:
        case ["forward" | "logits" as what, tokens]:
            return peer.run(what, int(tokens))[0]
        case ["save", "forward" | "logits" as what, tokens, path]:
            taken, output = peer.run(what, int(tokens))
            if output is None:
                raise ValueError(f"this peer has no output of {what}")
            if what == "logits":
                output = next_log_probabilities(output, token_ids(int(tokens))[0])
            numpy.save(path, output)
            return taken
    raise ValueError(f"no such request: {' '.join(words)}")


if __name__ == "__main__":
    programs.serve(__doc__, PEERS, answer)

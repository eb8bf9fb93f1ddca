"""Matrix products of one library, in a process of its own: what the machine's best product is judged by.

    Benchmarks/libraries.py KIND CHECKPOINT [--threads 2]

Reads lines from standard input and answers each with the seconds it took, as actrec's Engine does:
    products T     T rows through a weight matrix of each shape in the checkpoint's body; every matrix has memory of its own
    read BYTES     reading an array of that size, by the fastest of PyTorch's ways (PyTorch only)
"""
import json
import os
import time

import numpy

import programs


def shapes(checkpoint):
    """(in, out) of each matrix of a GPT-2's body, block by block."""
    with open(os.path.join(checkpoint, "config.json"), encoding="utf-8") as file:
        config = json.load(file)
    d, m = config["n_embd"], config.get("n_inner") or 4 * config["n_embd"]
    return [(d, 3 * d), (d, d), (d, m), (m, d)] * config["n_layer"]


def random(*shape):
    return numpy.random.default_rng(0).random(shape, dtype=numpy.float32)


def seconds(body):
    start = time.perf_counter()
    body()
    return time.perf_counter() - start


class PyTorch:
    """torch.mm, which is MKL's product on x86-64, into memory that is used again."""

    name = "PyTorch"
    can_be_held = True

    def __init__(self, checkpoint, threads):
        import torch

        torch.set_num_threads(threads)
        self.torch = torch
        self.weights = [torch.from_numpy(random(*shape)) for shape in shapes(checkpoint)]
        self.array = None

    def products(self, rows):
        x = {w.shape[0]: self.torch.ones(rows, w.shape[0]) for w in self.weights}
        y = {w.shape[1]: self.torch.ones(rows, w.shape[1]) for w in self.weights}

        def all_of_them():
            for w in self.weights:
                self.torch.mm(x[w.shape[0]], w, out=y[w.shape[1]])

        return seconds(all_of_them)

    def read(self, size):
        if self.array is None:
            self.array, self.row = self.torch.ones(size // 4096, 1024), self.torch.ones(1024)
        ways = (self.array.sum, self.array.max, lambda: self.torch.mv(self.array, self.row))
        return min(map(seconds, ways))


class OpenBLAS:
    """NumPy's OpenBLAS, whose threads the environment sets."""

    name = "OpenBLAS"
    can_be_held = True

    def __init__(self, checkpoint, _):
        self.weights = [random(*shape) for shape in shapes(checkpoint)]

    def products(self, rows):
        x = {len(w): random(rows, len(w)) for w in self.weights}
        y = {w.shape[1]: random(rows, w.shape[1]) for w in self.weights}

        def all_of_them():
            for w in self.weights:
                numpy.matmul(x[len(w)], w, out=y[w.shape[1]])

        return seconds(all_of_them)


def onnx_model(checkpoint, rows):
    """The products as a graph of ONNX, serialized. Every product is an output: one of which only a part is wanted would be
    computed in part."""
    import onnx

    helper, real = onnx.helper, onnx.TensorProto.FLOAT
    nodes, weights, outputs, widths = [], [], [], set()
    for index, (i, o) in enumerate(shapes(checkpoint)):
        widths.add(i)
        weights.append(onnx.numpy_helper.from_array(random(i, o), f"w{index}"))
        nodes.append(helper.make_node("MatMul", [f"x{i}", f"w{index}"], [f"y{index}"]))
        outputs.append(helper.make_tensor_value_info(f"y{index}", real, [rows, o]))
    inputs = [helper.make_tensor_value_info(f"x{i}", real, [rows, i]) for i in sorted(widths)]
    graph = helper.make_graph(nodes, "products", inputs, outputs, weights)
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8).SerializeToString()


class OnnxRuntime:
    """ONNX Runtime, which packs constant weights when it loads them; outputs go into memory that is used again."""

    name = "ONNX Runtime"
    can_be_held = False

    def __init__(self, checkpoint, threads):
        self.checkpoint, self.threads, self.rows = checkpoint, threads, None

    def products(self, rows):
        import onnxruntime

        if self.rows != rows:
            options = onnxruntime.SessionOptions()
            options.intra_op_num_threads, options.inter_op_num_threads = self.threads, 1
            self.session = onnxruntime.InferenceSession(onnx_model(self.checkpoint, rows), options, providers=["CPUExecutionProvider"])
            self.rows, self.memory = rows, self.session.io_binding()
            for value in self.session.get_inputs():
                self.memory.bind_ortvalue_input(value.name, onnxruntime.OrtValue.ortvalue_from_numpy(random(*value.shape)))
            for value in self.session.get_outputs():
                self.memory.bind_ortvalue_output(value.name, onnxruntime.OrtValue.ortvalue_from_numpy(random(*value.shape)))
        return seconds(lambda: self.session.run_with_iobinding(self.memory))


class OpenVINO:
    """OpenVINO with float32 arithmetic: oneDNN's products, on weights that it packs when it compiles the model."""

    name = "OpenVINO"
    can_be_held = False

    def __init__(self, checkpoint, threads):
        self.checkpoint, self.threads, self.rows = checkpoint, threads, None

    def products(self, rows):
        import openvino

        if self.rows != rows:
            core = openvino.Core()
            options = {"INFERENCE_PRECISION_HINT": "f32", "INFERENCE_NUM_THREADS": self.threads, "PERFORMANCE_HINT": "LATENCY"}
            model = core.compile_model(core.read_model(onnx_model(self.checkpoint, rows)), "CPU", options)
            self.rows, self.request = rows, model.create_infer_request()
            for value in model.inputs:
                self.request.set_tensor(value, openvino.Tensor(random(*value.shape)))
        return seconds(self.request.infer)


LIBRARIES = {"torch": PyTorch, "openblas": OpenBLAS, "onnxruntime": OnnxRuntime, "openvino": OpenVINO}


def answer(library, words):
    """Seconds for a line."""
    match words:
        case ["products", rows]:
            return library.products(int(rows))
        case ["read", size]:
            return library.read(int(size))
    raise ValueError(f"no such request: {' '.join(words)}")


if __name__ == "__main__":
    programs.serve(__doc__, LIBRARIES, answer)

"""Makes transformers compute in float64 throughout. Import it before transformers.

Its norms, softmax, rotary angles and masks are cast to float32 whatever the model's type. Here the name float32 stands for
float64, so that no such cast loses anything; `SINGLE` is the real one.
"""
import torch
import safetensors.torch  # noqa: F401  (keeps a table of the real types)

SINGLE = torch.float32
torch.set_default_dtype(torch.float64)
torch.float32 = torch.float = torch.float64
torch.Tensor.float = torch.Tensor.double

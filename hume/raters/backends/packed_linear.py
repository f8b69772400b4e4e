"""Linear layers on a CPU with weights laid out beforehand as oneDNN reads them, at equal values in fp32.

torch multiplies fp32 matrices with MKL, which lays weights out anew at each call and runs at less than half of the
speed on processors that are not Intel's. oneDNN, which torch carries too, is as fast on either.
"""

from __future__ import annotations

from typing import Any

MOST_BYTES = 2 << 30
"""Packed weights lie beside the model's own: not for models whose layers are larger than this."""


def pack(model: Any) -> int:
    """Let the model's linear layers use packed weights, and say how many do: 0 where torch cannot, or for large models.

    The layers keep their own weights, which saving and moving need; a layer whose weights change afterwards does not
    notice, so this is for inference.
    """
    import torch

    if not torch._C._has_mkldnn or not hasattr(torch.ops.mkldnn, "_linear_pointwise"):
        return 0
    layers = [layer for layer in model.modules() if _can_be_packed(layer)]
    if sum(layer.weight.numel() * layer.weight.element_size() for layer in layers) > MOST_BYTES:
        return 0
    for layer in layers:
        layer.forward = _packed(layer.weight.detach(), None if layer.bias is None else layer.bias.detach())
    return len(layers)


def _can_be_packed(layer: Any) -> bool:
    """Whether it is torch's own linear layer, and nothing else holds its call."""
    import torch

    return (
        type(layer) is torch.nn.Linear
        and "forward" not in vars(layer)
        and layer.weight.device.type == "cpu"
        and layer.weight.dtype == torch.float32
    )


def _packed(weight: Any, bias: Any) -> Any:
    import torch

    packed = torch.ops.mkldnn._reorder_linear_weight(weight)
    linear = torch.ops.mkldnn._linear_pointwise

    def forward(input: Any) -> Any:  # torch's own name, which callers may use
        return linear(input, packed, bias, "none", [], "")

    return forward

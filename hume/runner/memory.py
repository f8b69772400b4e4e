"""How much memory a model has taken."""

from __future__ import annotations

import sys


def start_measuring() -> None:
    """Forget what the GPU held before. A process's own peak cannot be forgotten."""
    if (torch := sys.modules.get("torch")) is not None and torch.cuda.is_initialized():
        torch.cuda.reset_peak_memory_stats()


def peak_mb(device: str) -> float | None:
    """The most memory in MiB: that torch held on the GPU where the model runs on one, else that of the process ever.

    None where the system does not tell (Windows).
    """
    torch = sys.modules.get("torch")
    if device != "cpu" and torch is not None and torch.cuda.is_initialized():
        return float(torch.cuda.max_memory_allocated()) / 2**20
    try:
        import resource
    except ImportError:
        return None
    # Linux counts in KiB, macOS in bytes.
    per_mb = 2**20 if sys.platform == "darwin" else 2**10
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / per_mb

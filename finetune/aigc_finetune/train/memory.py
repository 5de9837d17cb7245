"""How much memory there is and how much a row takes: what decides the size of a forward pass."""

from __future__ import annotations

import sys
from typing import Any

import torch

_MOST_ON_CPU = 2048  # tokens; longer rows only fall out of the processor's caches
_MOST_ON_GPU = 32768
_LEAST = 256


def peak(device: torch.device) -> int:
    """Return the most memory, in bytes, that the process (on a GPU: its tensors there) has held so far."""
    if device.type == "cuda":
        return int(torch.cuda.max_memory_allocated(device))
    try:
        import resource
    except ImportError:  # Windows
        import psutil

        return int(psutil.Process().memory_info().peak_wset)
    used = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return int(used if sys.platform == "darwin" else used * 1024)


def free(device: torch.device) -> int:
    """Return the bytes that can still be had on the device."""
    if device.type == "cuda":
        return int(torch.cuda.mem_get_info(device)[0])
    import psutil

    return int(psutil.virtual_memory().available)


def automatic_row(config: Any, precision: str, checkpointing: bool, device: torch.device) -> int:
    """Return how many tokens a row may have, by the memory that is free now: a power of two.

    For each token and layer, backward needs about 8 hidden and 4 inner vectors; with gradient checkpointing one layer
    whole and one hidden vector for each of the others. Half of the free memory is left alone.
    """
    bytes_each = 2 if precision == "bf16" else 4
    hidden, inner = int(config.hidden_size), int(getattr(config, "intermediate_size", 4 * config.hidden_size))
    layers = int(config.num_hidden_layers)
    layer = (8 * hidden + 4 * inner) * bytes_each
    each = layer + layers * hidden * bytes_each if checkpointing else layer * layers
    most = _MOST_ON_GPU if device.type == "cuda" else _MOST_ON_CPU
    fitting = free(device) // 2 // max(1, each)
    row = _LEAST
    while row * 2 <= min(fitting, most):
        row *= 2
    return row

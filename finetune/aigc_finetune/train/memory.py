"""How much memory there is and how much was taken; `estimate.memory` says how much a run will take."""

from __future__ import annotations

import sys

import torch


def peak(device: torch.device) -> int:
    """Return the most memory, in bytes, that the process (on a GPU: its tensors there) has held so far."""
    if device.type == "cuda":
        return int(torch.cuda.max_memory_allocated(device))
    try:
        import resource
    except ImportError:  # Windows
        import psutil

        return int(getattr(psutil.Process().memory_info(), "peak_wset", 0))
    used = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return int(used if sys.platform == "darwin" else used * 1024)


def free(device: torch.device) -> int:
    """Return the bytes that can still be had on the device."""
    if device.type == "cuda":
        return int(torch.cuda.mem_get_info(device)[0])
    import psutil

    return int(psutil.virtual_memory().available)

"""Ways to merge what several adapters add to one matrix.

Linear ("task arithmetic"): Ilharco et al. 2023. TIES: Yadav et al. 2023, trimmed for each matrix by itself. DARE: Yu et
al. 2024. The methods work on the products of the low-rank factors, as in the papers, not on the factors themselves: the
factors of two adapters have no common meaning.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import Literal

import torch

Method = Literal["linear", "ties", "dare_linear", "dare_ties"]
METHODS: tuple[Method, ...] = ("linear", "ties", "dare_linear", "dare_ties")


def combine(
    deltas: Sequence[torch.Tensor], weights: Sequence[float], method: Method, density: float, seed: int, name: str
) -> torch.Tensor:
    """Return the merged difference of a matrix; `deltas` all have its shape, `density` in (0, 1] is what each keeps.

    `linear` ignores the density. What DARE drops depends on seed, `name` and the adapter's place alone.
    """
    if method.startswith("dare"):
        deltas = [_drop(one, density, seed, f"{name} {place}") for place, one in enumerate(deltas)]
    elif method == "ties":
        deltas = [_trim(one, density) for one in deltas]
    scaled = torch.stack([weight * one for weight, one in zip(weights, deltas, strict=True)])
    if method in ("linear", "dare_linear"):
        return scaled.sum(0)
    return _elect(scaled, torch.tensor(list(weights)))


def _trim(delta: torch.Tensor, density: float) -> torch.Tensor:
    """Keep the `density` largest values by magnitude, zero the others."""
    keep = max(1, round(density * delta.numel()))
    if keep >= delta.numel():
        return delta
    places = delta.abs().flatten().topk(keep).indices
    kept = torch.zeros_like(delta).flatten()
    kept[places] = delta.flatten()[places]
    return kept.view_as(delta)


def _drop(delta: torch.Tensor, density: float, seed: int, name: str) -> torch.Tensor:
    """Drop values at random, each with probability 1 − density, and scale the others so that the mean stays."""
    number = int.from_bytes(hashlib.sha256(f"{seed} {name}".encode()).digest()[:7], "little")
    generator = torch.Generator().manual_seed(number)
    kept = torch.rand(delta.shape, generator=generator) < density
    return delta * kept / density


def _elect(scaled: torch.Tensor, weights: torch.Tensor) -> torch.Tensor:
    """Elect each value's sign by the sum over adapters, and average those that agree; (n, rows, columns) to a matrix.

    The mean is weighted, and times the mean weight: several equal adapters of weight 1 give one of them.
    """
    sign = torch.where(scaled.sum(0) >= 0, 1.0, -1.0)
    agree = (scaled * sign > 0).float()
    share = (agree * weights.abs()[:, None, None]).sum(0)
    return torch.where(share > 0, (scaled * agree).sum(0) / share.clamp(min=1e-12), 0.0) * weights.abs().mean()

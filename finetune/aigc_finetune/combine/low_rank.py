"""Matrices of low rank: the best one of a given rank for a difference of weights, and its energy."""

from __future__ import annotations

from dataclasses import dataclass

import torch

# Above this size (the smaller dimension times the larger) a randomized decomposition is far faster and nearly as exact.
_EXACT = 1 << 21
_OVERSAMPLING, _ITERATIONS = 16, 4


@dataclass(frozen=True, slots=True)
class Decomposition:
    """The leading part of an SVD: `left` (rows, n), `values` (n,) from large to small, `right` (n, columns).

    `energy` is the whole matrix's squared Frobenius norm.
    """

    left: torch.Tensor
    values: torch.Tensor
    right: torch.Tensor
    energy: float

    def factors(self, rank: int) -> tuple[torch.Tensor, torch.Tensor]:
        """Return `up` (rows, rank) and `down` (rank, columns), whose product is the best matrix of this rank.

        Both get the root of each singular value, so that training can go on from them.
        """
        root = self.values[:rank].sqrt()
        return (self.left[:, :rank] * root).contiguous(), (root[:, None] * self.right[:rank]).contiguous()

    def kept(self, rank: int) -> float:
        """Return the part of the energy that the first `rank` singular values hold, 1 for a matrix of zeros."""
        return float(self.values[:rank].double().square().sum()) / self.energy if self.energy else 1.0


def decompose(matrix: torch.Tensor, rank: int, seed: int = 1) -> Decomposition:
    """Return at least the `rank` leading singular values and vectors of a matrix (rows, columns) in float32.

    Large matrices are decomposed by random projection with power iterations (Halko, Martinsson and Tropp 2011).
    """
    rank = min(rank, *matrix.shape)
    energy = float(matrix.double().square().sum())
    if matrix.numel() <= _EXACT or rank * 4 > min(matrix.shape):
        left, values, right = torch.linalg.svd(matrix, full_matrices=False)
        return Decomposition(left[:, :rank], values[:rank], right[:rank], energy)
    generator_state = torch.random.get_rng_state()
    try:
        torch.manual_seed(seed)  # svd_lowrank takes no generator
        left, values, right = torch.svd_lowrank(matrix, min(rank + _OVERSAMPLING, *matrix.shape), niter=_ITERATIONS)
    finally:
        torch.random.set_rng_state(generator_state)
    return Decomposition(left[:, :rank], values[:rank], right.T[:rank], energy)

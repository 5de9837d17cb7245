"""The processes of one run: who one is, and the few sums that they share. One process is a world of its own."""

from __future__ import annotations

import os
from collections.abc import Iterable
from dataclasses import dataclass

import torch
import torch.distributed as dist

from aigc_finetune.distributed.sharding import is_split


@dataclass(frozen=True, slots=True)
class World:
    """This process among those of the run."""

    rank: int
    size: int
    device: torch.device
    joined_here: bool = False

    @property
    def main(self) -> bool:
        """Say whether this process writes files and talks to hooks."""
        return self.rank == 0

    @property
    def sharing(self) -> int:
        """Return how many of the processes share this machine's main memory; on GPUs each has its own."""
        return int(os.environ.get("LOCAL_WORLD_SIZE", "1")) if self.size > 1 and self.device.type == "cpu" else 1

    @property
    def grouped(self) -> bool:
        """Say whether there is a group of processes, be it of one."""
        return bool(dist.is_available() and dist.is_initialized())

    def sum(self, values: Iterable[float]) -> list[float]:
        """Add up each value over all processes, in float64."""
        held = torch.tensor(list(values), dtype=torch.float64, device=self._exchange)
        if self.size > 1:
            dist.all_reduce(held)
        return [float(value) for value in held]

    def most(self, value: int) -> int:
        """Return the greatest of all processes' values."""
        if self.size == 1:
            return value
        held = torch.tensor([value], dtype=torch.int64, device=self._exchange)
        dist.all_reduce(held, dist.ReduceOp.MAX)
        return int(held[0])

    def least(self, value: int) -> int:
        """Return the least of all processes' values."""
        return -self.most(-value)

    def from_main(self, value: float) -> float:
        """Return the main process's value."""
        if self.size == 1:
            return value
        held = torch.tensor([value], dtype=torch.float64, device=self._exchange)
        dist.broadcast(held, src=0)
        return float(held[0])

    def sum_gradients(self, parameters: Iterable[torch.nn.Parameter]) -> None:
        """Add up gradients over all processes, in buckets of one data type; a missing gradient counts as zero.

        Gradients of weights that are split are sums already.
        """
        if self.size == 1:
            return
        for parameter in (held := [one for one in parameters if not is_split(one)]):
            if parameter.grad is None:
                parameter.grad = torch.zeros_like(parameter)
        gradients = [parameter.grad for parameter in held if parameter.grad is not None]
        for kind in dict.fromkeys(gradient.dtype for gradient in gradients):
            same = [gradient for gradient in gradients if gradient.dtype == kind]
            flat = torch.cat([gradient.reshape(-1) for gradient in same])
            dist.all_reduce(flat)
            for gradient, part in zip(same, flat.split([one.numel() for one in same]), strict=True):
                gradient.copy_(part.view_as(gradient))

    def wait(self) -> None:
        """Wait until all processes are here."""
        if self.size > 1:
            dist.barrier()

    def leave(self) -> None:
        """Close the group where `join` opened it."""
        if self.joined_here and dist.is_initialized():
            dist.destroy_process_group()

    @property
    def _exchange(self) -> torch.device:
        """Return where tensors must lie for the group's backend."""
        return self.device if self.size > 1 and dist.get_backend() == "nccl" else torch.device("cpu")


def join() -> World:
    """Enter the group that `torchrun` or `accelerate launch` describes in the environment; else be alone."""
    size = int(os.environ.get("WORLD_SIZE", "1"))
    local = int(os.environ.get("LOCAL_RANK", "0"))
    cuda = torch.cuda.is_available()
    device = torch.device("cuda", local) if cuda else torch.device("cpu")
    if cuda:
        torch.cuda.set_device(device)
    launched = size > 1 or "TORCHELASTIC_RUN_ID" in os.environ  # torchrun makes a group of one, too
    if not launched and not (dist.is_available() and dist.is_initialized()):
        return World(0, 1, device)
    opened = not dist.is_initialized()
    if opened:
        dist.init_process_group("nccl" if cuda else "gloo")
    return World(dist.get_rank(), dist.get_world_size(), device, opened)

"""One optimizer step: the rows of this process forward and backward, gradients added up, weights moved."""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch

from aigc_finetune.distributed.sharding import clip
from aigc_finetune.encode.shards import ShardReader
from aigc_finetune.recipe import TrainSection
from aigc_finetune.train.model import Network
from aigc_finetune.train.optimizer import Average, add_l1
from aigc_finetune.train.packing import Indices, count_targets, pack, rows, share
from aigc_finetune.train.world import World
from aigc_models.types import AigcError


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a step did, over all processes: mean loss in nats, gradient norm before clipping, tokens, targets."""

    loss: float
    norm: float
    tokens: int
    targets: int


class Stepper:
    """Does steps. `row` is the limit of a row in tokens; it halves where a device's memory does not suffice."""

    def __init__(
        self,
        section: TrainSection,
        network: Network,
        optimizer: torch.optim.Optimizer,
        average: Average | None,
        world: World,
        row: int,
    ) -> None:
        self._section, self._network, self._optimizer = section, network, optimizer
        self._average, self._world = average, world
        self.row = row
        self._trained = network.trained()

    def step(self, reader: ShardReader, lengths: Indices, samples: Indices, number: int, rate: float) -> Outcome:
        """Do step `number` (from 0) on `samples` at the learning rate `rate`; `lengths` are those of all samples.

        The gradient is that of the mean over all trained targets of the step, however rows and processes share them.

        Raises:
            AigcError: the loss is no longer a number.
        """
        targets = count_targets(reader, samples)
        mine = share(samples, lengths, self._world.size)[self._world.rank]
        plain = self._accumulate(reader, mine, lengths, number, 1.0 / max(1, targets))
        self._world.sum_gradients(self._trained.values())
        loss = self._world.sum([plain])[0] / max(1, targets)
        add_l1(self._trained, self._section.l1)
        norm = clip(self._trained.values(), self._section.max_grad_norm)
        if not (math.isfinite(loss) and math.isfinite(norm)):
            raise AigcError(
                f"The loss is no longer a number after {number} steps: lower train.learning_rate, or use fp32; "
                "the last checkpoint is whole."
            )
        for group in self._optimizer.param_groups:
            group["lr"] = rate
        self._optimizer.step()
        self._optimizer.zero_grad(set_to_none=True)
        if self._average is not None:
            self._average.update(number + 1)
        return Outcome(loss, norm, int(lengths[samples].sum()), targets)

    def _accumulate(self, reader: ShardReader, mine: list[int], lengths: Indices, number: int, scale: float) -> float:
        """Run this process's rows and gather their gradients; return the sum of their cross entropies in nats."""
        section = self._section
        while True:
            # Seeded by step, not carried over: a resumed run draws what the uninterrupted one drew.
            torch.manual_seed(((section.seed * 1_000_003 + number) * 8191 + self._world.rank) % (1 << 63))
            try:
                total = torch.zeros((), dtype=torch.float64, device=self._world.device)
                cut = rows(mine, lengths, self.row, section.length_grouping)
                # Where weights are split, processes gather them together: each does as many passes as any other.
                passes = self._world.most(len(cut)) if self._network.split else len(cut)
                for samples in cut:
                    row = pack(reader, samples, self._world.device)
                    loss, plain = self._network.loss(row, scale, section.label_smoothing, section.neftune)
                    loss.backward()
                    total += plain
                for _ in range(passes - len(cut)):
                    row = pack(reader, [int(lengths.argmin())], self._world.device)
                    self._network.loss(row, 0.0)[0].backward()
                return float(total)
            except torch.cuda.OutOfMemoryError:
                longest = max(int(lengths[one]) for one in mine)
                if self.row <= longest or self._network.split:
                    raise AigcError(
                        "The GPU's memory does not suffice for one sample: set train.gradient_checkpointing = true, "
                        "method = qlora, or a shorter encode.context_length."
                    ) from None
                self.row = max(longest, self.row // 2)
                self._optimizer.zero_grad(set_to_none=True)
                torch.cuda.empty_cache()

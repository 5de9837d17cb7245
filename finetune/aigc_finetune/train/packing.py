"""Which samples make up a step, and how they lie in a row: behind each other, with no padding.

The order follows from seed and epoch alone. A step is a list of samples whose tokens fit `batch_tokens`; how many
processes and forward passes share it changes nothing about which samples it has, and, since the loss is divided by all
trained targets of the step, nothing about its gradient.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import torch

from aigc_finetune.encode.shards import ShardReader
from aigc_models.types import AigcError

Indices = npt.NDArray[np.int64]
_COUNTED = 20  # epochs whose steps are counted one by one


@dataclass(frozen=True, slots=True)
class Row:
    """Samples in one row, ready for a forward pass.

    `tokens` and `positions` have the shape (1, T); positions start again with each sample. `lengths` are the samples'
    lengths and add up to T. `sources` (N,) are the places whose hidden state predicts a trained token, `targets` (N,)
    those tokens.
    """

    tokens: torch.Tensor
    positions: torch.Tensor
    lengths: tuple[int, ...]
    sources: torch.Tensor
    targets: torch.Tensor


class StepPlan:
    """The steps of a run, by number: `samples(step)` for step 0, 1, 2 … without end, epoch after epoch."""

    def __init__(self, lengths: Indices, batch_tokens: int, seed: int) -> None:
        if not len(lengths):
            raise AigcError("The training data is empty: every sample was dropped; look into the corpus report.")
        self._lengths = lengths
        self._batch = batch_tokens
        self._seed = seed
        self._epochs: list[int] = [0]  # number of steps before each epoch
        self._held: tuple[int, list[Indices]] = (-1, [])

    def samples(self, step: int) -> Indices:
        """Return the samples of a step, in the epoch's order."""
        epoch = self.epoch_of(step)
        return self._steps(epoch)[step - self._epochs[epoch]]

    def epoch_of(self, step: int) -> int:
        """Return the epoch in which a step lies, from 0."""
        while self._epochs[-1] <= step:
            self._epochs.append(self._epochs[-1] + len(self._steps(len(self._epochs) - 1)))
        return int(np.searchsorted(self._epochs, step, side="right")) - 1

    def progress(self, step: int) -> float:
        """Return how many epochs are done after `step` steps."""
        epoch = self.epoch_of(step)
        return epoch + (step - self._epochs[epoch]) / len(self._steps(epoch))

    def steps_of(self, epochs: float) -> int:
        """Return how many steps so many epochs are, at least one; beyond 20 epochs by the mean of the first 20.

        Epochs differ by a step or so, for each has an order of its own.
        """
        if epochs > _COUNTED:
            return round(self.steps_of(_COUNTED) * (epochs / _COUNTED))
        whole, part = int(epochs), epochs - int(epochs)
        while len(self._epochs) <= whole:
            self._epochs.append(self._epochs[-1] + len(self._steps(len(self._epochs) - 1)))
        rest = round(part * len(self._steps(whole))) if part else 0
        return max(1, self._epochs[whole] + rest)

    def _steps(self, epoch: int) -> list[Indices]:
        if self._held[0] != epoch:
            order = np.random.default_rng([self._seed, epoch]).permutation(len(self._lengths))
            self._held = (epoch, _fill(order, self._lengths, self._batch))
        return self._held[1]


def _fill(order: Indices, lengths: Indices, limit: int) -> list[Indices]:
    """Cut an order into runs of at most `limit` tokens, each of one sample at least."""
    cuts, held = [0], 0
    for place, length in enumerate(lengths[order].tolist()):
        if held and held + length > limit:
            cuts.append(place)
            held = 0
        held += length
    return [order[start:end] for start, end in zip(cuts, [*cuts[1:], len(order)], strict=True)]


def share(samples: Indices, lengths: Indices, processes: int) -> list[list[int]]:
    """Deal a step's samples out to processes: the longest first, each to the one that has the fewest tokens."""
    if processes == 1:
        return [samples.tolist()]
    dealt: list[list[int]] = [[] for _ in range(processes)]
    loads = [0] * processes
    for index in sorted(samples.tolist(), key=lambda one: -int(lengths[one])):
        least = loads.index(min(loads))
        dealt[least].append(index)
        loads[least] += int(lengths[index])
    return dealt


def rows(samples: Sequence[int], lengths: Indices, limit: int, grouped: bool) -> list[list[int]]:
    """Cut a process's share into rows of at most `limit` tokens; a sample longer than that has a row of its own.

    `grouped` puts samples of like length behind each other, which attention then treats together.
    """
    order = sorted(samples, key=lambda one: -int(lengths[one])) if grouped else list(samples)
    return [part.tolist() for part in _fill(np.asarray(order, dtype=np.int64), lengths, limit)] if order else []


def pack(reader: ShardReader, samples: Sequence[int], device: torch.device) -> Row:
    """Put samples into one row. The first token of a sample is never a target: nothing stands before it."""
    tokens, trained = zip(*(reader.sample(index) for index in samples), strict=True)
    lengths = tuple(len(one) for one in tokens)
    starts = np.cumsum([0, *lengths[:-1]])
    flat = np.concatenate(tokens).astype(np.int64)
    mask = np.concatenate(trained).astype(bool)
    mask[starts] = False
    places = np.flatnonzero(mask)
    positions = np.arange(len(flat)) - np.repeat(starts, lengths)
    return Row(
        torch.from_numpy(flat)[None].to(device),
        torch.from_numpy(positions)[None].to(device),
        lengths,
        torch.from_numpy(places - 1).to(device),
        torch.from_numpy(flat[places]).to(device),
    )


def count_targets(reader: ShardReader, samples: Sequence[int] | Indices) -> int:
    """Return how many trained targets samples have."""
    return sum(int(reader.sample(int(index))[1][1:].sum()) for index in samples)


def eval_rows(reader: ShardReader, limit: int, most: int) -> Iterator[list[int]]:
    """Yield the rows of an evaluation over at most `most` samples, spread evenly over the data, always the same."""
    count = min(len(reader), most)
    chosen = np.unique(np.linspace(0, max(len(reader) - 1, 0), count).round().astype(np.int64))
    yield from rows([int(one) for one in chosen], reader.lengths, limit, True)

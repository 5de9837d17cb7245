"""Rows: what lies in them, that samples in one row do not see each other, and an order that nothing shakes."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
import torch

from aigc_finetune.encode.shards import ShardReader
from aigc_finetune.layout import RunFolder
from aigc_finetune.recipe import Recipe
from aigc_finetune.train.model import Network, build
from aigc_finetune.train.packing import StepPlan, count_targets, pack, rows, share
from aigc_models.types import AigcError

CPU = torch.device("cpu")


def gradients(network: Network) -> dict[str, torch.Tensor]:
    found = {name: one.grad.clone() for name, one in network.trained().items() if one.grad is not None}
    network.outer.zero_grad(set_to_none=True)
    return found


def wake(network: Network) -> None:
    """Give every trained matrix values: LoRA's B starts at zero, which hides faults in A's gradient."""
    torch.manual_seed(5)
    with torch.no_grad():
        for one in network.trained().values():
            one.add_(torch.randn_like(one) * 0.05)


@pytest.mark.parametrize("method", ["lora", "full"])
def test_samples_in_one_row_give_the_loss_and_gradients_of_single_ones(
    recipe: Callable[..., Recipe], run: RunFolder, method: str
) -> None:
    network = build(recipe(method=method), CPU)
    wake(network)
    reader = ShardReader(run.data / "train")
    samples = [3, 7, 7, 1, 20, 11]
    loss, plain = network.loss(pack(reader, samples, CPU), 0.01)
    loss.backward()
    together = gradients(network)
    total = 0.0
    for sample in samples:
        loss, one = network.loss(pack(reader, [sample], CPU), 0.01)
        loss.backward()
        total += float(one)
    alone = gradients(network)
    assert float(plain) == pytest.approx(total, rel=1e-6)
    assert together.keys() == alone.keys()
    for name, one in together.items():
        torch.testing.assert_close(one, alone[name], rtol=1e-4, atol=1e-6, msg=name)


def test_a_sample_is_not_changed_by_its_neighbour(recipe: Callable[..., Recipe], run: RunFolder) -> None:
    network = build(recipe(), CPU)
    network.outer.eval()
    reader = ShardReader(run.data / "train")
    first = network.hidden(pack(reader, [4, 9], CPU))
    second = network.hidden(pack(reader, [4, 10], CPU))
    own = count_targets(reader, [4])
    torch.testing.assert_close(first[:own], second[:own])
    assert not torch.allclose(first[own], second[own])


def test_a_row_restarts_positions_and_has_no_padding_and_no_first_token_as_target(run: RunFolder) -> None:
    reader = ShardReader(run.data / "train")
    row = pack(reader, [0, 1, 2], CPU)
    lengths = [len(reader.sample(index)[0]) for index in range(3)]
    assert row.lengths == tuple(lengths)
    assert row.tokens.shape == (1, sum(lengths))
    assert row.positions[0].tolist() == [place for length in lengths for place in range(length)]
    starts = set(np.cumsum([0, *lengths[:-1]]).tolist())
    assert not starts & {int(place) + 1 for place in row.sources}
    assert len(row.targets) == count_targets(reader, [0, 1, 2])


def test_each_epoch_has_each_sample_once_in_an_order_of_its_own() -> None:
    lengths = np.random.default_rng(3).integers(5, 60, 200)
    plan = StepPlan(lengths, 256, seed=1)
    first = plan.steps_of(1)
    epochs = [
        np.concatenate([plan.samples(step) for step in range(start, end)])
        for start, end in ((0, first), (first, plan.steps_of(2)))
    ]
    for epoch in epochs:
        assert sorted(epoch.tolist()) == list(range(200))
    assert epochs[0].tolist() != epochs[1].tolist()
    assert all(lengths[plan.samples(step)].sum() <= 256 for step in range(first))
    again = StepPlan(lengths, 256, seed=1)
    assert again.samples(first + 3).tolist() == plan.samples(first + 3).tolist()  # asked for out of order
    assert StepPlan(lengths, 256, seed=2).samples(0).tolist() != plan.samples(0).tolist()


@pytest.mark.parametrize("processes", [1, 2, 3])
def test_processes_and_rows_share_a_step_whole(processes: int) -> None:
    lengths = np.random.default_rng(3).integers(5, 60, 200)
    samples = StepPlan(lengths, 512, seed=1).samples(2)
    dealt = share(samples, lengths, processes)
    assert sorted(one for part in dealt for one in part) == sorted(samples.tolist())
    loads = [sum(int(lengths[one]) for one in part) for part in dealt]
    assert max(loads) - min(loads) <= 60
    cut = rows(dealt[0], lengths, 100, grouped=True)
    assert sorted(one for row in cut for one in row) == sorted(dealt[0])
    assert all(sum(int(lengths[one]) for one in row) <= 100 for row in cut)


def test_a_sample_longer_than_a_row_has_its_own() -> None:
    assert rows([0, 1, 2], np.array([10, 500, 10]), 100, grouped=False) == [[0], [1], [2]]


def test_a_million_epochs_are_counted_at_once() -> None:
    """A run that minutes end may name any number of epochs."""
    lengths = np.random.default_rng(3).integers(5, 60, 2000)
    plan = StepPlan(lengths, 256, seed=1)
    few, many = plan.steps_of(20), plan.steps_of(1e6)
    assert many == pytest.approx(few * 50_000, rel=1e-6)
    assert plan.epoch_of(few) == 20  # up to there each step is counted
    assert plan.steps_of(20.5) > few


def test_no_samples_is_an_error_that_says_so() -> None:
    with pytest.raises(AigcError, match="training data is empty"):
        StepPlan(np.zeros(0, np.int64), 100, 1)

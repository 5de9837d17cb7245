"""The fused functions give peft's loss and gradients."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import torch

from aigc_finetune.encode.shards import ShardReader
from aigc_finetune.layout import RunFolder
from aigc_finetune.recipe import Recipe
from aigc_finetune.train import model as module
from aigc_finetune.train.fused import Lora, gated_mlp, rms_norm, rotate, shared
from aigc_finetune.train.model import build
from aigc_finetune.train.packing import pack

from .test_packing import gradients, wake

CPU = torch.device("cpu")


@pytest.mark.parametrize("targets", ["all", "some"])
@pytest.mark.parametrize("method", ["lora", "rslora"])
def test_loss_and_gradients_are_peft_s(
    recipe: Callable[..., Recipe], run: RunFolder, monkeypatch: pytest.MonkeyPatch, method: str, targets: str
) -> None:
    chosen: dict[str, Any] = {} if targets == "all" else {"targets": ("q_proj", "v_proj", "down_proj")}
    made = recipe({"fim_prefix": "<t3>", "fim_suffix": "<t4>", "fim_middle": "<t5>"}, method=method, **chosen)
    quick = build(made, CPU)
    count = 0

    def slow(causal: Any) -> int:
        nonlocal count
        count += 1
        return 0

    monkeypatch.setattr(module, "quicken", slow)
    plain = build(made, CPU)
    assert count == 1
    row = pack(ShardReader(run.data / "train"), [1, 2, 3, 4, 5], CPU)
    found = []
    for network in (quick, plain):
        wake(network)
        loss, total = network.loss(row, 0.01)
        loss.backward()
        found.append((float(total), gradients(network)))
    (ours, ours_by), (theirs, theirs_by) = found
    assert ours == pytest.approx(theirs, rel=1e-5)
    assert ours_by.keys() == theirs_by.keys()
    for name, one in ours_by.items():
        assert float(one.abs().max()) > 0, name
        torch.testing.assert_close(one, theirs_by[name], rtol=2e-3, atol=2e-6, msg=name)


def test_dropout_has_the_gradients_of_what_it_kept() -> None:
    torch.manual_seed(4)
    x = torch.randn(6, 5, dtype=torch.float64, requires_grad=True)

    def layer(inner: int, outer: int) -> Lora:
        shapes = ((outer, inner), (2, inner), (outer, 2))
        weight, a, b = (torch.randn(*shape, dtype=torch.float64) for shape in shapes)
        return Lora(weight, None, a.requires_grad_(), b.requires_grad_(), 0.7)

    first, second, down = layer(5, 4), layer(5, 4), layer(4, 5)

    def both(*_: torch.Tensor) -> torch.Tensor:
        torch.manual_seed(9)  # the same numbers are kept each time
        left, right = shared(x, [first, second], 0.4)
        return left.sin().sum() + right.cos().sum() + gated_mlp(x, first, second, down, 0.4).sin().sum()

    values = (x, first.a, first.b, second.a, second.b, down.a, down.b)
    assert torch.autograd.gradcheck(both, values)
    one, zero = torch.ones(1, 1), torch.zeros(1, 1)
    kept = shared(torch.ones(5000, 1), [Lora(zero, None, one, one, 1.0)], 0.4)[0]
    assert kept.unique().tolist() == pytest.approx([0.0, 1 / 0.6])
    assert float(kept.mean()) == pytest.approx(1.0, abs=0.05)


def test_dora_keeps_peft_s_own_layers(recipe: Callable[..., Recipe]) -> None:
    from aigc_finetune.train.quicken import _is_plain

    for made, expected in ((recipe(), True), (recipe(dropout=0.1), True), (recipe(method="dora"), False)):
        layer = build(made, CPU).causal.model.layers[0].self_attn.q_proj
        assert _is_plain(layer) is expected


def test_norm_and_rotation_have_the_right_gradients() -> None:
    torch.manual_seed(2)
    x = torch.randn(3, 8, dtype=torch.float64, requires_grad=True)
    weight = torch.randn(8, dtype=torch.float64)
    plain = x * torch.rsqrt(x.pow(2).mean(-1, keepdim=True) + 1e-5) * weight
    ours = rms_norm(x, weight, 1e-5)
    torch.testing.assert_close(ours, plain, rtol=1e-6, atol=1e-6)
    outer = torch.randn_like(plain)
    torch.testing.assert_close(
        torch.autograd.grad(ours, x, outer)[0], torch.autograd.grad(plain, x, outer)[0], rtol=1e-5, atol=1e-6
    )
    angles = torch.randn(5, 1, 4, dtype=torch.float64)
    q = torch.randn(5, 2, 8, dtype=torch.float64, requires_grad=True)
    torch.autograd.gradcheck(lambda one: rotate(one, angles.cos(), angles.sin()), (q,))

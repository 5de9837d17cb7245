"""The chunked cross entropy equals torch's own, for values and every gradient."""

from __future__ import annotations

import pytest
import torch

from aigc_finetune.train import loss as module
from aigc_finetune.train.loss import cross_entropy


@pytest.mark.parametrize("smoothing", [0.0, 0.1])
@pytest.mark.parametrize("trained_rows", [False, True])
def test_it_equals_torch(monkeypatch: pytest.MonkeyPatch, smoothing: float, trained_rows: bool) -> None:
    monkeypatch.setattr(module, "_CHUNK", 7)
    torch.manual_seed(1)
    hidden = torch.randn(40, 16, requires_grad=True)
    weight = torch.randn(50, 16, requires_grad=True)
    targets = torch.randint(0, 50, (40,))
    ids = torch.tensor([3, 17, 49]) if trained_rows else None
    rows = torch.randn(3, 16, requires_grad=True) if trained_rows else None
    values = [one for one in (hidden, weight, rows) if one is not None]

    ours, plain = cross_entropy(hidden, weight, targets, 0.5, smoothing=smoothing, rows=rows, ids=ids)
    found = torch.autograd.grad(ours, values)

    full = weight if rows is None else weight.index_copy(0, ids, rows)
    logits = hidden @ full.T
    expected = 0.5 * torch.nn.functional.cross_entropy(logits, targets, reduction="sum", label_smoothing=smoothing)
    assert float(ours.detach()) == pytest.approx(float(expected.detach()), rel=1e-6)
    nll = torch.nn.functional.cross_entropy(logits, targets, reduction="sum")
    assert float(plain) == pytest.approx(float(nll.detach()), rel=1e-6)
    for one, other in zip(found, torch.autograd.grad(expected, values), strict=True):
        torch.testing.assert_close(one, other, rtol=1e-4, atol=1e-5)


def test_no_more_logits_are_held_than_a_chunk_has(monkeypatch: pytest.MonkeyPatch) -> None:
    widest = 0
    softmax = torch.log_softmax

    def watch(logits: torch.Tensor, dim: int) -> torch.Tensor:
        nonlocal widest
        widest = max(widest, logits.shape[0])
        return softmax(logits, dim)

    monkeypatch.setattr(module, "_CHUNK", 16)
    monkeypatch.setattr(torch, "log_softmax", watch)
    cross_entropy(torch.randn(100, 8), torch.randn(30, 8), torch.zeros(100, dtype=torch.long), 1.0)
    assert widest == 16

"""Cross entropy over trained targets alone, in chunks: the logits of a whole row are never held.

The gradient with regard to the hidden states is computed beside the loss, while a chunk's logits are there (as in
Wijmans et al. 2024, "Cut Your Losses in Large-Vocabulary Language Models", without its kernels): nothing is computed
twice, and only `chunk` x vocabulary numbers are held.
"""

from __future__ import annotations

from typing import Any

import torch

_CHUNK = 256  # targets at a time


class _ChunkedCrossEntropy(torch.autograd.Function):
    """loss = scale * sum over targets; gradients for hidden states, the head's weight and the trained rows."""

    @staticmethod
    def forward(
        ctx: Any,
        hidden: torch.Tensor,
        weight: torch.Tensor,
        rows: torch.Tensor | None,
        ids: torch.Tensor | None,
        targets: torch.Tensor,
        scale: float,
        smoothing: float,
    ) -> tuple[torch.Tensor, torch.Tensor]:
        needs_hidden, needs_weight, needs_rows = ctx.needs_input_grad[:3]
        grad_hidden = torch.empty_like(hidden) if needs_hidden else None
        grad_weight = torch.zeros_like(weight, dtype=torch.float32) if needs_weight else None
        grad_rows = torch.zeros_like(rows, dtype=torch.float32) if needs_rows and rows is not None else None
        held = rows.to(weight.dtype) if rows is not None else None
        totals = torch.zeros(2, dtype=torch.float64, device=hidden.device)
        for start in range(0, hidden.shape[0], _CHUNK):
            part, target = hidden[start : start + _CHUNK], targets[start : start + _CHUNK, None]
            logits = part @ weight.T
            if held is not None and ids is not None:
                logits[:, ids] = part @ held.T
            logs = torch.log_softmax(logits.float(), -1)
            del logits
            plain = -logs.gather(1, target).sum(dtype=torch.float64)
            totals[0] += plain
            totals[1] += (1 - smoothing) * plain
            if smoothing:
                totals[1] -= smoothing / logs.shape[1] * logs.sum(dtype=torch.float64)
            if not (needs_hidden or needs_weight or needs_rows):
                continue
            slope = logs.exp_()
            if smoothing:
                slope.sub_(smoothing / slope.shape[1])
            slope.scatter_add_(1, target, torch.full_like(target, smoothing - 1, dtype=slope.dtype))
            slope = slope.mul_(scale).to(hidden.dtype)
            if held is not None and ids is not None:
                own = slope[:, ids]
                if grad_rows is not None:
                    grad_rows += (own.T @ part).float()
                slope[:, ids] = 0
            if grad_weight is not None:
                grad_weight += (slope.T @ part).float()
            if grad_hidden is not None:
                found = torch.mm(slope, weight, out=grad_hidden[start : start + _CHUNK])
                if held is not None:
                    found += own @ held
        ctx.held = (grad_hidden, grad_weight, grad_rows)
        return totals[1] * scale, totals[0]

    @staticmethod
    def backward(ctx: Any, outer: torch.Tensor, _: torch.Tensor) -> tuple[Any, ...]:
        # The loss is the last thing computed: `outer` is a scalar, mostly 1.
        found = [None if one is None else one.mul_(outer.to(one.dtype)) for one in ctx.held]
        return (*found, None, None, None, None)


def cross_entropy(
    hidden: torch.Tensor,
    weight: torch.Tensor,
    targets: torch.Tensor,
    scale: float,
    *,
    smoothing: float = 0.0,
    rows: torch.Tensor | None = None,
    ids: torch.Tensor | None = None,
) -> tuple[torch.Tensor, torch.Tensor]:
    """Return the loss to call `backward` on, and the plain cross entropy's sum in nats (float64, without gradient).

    `hidden` is (N, H), `weight` the head's (V, H), `targets` (N,). `rows` (R, H) stand in for the head's rows `ids`
    (R,). The loss is `scale` times the sum over targets of (1 - smoothing) * CE + smoothing * the mean over the
    vocabulary of -log p.
    """
    loss, plain = _ChunkedCrossEntropy.apply(hidden, weight, rows, ids, targets, scale, smoothing)
    return loss, plain.detach()

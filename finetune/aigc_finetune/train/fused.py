"""LoRA layers, gated MLPs, norms and rotations as autograd functions that pass memory less often.

peft computes `base(x) + scale * B(A(x))` with several passes over the output and keeps what each needs for backward.
Here frozen weights get no gradient, sums are accumulated inside matrix products, layers that share an input share one
product with their `A` matrices, and the MLP keeps its two inner activations alone and computes their product again.
The results are peft's up to rounding; a test compares loss and gradients.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import torch
from torch import Tensor


class Lora(NamedTuple):
    """A frozen linear layer with its low-rank change: y = x W^T + bias + scale * (x A^T) B^T.

    `weight` is (out, in), `a` (rank, in), `b` (out, rank).
    """

    weight: Tensor
    bias: Tensor | None
    a: Tensor
    b: Tensor
    scale: float


def _forward(x: Tensor, low: Tensor, weight: Tensor, bias: Tensor | None, b: Tensor, scale: float) -> Tensor:
    found = x @ weight.T if bias is None else torch.addmm(bias, x, weight.T)
    return found.addmm_(low, b.T, alpha=scale)


def _mask(x: Tensor, drop: float) -> Tensor | None:
    """Draw what dropout keeps, one byte for each number."""
    return torch.empty_like(x, dtype=torch.bool).bernoulli_(1 - drop) if drop else None


def _kept(x: Tensor, mask: Tensor | None, drop: float) -> Tensor:
    return x if mask is None else (x * mask).mul_(1 / (1 - drop))


class _Shared(torch.autograd.Function):
    """Layers with one input: x is (T, in); the rest comes flat, four tensors for each layer."""

    @staticmethod
    def forward(ctx: Any, x: Tensor, scales: tuple[float, ...], drop: float, *flat: Any) -> tuple[Tensor, ...]:
        groups = [flat[start : start + 4] for start in range(0, len(flat), 4)]
        a = torch.cat([group[2] for group in groups]).to(x.dtype)
        ranks = [group[2].shape[0] for group in groups]
        mask = _mask(x, drop)
        low = _kept(x, mask, drop) @ a.T
        found = tuple(
            _forward(x, part, group[0], group[1], group[3].to(x.dtype), scale)
            for part, group, scale in zip(low.split(ranks, 1), groups, scales, strict=True)
        )
        ctx.scales, ctx.ranks, ctx.drop = scales, ranks, drop
        ctx.save_for_backward(x, mask, a, low, *(one for group in groups for one in (group[0], group[3])))
        return found

    @staticmethod
    def backward(ctx: Any, *outer: Tensor) -> tuple[Any, ...]:
        x, mask, a, low, *held = ctx.saved_tensors
        weights, downs = held[::2], held[1::2]
        lows, grads_b = [], []
        for grad, b, part, scale in zip(outer, downs, low.split(ctx.ranks, 1), ctx.scales, strict=True):
            lows.append((grad @ b.to(grad.dtype)).mul_(scale))
            grads_b.append((grad.T @ part).mul_(scale).to(b.dtype))
        grad_low = torch.cat(lows, 1)
        grads_a = (grad_low.T @ _kept(x, mask, ctx.drop)).to(downs[0].dtype).split(ctx.ranks)
        grad_x = None
        if ctx.needs_input_grad[0]:
            grad_x = _kept(grad_low @ a, mask, ctx.drop)
            for grad, weight in zip(outer, weights, strict=True):
                grad_x.addmm_(grad, weight)
        flat = [one for pair in zip(grads_a, grads_b, strict=True) for one in (None, None, *pair)]
        return (grad_x, None, None, *flat)


def shared(x: Tensor, layers: list[Lora], drop: float = 0.0) -> tuple[Tensor, ...]:
    """Return the outputs, (T, out) each, of layers that have the input `x`, (T, in), in common.

    `drop` is the dropout on what the low-rank parts see; all of them see the same.
    """
    flat = [one for layer in layers for one in layer[:4]]
    found: tuple[Tensor, ...] = _Shared.apply(x, tuple(layer.scale for layer in layers), drop, *flat)
    return found


class _GatedMlp(torch.autograd.Function):
    """down(silu(gate(x)) * up(x)) with LoRA on all three; keeps x, what gate and up give, and the low-rank products."""

    @staticmethod
    def forward(ctx: Any, x: Tensor, scales: tuple[float, float, float], drop: float, *flat: Tensor) -> Tensor:
        wg, ag, bg, wu, au, bu, wd, ad, bd = flat
        a = torch.cat((ag, au)).to(x.dtype)
        mask = _mask(x, drop)
        low = _kept(x, mask, drop) @ a.T
        rank = ag.shape[0]
        gate = _forward(x, low[:, :rank], wg, None, bg.to(x.dtype), scales[0])
        up = _forward(x, low[:, rank:], wu, None, bu.to(x.dtype), scales[1])
        inner = torch.nn.functional.silu(gate).mul_(up)
        mask_down = _mask(inner, drop)
        low_down = _kept(inner, mask_down, drop) @ ad.to(x.dtype).T
        found = _forward(inner, low_down, wd, None, bd.to(x.dtype), scales[2])
        ctx.scales, ctx.drop = scales, drop
        ctx.save_for_backward(x, mask, mask_down, a, low, gate, up, low_down, wg, bg, wu, bu, wd, ad, bd)
        return found

    @staticmethod
    def backward(ctx: Any, outer: Tensor) -> tuple[Any, ...]:
        x, mask, mask_down, a, low, gate, up, low_down, wg, bg, wu, bu, wd, ad, bd = ctx.saved_tensors
        kind, rank = x.dtype, bg.shape[1]
        silu = torch.nn.functional.silu(gate)
        grad_down = (outer @ bd.to(kind)).mul_(ctx.scales[2])
        grad_bd = (outer.T @ low_down).mul_(ctx.scales[2])
        grad_inner = _kept(grad_down @ ad.to(kind), mask_down, ctx.drop).addmm_(outer, wd)
        grad_ad = grad_down.T @ _kept(silu * up, mask_down, ctx.drop)
        grad_up = silu.mul_(grad_inner)
        grad_gate = torch.ops.aten.silu_backward(grad_inner.mul_(up), gate)
        grad_low = torch.cat((grad_gate @ bg.to(kind) * ctx.scales[0], grad_up @ bu.to(kind) * ctx.scales[1]), 1)
        grad_a = grad_low.T @ _kept(x, mask, ctx.drop)
        grad_bg = (grad_gate.T @ low[:, :rank]).mul_(ctx.scales[0])
        grad_bu = (grad_up.T @ low[:, rank:]).mul_(ctx.scales[1])
        grad_x = None
        if ctx.needs_input_grad[0]:
            grad_x = _kept(grad_low @ a, mask, ctx.drop).addmm_(grad_gate, wg).addmm_(grad_up, wu)
        own = bg.dtype
        return (
            grad_x, None, None, None, grad_a[:rank].to(own), grad_bg.to(own),
            None, grad_a[rank:].to(own), grad_bu.to(own), None, grad_ad.to(own), grad_bd.to(own),
        )  # fmt: skip


def gated_mlp(x: Tensor, gate: Lora, up: Lora, down: Lora, drop: float = 0.0) -> Tensor:
    """Return the MLP's output, (T, H), for `x`, (T, H); the layers have no bias. `drop` is as in `shared`."""
    flat = [one for layer in (gate, up, down) for one in (layer.weight, layer.a, layer.b)]
    found: Tensor = _GatedMlp.apply(x, (gate.scale, up.scale, down.scale), drop, *flat)
    return found


class _RmsNorm(torch.autograd.Function):
    """Root mean square norm (Zhang and Sennrich 2019) with a frozen weight; keeps its input and one number a token."""

    @staticmethod
    def forward(ctx: Any, x: Tensor, weight: Tensor, epsilon: float) -> Tensor:
        exact = torch.promote_types(x.dtype, torch.float32)
        norm = torch.linalg.vector_norm(x, dim=-1, keepdim=True, dtype=exact)
        inverse = norm.square_().div_(x.shape[-1]).add_(epsilon).rsqrt_()
        ctx.save_for_backward(x, weight, inverse)
        return (x * inverse.to(x.dtype)).mul_(weight)

    @staticmethod
    def backward(ctx: Any, outer: Tensor) -> tuple[Any, ...]:
        x, weight, inverse = ctx.saved_tensors
        grad = outer * weight
        dot = torch.linalg.vecdot(grad, x)[..., None].to(inverse.dtype)
        share = dot.mul_(inverse.pow(3)).div_(x.shape[-1]).to(x.dtype)
        return grad.mul_(inverse.to(x.dtype)).addcmul_(x, share, value=-1), None, None


def rms_norm(x: Tensor, weight: Tensor, epsilon: float) -> Tensor:
    """Return `x`, (…, H), scaled to a root mean square of one, times `weight`, (H,)."""
    found: Tensor = _RmsNorm.apply(x, weight, epsilon)
    return found


class _Rotate(torch.autograd.Function):
    """Rotary embedding (Su et al. 2021) in the order of halves; nothing of the input is kept."""

    @staticmethod
    def forward(ctx: Any, x: Tensor, cosine: Tensor, sine: Tensor) -> Tensor:
        ctx.save_for_backward(cosine, sine)
        return _turn(x, cosine, sine, 1)

    @staticmethod
    def backward(ctx: Any, outer: Tensor) -> tuple[Any, ...]:
        cosine, sine = ctx.saved_tensors
        return _turn(outer, cosine, sine, -1), None, None


def _turn(x: Tensor, cosine: Tensor, sine: Tensor, sign: int) -> Tensor:
    half = x.shape[-1] // 2
    first, second = x[..., :half], x[..., half:]
    found = torch.empty_like(x, memory_format=torch.contiguous_format)
    torch.mul(first, cosine, out=found[..., :half]).addcmul_(second, sine, value=-sign)
    torch.mul(second, cosine, out=found[..., half:]).addcmul_(first, sine, value=sign)
    return found


def rotate(x: Tensor, cosine: Tensor, sine: Tensor) -> Tensor:
    """Rotate `x`, (T, heads, size), by angles whose `cosine` and `sine` are (T, 1, size / 2)."""
    found: Tensor = _Rotate.apply(x, cosine, sine)
    return found

"""Causal attention inside each sample of a packed row, as an attention of transformers.

The model is called with `segment_lengths`; transformers hands it down to here. No mask of the row's square size is made
and nothing is computed between samples: each run of samples of one length is one call.
"""

from __future__ import annotations

from itertools import groupby
from typing import Any

import torch
from torch.nn.functional import scaled_dot_product_attention
from transformers import AttentionInterface

from aigc_models.types import AigcError

NAME = "aigc_packed"


def packed_attention(
    module: torch.nn.Module,
    query: torch.Tensor,
    key: torch.Tensor,
    value: torch.Tensor,
    attention_mask: torch.Tensor | None,
    segment_lengths: tuple[int, ...] | None = None,
    dropout: float = 0.0,
    scaling: float | None = None,
    sliding_window: int | None = None,
    softcap: float | None = None,
    **kwargs: Any,
) -> tuple[torch.Tensor, None]:
    """Attend inside samples.

    `query` is (1, heads, T, size), `key` and `value` (1, groups, T, size); `segment_lengths` add up to T (None: one
    sample). Returns (1, T, heads, size). A window lets a token see itself and `sliding_window` - 1 before it.

    Raises:
        AigcError: the model caps attention scores or has attention sinks, which this does not compute.
    """
    if softcap is not None or kwargs.get("s_aux") is not None:
        raise AigcError("This model's attention (capped scores or sinks) is not supported in training.")
    lengths = segment_lengths or (query.shape[2],)
    runs = [(size, len(list(same))) for size, same in groupby(lengths)]
    cuts = [size * count for size, count in runs]
    parts = []
    for (size, count), q, k, v in zip(
        runs, query.split(cuts, 2), key.split(cuts, 2), value.split(cuts, 2), strict=True
    ):
        # (1, heads, count * size, d) → (count, heads, size, d), as views.
        q, k, v = (one[0].unflatten(1, (count, size)).transpose(0, 1) for one in (q, k, v))
        windowed = sliding_window is not None and size > sliding_window
        mask = _window(size, sliding_window or 0, query.device) if windowed else None
        found = scaled_dot_product_attention(
            q, k, v, mask, dropout, is_causal=mask is None, scale=scaling, enable_gqa=q.shape[1] != k.shape[1]
        )
        parts.append(found.transpose(1, 2).reshape(count * size, *found.shape[1:2], found.shape[3]))
    return (parts[0] if len(parts) == 1 else torch.cat(parts))[None], None


def _window(size: int, window: int, device: torch.device) -> torch.Tensor:
    place = torch.arange(size, device=device)
    distance = place[:, None] - place[None, :]
    return (distance >= 0) & (distance < window)


AttentionInterface.register(NAME, packed_attention)

"""How well a model knows held-out data, token by token: loss, perplexity, next-token accuracy of samples."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

from aigc_finetune.evaluate.reading import said
from aigc_models.types import AigcError

if TYPE_CHECKING:
    from aigc_finetune.encode.shards import ShardReader


def token_figures(model: Any, reader: ShardReader, *, samples: int = 0) -> dict[str, float]:
    """Return `loss` (mean cross entropy in nats), `perplexity` (e^loss), `accuracy`, and the numbers behind them.

    They are over the tokens that count in the loss, each predicted from the tokens before it in its sample. `samples`
    are looked at, spread over the data (0: all). `accuracy` is the share of tokens that are the likeliest one.

    Raises:
        AigcError: the data has no token that counts.
    """
    count = len(reader) if not samples else min(samples, len(reader))
    loss, right, tokens = 0.0, 0, 0
    for number in range(count):
        ids, trained = reader.sample(number * len(reader) // count)
        counts = np.asarray(trained[1:], dtype=bool)
        if not counts.any():
            continue
        found = said(model, ids.tolist())
        loss -= float(found.logprob[counts].sum())
        right += int((found.best == ids[1:])[counts].sum())
        tokens += int(counts.sum())
    if not tokens:
        raise AigcError("The held-out data has no token that counts in the loss: collect more files.")
    mean = loss / tokens
    return {
        "loss": mean,
        "perplexity": math.exp(mean) if mean < 700 else math.inf,
        "accuracy": right / tokens,
        "tokens": tokens,
        "samples": count,
    }

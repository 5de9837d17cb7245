"""A text as a model reads it: token ids with their places, and what the model would have said at each place."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import torch

if TYPE_CHECKING:
    from aigc_finetune.encode.tokenizer import Tokenizer

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
_CHUNK = 256  # positions whose probabilities are held at a time


@dataclass(frozen=True, slots=True)
class Reading:
    """A text's tokens. Token i stands for the bytes `starts[i]` to `starts[i + 1]` of `data`, the text in UTF-8."""

    ids: list[int]
    starts: Ints
    data: bytes

    def __len__(self) -> int:
        return len(self.ids)


def read(tokenizer: Tokenizer, text: str) -> Reading | None:
    """Return how a model reads `text`; None where its tokens do not spell the text, so that places are not known."""
    ids = tokenizer.encode(text)
    pieces = [tokenizer.vocabulary.token_bytes(one) for one in ids]
    data, joined = text.encode("utf-8", "replace"), b"".join(pieces)
    if joined == b" " + data:  # SentencePiece begins a text with a space of its own
        pieces[0], joined = pieces[0][1:], data
    if joined != data:
        return None
    return Reading(ids, np.cumsum([0, *map(len, pieces)], dtype=np.int64), data)


@dataclass(frozen=True, slots=True)
class Said:
    """What a model says about ids 1 to n − 1, from those before: arrays of n − 1 entries, entry i about id i + 1.

    `best` is the likeliest id, `logprob` the natural-log probability of the id that is there.
    """

    best: Ints
    logprob: Floats


def said(model: Any, ids: Sequence[int]) -> Said:
    """Run the model once over `ids` (at most its context) and return what it says. The model's mode is kept."""
    with evaluating(model), torch.no_grad():
        device = next(model.parameters()).device
        tokens = torch.tensor([list(ids)], device=device)
        logits = model(input_ids=tokens, use_cache=False).logits[0, :-1]
    best = np.empty(len(ids) - 1, np.int64)
    logprob = np.empty(len(ids) - 1, np.float64)
    for start in range(0, len(logits), _CHUNK):
        part = torch.log_softmax(logits[start : start + _CHUNK].float(), -1)
        there = tokens[0, 1 + start : 1 + start + len(part), None]
        best[start : start + len(part)] = part.argmax(-1).cpu().numpy()
        logprob[start : start + len(part)] = part.gather(1, there)[:, 0].double().cpu().numpy()
    return Said(best, logprob)


@contextmanager
def evaluating(model: Any) -> Iterator[None]:
    """Switch dropout off for a while."""
    training = bool(model.training)
    model.eval()
    try:
        yield
    finally:
        model.train(training)

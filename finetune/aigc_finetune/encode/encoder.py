"""From samples to token ids and loss masks: the prompt as the engine writes it, then the middle and the end."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from aigc_finetune.encode.shards import Mask, Tokens
from aigc_finetune.encode.tokenizer import Tokenizer
from aigc_finetune.types import Part, Sample
from aigc_models.fim import FimTemplate, Special, Text


@dataclass(frozen=True, slots=True)
class Encoded:
    """A sample's tokens and where each counts in the loss as a target, both of shape (length,)."""

    tokens: Tokens
    trained: Mask


class Encoder:
    """Encodes samples of one template; many at a time, since the tokenizer works in parallel."""

    def __init__(self, tokenizer: Tokenizer, template: FimTemplate | None) -> None:
        self.tokenizer = tokenizer
        self._end = tokenizer.end(template)

    def encode(self, samples: Sequence[Sample]) -> list[Encoded]:
        """Return each sample's tokens.

        A prefix is cut back as the engine heals a prompt (`Vocabulary.cut_for_healing`); the middle's tokens begin with
        the bytes that were cut off.
        """
        texts = [part.segment.text for sample in samples for part in sample.parts if _waits_for_nothing(part)]
        ready = iter(self.tokenizer.encode_many(texts))
        drafts = [[self._ids(part, ready) for part in sample.parts] for sample in samples]
        middles: list[str] = []
        kept: list[list[int]] = []
        for sample, draft in zip(samples, drafts, strict=True):
            text, tail = self._heal(sample, draft)
            middles.append(text)
            kept.append(tail)
        found = iter(self.tokenizer.encode_many(middles))
        done: list[Encoded] = []
        for sample, draft, tail in zip(samples, drafts, kept, strict=True):
            ids = next(found)
            for number, part in enumerate(sample.parts):
                if part.role == "middle":
                    draft[number] = [*tail, *ids]
            done.append(self._joined(sample, draft))
        return done

    def _ids(self, part: Part, ready: Iterator[list[int]]) -> list[int]:
        if isinstance(part.segment, Special):
            return [self.tokenizer.special(part.segment.token)]
        return next(ready) if _waits_for_nothing(part) else []

    def _heal(self, sample: Sample, draft: list[list[int]]) -> tuple[str, list[int]]:
        """Cut the prefix in `draft`; return the text to encode as middle, and tokens that stand before it.

        Where the cut lies inside a character, its bytes are no text: the tokens that were cut off stay as they are.
        """
        middle = next((part.segment.text for part in sample.parts if part.role == "middle"), "")
        number = next((n for n, part in enumerate(sample.parts) if part.role == "prefix"), None)
        if number is None:
            return middle, []
        whole = draft[number]
        draft[number], taken = self.tokenizer.vocabulary.cut_for_healing(whole)
        try:
            return taken.decode() + middle, []
        except UnicodeDecodeError:
            return middle, whole[len(draft[number]) :]

    def _joined(self, sample: Sample, draft: list[list[int]]) -> Encoded:
        prompt = [ids for part, ids in zip(sample.parts, draft, strict=True) if part.role != "middle"]
        ids = self.tokenizer.start([token for piece in prompt for token in piece])
        trained = [0] * len(ids)
        for part, piece in zip(sample.parts, draft, strict=True):
            ids += piece
            trained += [int(part.trained)] * len(piece)
        if sample.complete:
            ids.append(self._end)
            trained.append(1)
        if trained:
            trained[0] = 0  # nothing stands before it from which it could be told
        return Encoded(np.array(ids, dtype=np.int32), np.array(trained, dtype=np.uint8))


def _waits_for_nothing(part: Part) -> bool:
    """Whether a part can be encoded by itself: text, and not the middle, which begins with what the prefix loses."""
    return isinstance(part.segment, Text) and part.role != "middle"

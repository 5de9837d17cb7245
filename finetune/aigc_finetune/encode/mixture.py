"""Which samples a unit of files gives: the mixture of plain text and fill-in-the-middle that the recipe asks for."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from aigc_finetune.augment.fim import FimCase, fim_cases
from aigc_finetune.augment.plain import PlainCase, plain_cases
from aigc_finetune.augment.refactor import Variants
from aigc_finetune.augment.seeds import file_rng, rounded
from aigc_finetune.encode.encoder import Encoded, Encoder
from aigc_finetune.encode.tokenizer import Tokenizer
from aigc_finetune.recipe import AugmentSection, EncodeSection
from aigc_finetune.types import CorpusFile, Sample
from aigc_models.fim import FimTemplate

_FILL = 0.95  # of the context length that a plain sample aims at: some code has more tokens than its neighbours
_PROBE = 8192  # characters by which a unit's characters per token are measured
_NARROWER = 6  # times a window is made smaller before a sample is given up


@dataclass(frozen=True, slots=True)
class Made:
    """A sample with its tokens; `narrowed` says that its window was made smaller to fit."""

    sample: Sample
    encoded: Encoded
    narrowed: bool = False


class Mixture:
    """Makes the samples of units. It keeps no state between units except what it counts.

    `rejected` counts what was left out, by reason.
    """

    def __init__(
        self, tokenizer: Tokenizer, template: FimTemplate | None, augment: AugmentSection, encode: EncodeSection
    ) -> None:
        self.template = template
        self._tokenizer = tokenizer
        self._augment = augment
        self._encode = encode
        self._encoder = Encoder(tokenizer, template)
        self.rejected: Counter[str] = Counter()
        self.fim, self.passes = _amounts(augment) if template is not None else (0.0, 1.0)

    def unit(self, files: Sequence[CorpusFile]) -> Iterator[Made]:
        """Yield the samples of a unit's files, at most `context_length` tokens each; the same ones each time."""
        variants = [Variants(file, self._augment, self.rejected) for file in files]
        yield from self._plain(variants)
        if self.template is not None and self.fim:
            yield from self._fim(self.template, variants)

    def _fim(self, template: FimTemplate, variants: Sequence[Variants]) -> Iterator[Made]:
        cases: list[FimCase] = []
        others = [one.own for one in variants]
        for one in variants:
            rng = file_rng(self._augment.seed, one.file, "fim")
            count = rounded(rng, self.fim * len(one.file.text) / self._augment.context)
            for source, share in one.shares(count, rng):
                cases += fim_cases(source, share, template, self._augment, rng, others)
        waiting = [(case, False) for case in cases]
        for _ in range(_NARROWER):
            samples = [case.sample(template) for case, _ in waiting]
            again: list[tuple[FimCase, bool]] = []
            for (case, narrowed), sample, encoded in zip(waiting, samples, self._encoder.encode(samples), strict=True):
                if len(encoded.tokens) <= self._encode.context_length:
                    yield Made(sample, encoded, narrowed)
                else:
                    again.append((_narrower(case, len(encoded.tokens), self._encode.context_length), True))
            waiting = again
        self.rejected["middle too long for the context length"] += len(waiting)

    def _plain(self, variants: Sequence[Variants]) -> Iterator[Made]:
        if not self.passes or not variants:
            return
        rng = file_rng(self._augment.seed, variants[0].file, "plain")
        sources = [one.one(rng) for one in variants]
        characters = int(self._encode.context_length * _FILL * self._density([one.text for one in sources]))
        waiting = list(plain_cases(sources, characters, rng, joined=self._encode.repository, passes=self.passes))
        while waiting:
            samples = [case.sample(self.template) for case in waiting]
            again: list[PlainCase] = []
            for case, sample, encoded in zip(waiting, samples, self._encoder.encode(samples), strict=True):
                if len(encoded.tokens) <= self._encode.context_length:
                    yield Made(sample, encoded)
                    continue
                halves = case.halves()
                if halves is None:
                    self.rejected["a single character longer than the context length"] += 1
                again += halves or ()
            waiting = again

    def _density(self, texts: Sequence[str]) -> float:
        """Return how many characters a token of these texts has."""
        probe = next((text for text in texts if text.strip()), "")[:_PROBE]
        return len(probe) / max(len(self._tokenizer.encode(probe)), 1) if probe else 1.0


def _amounts(augment: AugmentSection) -> tuple[float, float]:
    """Return how many FIM samples there are for each `context` characters, and how often the text is taken plain.

    Their ratio is that of `fim`, none of the two is above `per_file`, and the text is not repeated as plain text while
    `per_file` is at most 1.
    """
    if augment.fim <= 0:
        return 0.0, max(augment.per_file, 1.0)
    if augment.fim >= 1:
        return augment.per_file, 0.0
    ratio = (1 - augment.fim) / augment.fim
    passes = min(augment.per_file * ratio, max(augment.per_file, 1.0))
    return passes / ratio, passes


def _narrower(case: FimCase, tokens: int, limit: int) -> FimCase:
    """Return the case with so much less context that it should fit."""
    characters = len(case.prefix) + len(case.suffix)
    spare = (tokens - limit) / tokens * (characters + case.middle.end - case.middle.start)
    return case.narrowed(max(int(characters - spare * 1.1) - 16, 0))

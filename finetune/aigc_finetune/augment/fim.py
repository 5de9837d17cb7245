"""Fill-in-the-middle samples: a middle, the window around it, and the prompt that the engine writes for the two."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import PurePosixPath

from aigc_finetune.augment.middles import Middle, line_middle, node_middle, span_middle, tail_middle
from aigc_finetune.augment.noise import noisy
from aigc_finetune.augment.others import pieces_of_others
from aigc_finetune.augment.seeds import rounded
from aigc_finetune.augment.source import Source
from aigc_finetune.augment.windows import suffix_share, window_end, window_start
from aigc_finetune.recipe import AugmentSection
from aigc_finetune.types import CorpusFile, Part, Sample
from aigc_models.fim import Context, FimTemplate, Order, Special, Text, render
from aigc_models.types import ContextFile

_TAILS = 0.03  # middles that reach to the file's end, where an editor sends no suffix
_STAND_IN = Text("\N{OBJECT REPLACEMENT CHARACTER}prefix")
Chooser = Callable[[Source, random.Random, int], Middle | None]


@dataclass(frozen=True, slots=True)
class FimCase:
    """A middle with its window [start, end) of a source, before it is written as a prompt.

    `noise` seeds the noise in its context; None: no noise. `files` are pieces of other files that stand before it.
    """

    source: Source
    middle: Middle
    start: int
    end: int
    order: Order
    middle_only: bool = False
    noise: int | None = None
    files: tuple[ContextFile, ...] = ()

    @property
    def prefix(self) -> str:
        """The text before the cursor."""
        return self.source.text[self.start : self.middle.start]

    @property
    def suffix(self) -> str:
        """The text behind the middle."""
        return self.source.text[self.middle.end : self.end]

    def narrowed(self, characters: int) -> FimCase:
        """Return the case with a context of at most so many characters, in the same proportion; lines stay whole.

        The pieces of other files go first.
        """
        if self.files:
            return replace(self, files=())
        before, behind = len(self.prefix), len(self.suffix)
        share = behind / max(before + behind, 1)
        return _windowed(self, characters, share)

    def sample(self, template: FimTemplate) -> Sample:
        """Return the sample: what `aigc_models.fim.render` writes, then the middle.

        As at inference, a suffix without a visible character means that the model is asked left to right.
        """
        prefix, middle, suffix = self.prefix, self.source.text[self.middle.start : self.middle.end], self.suffix
        whole = prefix + middle + suffix
        if self.noise is not None:
            rng = random.Random(self.noise)  # noqa: S311 - no secret
            prefix, suffix = noisy(prefix, rng, cursor_at_end=True), noisy(suffix, rng, cursor_at_end=False)
        complete = True
        if not suffix.strip():
            chosen, order, whole = None, "ltr", whole[: len(self.prefix) + len(middle)]
            complete = not self.source.text[self.middle.end :].strip()
        else:
            chosen, order = replace(template, order=self.order), str(self.order)
        context = not self.middle_only
        parts: list[Part] = []
        file = self.source.file
        comment = self.source.language.line_comment or "#"
        around = Context(self.files, comment, PurePosixPath(file.path).name) if self.files else None
        for segment in render(chosen, _STAND_IN.text, suffix, around):
            if segment == _STAND_IN:
                parts.append(Part(Text(prefix), context, "prefix"))
            else:  # where the middle was cut out is chance: nothing is learned by guessing the markers
                parts.append(Part(segment, context and not isinstance(segment, Special)))
        parts.append(Part(Text(middle), True, "middle"))
        extra = ("files" if self.files else "", "noise" if self.noise is not None else "")
        marks = (order, self.middle.kind, *extra, self.source.variant)
        return Sample("-".join(filter(None, marks)), file.path, tuple(parts), whole, complete)


def fim_samples(
    file: CorpusFile, template: FimTemplate, config: AugmentSection, rng: random.Random
) -> Iterator[Sample]:
    """Yield a file's fill-in-the-middle samples: `per_file` for each `context` characters, at least one if it can."""
    source = Source(file)
    count = max(rounded(rng, config.per_file * len(source.text) / config.context), 1)
    for case in fim_cases(source, count, template, config, rng):
        yield case.sample(template)


def fim_cases(
    source: Source,
    count: int,
    template: FimTemplate,
    config: AugmentSection,
    rng: random.Random,
    others: Sequence[Source] = (),
) -> Iterator[FimCase]:
    """Yield at most `count` cases with distinct middles; fewer where the text has no more to give.

    `others` are files of the same source, of which pieces may stand before a prompt.
    """
    if not source.text.strip():
        return
    seen: set[tuple[int, int]] = set()
    for _ in range(count):
        middle = _middle(source, config, rng)
        share, order, noise = suffix_share(rng), _order(template, config, rng), rng.random() < config.noise
        seed = rng.getrandbits(32)
        if middle is None or (middle.start, middle.end) in seen:
            continue
        seen.add((middle.start, middle.end))
        case = FimCase(source, middle, 0, 0, order, config.middle_only, seed if noise else None)
        pieces = pieces_of_others(source, others, config.context // 3, rng) if rng.random() < config.files else ()
        room = config.context - sum(len(piece.text) for piece in pieces)
        yield replace(_windowed(case, room, share), files=pieces)


def _middle(source: Source, config: AugmentSection, rng: random.Random) -> Middle | None:
    """Return a middle of a random kind; where the text has none of that kind, of another one."""
    weights: dict[Chooser, float] = {node_middle: config.node, line_middle: config.line, span_middle: config.span}
    if rng.random() < _TAILS and config.line:
        weights = {tail_middle: 1.0, **dict.fromkeys(weights, 0.0)}
    left = [(chooser, weight) for chooser, weight in weights.items() if weight]
    while left:
        number = rng.choices(range(len(left)), [weight for _, weight in left])[0]
        found = left.pop(number)[0](source, rng, config.max_middle)
        if found is not None:
            return found
    return None


def _order(template: FimTemplate, config: AugmentSection, rng: random.Random) -> Order:
    spm = rng.random() < config.spm
    return "spm" if spm or not template.middle else "psm"


def _windowed(case: FimCase, characters: int, share: float) -> FimCase:
    """Return the case with a window of at most `characters`; what one side cannot use goes to the other."""
    middle, length = case.middle, len(case.source.text)
    behind = min(int(characters * share), length - middle.end)
    before = min(characters - behind, middle.start)
    behind = min(characters - before, length - middle.end)
    start = window_start(case.source, middle.start, before)
    return replace(case, start=start, end=window_end(case.source, middle.end, behind))

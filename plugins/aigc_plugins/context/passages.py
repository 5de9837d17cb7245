"""Finds the few lines of larger pieces of code that are most like the place of the cursor."""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

from aigc_plugins.context.words import COMMON, NAME, parts

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from aigc_plugins.syntax import Language

LINES = 8  # of a passage
_STEP = 4
_WIDEST = 400  # characters of a line
_SATURATION, _LENGTH = 1.2, 0.75  # BM25's k1 and b


@dataclass(frozen=True, slots=True)
class Passage:
    """Some lines of the piece with the number `source`; `score` is 0 to 1, the best passage has 1."""

    source: int
    text: str
    score: float


def best_passages(pieces: Sequence[Sequence[str]], wanted: Mapping[str, float], most: int) -> list[Passage]:
    """Return at most `most` passages of the pieces (each its lines) that share the most with `wanted`, the best first.

    `wanted` weighs words as `line_words` gives them. The measure is BM25 (Robertson and Zaragoza 2009, "The
    Probabilistic Relevance Framework") over the passages of these pieces alone. No two overlap.
    """
    pieces = [[line[:_WIDEST] for line in lines] for lines in pieces]
    spans = [(number, at, lines[at : at + LINES]) for number, lines in enumerate(pieces) for at in _starts(len(lines))]
    counted = [Counter(word for line in lines for word in line_words(line)) for _, _, lines in spans]
    spread = Counter(word for words in counted for word in words if word in wanted)
    mean = sum(words.total() for words in counted) / max(len(counted), 1)
    scored = [
        (_score(words, wanted, spread, len(spans), mean), number, at, lines)
        for (number, at, lines), words in zip(spans, counted, strict=True)
    ]
    scored.sort(key=lambda one: (-one[0], one[1], one[2]))
    best = scored[0][0] if scored else 0.0
    found: list[Passage] = []
    taken: set[tuple[int, int]] = set()
    for score, number, at, lines in scored:
        if len(found) == most or score <= 0:
            break
        if not any((number, at + shift) in taken for shift in range(-LINES + 1, LINES)):
            taken.add((number, at))
            found.append(Passage(number, "\n".join(lines), score / best))
    return found


def without_prose(lines: Sequence[str], language: Language) -> list[str]:
    """Return the lines without documentation: strings over several lines that stand alone, and block comments."""
    kept: list[str] = []
    until = ""
    for line in lines:
        bare = line.strip()
        if until:
            until = "" if until in bare else until
            continue
        marks = [(mark, mark) for mark in language.multiline_quotes]
        marks += [(language.block_comment[0], language.block_comment[1])] if language.block_comment else []
        opened = next(((start, end) for start, end in marks if bare.startswith(start)), None)
        if opened is None:
            kept.append(line)
        elif opened[1] not in bare[len(opened[0]) :]:
            until = opened[1]
    return kept


def word_weights(line: str, names: Sequence[str]) -> dict[str, float]:
    """Return what the words of the cursor's line and of `names` (the nearest first) weigh."""
    weights: dict[str, float] = {}
    for rank, name in enumerate(names):
        for word in _split(name):
            weights[word] = max(weights.get(word, 0.0), 1.0 / (1 + 0.08 * rank))
    for word in line_words(line[:_WIDEST]):
        weights[word] = 1.0
    return weights


@lru_cache(maxsize=20_000)
def line_words(line: str) -> tuple[str, ...]:
    """Return the words of a line: its names in lower case, and their parts where they have several."""
    return tuple(word for name in NAME.findall(line) for word in _split(name))


@lru_cache(maxsize=20_000)
def _split(name: str) -> tuple[str, ...]:
    whole = name.lower()
    if whole in COMMON or len(whole) < 2:
        return ()
    pieces = [part for part in parts(name) if part != whole and part not in COMMON and len(part) > 1]
    return (whole, *pieces)


def _starts(count: int) -> range:
    return range(0, max(count - LINES + _STEP, 1), _STEP)


def _score(words: Counter[str], wanted: Mapping[str, float], spread: Counter[str], count: int, mean: float) -> float:
    norm = _SATURATION * (1 - _LENGTH + _LENGTH * words.total() / max(mean, 1.0))
    total = 0.0
    for word, weight in wanted.items():
        often = words.get(word, 0)
        if often:
            rarity = math.log(1 + (count - spread[word] + 0.5) / (spread[word] + 0.5))
            total += weight * rarity * often * (_SATURATION + 1) / (often + norm)
    return total

"""What is measured of a suggestion, one function a metric. Means over cases and their intervals are `bootstrap`'s."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import pairwise


def normal(text: str) -> str:
    """Return a middle without white space at its end and without empty lines before it: what an exact match ignores."""
    return text.rstrip().lstrip("\r\n")


def exact_match(suggested: str, reference: str) -> bool:
    """Tell whether a suggestion says what the reference says, white space at the ends aside."""
    return normal(suggested) == normal(reference)


def edit_distance(one: str, other: str) -> int:
    """Return the Levenshtein distance in characters: insertions, deletions and replacements cost 1 each.

    Source: Myers, "A fast bit-vector algorithm for approximate string matching" (1999), in the form of Hyyrö (2001) for
    whole strings; Python's integers are the bit vectors, so there is no limit on the length.
    """
    if not one or not other:
        return len(one) + len(other)
    where: dict[str, int] = {}
    for place, char in enumerate(one):
        where[char] = where.get(char, 0) | 1 << place
    every, last = (1 << len(one)) - 1, 1 << (len(one) - 1)
    rises, falls, distance = every, 0, len(one)
    for char in other:
        same = where.get(char, 0)
        vertical = same | falls
        horizontal = (((same & rises) + rises) ^ rises) | same
        up = falls | (~(horizontal | rises) & every)
        down = rises & horizontal
        distance += bool(up & last) - bool(down & last)
        up = (up << 1 | 1) & every
        rises = (down << 1 | ~(vertical | up)) & every
        falls = up & vertical & every
    return distance


def edit_similarity(suggested: str, reference: str) -> float:
    """Return 1 − distance ÷ length of the longer text, 0 to 1; both texts as `normal` leaves them."""
    one, other = normal(suggested), normal(reference)
    longest = max(len(one), len(other))
    return 1 - edit_distance(one, other) / longest if longest else 1.0


def prefix_match(suggested: str, reference: str) -> float:
    """Return the share of the reference's leading characters that the suggestion has right, 0 to 1."""
    one, other = normal(suggested), normal(reference)
    same = next((at for at, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other)))
    return same / len(other) if other else float(not one)


def perplexity(logprobs: Sequence[float]) -> float:
    """Return exp of the mean negative log probability (natural) of tokens; infinite where it cannot be told as float.

    Source: Jelinek et al., "Perplexity – a measure of the difficulty of speech recognition tasks" (1977).

    Raises:
        ValueError: there are no tokens.
    """
    if not logprobs:
        raise ValueError("perplexity needs at least one token")
    mean = -math.fsum(logprobs) / len(logprobs)
    return math.exp(mean) if mean < 700 else math.inf


def pass_at_k(samples: int, right: int, k: int) -> float:
    """Return the chance that at least one of `k` answers is right, estimated without bias from `samples` ≥ k of them.

    1 − C(n − c, k) ÷ C(n, k) for c right ones among n. Source: Chen et al., "Evaluating Large Language Models Trained
    on Code" (2021), equation 1.

    Raises:
        ValueError: there are fewer samples than `k`, or more right ones than samples.
    """
    if not 0 <= right <= samples or not 1 <= k <= samples:
        raise ValueError(f"pass@{k} of {samples} samples, {right} of them right")
    return 1 - math.comb(samples - right, k) / math.comb(samples, k)


def roc(scores: Sequence[float], right: Sequence[bool]) -> list[tuple[float, float]]:
    """Return the points (false-positive rate, true-positive rate) of a score that is to be high where `right` is true.

    They begin at (0, 0) and end at (1, 1), one for each distinct score. Source: Fawcett, "An introduction to ROC
    analysis" (2006), algorithm 1.

    Raises:
        ValueError: all are right, or none is: there is nothing to tell apart.
    """
    positive = sum(right)
    negative = len(right) - positive
    if not positive or not negative:
        raise ValueError("a ROC curve needs right and wrong answers")
    points, hits, alarms, last = [(0.0, 0.0)], 0, 0, math.inf
    for score, good in sorted(zip(scores, right, strict=True), key=lambda pair: -pair[0]):
        if score != last and (hits or alarms):
            points.append((alarms / negative, hits / positive))
        last, hits, alarms = score, hits + good, alarms + (not good)
    return [*points, (1.0, 1.0)]


def auc(points: Sequence[tuple[float, float]]) -> float:
    """Return the area under a ROC curve: the chance that a right answer scores higher than a wrong one (ties half)."""
    return math.fsum((x1 - x0) * (y0 + y1) / 2 for (x0, y0), (x1, y1) in pairwise(points))

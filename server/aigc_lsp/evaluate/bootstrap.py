"""Intervals by the paired bootstrap, and the exact test on cases that only one variant has right. Knows no metric."""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import repeat
from operator import itemgetter

RESAMPLES = 10_000
_LEVEL = 0.95


@dataclass(frozen=True, slots=True)
class Series:
    """A figure for each case, as a quotient of sums: Σ `values` ÷ Σ `weights`, through `shape`.

    A mean has weight 1 where there is a value and 0 where there is none (the value is then 0 too); None is 1 for all.
    """

    values: tuple[float, ...]
    weights: tuple[float, ...] | None
    shape: Callable[[float], float] = float

    @classmethod
    def mean(cls, values: Sequence[float | None]) -> Series:
        """Return the series of a plain mean; None is a case without a value."""
        weights = tuple(float(value is not None) for value in values) if None in values else None
        return cls(tuple(value or 0.0 for value in values), weights)

    @property
    def count(self) -> int:
        """The cases that have a value."""
        return len(self.values) if self.weights is None else sum(1 for weight in self.weights if weight)

    def grouped(self, groups: Sequence[Sequence[int]]) -> Series:
        """Return the series whose entries are groups of cases, each with the sums over its cases.

        Its figure over all groups is this one's, and resampling its entries resamples groups: the cluster bootstrap.
        Source: Davison and Hinkley, "Bootstrap Methods and their Application" (1997), section 3.8.
        """
        weights = self.weights or (1.0,) * len(self.values)
        return Series(
            tuple(math.fsum(self.values[at] for at in group) for group in groups),
            tuple(math.fsum(weights[at] for at in group) for group in groups),
            self.shape,
        )

    def of(self, chosen: Callable[[Sequence[float]], Sequence[float]] = tuple) -> float:
        """Return the figure over the cases that `chosen` takes of each list; NaN where none of them has a value."""
        values = chosen(self.values)
        weight = len(values) if self.weights is None else sum(chosen(self.weights))
        return self.shape(sum(values) / weight) if weight else math.nan


@dataclass(frozen=True, slots=True)
class Interval:
    """A figure with the 95 % interval of its resamples."""

    value: float
    low: float
    high: float


def intervals(
    figures: Mapping[str, Callable[[Callable[[Sequence[float]], Sequence[float]]], float]],
    cases: int,
    *,
    resamples: int = RESAMPLES,
    seed: int = 1,
) -> dict[str, Interval]:
    """Return the percentile interval of each figure over resampled cases.

    A figure is called with a function that picks the resampled entries of a list of `cases` entries. All figures see
    the same resamples, so a figure made of two variants is a paired one. Without resamples an interval is its value.
    Source: Efron and Tibshirani, "An Introduction to the Bootstrap" (1993), section 13.3; paired for systems as in
    Koehn, "Statistical Significance Tests for Machine Translation Evaluation" (2004).
    """
    drawn: dict[str, list[float]] = {name: [] for name in figures}
    chance = random.Random(seed)  # noqa: S311 - statistics, not secrets
    for _ in repeat(None, resamples if cases > 1 else 0):
        pick = itemgetter(*chance.choices(range(cases), k=cases))
        for name, figure in figures.items():
            drawn[name].append(figure(pick))
    found = {}
    for name, figure in figures.items():
        value, seen = figure(tuple), sorted(one for one in drawn[name] if not math.isnan(one))
        low, high = (_quantile(seen, (1 - _LEVEL) / 2), _quantile(seen, (1 + _LEVEL) / 2)) if seen else (value, value)
        found[name] = Interval(value, low, high)
    return found


def _quantile(ordered: Sequence[float], share: float) -> float:
    place = share * (len(ordered) - 1)
    below = math.floor(place)
    low, high = ordered[below], ordered[min(below + 1, len(ordered) - 1)]
    return low if low == high else low + (high - low) * (place - below)


def ratio(one: float, other: float) -> float:
    """Return one ÷ other; infinite over 0, not a number for 0 ÷ 0."""
    if other:
        return one / other
    return math.inf if one else math.nan


def discordant(one: Sequence[bool], other: Sequence[bool]) -> tuple[int, int, float]:
    """Return the cases that only the one has right, those that only the other has, and the two-sided exact p-value.

    Source: McNemar, "Note on the sampling error of the difference between correlated proportions" (1947), with the
    binomial distribution for its chi-square.
    """
    only_one = sum(a and not b for a, b in zip(one, other, strict=True))
    only_other = sum(b and not a for a, b in zip(one, other, strict=True))
    both = only_one + only_other
    tail = sum(math.comb(both, k) for k in range(min(only_one, only_other) + 1))
    return only_one, only_other, min(1.0, 2 * tail / 2**both) if both else 1.0

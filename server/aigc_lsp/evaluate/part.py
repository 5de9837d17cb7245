"""Figures with intervals over some of the cases; what is resampled is files where cases come from several."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any

from aigc_lsp.evaluate.bootstrap import Interval, Series, discordant, intervals, ratio
from aigc_lsp.evaluate.verdict import verdict

if TYPE_CHECKING:
    from aigc_lsp.evaluate.cases import Case


class Part:
    """Some cases, and how their figures get intervals."""

    def __init__(self, cases: Sequence[Case], resamples: int, seed: int) -> None:
        self.cases = cases
        self._resamples = resamples
        self._seed = seed

    def of(self, places: Sequence[int]) -> Part:
        """Return the part of the cases at these places."""
        return Part([self.cases[at] for at in places], self._resamples, self._seed)

    @cached_property
    def kinds(self) -> dict[str, list[int]]:
        """The places of the cases of each kind."""
        return _places([case.kind for case in self.cases])

    @cached_property
    def units(self) -> list[list[int]] | None:
        """The places of each file's cases; None where cases are resampled: data sets, and a single file."""
        if any(case.path is None for case in self.cases):
            return None
        found = list(_places([str(case.path) for case in self.cases]).values())
        return found if len(found) > 1 else None

    @property
    def files(self) -> int:
        """The number of files, 0 where a case is of none."""
        if any(case.path is None for case in self.cases):
            return 0
        return len({case.path for case in self.cases})

    def figures(self, series: Mapping[str, Series]) -> dict[str, dict[str, Any] | None]:
        """Return each figure as data, with its interval."""
        grouped = self._grouped(series)
        found = self._intervals({name: one.of for name, one in grouped.items()})
        return {name: _figure(found[name], series[name].count) for name in series}

    def comparison(self, series: Sequence[Mapping[str, Series]], right: Sequence[Sequence[bool]]) -> dict[str, Any]:
        """Return A − B of each figure, A ÷ B of some, the cases that only one of them has right, and the verdict."""
        shared = [name for name in series[0] if name in series[1] and all(one[name].count for one in series)]
        one, other = (self._grouped(of) for of in series)
        figures: dict[str, Callable[..., float]] = {
            name: lambda pick, name=name: one[name].of(pick) - other[name].of(pick) for name in shared
        }
        for name in shared:
            if name in ("exact", "perplexity"):
                figures[f"{name} ratio"] = lambda pick, name=name: ratio(one[name].of(pick), other[name].of(pick))
        found = self._intervals(figures)
        only_a, only_b, p_value = discordant(*right)
        data: dict[str, Any] = {
            "difference": {name: _figure(found[name], series[0][name].count) for name in shared},
            "exact_ratio": _figure(found["exact ratio"], len(self.cases)),
            "exact_pairs": {"only_a": only_a, "only_b": only_b, "p": round(p_value, 6)},
        }
        if "perplexity ratio" in found:
            data["perplexity_ratio"] = _figure(found["perplexity ratio"], series[0]["perplexity"].count)
        return {**data, "verdict": verdict(data, self._resamples if self._tellable else 0)}

    @property
    def _tellable(self) -> bool:
        return len(self.cases) > 1

    def _grouped(self, series: Mapping[str, Series]) -> Mapping[str, Series]:
        units = self.units
        return series if units is None else {name: one.grouped(units) for name, one in series.items()}

    def _intervals(self, figures: Mapping[str, Callable[..., float]]) -> dict[str, Interval]:
        count = len(self.cases) if self.units is None else len(self.units)
        return intervals(figures, count, resamples=self._resamples, seed=self._seed)


def _places(labels: Sequence[str]) -> dict[str, list[int]]:
    found: dict[str, list[int]] = {label: [] for label in sorted(set(labels))}
    for at, label in enumerate(labels):
        found[label].append(at)
    return found


def _figure(found: Interval, cases: int) -> dict[str, Any] | None:
    """Return a figure as data; infinity and what is no number are None, for JSON has neither."""
    if math.isnan(found.value):
        return None
    rounded = {name: getattr(found, name) for name in ("value", "low", "high")}
    return {**{name: round(x, 5) if math.isfinite(x) else None for name, x in rounded.items()}, "cases": cases}

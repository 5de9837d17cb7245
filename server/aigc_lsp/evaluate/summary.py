"""Puts results into figures: means with intervals for each variant and kind of span, and the comparison of the two."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Sequence
from statistics import fmean, quantiles
from typing import TYPE_CHECKING, Any

from aigc_lsp.evaluate import metrics
from aigc_lsp.evaluate.bootstrap import RESAMPLES, Interval, Series, discordant, intervals, ratio

if TYPE_CHECKING:
    from aigc_lsp.evaluate.cases import Case
    from aigc_lsp.evaluate.runner import Answer, Result, Side

# The figures of a report, in its order; pass@k and exact@k come behind.
TITLES = {
    "exact": "exact match",
    "similarity": "edit similarity",
    "prefix": "prefix match",
    "perplexity": "perplexity",
    "shown": "shown",
}
_BY_KIND = ("exact", "similarity", "shown")


def summary(
    cases: Sequence[Case], sides: Sequence[Side], *, ks: Sequence[int] = (1,), resamples: int = RESAMPLES, seed: int = 1
) -> dict[str, Any]:
    """Return the figures as JSON data. Only cases that every side has done count.

    A figure is `{"value", "low", "high", "cases"}`, with its 95 % interval; None where there is none. A broken
    guarantee counts once for each answer that breaks it. Times are milliseconds.
    """
    done = [place for place in range(len(cases)) if all(place in side.results for side in sides)]
    rows = [[side.results[place] for place in done] for side in sides]
    series = [_series(one, ks) for one in rows]
    kinds = sorted({cases[place].kind for place in done})
    by_kind = {kind: [at for at, place in enumerate(done) if cases[place].kind == kind] for kind in kinds}

    def figures(of: dict[str, Series], count: int) -> dict[str, Any]:
        found = intervals({name: one.of for name, one in of.items()}, count, resamples=resamples, seed=seed)
        return {name: _figure(found[name], of[name].count) for name in of}

    data: dict[str, Any] = {"cases": len(done), "asked": len(cases), "kinds": {k: len(v) for k, v in by_kind.items()}}
    data["variants"] = []
    for side, results, of in zip(sides, rows, series, strict=True):
        parts = {
            kind: figures(_series([results[at] for at in places], (), _BY_KIND), len(places))
            for kind, places in by_kind.items()
        }
        data["variants"].append(
            {
                "name": side.variant.name,
                "label": side.variant.label,
                "model": side.model,
                "runtime": side.runtime,
                "metrics": figures(of, len(done)),
                "by_kind": parts,
                **_counts(results),
            }
        )
    if len(sides) == 2 and done:
        data["comparison"] = _comparison(series, rows, resamples, seed)
    return data


def _series(results: Sequence[Result], ks: Sequence[int], only: Sequence[str] = tuple(TITLES)) -> dict[str, Series]:
    """Return each figure's values, one a case: the mean over the case's answers."""

    def over(value: Callable[[Answer], float]) -> Series:
        return Series.mean([fmean(value(answer) for answer in result.answers) for result in results])

    found = {
        "exact": over(lambda answer: float(answer.exact)),
        "similarity": over(lambda answer: answer.similarity),
        "prefix": over(lambda answer: answer.prefix),
        "perplexity": Series(
            tuple(-math.fsum(result.logprobs) for result in results),
            tuple(float(len(result.logprobs)) for result in results),
            _exp,
        ),
        "shown": over(lambda answer: float(answer.shown)),
    }
    found = {name: found[name] for name in only}
    samples = min((len(result.answers) for result in results), default=0)
    for k in (k for k in ks if k <= samples):
        if samples > 1:
            found[f"exact@{k}"] = Series.mean([_at_k(result, k, lambda a: a.exact) for result in results])
        if any(answer.passed is not None for result in results for answer in result.answers):
            found[f"pass@{k}"] = Series.mean([_at_k(result, k, lambda a: a.passed) for result in results])
    return found


def _at_k(result: Result, k: int, right: Callable[[Answer], bool | None]) -> float | None:
    found = [right(answer) for answer in result.answers]
    return None if None in found else metrics.pass_at_k(len(found), sum(map(bool, found)), k)


def _exp(mean: float) -> float:
    return math.exp(mean) if mean < 700 else math.inf


def _counts(results: Sequence[Result]) -> dict[str, Any]:
    answers = [answer for result in results for answer in result.answers]
    withheld = Counter(answer.reason for answer in answers if not answer.shown)
    broken = Counter(name for answer in answers for name in answer.broken)
    return {
        "answers": len(answers),
        "withheld": dict(withheld.most_common()),
        "broken": dict(broken),
        "with_context": sum(bool(result.context) for result in results),
        "ms": _times([answer.total_s for answer in answers]),
        "first_token_ms": _times([a.first_token_s for a in answers if a.first_token_s is not None]),
    }


def _times(seconds: Sequence[float]) -> dict[str, float] | None:
    if len(seconds) < 2:
        return {"p50": round(seconds[0] * 1000, 1), "p95": round(seconds[0] * 1000, 1)} if seconds else None
    cuts = quantiles(seconds, n=100, method="inclusive")
    return {"p50": round(cuts[49] * 1000, 1), "p95": round(cuts[94] * 1000, 1)}


def _comparison(
    series: Sequence[dict[str, Series]], rows: Sequence[Sequence[Result]], resamples: int, seed: int
) -> dict[str, Any]:
    """Return A − B of each figure, exact match as A ÷ B too, and the cases that only one of them has right."""
    one, other = series
    shared = [name for name in one if name in other and one[name].count and other[name].count]
    figures: dict[str, Callable[..., float]] = {
        name: lambda pick, name=name: one[name].of(pick) - other[name].of(pick) for name in shared
    }
    figures["ratio"] = lambda pick: ratio(one["exact"].of(pick), other["exact"].of(pick))
    found = intervals(figures, len(rows[0]), resamples=resamples, seed=seed)
    right = [[all(answer.exact for answer in result.answers) for result in results] for results in rows]
    only_a, only_b, p_value = discordant(*right)
    return {
        "difference": {name: _figure(found[name], one[name].count) for name in shared},
        "exact_ratio": _figure(found["ratio"], len(rows[0])),
        "exact_pairs": {"only_a": only_a, "only_b": only_b, "p": round(p_value, 6)},
    }


def _figure(found: Interval, cases: int) -> dict[str, Any] | None:
    """Return a figure as data; infinity and what is no number are None, for JSON has neither."""
    if math.isnan(found.value):
        return None
    rounded = {name: getattr(found, name) for name in ("value", "low", "high")}
    return {**{name: round(x, 5) if math.isfinite(x) else None for name, x in rounded.items()}, "cases": cases}

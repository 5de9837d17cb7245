"""Puts results into figures: means with intervals for each variant and kind of span, and the comparison of the two."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Sequence
from statistics import fmean, quantiles
from typing import TYPE_CHECKING, Any

from aigc_lsp.evaluate import metrics
from aigc_lsp.evaluate.bootstrap import RESAMPLES, Series
from aigc_lsp.evaluate.part import Part

if TYPE_CHECKING:
    from aigc_lsp.evaluate.cases import Case
    from aigc_lsp.evaluate.elsewhere import Baseline
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
_NOVEL = ("exact", "similarity", "prefix", "perplexity")


def summary(
    cases: Sequence[Case],
    sides: Sequence[Side],
    *,
    ks: Sequence[int] = (1,),
    resamples: int = RESAMPLES,
    seed: int = 1,
    baseline: Baseline | None = None,
) -> dict[str, Any]:
    """Return the figures as JSON data. Only cases that every side has done count.

    A figure is `{"value", "low", "high", "cases"}`, with its 95 % interval; None where there is none. Where cases come
    from two files or more, files are resampled, for lines of one file have much in common. A broken guarantee counts
    once for each answer that breaks it. Times are milliseconds. With a `baseline`, `copy` has what copying achieves,
    and `novel` the same figures over the cases whose text stands nowhere else.
    """
    done = [place for place in range(len(cases)) if all(place in side.results for side in sides)]
    rows: list[list[Result]] = [[side.results[place] for place in done] for side in sides]
    part = Part([cases[place] for place in done], resamples, seed)
    data: dict[str, Any] = {"cases": len(done), "asked": len(cases)}
    data |= {"files": part.files, "resampled": "files" if part.units else "cases"}
    data["kinds"] = {kind: len(places) for kind, places in part.kinds.items()}
    data["variants"] = [
        {
            "name": side.variant.name,
            "label": side.variant.label,
            "model": side.model,
            "runtime": side.runtime,
            "metrics": part.figures(series_of(results, ks)),
            "by_kind": {kind: part.of(places).figures(series_of([results[at] for at in places], (), _BY_KIND))
                        for kind, places in part.kinds.items()},
            **_counts(results),
        }
        for side, results in zip(sides, rows, strict=True)
    ]  # fmt: skip
    if len(sides) == 2 and done:
        data["comparison"] = _comparison(part, rows, ks)
    if baseline is not None and done:
        copied = [baseline.results[place] for place in done]
        data["copy"] = _copied(part, copied)
        novel = [at for at, place in enumerate(done) if baseline.novel[place]]
        answers = [[one[at] for at in novel] for one in rows]
        data["novel"] = _novel(part.of(novel), sides, answers, [copied[at] for at in novel])
    return data


def _comparison(
    part: Part, rows: Sequence[Sequence[Result]], ks: Sequence[int], only: Sequence[str] = tuple(TITLES)
) -> dict[str, Any]:
    right = [[all(answer.exact for answer in result.answers) for result in results] for results in rows]
    return part.comparison([series_of(results, ks, only) for results in rows], right)


def _copied(part: Part, results: Sequence[Result | None]) -> dict[str, Any]:
    """Return the figures of copying over the cases that it can answer."""
    places = [at for at, result in enumerate(results) if result is not None]
    answered = [result for result in results if result is not None]
    return part.of(places).figures(series_of(answered, (), ("exact", "similarity", "prefix")))


def _novel(
    part: Part, sides: Sequence[Side], answers: Sequence[Sequence[Result]], copied: Sequence[Result | None]
) -> dict[str, Any]:
    data: dict[str, Any] = {"cases": len(part.cases), "files": part.files}
    if not part.cases:
        return data
    data["variants"] = [
        {"name": side.variant.name, "metrics": part.figures(series_of(results, (), _NOVEL))}
        for side, results in zip(sides, answers, strict=True)
    ]
    if len(answers) == 2:
        data["comparison"] = _comparison(part, answers, (), _NOVEL)
    return {**data, "copy": _copied(part, copied)}


def series_of(results: Sequence[Result], ks: Sequence[int], only: Sequence[str] = tuple(TITLES)) -> dict[str, Series]:
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
        "confidence": _confidence(answers),
        "ms": _times([answer.total_s for answer in answers]),
        "first_token_ms": _times([a.first_token_s for a in answers if a.first_token_s is not None]),
    }


def _confidence(answers: Sequence[Answer]) -> dict[str, Any] | None:
    """Return how well the mean log probability of a shown answer tells whether it is right: AUC and ROC points."""
    told = [(one.confidence, one.exact) for one in answers if one.confidence is not None]
    if len({exact for _, exact in told}) < 2:
        return None
    points = metrics.roc([score for score, _ in told], [exact for _, exact in told])
    return {
        "auc": round(metrics.auc(points), 5),
        "answers": len(told),
        "roc": [[round(x, 4) for x in p] for p in points],
    }


def _times(seconds: Sequence[float]) -> dict[str, float] | None:
    if len(seconds) < 2:
        return {"p50": round(seconds[0] * 1000, 1), "p95": round(seconds[0] * 1000, 1)} if seconds else None
    cuts = quantiles(seconds, n=100, method="inclusive")
    return {"p50": round(cuts[49] * 1000, 1), "p95": round(cuts[94] * 1000, 1)}

"""Each case by itself: one JSON line for each case and variant, with the text that was suggested."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from aigc_lsp.evaluate.runner import Answer
    from aigc_lsp.evaluate.session import Report


def details(report: Report) -> Iterator[dict[str, Any]]:
    """Yield each case of each variant: what was there, what was suggested, and what it is worth.

    Where files were held out, `copied` is what copying gives (None for kinds of several lines), and `novel` tells
    whether the text stands nowhere else.
    """
    known = report.baseline
    for place, case in enumerate(report.cases):
        elsewhere: dict[str, Any] = {}
        if known is not None:
            copied = known.results[place]
            elsewhere = {"copied": _answer(copied.answers[0]) if copied else None, "novel": known.novel[place]}
        for side in report.sides:
            result = side.results.get(place)
            if result is None:
                continue
            yield {
                "case": case.name,
                "kind": case.kind,
                "variant": side.variant.name,
                "reference": case.reference,
                "context": list(result.context),
                "reference_logprob": round(sum(result.logprobs), 4) if result.logprobs else None,
                "reference_tokens": len(result.logprobs) or None,
                **elsewhere,
                "answers": [_answer(answer) for answer in result.answers],
            }


def _answer(answer: Answer) -> dict[str, Any]:
    return {
        "inserted": answer.inserted,
        "withheld": answer.reason or None,
        "exact": answer.exact,
        "similarity": round(answer.similarity, 4),
        "prefix": round(answer.prefix, 4),
        "passed": answer.passed,
        "broken": list(answer.broken),
        "ms": round(answer.total_s * 1000, 1),
        "prompt_tokens": answer.prompt_tokens,
        "cached_tokens": answer.cached_tokens,
        "confidence": round(answer.confidence, 4) if answer.confidence is not None else None,
    }


def lines(report: Report) -> str:
    """Return the details as JSON Lines."""
    return "".join(json.dumps(one, ensure_ascii=False) + "\n" for one in details(report))

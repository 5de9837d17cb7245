"""Comparisons of several packages as one: their cases are read back, and files of all packages are resampled."""

from __future__ import annotations

import json
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from aigc_lsp.evaluate.cases import Case
from aigc_lsp.evaluate.elsewhere import Baseline
from aigc_lsp.evaluate.runner import Answer, Result
from aigc_lsp.evaluate.summary import summary


def pooled(folders: dict[str, Path], *, resamples: int, seed: int) -> dict[str, Any]:
    """Return the figures over the cases of comparisons, each a folder by its package's name; a kind is a package.

    Each folder has `cases.jsonl` and `figures.json`, as `compare_adapter` writes them.
    """
    cases: list[Case] = []
    copies: list[Result | None] = []
    novel: list[bool] = []
    sides = {name: SimpleNamespace(results={}) for name in "AB"}
    for package, folder in folders.items():
        told = json.loads((folder / "figures.json").read_text(encoding="utf-8"))
        for side in told["variants"]:
            sides[side["name"]].variant = SimpleNamespace(name=side["name"], label=side["label"])
            sides[side["name"]].model, sides[side["name"]].runtime = side["model"], side["runtime"]
        for line in (folder / "cases.jsonl").read_text(encoding="utf-8").splitlines():
            row = json.loads(line)
            if row["variant"] == "A":  # a case's rows stand together, A first
                cases.append(case_of(row, package))
                copies.append(Result((answer_of(row["copied"]),)) if row["copied"] else None)
                novel.append(row["novel"])
            sides[row["variant"]].results[len(cases) - 1] = result_of(row)
    both: Any = list(sides.values())
    data = summary(cases, both, resamples=resamples, seed=seed, baseline=Baseline(tuple(copies), tuple(novel)))
    return {**data, "resamples": resamples}


def case_of(row: dict[str, Any], package: str) -> Case:
    """Return a case without its text: what figures need is its reference and its file."""
    path = Path(package) / row["case"].rsplit(":", 2)[0]
    return Case(row["case"], package, "", "", "", row["reference"], path)


def result_of(row: dict[str, Any]) -> Result:
    """Return the answers of a row; each token of the reference has the mean of their log probabilities."""
    tokens = row["reference_tokens"] or 0
    logprobs = (row["reference_logprob"] / tokens,) * tokens if tokens else ()
    return Result(tuple(map(answer_of, row["answers"])), logprobs, tuple(row["context"]))


def answer_of(row: dict[str, Any]) -> Answer:
    """Return an answer as it was judged."""
    return Answer(
        inserted=row["inserted"],
        reason=row["withheld"] or "",
        exact=row["exact"],
        similarity=row["similarity"],
        prefix=row["prefix"],
        passed=row["passed"],
        broken=tuple(row["broken"]),
        total_s=row["ms"] / 1000,
        confidence=row["confidence"],
    )

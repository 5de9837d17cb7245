"""The check of a merge: does the merged file say what base and adapter say together? Else it is not put into use.

Both read the same held-out texts. They are compared token by token (is the likeliest next token the same?) and by what
counts for completions: how many lines each would write exactly.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np

from aigc_finetune.encode.tokenizer import Tokenizer
from aigc_finetune.evaluate.lines import line_figures
from aigc_finetune.evaluate.reading import said
from aigc_finetune.export.loading import Served, load_causal, load_live, load_tokenizer_of
from aigc_finetune.pipeline import quiet
from aigc_finetune.types import CorpusFile, Progress
from aigc_models.store import resolve
from aigc_models.store.types import ModelRef
from aigc_models.types import AigcError

AGREEMENT, EXACT_POINTS = 0.99, 0.5
Runtime = Literal["weights", "openvino"]


@dataclass(frozen=True, slots=True)
class MergeReport:
    """Live adapter and merged file on the same texts.

    `agreement` is the share of places with the same likeliest next token; `exact_live` and `exact_merged` are shares of
    lines that are written exactly (None: the texts have no lines to judge); `perplexity_*` are over all tokens.
    `ok` says whether both limits are kept.
    """

    agreement: float
    exact_live: float | None
    exact_merged: float | None
    perplexity_live: float
    perplexity_merged: float
    tokens: int
    lines: int
    runtime: str
    ok: bool

    def facts(self) -> dict[str, Any]:
        """Return it as JSON's types."""
        return asdict(self)


class MergeCheckError(AigcError):
    """A merged file that does not say what the live adapter says; `report` has the figures."""

    def __init__(self, report: MergeReport, merged: Path) -> None:
        exact = f", lines {_percent(report.exact_live)} live and {_percent(report.exact_merged)} merged"
        super().__init__(
            f"{merged} is not the adapter: the likeliest token is the same at {_percent(report.agreement)} of "
            f"{report.tokens} places{exact}. Merge with a larger type (Q8_0 or F16), or use the adapter unmerged."
        )
        self.report = report


def check_merge(
    base: ModelRef,
    adapter: Path,
    merged: Path,
    texts: Sequence[str],
    *,
    scale: float = 1.0,
    agreement: float = AGREEMENT,
    exact_points: float = EXACT_POINTS,
    runtime: Runtime = "weights",
    context_length: int = 512,
    progress: Progress = quiet,
) -> MergeReport:
    """Compare a merged file with base and adapter; `texts` are held-out files.

    The live side computes in float32 with peft. `runtime` says how the merged side is read: its `weights`, dequantized,
    in float32, or by the engine's `openvino` runtime, which also rounds while it computes.

    Raises:
        MergeCheckError: fewer than `agreement` of the likeliest tokens are the same, or exact match of lines differs by
            more than `exact_points` (in points of a hundred).
        AigcError: a model cannot be loaded, or the texts have no tokens.
    """
    ref = resolve(str(merged))
    tokenizer = load_tokenizer_of(ref)
    pieces = [ids for text in texts for ids in _pieces(tokenizer.encode(text), context_length)]
    if not pieces:
        raise AigcError("There is no held-out text to check the merge with: name some files.")
    progress("check", 0.0, "asking the base with its live adapter")
    live = _figures(load_live(base, adapter, scale=scale), tokenizer, pieces, texts, context_length)
    progress("check", 0.5, "asking the merged model")
    model = Served(ref) if runtime == "openvino" else load_causal(ref)
    own = _figures(model, tokenizer, pieces, texts, context_length)
    same = float(np.mean(live.best == own.best))
    apart = 100 * abs((live.exact or 0.0) - (own.exact or 0.0))
    report = MergeReport(
        same, live.exact, own.exact, live.perplexity, own.perplexity, len(live.best), live.lines, runtime,
        ok=same >= agreement and apart <= exact_points and math.isfinite(live.perplexity + own.perplexity),
    )  # fmt: skip
    if not report.ok:
        raise MergeCheckError(report, merged)
    return report


@dataclass(frozen=True, slots=True)
class _Figures:
    best: Any
    perplexity: float
    exact: float | None
    lines: int


def _figures(
    model: Any, tokenizer: Tokenizer, pieces: Iterable[list[int]], texts: Sequence[str], context_length: int
) -> _Figures:
    found = [said(model, ids) for ids in pieces]
    files = (CorpusFile(str(number), "held-out", "", text, "") for number, text in enumerate(texts))
    lines = line_figures(model, tokenizer, files, context_length=context_length).summary(resamples=0)
    logprob = np.concatenate([one.logprob for one in found])
    return _Figures(
        np.concatenate([one.best for one in found]), float(np.exp(-logprob.mean())), lines["exact"], lines["lines"]
    )


def _pieces(ids: list[int], length: int) -> Iterable[list[int]]:
    """Cut a text's tokens into runs of at most `length`, of two tokens at least."""
    return [ids[at : at + length] for at in range(0, len(ids) - 1, length)]


def _percent(share: float | None) -> str:
    return "none" if share is None else f"{100 * share:.2f} %"

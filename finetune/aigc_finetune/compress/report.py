"""Size, speed and quality of a model, and the comparison of two: what compression costs and what it brings."""

from __future__ import annotations

import math
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import torch

from aigc_finetune.evaluate.lines import line_figures
from aigc_finetune.evaluate.reading import said
from aigc_finetune.export.loading import load_causal, load_tokenizer_of
from aigc_finetune.export.model import size_of
from aigc_finetune.types import CorpusFile
from aigc_models.store.types import ModelRef
from aigc_models.types import AigcError

_PROMPT, _WRITTEN = 128, 32  # tokens of the speed test: a prompt, and what is written after it


@dataclass(frozen=True, slots=True)
class ModelFigures:
    """A model's figures. `bytes` on disk; `nonzero` counts weights that are not zero.

    `tokens_per_second` is greedy writing with a cache after a prompt of 128 tokens, the median of three times, in
    transformers and float32 on this machine: to compare models with each other, not with the engine. `perplexity` is
    over all tokens of the held-out texts, `line_exact` the share of their lines that would be written exactly.
    """

    model: str
    bytes: int
    parameters: int
    nonzero: int
    tokens_per_second: float
    perplexity: float
    line_exact: float | None
    tokens: int
    lines: int

    def facts(self) -> dict[str, Any]:
        """Return it as JSON's types."""
        return asdict(self)


def measure(model: ModelRef, texts: Sequence[str], *, context_length: int = 512, lines: int = 0) -> ModelFigures:
    """Return a model's figures on held-out texts; `lines` limits the judged lines (0: all).

    Raises:
        AigcError: the model cannot be loaded, or the texts have no tokens.
    """
    network, tokenizer = load_causal(model), load_tokenizer_of(model)
    pieces = [
        ids[at : at + context_length]
        for ids in map(tokenizer.encode, texts)
        for at in range(0, len(ids) - 1, context_length)
    ]
    if not pieces:
        raise AigcError("There is no held-out text to measure the model with: name some files.")
    logprob = np.concatenate([said(network, ids).logprob for ids in pieces])
    files = (CorpusFile(str(number), "held-out", "", text, "") for number, text in enumerate(texts))
    judged = line_figures(network, tokenizer, files, context_length=context_length, lines=lines).summary(resamples=0)
    weights = list({id(one): one for one in network.parameters()}.values())
    return ModelFigures(
        model=model.id,
        bytes=size_of(model.path),
        parameters=sum(one.numel() for one in weights),
        nonzero=sum(int((one != 0).sum()) for one in weights),
        tokens_per_second=_speed(network, max(pieces, key=len)),
        perplexity=float(np.exp(-logprob.mean())),
        line_exact=judged["exact"],
        tokens=len(logprob),
        lines=judged["lines"],
    )


def _speed(network: Any, ids: Sequence[int]) -> float:
    """Return greedily written tokens a second, without the prompt's own time."""
    prompt = torch.tensor([list(ids[:_PROMPT])], device=network.device)
    times = []
    with torch.no_grad():
        for _ in range(3):
            found = network(input_ids=prompt, use_cache=True)
            began = time.perf_counter()
            for _ in range(_WRITTEN):
                token = found.logits[:, -1:].argmax(-1)
                found = network(input_ids=token, past_key_values=found.past_key_values, use_cache=True)
            if network.device.type == "cuda":
                torch.cuda.synchronize()
            times.append(time.perf_counter() - began)
    return _WRITTEN / sorted(times)[1]


def compare(before: ModelFigures, after: ModelFigures) -> dict[str, Any]:
    """Return both models' figures, and what each of the second is as a multiple of the first's (`ratio`)."""
    ratio: dict[str, float | None] = {}
    for key in ("bytes", "parameters", "nonzero", "tokens_per_second", "perplexity", "line_exact"):
        old, new = getattr(before, key), getattr(after, key)
        ratio[key] = new / old if old and new is not None and math.isfinite(new / old) else None
    return {"before": before.facts(), "after": after.facts(), "ratio": ratio}


def rows(compared: dict[str, Any]) -> tuple[list[str], list[list[str]]]:
    """Return the comparison as a table: columns, and rows of texts."""
    names = {
        "bytes": "size (MB)", "parameters": "parameters (M)", "nonzero": "not zero (M)",
        "tokens_per_second": "tokens/s", "perplexity": "perplexity", "line_exact": "line exact (%)",
    }  # fmt: skip
    scale = {"bytes": 1e-6, "parameters": 1e-6, "nonzero": 1e-6, "line_exact": 100.0}

    def text(side: str, key: str) -> str:
        value = compared[side][key]
        return "–" if value is None else f"{value * scale.get(key, 1.0):.2f}"

    table = []
    for key, name in names.items():
        times = compared["ratio"][key]
        table.append([name, text("before", key), text("after", key), "–" if times is None else f"{times:.2f}"])
    return ["", "before", "after", "after / before"], table

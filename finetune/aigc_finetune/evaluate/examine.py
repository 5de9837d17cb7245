"""What an adapter learned, token by token, and whether it gives away what its training files were cleaned of."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from aigc_finetune.encode.shards import ShardReader
from aigc_finetune.encode.tokenizer import Tokenizer
from aigc_finetune.evaluate.classes import class_figures
from aigc_finetune.evaluate.extraction import extraction_probe
from aigc_finetune.evaluate.tokens import token_figures
from aigc_finetune.layout import RunFolder
from aigc_finetune.pipeline import quiet
from aigc_finetune.types import Progress, read_corpus
from aigc_models.store.types import ModelRef

SIDES = ("base", "adapter")


@dataclass(frozen=True, slots=True)
class Examining:
    """How much is looked at: `samples` of the held-out data and `tokens` of the held-out files (0: nothing)."""

    samples: int = 32
    tokens: int = 2000
    draws: int = 4


def examine(
    base: ModelRef,
    adapter: Path,
    run: RunFolder,
    secrets: Sequence[tuple[str, str]] = (),
    asked: Examining | None = None,
    progress: Progress = quiet,
) -> dict[str, Any]:
    """Return the figures of a base and of its adapter on what a run held out.

    `tokens`: `token_figures` by side; `classes`: `class_figures` by side; `secrets`: how many of `secrets` (pairs of
    the text before a secret and the secret) each side gives away under `extraction_probe`. What was not asked for is
    not there.

    Raises:
        AigcError: the models cannot be loaded, or the run holds nothing out.
    """
    from aigc_finetune.export.loading import load_live, load_tokenizer_of

    asked = asked or Examining()
    progress("examine", None, "Loading the base with its adapter")
    live, tokenizer = load_live(base, adapter), load_tokenizer_of(base)
    found: dict[str, Any] = {}
    steps = [(name, side) for name in _wanted(asked, secrets) for side in SIDES]
    for done, (name, side) in enumerate(steps):
        progress("examine", done / len(steps), f"{name}, {side}")
        with _as_side(live, side):
            found.setdefault(name, {})[side] = _figures(name, live, tokenizer, run, secrets, asked)
    progress("examine", 1.0, "")
    return found


def _wanted(asked: Examining, secrets: Sequence[object]) -> list[str]:
    wanted = {"tokens": asked.samples, "classes": asked.tokens, "secrets": len(secrets)}
    return [name for name, count in wanted.items() if count]


def _figures(
    name: str, model: Any, tokenizer: Tokenizer, run: RunFolder, secrets: Sequence[tuple[str, str]], asked: Examining
) -> dict[str, Any]:
    if name == "tokens":
        return token_figures(model, ShardReader(run.data / "eval"), samples=asked.samples)
    if name == "classes":
        return class_figures(model, tokenizer, read_corpus(run.corpus, "eval"), tokens=asked.tokens)
    given = sum(
        extraction_probe(model, tokenizer, [before], [secret], samples=asked.draws) for before, secret in secrets
    )
    return {"asked": len(secrets), "given_away": given}


@contextmanager
def _as_side(live: Any, side: str) -> Iterator[None]:
    if side == "adapter":
        yield
        return
    with live.disable_adapter():
        yield

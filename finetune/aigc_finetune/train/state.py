"""Where a run stands, and how it is kept: what a checkpoint's `state.json` says besides the weights."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from aigc_finetune.encode.shards import MANIFEST
from aigc_finetune.layout import RunFolder
from aigc_finetune.recipe import Recipe
from aigc_finetune.train.checkpoint import CheckpointError
from aigc_models.types import AigcError

# What may differ between a run and its resumption: when it ends, what it tells and keeps, how it is cut into passes.
_FREE = frozenset(
    ("epochs", "max_steps", "max_minutes", "micro_tokens", "eval_steps", "early_stopping", "checkpoint_steps",
     "keep_checkpoints", "gradient_checkpointing", "length_grouping")
)  # fmt: skip
RECENT = 20  # steps whose losses make `TrainResult.train_loss`


@dataclass(slots=True)
class Standing:
    """Counters of a run. `seconds` is training time, pauses left out; `waited` counts evaluations without a gain."""

    step: int = 0
    seconds: float = 0.0
    tokens: int = 0
    trained_tokens: int = 0
    losses: list[float] = field(default_factory=list)
    evaluated: int = -1
    eval_loss: float | None = None
    best: float | None = None
    waited: int = 0

    def take(self, loss: float, tokens: int, targets: int) -> None:
        """Count one more step."""
        self.step += 1
        self.tokens += tokens
        self.trained_tokens += targets
        self.losses = [*self.losses, loss][-RECENT:]

    def judge(self, loss: float) -> bool:
        """Take in an evaluation; say whether it is the best so far."""
        self.evaluated, self.eval_loss = self.step, loss
        if self.best is not None and loss >= self.best:
            self.waited += 1
            return False
        self.best, self.waited = loss, 0
        return True


def stamp(recipe: Recipe, run: RunFolder) -> dict[str, Any]:
    """Return what must not change between a run and its resumption."""
    fixed = {key: value for key, value in recipe.train.model_dump(mode="json").items() if key not in _FREE}
    if recipe.train.parallel == "data":  # as checkpoints were stamped before there was another way
        del fixed["parallel"]
    data = (run.data / "train" / MANIFEST).read_bytes()
    return {
        "model": recipe.model.model_dump(mode="json"),
        "train": fixed,
        "data": hashlib.sha256(data).hexdigest(),
    }


def check_stamp(then: Mapping[str, Any], now: Mapping[str, Any], path: Path) -> None:
    """Compare a checkpoint's stamp with that of the run.

    Raises:
        CheckpointError: they differ; the text names what.
    """
    changed = [
        f"{table}.{key}"
        for table in ("model", "train")
        for key in {**then.get(table, {}), **now[table]}
        if then.get(table, {}).get(key) != now[table].get(key)
    ]
    if then.get("data") != now["data"]:
        changed.append("the training data")
    if changed:
        raise CheckpointError(
            f"{path} was made with other settings ({', '.join(changed)}): put them back to resume, or start anew in "
            "another folder."
        )


def dump(standing: Standing, now: Mapping[str, Any], **more: Any) -> dict[str, Any]:
    """Return what `state.json` holds."""
    return {"format": 1, "standing": asdict(standing), "stamp": dict(now), **more}


def parse(data: Any, path: Path) -> Standing:
    """Return the standing that a checkpoint's state tells.

    Raises:
        CheckpointError: it cannot be read, or is of another version.
    """
    try:
        if data["format"] != 1:
            raise AigcError(f"{path} was written by another version of aigc-lsp; resume with that one.")
        return Standing(**data["standing"])
    except (KeyError, TypeError) as error:
        raise CheckpointError(f"The checkpoint {path} cannot be read ({error}); remove it and resume.") from error

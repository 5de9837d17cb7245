"""What a search found: the best recipe, and every trial in a table. Written to the run's folder after each trial."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from aigc_finetune.layout import write_json
from aigc_finetune.recipe import Recipe
from aigc_finetune.recipe_text import save_recipe


@dataclass(frozen=True, slots=True)
class Trial:
    """One trial. `state` is `done`, `pruned` (no better than others at the same step), `failed` or `open`.

    `loss` is the mean over the seeds of the best loss on held-out data, in nats; for a pruned trial its last one.
    """

    number: int
    state: str
    values: Mapping[str, Any]
    loss: float | None = None
    steps: int = 0
    reason: str = ""


@dataclass(frozen=True, slots=True)
class SweepResult:
    """A search. `own_loss` is that of the recipe's own values; `reason` is `finished`, `time` or `interrupted`."""

    best: Recipe
    best_loss: float | None
    own_loss: float | None
    trials: tuple[Trial, ...]
    reason: str
    recipe_file: Path
    notes: tuple[str, ...] = field(default=())

    def table(self) -> tuple[list[str], list[tuple[str, ...]]]:
        """Return the names of the columns and the trials as rows, the best first."""
        keys = list(dict.fromkeys(key for trial in self.trials for key in trial.values))
        order = {"done": 0, "pruned": 1, "failed": 2, "open": 3}
        ranked = sorted(
            self.trials, key=lambda one: (order[one.state], one.loss if one.loss is not None else float("inf"))
        )
        rows = [
            (
                str(one.number),
                one.state,
                _number(one.loss),
                str(one.steps),
                *(_number(one.values.get(key)) for key in keys),
            )
            for one in ranked
        ]
        return ["trial", "state", "held-out loss", "steps", *(key.partition(".")[2] for key in keys)], rows

    def data(self) -> dict[str, Any]:
        """Return it as JSON data."""
        return {
            "best": self.best.model_dump(mode="json"),
            "best_loss": self.best_loss,
            "own_loss": self.own_loss,
            "reason": self.reason,
            "notes": list(self.notes),
            "trials": [asdict(trial) for trial in self.trials],
        }

    def write(self, table: Path) -> None:
        """Write the best recipe as TOML, and all trials as JSON into `table`."""
        gain = ""
        if self.best_loss is not None and self.own_loss is not None:
            gain = f"\nLoss on held-out data: {self.best_loss:.4f}; with the recipe as it was {self.own_loss:.4f}."
        done = sum(trial.state in ("done", "pruned") for trial in self.trials)
        save_recipe(self.recipe_file, self.best, comments={"": f"The best of {done} short trials.{gain}"})
        write_json(table, self.data())


def _number(value: Any) -> str:
    if value is None:
        return ""
    return f"{value:.4g}" if isinstance(value, float) else str(value)

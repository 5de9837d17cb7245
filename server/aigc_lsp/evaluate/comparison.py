"""What a comparison of base and adapter is asked for, and what it says. How it is made is in `adapters`."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from aigc_lsp.evaluate import table

if TYPE_CHECKING:
    from aigc_finetune.recipe import EvaluateSection
    from aigc_lsp.completion import Trigger


@dataclass(frozen=True, slots=True)
class CompareOptions:
    """How base and adapter are compared. See `aigc_finetune.recipe.EvaluateSection` for what a recipe says of it.

    `candidates` is `completion.candidates` of both sides, None what the settings say. `general` counts the cases of the
    general set, 0 leaves the check for forgetting out. `timeout` is in seconds for each answer.
    """

    cases: int = 200
    spans: tuple[str, ...] = ("line",)
    resamples: int = 10_000
    seed: int = 1
    forgetting: float = 0.01
    general: int = 100
    trigger: Trigger = "automatic"
    candidates: int | None = None
    timeout: float = 120.0

    @classmethod
    def of(cls, section: EvaluateSection) -> CompareOptions:
        """Return the options that a recipe asks for."""
        return cls(
            cases=section.cases,
            spans=section.spans,
            resamples=section.bootstrap,
            seed=section.seed,
            forgetting=section.forgetting,
            general=section.general,
        )


@dataclass
class Comparison:
    """What came of it. `data` is what `figures` holds; `report` is None where the package for plots is missing."""

    data: dict[str, Any]
    figures: Path
    report: Path | None

    @property
    def verdict(self) -> str:
        """`better`, `worse` or `no difference shown`: adapter against base, by exact match on held-out files."""
        return str(self.data["comparison"]["verdict"])

    def tables(self) -> list[tuple[list[str], list[list[str]]]]:
        """Return the tables as columns and rows; the first column's head says what a table is of."""
        return [([title or columns[0], *columns[1:]], rows) for title, columns, rows in table.tables(self.data)]

    def remarks(self) -> list[str]:
        """Return the lines for below the tables."""
        return table.remarks(self.data)

    def refusal(self, allow_forgetting: bool = False) -> str | None:
        """Return why the adapter must not be put into use, None where it may be."""
        judged = self.data.get("forgetting")
        if judged is None or not judged["refused"] or allow_forgetting:
            return None
        return (
            f"The adapter forgets: {judged['criterion']}. It is kept, but not put into use. Train it less (a lower "
            "train.learning_rate, fewer epochs, a smaller rank), or use it all the same with --allow-forgetting."
        )


def main_figures(data: dict[str, Any]) -> dict[str, Any]:
    """Return what an adapter's manifest says of a comparison: exact match, perplexity, novel lines, forgetting."""
    found: dict[str, Any] = {"verdict": data["comparison"]["verdict"], "cases": data["cases"], "files": data["files"]}
    found |= _pair(data)
    if data.get("novel", {}).get("comparison"):
        found["novel"] = {"cases": data["novel"]["cases"], **_pair(data["novel"])}
    if judged := data.get("forgetting"):
        found["forgetting"] = {name: judged[name] for name in ("refused", "criterion", "cases")}
    return found


def _pair(data: dict[str, Any]) -> dict[str, Any]:
    adapter, base = (side["metrics"] for side in data["variants"])
    found: dict[str, Any] = {}
    for name in ("exact", "similarity", "perplexity"):
        difference = data["comparison"]["difference"].get(name)
        if difference is not None:
            values = {"adapter": adapter[name]["value"], "base": base[name]["value"]}
            found[name] = {**values, **{key: difference[key] for key in ("value", "low", "high")}}
            found[name]["difference"] = found[name].pop("value")
    if copied := data.get("copy"):
        found["copy"] = copied["exact"] and copied["exact"]["value"]
    return found

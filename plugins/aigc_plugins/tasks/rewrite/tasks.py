"""Where the rewriting tasks apply and what they say of themselves. How they work is in the other modules."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aigc_plugins.api import ActionTask, WithheldError
from aigc_plugins.tasks.functions import definition_at

if TYPE_CHECKING:
    from aigc_plugins.action import Cost
    from aigc_plugins.api import Change, Job, Place
    from aigc_plugins.tasks.functions import Definition
    from aigc_plugins.tasks.rewrite.python import Goal

_BY_CALLS = "parses, keeps signature, effects and comments; its tests and hundreds of calls in the sandbox do the same"


class _RewriteTask(ActionTask):
    """A task on the function around a place."""

    verb: str

    def applies(self, place: Place) -> bool | str:
        """Offer the task on a function with a body."""
        path = place.snapshot.path
        if path is not None and path.suffix == ".pyi":  # a stub does nothing
            return False
        definition = _function(place)
        return f"{self.verb} `{definition.name}`" if definition is not None and definition.body is not None else False

    def run(self, place: Place, job: Job) -> Change:
        """Return a better version that does the same."""
        definition = _function(place)
        if definition is None or definition.body is None:
            raise WithheldError("There is no function here.")
        if definition.tree.errors():
            raise WithheldError("The file does not parse; correct it first.")
        return self._rewritten(place, definition, job)

    def _rewritten(self, place: Place, definition: Definition, job: Job) -> Change:
        from aigc_plugins.tasks.rewrite.python import rewrite

        return rewrite(self._goal(), place, definition, job)

    def _goal(self) -> Goal:
        raise NotImplementedError


def _function(place: Place) -> Definition | None:
    """Return the function around a place; blanks at the ends of a selection do not count."""
    selected = place.selected
    start = place.start + len(selected) - len(selected.lstrip())
    return definition_at(place.snapshot, start, max(place.end - len(selected) + len(selected.rstrip()), start))


class SimplifyTask(_RewriteTask):
    """Makes a function shorter and flatter."""

    name = "simplify"
    title = "Simplify function"
    verb = "Simplify"
    languages = ("python", "typescript", "tsx", "javascript", "go", "java")
    model = True
    cost: Cost = "minutes"
    verified = f"{_BY_CALLS}, no larger (Python); by rules that cannot change the meaning (other languages)"

    def _rewritten(self, place: Place, definition: Definition, job: Job) -> Change:
        if place.language == "python":
            return super()._rewritten(place, definition, job)
        from aigc_plugins.tasks.rewrite.exact import simplified

        return simplified(definition, job)

    def _goal(self) -> Goal:
        from aigc_plugins.tasks.rewrite.python import Goal

        return Goal(self.name, "simplify", ("SIM", "RET", "C4", "PIE", "PLR"), smaller=True)


class ModerniseTask(_RewriteTask):
    """Uses what the project's Python version offers."""

    name = "modernise"
    title = "Modernise function"
    verb = "Modernise"
    languages = ("python",)
    model = True
    cost: Cost = "minutes"
    verified = f"{_BY_CALLS}; fewer reports of Ruff's UP and FURB rules"

    def _goal(self) -> Goal:
        from aigc_plugins.tasks.rewrite.python import Goal

        return Goal(self.name, "modernise", ("UP", "FURB"), model="reported")


class OptimiseTask(_RewriteTask):
    """Makes a function measurably faster."""

    name = "optimise"
    title = "Optimise function"
    verb = "Optimise"
    languages = ("python",)
    model = True
    cost: Cost = "minutes"
    verified = f"{_BY_CALLS}; at least 1.1 times as fast, measured in turns on the same inputs"

    def _goal(self) -> Goal:
        from aigc_plugins.tasks.rewrite.python import Goal

        return Goal(self.name, "optimise", ("PERF", "C4", "FURB"), faster=True)

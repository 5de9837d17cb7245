"""Tells which functions of a module tests are wanted of; of a whole module these are its helpers, too."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from aigc_plugins.testgen.parts import Subject
    from aigc_plugins.testgen.scenario import Target

_MAKING = frozenset(("__init__", "__new__", "__post_init__"))


class Wanted:
    """The functions, by qualified name, that belong to a subject's targets; `whole`: all that is public is wanted."""

    def __init__(self, subject: Subject) -> None:
        self._names = {target.name for target in subject.targets}
        self._all = {target.name: target for target in subject.all_targets}
        public = {target.name for target in subject.all_targets if not _private(target.name)}
        self.whole = public <= self._names

    def __call__(self, function: str) -> bool:
        """Tell whether a function is a target, lies in one, or is a helper where the whole module is wanted."""
        owner = _owner(function)
        holder, _, last = owner.rpartition(".")
        if owner in self._names or (last in _MAKING and holder in self._names):
            return True
        return self.whole and (owner not in self._all or _private(owner))

    def target(self, function: str) -> Target | None:
        """Return the target that a function belongs to, None where it is a helper's."""
        owner = _owner(function)
        holder, _, last = owner.rpartition(".")
        return self._all.get(owner) or (self._all.get(holder) if last in _MAKING else None)


def _owner(function: str) -> str:
    """Return the outermost function around a function: `parse` for `parse.<locals>.inner`."""
    return function.partition(".<locals>")[0]


def _private(name: str) -> bool:
    return any(part.startswith("_") and not part.endswith("__") for part in name.split("."))


def percent(part: int, whole: int) -> int:
    """Return a share in whole percent, rounded down; of nothing, all."""
    return 100 * part // whole if whole else 100

"""Reads what a module's probes noted, and chooses the mutant that runs. Loading the module is for `loaded`."""

from __future__ import annotations

import itertools
import operator
import sys
import types
from collections import deque
from collections.abc import Callable
from typing import Any

from aigc_plugins.testgen.inside import instrument_nodes as names
from aigc_plugins.testgen.inside.instrument import Instrumented
from aigc_plugins.testgen.inside.loaded_import import Patch, broken, patches
from aigc_plugins.testgen.scenario import Branch, Mutant

_MODULE_NAMES = ("__name__", "__doc__", "__package__", "__loader__", "__spec__", "__file__", "__path__", "__builtins__")
_len = len  # what is under test may put something else in its place
MOST_ROUNDS = 200_000
_MOST_COMPARED, _LONGEST = 256, 500
_OPERATORS: dict[str, Callable[[Any, Any], Any]] = {
    "==": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
    "in": lambda left, right: left in right,
    "not in": lambda left, right: left not in right,
    "startswith": lambda left, right: left.startswith(right),
    "endswith": lambda left, right: left.endswith(right),
}


class LoadError(Exception):
    """The module under test cannot be loaded; the message says why."""


class EndlessError(BaseException):
    """A loop of the module went round too often."""


class Loaded:
    """A module with its probes. `begin` forgets what ran and chooses a mutant; then call it, and ask.

    With `watch_comparisons`, conditions keep what they compare for `compared`, which makes them slower. Each loop of
    the module may go round `most_rounds` times between two calls of `begin`; one more raises EndlessError, in the same
    place at each run, unlike a limit of time.
    """

    def __init__(self, instrumented: Instrumented, name: str) -> None:
        self.branches: tuple[Branch, ...] = instrumented.branches
        self.mutants: tuple[Mutant, ...] = instrumented.mutants
        self.name = name
        self.watch_comparisons = False
        self.most_rounds = MOST_ROUNDS
        self.code = instrumented.code
        self._places = instrumented.places
        self._watched = instrumented.watched
        self._taken = [False] * (len(self.branches) + 1)
        self._untaken = tuple(self._taken)
        self._loops = [branch.number for branch in self.branches if branch.number in instrumented.loops]
        self._most = self.most_rounds
        self._left = [self._most] * len(self._taken)
        self._before = [0] * len(self._taken)
        self._plain = [False] * instrumented.place_count
        self._unasked = tuple(self._plain)
        self._active = [0]
        self._place = -1
        self._asked: set[int] = set()
        self._seen: deque[Any] = deque(maxlen=_MOST_COMPARED)
        self._spaces: list[dict[str, Any]] = []
        self._on_import = instrumented.on_import
        self._shows = self._where_import_shows()
        self._again: dict[str, Any] | None = None
        self._patches: dict[int, list[Patch]] = {}
        self._applied: list[Patch] = []
        self._idle: set[int] = set()
        of: list[list[int]] = [[] for _ in self._plain]
        for number, place in enumerate(self._places, 1):
            of[place].append(number)
        self._mutants_of = [tuple(one) for one in of]

    @property
    def is_imported(self) -> bool:
        """Whether the instrumented code has run."""
        return bool(self._spaces)

    @property
    def module(self) -> types.ModuleType:
        """The module, as `import` finds it.

        Raises:
            LoadError: nothing has imported it yet.
        """
        module = sys.modules.get(self.name)
        if module is None or not self._spaces:
            raise LoadError(f"{self.name} has not been imported")
        return module

    def begin(self, mutant: int = 0) -> None:
        """Forget what ran; what runs from now on runs with this mutant, 0 for none.

        Raises:
            IndexError: there is no such mutant.
        """
        for change, owner, key, _, old in self._applied:
            change(owner, key, old)
        self._applied = self._changes(mutant) if mutant in self._on_import else []
        for change, owner, key, new, _ in self._applied:
            change(owner, key, new)
        self._forget()
        self._place = self._places[mutant - 1] if mutant else -1
        self._active[0] = mutant

    def _forget(self) -> None:
        self._taken[:] = self._untaken
        self._most = self.most_rounds
        self._left[:] = [self._most] * len(self._left)
        self._plain[:] = self._unasked
        self._asked.clear()
        self._seen.clear()

    def taken(self) -> frozenset[int]:
        """Return the numbers of branches taken since `begin`."""
        taken = set(itertools.compress(range(len(self._taken)), self._taken))
        taken.update(loop for loop in self._loops if self._left[loop] != self._most)
        return frozenset(taken)

    def reached(self) -> frozenset[int]:
        """Return the numbers of mutants whose place ran since `begin`; no other could have changed anything."""
        reached = set(itertools.chain.from_iterable(itertools.compress(self._mutants_of, self._plain)))
        for place in self._asked:
            reached.update(self._mutants_of[place])
        taken = self._taken
        for numbers, entries in self._shows:
            if not entries or any(taken[one] for one in entries):
                reached.update(numbers)
        return frozenset(reached - self._idle)

    def compared(self) -> list[Any]:
        """Return plain values that conditions compared since `begin`, the last 256, if `watch_comparisons` was on."""
        return list(self._seen)

    def attach(self, space: dict[str, Any]) -> None:
        """Put what the module's code reads into its globals."""
        if not any(space is one for one in self._spaces):
            self._spaces.append(space)
        self._lend(space)

    def _lend(self, space: dict[str, Any]) -> None:
        space.update({
            names.TAKEN: self._taken,
            names.TAKE: self._take,
            names.LEFT: self._left,
            names.BEFORE: self._before,
            names.ENDLESS: self._endless,
            names.PLAIN: self._plain,
            names.ASK: self._ask,
            names.ACTIVE: self._active,
            names.COMPARE: self._compare,
        })  # fmt: skip

    def _where_import_shows(self) -> list[tuple[list[int], list[int]]]:
        """Return mutants in what runs on import, and the branches by which functions are entered that may show them."""
        entries: dict[str, list[int]] = {}
        for branch in self.branches:
            if branch.way == "entered":
                entries.setdefault(branch.function, []).append(branch.number)
        groups: dict[tuple[str, ...], list[int]] = {}
        for number, readers in self._on_import.items():
            groups.setdefault(readers, []).append(number)
        return [
            (numbers, [entry for reader in readers for entry in entries.get(reader, ())])
            for readers, numbers in groups.items()
        ]

    def _changes(self, mutant: int) -> list[Patch]:
        """Return what a mutant in what runs on import changes; nothing where that cannot be told."""
        if mutant not in self._patches:
            original = self._spaces[-1] if self._spaces else {}
            if self._again is None:
                self._again = self._run_again(original, 0) or {}
            faulty = self._run_again(original, mutant) if self._again else {}
            if faulty is None:
                self._patches[mutant] = [broken(original, names.TAKEN)]
            else:
                self._patches[mutant] = patches(original, self._again, faulty, self.name)
            if not self._patches[mutant]:
                self._idle.add(mutant)
        return self._patches[mutant]

    def _run_again(self, original: dict[str, Any], mutant: int) -> dict[str, Any] | None:
        """Run what runs on import in a namespace of its own and return that; None where it fails."""
        space = {key: value for key, value in original.items() if key in _MODULE_NAMES}
        self._lend(space)
        self._forget()
        self._place = self._places[mutant - 1] if mutant else -1
        self._active[0] = mutant
        try:
            exec(self.code, space)  # noqa: S102
        except (Exception, EndlessError, SystemExit):
            return None
        return space

    def _take(self, branch: int) -> bool:
        self._taken[branch] = True
        return True

    def _endless(self, loop: int) -> None:
        raise EndlessError(f"the loop in line {self.branches[loop - 1].line} went round {self._most} times")

    def _ask(self, place: int) -> bool:
        """Return whether what is written at a place is to run."""
        if place == self._place:
            self._asked.add(place)
            return False
        if self.watch_comparisons and place in self._watched:
            self._asked.add(place)
            return False
        self._plain[place] = True
        return True

    def _compare(self, name: str, left: Any, right: Any) -> Any:
        self._keep(left)
        self._keep(right)
        return _OPERATORS[name](left, right)

    def _keep(self, value: Any) -> None:
        kind = type(value)
        if kind in (int, float) or (kind in (str, bytes) and _len(value) <= _LONGEST):
            self._seen.append(value)
        elif kind in (tuple, list, set, frozenset, dict) and _len(value) <= 8:
            for one in list(value):
                if type(one) in (int, float) or (type(one) in (str, bytes) and _len(one) <= _LONGEST):
                    self._seen.append(one)

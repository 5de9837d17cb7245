"""What a report is made of: an entry for each module, and what all come to. How it looks is decided elsewhere."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, TypeAlias

from aigc_plugins.testgen.parts import Figures

if TYPE_CHECKING:
    from collections.abc import Iterable

    from aigc_plugins.testgen.parts import Generated

Status: TypeAlias = Literal["tests", "complete", "nothing", "failed", "skipped"]


@dataclass(frozen=True, slots=True)
class Entry:
    """What came of one module; `path` is its name for people, `test_file` that of its test file.

    `reason` says why there are no tests; `diff` is the change of the test file, `written` tells whether it was made.
    With `failed` it was no finding but a fault.
    """

    path: str
    generated: Generated | None = None
    test_file: str = ""
    diff: str = ""
    written: bool = False
    reason: str = ""
    failed: bool = False
    skipped: bool = False

    @property
    def status(self) -> Status:
        """`tests`: there are new ones; `complete`: the existing tests reach all; `nothing`: none could be offered."""
        if self.failed or self.skipped:
            return "failed" if self.failed else "skipped"
        if self.generated is None:
            return "nothing"
        if self.generated.change is not None:
            return "tests"
        return "complete" if is_complete(self.generated.after) else "nothing"


@dataclass(frozen=True, slots=True)
class Report:
    """What came of a whole run. `model` is the name of the model that was asked, empty where none was.

    `model_proposers` are the names of proposers that ask it. `failures` are demands that were not met.
    """

    entries: tuple[Entry, ...]
    seed: int = 0
    seconds: float = 0.0
    model: str = ""
    model_proposers: frozenset[str] = frozenset()
    version: str = ""
    interrupted: bool = False
    failures: tuple[str, ...] = ()

    @property
    def generated(self) -> tuple[Generated, ...]:
        """What came of the modules for which something did."""
        return tuple(one.generated for one in self.entries if one.generated is not None)

    @property
    def before(self) -> Figures:
        """The figures of all modules together, with the tests that there were."""
        return summed(one.before for one in self.generated)

    @property
    def after(self) -> Figures:
        """The figures of all modules together, with the new tests."""
        return summed(one.after for one in self.generated)


def summed(figures: Iterable[Figures]) -> Figures:
    """Return the sum of figures."""
    total = Figures()
    for one in figures:
        total = Figures(
            _added(total.lines, one.lines), _added(total.arcs, one.arcs), _added(total.mutants, one.mutants)
        )
    return total


def coverage(figures: Figures) -> tuple[int, int]:
    """Return lines and branches together, as `coverage report` counts them with branches."""
    return _added(figures.lines, figures.arcs)


def share(pair: tuple[int, int]) -> float | None:
    """Return a pair in percent, None of nothing."""
    return 100 * pair[0] / pair[1] if pair[1] else None


def percent(pair: tuple[int, int]) -> str:
    """Return a pair in whole percent, rounded down: 100 is all. `–` stands for none of nothing."""
    return str(100 * pair[0] // pair[1]) if pair[1] else "–"


def is_complete(figures: Figures) -> bool:
    """Tell whether tests reach all lines, branches and mutants; where nothing was measured, they do not."""
    pairs = (figures.lines, figures.arcs, figures.mutants)
    return any(whole for _, whole in pairs) and all(part >= whole for part, whole in pairs)


def rows(generated: Generated) -> int:
    """Return how many tests are new, each row of a parametrised one counted."""
    return sum(len(test.rows) for test in generated.tests)


def model_part(generated: Generated, model_proposers: frozenset[str]) -> tuple[int, int]:
    """Return how many of the kept scenarios a model proposed, of how many."""
    kept = sum(one.kept for one in generated.origins)
    return sum(one.kept for one in generated.origins if one.name in model_proposers), kept


def _added(one: tuple[int, int], other: tuple[int, int]) -> tuple[int, int]:
    return one[0] + other[0], one[1] + other[1]

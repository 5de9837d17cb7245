"""What the parts outside of the sandbox pass to each other: a module with its project, proposers, and written files."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal, TypeAlias

from aigc_plugins.testgen.scenario import Branch, Mutant, Suspicion

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from aigc_plugins.action import FileEdit, Job, NewFile
    from aigc_plugins.testgen.scenario import Goals, Recorded, Scenario, Target

Style: TypeAlias = Literal["pytest", "unittest"]


@dataclass(frozen=True, slots=True)
class Conventions:
    """How a project writes tests: in what style, and in which file those of a module are.

    `file` is absolute, `text` what it holds now, None where it is to be made. `fixtures` are the names that tests in
    that file may ask for, without pytest's own. `line_length` is the project's, for the written code.
    """

    style: Style
    file: Path
    text: str | None = None
    fixtures: tuple[str, ...] = ()
    line_length: int = 88


@dataclass(frozen=True, slots=True)
class Subject:
    """A Python module under test: its text (as the editor has it), its project, and what of it is to be tested.

    `path` lies in `root`, the project's folder. `name` is what tests import (`shop.cart`), with the folders
    `search_path` (absolute, in `root`) on `sys.path`. `targets` are those that tests are wanted of; `all_targets` are
    all of the module. `python` is the interpreter.
    """

    root: Path
    path: Path
    name: str
    text: str
    targets: tuple[Target, ...]
    all_targets: tuple[Target, ...]
    search_path: tuple[Path, ...]
    python: Path
    conventions: Conventions


class TestProposer(ABC):
    """Says what could be tried of a module. What it proposes is run in the sandbox and kept only if it is of use.

    `name` appears in figures. `model` tells whether it asks the model: it is then asked for what programs did not find,
    and left out where no model is wanted. Plugins give proposers by the hook `aigc_test_proposers`.
    """

    __test__ = False  # no test for pytest, whatever the name
    name: str
    model: bool = False

    @abstractmethod
    def propose(self, subject: Subject, goals: Goals, job: Job) -> Iterable[Scenario]:
        """Yield what to try for the subject's targets, what helps with the goals first.

        It is asked once in each round, and may yield nothing in later ones. The same subject, goals and answers of the
        model must give the same scenarios in the same order.
        """


@dataclass(frozen=True, slots=True)
class WrittenTest:
    """A test function in a written file: `name` (`test_parse`, `TestParse::test_parse` in a class), and for each row of
    its parametrisation (one where it has none) what it came from."""

    name: str
    rows: tuple[Recorded, ...]


@dataclass(frozen=True, slots=True)
class Written:
    """The text of a whole test file, and the new tests in it; what an existing file held is unchanged."""

    text: str
    tests: tuple[WrittenTest, ...]


@dataclass(frozen=True, slots=True)
class TestResult:
    """What pytest saw of one row of a test: whether it passed, else why not; branches taken and mutants killed."""

    __test__ = False
    passed: bool
    message: str = ""
    branches: frozenset[int] = frozenset()
    kills: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True)
class Checked:
    """What came of running a test file: results by test name and row; `error` says why it could not be collected.

    `covered` and `executable` are line numbers, `branches` how many arcs coverage.py saw taken, of how many. `arcs` are
    all of them (from a line to a line, negative for a way out), `taken` those that were. `notes` are for the user.
    `late` counts the mutants that time left out.
    """

    results: Mapping[tuple[str, int], TestResult] = field(default_factory=dict)
    error: str = ""
    covered: frozenset[int] = frozenset()
    executable: frozenset[int] = frozenset()
    branches: tuple[int, int] = (0, 0)
    taken: frozenset[tuple[int, int]] = frozenset()
    arcs: frozenset[tuple[int, int]] = frozenset()
    notes: tuple[str, ...] = ()
    late: int = 0


@dataclass(frozen=True, slots=True)
class Options:
    """What a user may choose: seconds for one module, the seed of all chance, whether the model is asked.

    `executions` bounds the search by work and not by time, so that two runs give the same; `seconds` only ends it.
    """

    seconds: float = 60.0
    seed: int = 0
    model: bool = True
    executions: int = 20_000


@dataclass(frozen=True, slots=True)
class Figures:
    """What tests reach of the targets: each pair is how many of how many. Lines and arcs are coverage.py's."""

    lines: tuple[int, int] = (0, 0)
    arcs: tuple[int, int] = (0, 0)
    mutants: tuple[int, int] = (0, 0)


@dataclass(frozen=True, slots=True)
class Origin:
    """What became of one proposer's scenarios."""

    name: str
    proposed: int = 0
    ran: int = 0
    kept: int = 0


@dataclass(frozen=True, slots=True)
class Generated:
    """All that came of writing tests for a module.

    `change` makes or extends the test file, None where there is nothing to write; `text` is the whole file then.
    `before` are the figures of the tests that the project had, `after` those with the new ones. `covered` and `missed`
    are line numbers of the module. `killed` and `alive` are mutants, `missing` branches that no test takes. `dropped`
    counts by reason what was written and thrown away. `notes` are sentences for the user: what cannot be tested and
    why, what ended by time. `complete` is false where time or the user ended it: another run may then give more.
    """

    subject: Subject
    change: FileEdit | NewFile | None
    text: str
    tests: tuple[WrittenTest, ...]
    before: Figures
    after: Figures
    covered: frozenset[int] = frozenset()
    missed: frozenset[int] = frozenset()
    killed: tuple[Mutant, ...] = ()
    alive: tuple[Mutant, ...] = ()
    missing: tuple[Branch, ...] = ()
    suspicions: tuple[Suspicion, ...] = ()
    origins: tuple[Origin, ...] = ()
    dropped: Mapping[str, int] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    seconds: float = 0.0
    complete: bool = True

"""Starts the search of a module's tests in the sandbox, and reads what it found. What is worth keeping, others decide.

A limit of the sandbox ends everything in it: the search is then started again without the target that ran, and what was
found before counts.
"""

from __future__ import annotations

import json
import secrets
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from aigc_plugins.sandbox import Limits, Sandbox
from aigc_plugins.testgen.inside.deadline import STOP
from aigc_plugins.testgen.scenario import Branch, Goals, Mutant, Recorded, Suspicion, from_json, to_json

if TYPE_CHECKING:
    from collections.abc import Mapping

    from aigc_plugins.testgen.parts import Subject
    from aigc_plugins.testgen.scenario import Scenario

_PACKAGE = Path(__file__).parents[1]
_LAUNCH = "import sys; sys.path.append({!r}); from aigc_plugins.testgen.inside.worker import main; main()"
_GRACE_S = 6.0
_LEAST_S = 1.0
_STARTS = 3
_NOTE = "running.json"


@dataclass(frozen=True, slots=True)
class Explored:
    """What a search found: `recorded` holds `known` ones too. `branches` and `mutants` are all of the module.

    `ran` counts scenarios by origin; `complete` is false where time or a limit ended the search, `notes` say why.
    """

    recorded: tuple[Recorded, ...] = ()
    branches: tuple[Branch, ...] = ()
    mutants: tuple[Mutant, ...] = ()
    suspicions: tuple[Suspicion, ...] = ()
    ran: Mapping[str, int] = field(default_factory=dict)
    complete: bool = True
    notes: tuple[str, ...] = ()


def explore(
    subject: Subject,
    copy: Path,
    scenarios: Sequence[Scenario],
    *,
    goals: Goals,
    known: Sequence[Recorded] = (),
    seed: int = 0,
    executions: int = 20_000,
    seconds: float = 20.0,
    cancelled: Callable[[], object] = lambda: False,
    report: Callable[[str], None] | None = None,
    stop: Callable[[], bool] = lambda: False,
) -> Explored:
    """Try scenarios and search more in a copy of the project; `goals` of a first round without any stand for all.

    `copy` is a folder with the project's files, which is not written to unless code under test does. `known` are
    records of earlier rounds, to go on from. Up to `executions` runs are made; `seconds` end the search early, and so
    does `stop` once it is true: what was found is returned. `report` is told how far it is.

    Raises:
        SandboxUnavailableError: code cannot be run safely here.
        CancelledError: `cancelled` said so.
    """
    gathered = _Gathered(list(known))
    skip: list[str] = []
    until = time.monotonic() + seconds
    for _ in range(_STARTS):
        left = until - time.monotonic()
        if left < _LEAST_S and gathered.started:
            gathered.complete = False
            break
        orders = _orders(subject, copy, scenarios, goals, gathered.recorded, skip)
        orders |= {"seed": seed, "executions": executions, "seconds": max(left, _LEAST_S)}
        offender, ended = _run(subject, copy, orders, gathered, _Asked(cancelled, report, stop))
        if gathered.finished or stop():
            break
        gathered.complete = False
        if not offender or gathered.error:
            gathered.notes.append(gathered.error or f"the search used up all {ended or 'it had'}")
            break
        gathered.notes.append(f"{offender} was left out: it used up all {ended or 'it had'} that it may have")
        skip.append(offender)
    return gathered.explored()


class _Gathered:
    """What came out of the sandbox so far."""

    def __init__(self, known: list[Recorded]) -> None:
        self.recorded = known
        self.branches: tuple[Branch, ...] = ()
        self.mutants: tuple[Mutant, ...] = ()
        self.suspicions: list[Suspicion] = []
        self.ran: Counter[str] = Counter()
        self.notes: list[str] = []
        self.error = ""
        self.complete, self.finished, self.started = True, False, False

    def take(self, answer: dict[str, Any]) -> None:
        """Take in one answer of the worker."""
        if "recorded" in answer:
            self.recorded.append(from_json(Recorded, answer["recorded"]))
        elif "suspicion" in answer:
            self.suspicions.append(from_json(Suspicion, answer["suspicion"]))
        elif "branches" in answer:
            self.branches = tuple(from_json(Branch, one) for one in answer["branches"])
            self.mutants = tuple(from_json(Mutant, one) for one in answer["mutants"])
        elif "error" in answer:
            self.error = _sentence(str(answer["error"]))
        elif "ran" in answer:
            self.finished = True
            self.ran.update(answer["ran"])
            self.complete = self.complete and bool(answer["complete"])
            self.notes += [f"{name} ended or hung its process while it was searched" for name in answer["failed"]]

    def explored(self) -> Explored:
        """Return all of it, each record once."""
        once: dict[tuple[str, tuple[str, ...]], Recorded] = {}
        for one in self.recorded:
            key = (one.scenario.act, one.scenario.arrange)
            if key not in once or len(one.kills) > len(once[key].kills):
                once[key] = one
        return Explored(
            tuple(once.values()), self.branches, self.mutants, tuple(dict.fromkeys(self.suspicions)), dict(self.ran),
            self.complete, tuple(dict.fromkeys(self.notes)),
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Asked:
    """What whoever started the search is asked and told while it runs."""

    cancelled: Callable[[], object]
    report: Callable[[str], None] | None
    stop: Callable[[], bool]

    def watching(self, folder: Path) -> Callable[[], object]:
        """Return what the sandbox asks often: whether to stop; it also tells how far the search in `folder` is."""
        last = [""]

        def asked() -> object:
            target = str(_noted(folder / _NOTE).get("target", "")) if self.report is not None else ""
            if self.report is not None and target and target != last[0]:
                last[0] = target
                self.report(f"trying {target}")
            if self.stop():
                (folder / STOP).touch()
            return self.cancelled()

        return asked


def _orders(
    subject: Subject,
    copy: Path,
    scenarios: Iterable[Scenario],
    goals: Goals,
    known: Iterable[Recorded],
    skip: list[str],
) -> dict[str, Any]:
    given = goals.round > 0 or goals.branches or goals.mutants
    return {
        "text": subject.text,
        "name": subject.name,
        "file": str(_copied(subject.path, subject, copy)),
        "path": [str(_copied(one, subject, copy)) for one in subject.search_path],
        "targets": to_json(subject.all_targets),
        "wanted": [one.name for one in subject.targets],
        "scenarios": to_json(list(scenarios)),
        "known": to_json([one.scenario for one in known]),
        "goals": {
            "branches": [one.number for one in goals.branches], "mutants": [one.number for one in goals.mutants],
        } if given else None,
        "skip": skip,
        "extra_path": _extra_path(subject.python),
    }  # fmt: skip


def _copied(path: Path, subject: Subject, copy: Path) -> Path:
    """Return where something of the project lies in the copy."""
    return copy / path.relative_to(subject.root) if path.is_relative_to(subject.root) else path


def _extra_path(python: Path) -> list[str]:
    """Return folders with what the worker may need and the interpreter of another environment may lack."""
    if python.absolute() == Path(sys.executable).absolute():
        return []
    return [one for one in sys.path if one.endswith("site-packages")]


def _run(
    subject: Subject,
    copy: Path,
    orders: dict[str, Any],
    gathered: _Gathered,
    asked: _Asked,
) -> tuple[str, str]:
    """Run the worker once; return which target ran when a limit ended it, and the limit."""
    mark = secrets.token_hex(16)
    gathered.started = True
    with tempfile.TemporaryDirectory(prefix="aigc-testgen-", dir=copy.parent) as folder:
        scratch = copy.parent
        orders |= {"mark": mark, "scratch": folder}
        done = Sandbox().run(
            [subject.python, "-P", "-s", "-c", _LAUNCH.format(str(_PACKAGE.parent))],
            scratch=scratch,
            cwd=Path(folder),
            readable=[_PACKAGE, *subject.search_path, *map(Path, orders["extra_path"])],
            limits=_limits(float(orders["seconds"])),
            stdin=json.dumps(orders),
            environment={"PYTHONHASHSEED": "0"},
            cancelled=asked.watching(Path(folder)),
        )
        for answer in _answers(done.stdout, mark):
            gathered.take(answer)
        if not gathered.finished and not gathered.error and not done.ended:
            gathered.error = f"the search ended without a report: {done.stderr.strip()[-200:] or done.status}"
        return str(_noted(Path(folder) / _NOTE).get("target", "")), done.ended


def _limits(seconds: float) -> Limits:
    wall = seconds + _GRACE_S
    return Limits(wall_s=wall, cpu_s=int(wall) + 5, memory=2 << 30, processes=64, output=48 << 20)


def _sentence(error: str) -> str:
    """Return what went wrong in words for the user, with what to do about it where that is known."""
    if not error.startswith("LoadError: "):
        return error
    text = f"The module cannot be loaded: {error.removeprefix('LoadError: ')}."
    if "ModuleNotFoundError" in text:
        text += " Install what is missing into the project's environment, or name one that has it (--python)."
    return text


def _noted(note: Path) -> dict[str, Any]:
    """Return what the worker noted last; code under test could have written there, too, so it is read with care."""
    try:
        if note.is_symlink() or note.stat().st_size > 4096:
            return {}
        value = json.loads(note.read_text("utf-8"))
    except (OSError, ValueError):
        return {}
    return value if isinstance(value, dict) else {}


def _answers(text: str, mark: str) -> Iterator[dict[str, Any]]:
    for line in text.splitlines():
        if line.startswith(mark):
            value = json.loads(line.removeprefix(mark))
            if isinstance(value, dict):
                yield value

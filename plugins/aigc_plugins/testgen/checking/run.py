"""Starts pytest in the sandbox and reads what its plugin reports. Which tests, and what for, is the caller's."""

from __future__ import annotations

import json
import secrets
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

from aigc_plugins.sandbox import Limits, Sandbox
from aigc_plugins.testgen.checking import settings

if TYPE_CHECKING:
    from aigc_plugins.testgen.parts import Subject

_PACKAGE = Path(__file__).parents[2]
_LAUNCH = (
    "import sys; sys.path.append({0!r}); from aigc_plugins.testgen.inside.pytest_main import main; "
    "sys.path.remove({0!r}); main()"
)
_LENT = ("pytest", "_pytest", "py", "pluggy", "iniconfig", "packaging", "pygments", "coverage")
_START_S = 20.0  # to start, import and collect on a busy machine
_MEMORY, _PROCESSES = 2 << 30, 64


@dataclass(frozen=True, slots=True)
class Orders:
    """What one run does: the files, the names of tests in them (None for all), and in which order.

    `cover` asks for coverage, `instrument` for branches and mutants; `mutants_s` bounds the latter, and with `first`
    one failing test is enough for each. With `each`, a mutant is looked for for each test; `likely` says of rows which
    they should kill. `test_s` are seconds of processor time for one test. `folder` has the names
    of tests begin with their file's path in it. With `scenarios`, by the names of tests, these are recorded instead.
    `program` is the name of the program that tests see. With `twice`, all run a second time in the same process.
    """

    files: tuple[Path, ...]
    names: tuple[str, ...] | None
    order: str = ""
    cover: bool = False
    instrument: bool = False
    mutants_s: float = 0.0
    first: bool = False
    each: bool = False
    likely: tuple[tuple[str, int, tuple[int, ...]], ...] = ()
    test_s: float = 5.0
    folder: str | None = None
    scenarios: Mapping[str, Any] = field(default_factory=dict)
    program: str = "pytest"
    twice: bool = False


@dataclass(slots=True)
class Ran:
    """What a run reported, by the index of a test: its row, its result, and the tests that failed by mutant.

    `error` says why nothing could be run; `figures` are the lists of coverage.py; `recorded` are tests as JSON; `late`
    counts mutants left out.
    """

    rows: dict[int, tuple[str, int]] = field(default_factory=dict)
    results: dict[int, dict[str, Any]] = field(default_factory=dict)
    mutants: dict[int, list[int]] = field(default_factory=dict)
    figures: dict[str, list[Any]] | None = None
    recorded: list[Any] = field(default_factory=list)
    error: str = ""
    late: int = 0

    def take(self, event: Mapping[str, Any]) -> None:
        """Note one event."""
        kind = event["kind"]
        if kind == "item":
            self.rows[event["index"]] = (event["name"], event["row"])
        elif kind == "result":
            self.results[event["end"]] = dict(event)
        elif kind == "mutant":
            self.mutants.setdefault(event["number"], []).extend(event["failed"])
        elif kind == "figures":
            self.figures = event["figures"]
        elif kind == "recorded":
            self.recorded.append(event["recorded"])
        elif kind == "error" and not self.error:
            self.error = event["text"]
        elif kind == "late":
            self.late = event["count"]


def run(
    subject: Subject,
    copy: Path,
    orders: Orders,
    *,
    seconds: float,
    cancelled: Callable[[], object],
    environment: Mapping[str, str] | None = None,
) -> Ran:
    """Run tests in the project's copy, whose parent folder is the scratch folder; `seconds` is the longest it may take.

    Raises:
        SandboxUnavailableError: code cannot be run safely here.
        CancelledError: `cancelled` said so.
    """
    copy = copy.resolve()
    scratch = copy.parent
    events = scratch / f".events-{secrets.token_hex(8)}"
    package = str(_PACKAGE.parent)
    try:
        done = Sandbox().run(
            [subject.python, "-P", "-s", "-c", _LAUNCH.format(package)],
            scratch=scratch,
            cwd=copy,
            readable=[_PACKAGE, *lent()],
            limits=Limits(seconds + _START_S, int(seconds + _START_S), _MEMORY, _PROCESSES, file=64 << 20),
            stdin=json.dumps(_stated(subject, copy, orders, events)),
            environment={"PYTHONHASHSEED": "0", **(environment or {})},
            cancelled=cancelled,
        )
        ran = read(events)
    finally:
        for path in (events, events.with_name(events.name + ".json")):
            path.unlink(missing_ok=True)
    if not ran.rows and not ran.error:
        ran.error = _reason(done.stderr) or (f"it used up all {done.ended} that it may have" if done.ended else "")
        ran.error = ran.error or "no test was found in it"
    return ran


def read(events: Path) -> Ran:
    """Return what a file of events says; the last line may be cut off."""
    ran = Ran()
    with suppress(OSError):
        for line in events.read_text("utf-8", "replace").splitlines():
            with suppress(ValueError, KeyError, TypeError):
                ran.take(json.loads(line))
    return ran


def lent() -> list[Path]:
    """Return where our own pytest and coverage are, for interpreters without."""
    places = []
    for name in _LENT:
        spec = find_spec(name)
        if spec is not None and spec.origin is not None:
            origin = Path(spec.origin)
            places.append(origin.parent if spec.submodule_search_locations else origin)
    return places


def inside(subject: Subject, copy: Path, path: Path) -> Path:
    """Return where something of the project is in its copy."""
    return copy.resolve() / path.relative_to(subject.root)


def _stated(subject: Subject, copy: Path, orders: Orders, events: Path) -> dict[str, Any]:
    temporary = copy.parent / ".tmp" / secrets.token_hex(4)
    folders = [inside(subject, copy, one) for one in subject.search_path]
    folders += [one for one in settings.python_path(copy, orders.files[0]) if one not in folders]
    plain = not orders.cover
    return {
        "events": str(events),
        "attempts": settings.arguments(copy, orders.files, temporary, plain=plain),
        "lent": sorted({str(one.parent) for one in lent()}),
        "path": [str(one) for one in folders],
        "name": subject.name,
        "text": subject.text,
        "file": str(inside(subject, copy, subject.path)),
        "names": orders.names,
        "order": orders.order,
        "cover": orders.cover,
        "instrument": orders.instrument,
        "mutants_s": orders.mutants_s,
        "first": orders.first,
        "each": orders.each,
        "likely": orders.likely,
        "test_s": orders.test_s,
        "folder": orders.folder,
        "scenarios": dict(orders.scenarios),
        "program": orders.program,
        "twice": orders.twice,
    }


def _reason(text: str) -> str:
    lines = [line.removeprefix("E").strip() for line in text.strip().splitlines() if line.strip()]
    return " ".join(lines[-3:])[-300:]

"""Extract, inline and rename at places of real functions of the standard library, and rope alone at the same ones.

Each case is a copy of a module and its test file in a folder of their own, and a place in one of 50 functions. Our task
runs as in the editor; no model is asked, the names come from the code. Then rope does the same without our checks, as
the plugins of other servers have it. After every edit that a side offers, checks that are not the product's follow: the
files compile, no name is undefined, nothing else changed, the module imports, and its own tests pass.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import shutil
import statistics
import sys
import tempfile
import time
from collections import Counter, defaultdict
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from refactorings_cases import TASKS, Case, cases, library, source
from refactorings_checks import reason_of, run_faults, tree_faults
from report import write

from aigc_lsp.tasks import Host, run_task
from aigc_models.types import AigcError
from aigc_plugins.api import ActionTask, Change, FileEdit, Place, applied
from aigc_plugins.document import Document
from aigc_plugins.manager import load_plugins

NAME = "renamed_by_the_benchmark"


class Tally:
    """Counts what one side offers for a task, and what is wrong with it."""

    def __init__(self) -> None:
        self.times: list[float] = []
        self.faults: Counter[str] = Counter()
        self.reasons: Counter[str] = Counter()
        self.offered = self.passed = 0

    def add(self, seconds: float, reason: str | None, faults: list[str]) -> None:
        """Count one case: why nothing was offered, else what is wrong with the edit."""
        self.times.append(seconds)
        if reason is not None:
            self.reasons[reason_of(reason)] += 1
            return
        self.offered += 1
        self.passed += not faults
        self.faults.update(faults)

    def result(self) -> dict[str, Any]:
        """Return counts and milliseconds."""
        cuts = statistics.quantiles(self.times, n=20, method="inclusive") if len(self.times) > 1 else self.times * 19
        return {
            "cases": len(self.times),
            "offered": self.offered,
            "passed": self.passed,
            "faults": dict(self.faults.most_common()),
            "withheld": dict(self.reasons.most_common()),
            "ms": {"p50": round(cuts[9] * 1000), "p95": round(cuts[18] * 1000)},
        }


async def ours(case: Case, folder: Path, tasks: Mapping[str, ActionTask]) -> dict[str, str]:
    """Return the new texts of the files that the task changes, by name. Raises AigcError."""
    path, text = folder / f"{case.module}.py", source(case.module)
    place = Place(Document(path.as_uri(), "python", text, 1).snapshot(), case.start, case.end)
    task = tasks[case.task]
    if not task.applies(place):
        raise AigcError("does not apply")
    arguments = {"name": NAME} if case.task == "rename" else {}
    result = await run_task(task, place, arguments, Host(_away, roots=(folder,)))
    if not isinstance(result, Change):
        raise AigcError("no edit")
    found = {path.name: applied(text, result.edits)} if result.edits else {}
    for one in result.files:
        if isinstance(one, FileEdit):
            found[one.path.name] = applied(one.before, one.edits)
    return found


async def rope_alone(case: Case, folder: Path, tasks: Mapping[str, ActionTask]) -> dict[str, str]:
    """Return what rope makes of it. Raises AigcError."""
    return await asyncio.to_thread(_rope, case, folder)


def _rope(case: Case, folder: Path) -> dict[str, str]:
    from rope.base.project import Project
    from rope.refactor.extract import ExtractMethod, ExtractVariable
    from rope.refactor.inline import create_inline
    from rope.refactor.rename import Rename

    project = Project(str(folder), ropefolder=None)
    file = project.get_resource(f"{case.module}.py")
    try:
        if case.task == "rename":
            changes = Rename(project, file, case.start).get_changes(NAME)
        elif case.task == "inline":
            changes = create_inline(project, file, case.start).get_changes()
        else:
            kind = ExtractVariable if case.task == "extract-variable" else ExtractMethod
            changes = kind(project, file, case.start, case.end).get_changes("extracted_by_the_benchmark")
    except Exception as error:  # it raises whatever comes where it gives up
        raise AigcError(f"rope: {type(error).__name__}") from None
    return {one.resource.name: one.new_contents for one in changes.changes if one.new_contents is not None}


async def _away() -> Any:
    raise AigcError("no model takes part")


def workspace(folder: Path, module: str) -> dict[str, str]:
    """Copy a module and its tests into a folder; return their texts by name."""
    for path in (library() / f"{module}.py", library() / "test" / f"test_{module}.py"):
        shutil.copy(path, folder / path.name)
    return {path.name: path.read_text(encoding="utf-8") for path in folder.glob("*.py")}


async def _one(side: Any, case: Case, tasks: Mapping[str, ActionTask]) -> tuple[float, str | None, list[str]]:
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary).resolve()
        before = workspace(folder, case.module)
        began = time.perf_counter()
        try:
            after = await side(case, folder, tasks)
        except AigcError as error:
            return time.perf_counter() - began, str(error), []
        seconds = time.perf_counter() - began
        faults = tree_faults(case.task, case.function, {name: before[name] for name in after}, after)
        if not faults:
            for name, text in after.items():
                (folder / name).write_text(text, encoding="utf-8")
            faults = await asyncio.to_thread(run_faults, folder, case.module)
        return seconds, None, faults


async def run(drawn: list[Case], details: Path | None, *, peer: bool) -> dict[str, Any]:
    """Run all cases on both sides in turns, and return the figures by task and side."""
    tasks = {task.name: task for task in load_plugins().tasks(ActionTask)}
    sides = {"ours": ours, **({"rope": rope_alone} if peer else {})}
    tallies: dict[str, dict[str, Tally]] = defaultdict(lambda: {side: Tally() for side in sides})
    for number, case in enumerate(drawn):
        for name, side in list(sides.items())[:: 1 if number % 2 else -1]:
            seconds, reason, faults = await _one(side, case, tasks)
            tallies[case.task][name].add(seconds, reason, faults)
            if details is not None:
                line = {"side": name, **vars(case), "reason": reason, "faults": faults}
                with details.open("a", encoding="utf-8") as stream:
                    stream.write(json.dumps(line) + "\n")
        if sys.stderr.isatty():
            print(f"\r{number + 1}/{len(drawn)}", end="", file=sys.stderr)
    return {task: {side: tally.result() for side, tally in tallies[task].items()} for task in TASKS if task in tallies}


def show(figures: dict[str, Any]) -> None:
    """Print a table, the faults and the reasons."""
    print(f"{'task':18}{'':6}{'places':>7}{'offered':>9}{'passed':>8}{'p50 ms':>9}{'p95 ms':>9}")
    for task, sides in figures.items():
        for side, found in sides.items():
            print(
                f"{task:18}{side:6}{found['cases']:>7}{found['offered']:>9}{found['passed']:>8}"
                f"{found['ms']['p50']:>9,}{found['ms']['p95']:>9,}"
            )
    for task, sides in figures.items():
        for side, found in sides.items():
            for kind in ("faults", "withheld"):
                for text, count in found[kind].items():
                    print(f"{task}, {side}, {kind}: {count} × {text}")


def main() -> None:
    """Draw the cases, run them, print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--functions", type=int, default=50)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--tasks", nargs="+", choices=TASKS, default=list(TASKS))
    parser.add_argument("--no-peer", action="store_true", help="ours alone")
    parser.add_argument("--details", type=Path, help="file for one JSON line an edit")
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    drawn = [case for case in cases(options.functions, options.seed) if case.task in options.tasks]
    figures = asyncio.run(run(drawn, options.details, peer=not options.no_peer))
    show(figures)
    write(
        options.json,
        "refactorings of real functions",
        {"seed": options.seed, "functions": options.functions, "tasks": figures},
    )
    sys.exit(any(sides["ours"]["passed"] < sides["ours"]["offered"] for sides in figures.values()))


if __name__ == "__main__":
    main()

"""Proposes calls with values that Hypothesis draws for annotated types; it asks a program in the sandbox for them."""

from __future__ import annotations

import ast
import json
import secrets
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from aigc_plugins.sandbox import Limits, Sandbox
from aigc_plugins.testgen.parts import TestProposer
from aigc_plugins.testgen.project import copied
from aigc_plugins.testgen.proposers.acts import Acts
from aigc_plugins.testgen.proposers.known import Known
from aigc_plugins.testgen.scenario import to_json
from aigc_plugins.testgen.wanted import Wanted

if TYPE_CHECKING:
    from aigc_plugins.action import Job
    from aigc_plugins.testgen.parts import Subject
    from aigc_plugins.testgen.scenario import Goals, Scenario, Target

NAME = "types"
_PACKAGE = Path(__file__).parents[2]
_LAUNCH = "import sys; sys.path.append({!r}); from aigc_plugins.testgen.inside.hypothesis_values import main; main()"
_COUNT, _MOST_TARGETS = 12, 60
_SECONDS = 8.0
_LIMITS = Limits(wall_s=20.0, cpu_s=20, memory=2 << 30, processes=32, output=4 << 20)


class HypothesisTypes(TestProposer):
    """Proposes a few draws for each target whose parameters are annotated; none where Hypothesis is not there."""

    name = NAME

    def propose(self, subject: Subject, goals: Goals, job: Job) -> Iterator[Scenario]:
        """Yield them in the order of the targets, in the second round: drawing takes long, and the search knows types.

        Raises:
            SandboxUnavailableError: code cannot be run safely here.
        """
        wanted = Wanted(subject)
        missing = {wanted.target(function) for function in goals.functions}
        targets = {one.name: one for one in subject.targets if _is_annotated(one) and one in missing}
        if goals.round != 1 or not targets or not has_hypothesis(subject.python):
            return
        acts = Acts(Known(subject), NAME)
        seen: set[Scenario] = set()
        for answer in self._answers(subject, list(targets.values())[:_MOST_TARGETS], goals.seed, job):
            target = targets.get(str(answer.get("target")))
            found = _scenario(acts, target, answer) if target is not None and "given" in answer else None
            if found is not None and found not in seen:
                seen.add(found)
                yield found

    def _answers(self, subject: Subject, targets: list[Target], seed: int, job: Job) -> list[dict[str, Any]]:
        mark = secrets.token_hex(16)
        with tempfile.TemporaryDirectory(prefix="aigc-types-") as folder:
            copy = Path(folder) / "project"
            copied(subject, copy, job)
            orders = {
                "text": subject.text, "name": subject.name, "file": str(copy / subject.path.relative_to(subject.root)),
                "path": [str(copy / one.relative_to(subject.root)) for one in subject.search_path],
                "targets": [to_json(asdict(one)) for one in targets], "seed": seed, "count": _COUNT,
                "seconds": _SECONDS, "mark": mark,
            }  # fmt: skip
            done = Sandbox().run(
                [subject.python, "-P", "-s", "-c", _LAUNCH.format(str(_PACKAGE.parent))],
                scratch=Path(folder),
                cwd=copy,
                readable=[_PACKAGE],
                limits=_LIMITS,
                stdin=json.dumps(orders),
                environment={"PYTHONHASHSEED": "0"},
                cancelled=job.check,
            )
        return [json.loads(line.removeprefix(mark)) for line in done.stdout.splitlines() if line.startswith(mark)]


def has_hypothesis(python: Path) -> bool:
    """Tell whether an interpreter can import Hypothesis."""
    if python.absolute() == Path(sys.executable).absolute():
        from importlib.util import find_spec

        return find_spec("hypothesis") is not None
    return any(python.parent.parent.glob("lib/python3*/site-packages/hypothesis/__init__.py"))


def _is_annotated(target: Target) -> bool:
    """Tell whether there is something to draw: all that is needed has a type."""
    return not target.untestable and all(one.annotation or one.default or one.star for one in target.parameters)


def _scenario(acts: Acts, target: Target, answer: dict[str, Any]) -> Scenario | None:
    """Return the scenario of a draw, None where what came out of the sandbox is no plain call."""
    given = {str(name): str(value) for name, value in answer["given"].items()}
    receiver = str(answer["receiver"])
    imports = tuple(str(one) for one in answer["imports"])
    try:
        for text in (*given.values(), *([receiver] if receiver else [])):
            ast.parse(text, mode="eval")
        if not all(isinstance(one, ast.Import | ast.ImportFrom) for line in imports for one in ast.parse(line).body):
            return None
    except (SyntaxError, ValueError, RecursionError):
        return None
    return acts.scenario(target, given, made=receiver, imports=imports)

"""Starts node in the sandbox to try scenarios, and reads what came of them. What is worth keeping, others decide."""

from __future__ import annotations

import json
import re
import secrets
from collections import defaultdict
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import zip_longest
from pathlib import Path
from typing import TYPE_CHECKING, Any

from aigc_plugins.action import WithheldError
from aigc_plugins.sandbox import Limits, Sandbox
from aigc_plugins.testgen.scenario import Recorded
from aigc_plugins.testgen.script.acts import call_of

if TYPE_CHECKING:
    from aigc_plugins.testgen.parts import Subject
    from aigc_plugins.testgen.scenario import Scenario
    from aigc_plugins.testgen.script.analysis import Setup
    from aigc_plugins.testgen.script.faults import Prepared
    from aigc_plugins.testgen.script.module import Module

_INSIDE = Path(__file__).parent / "inside"
_GRACE_S = 8.0
_CALL_MS = 800
ARGUMENT = "input"


@dataclass
class Tried:
    """What came of scenarios: `failed` counts by reason; `slow` are mutants under which code does not end."""

    recorded: list[Recorded] = field(default_factory=list)
    failed: dict[str, int] = field(default_factory=dict)
    slow: set[int] = field(default_factory=set)
    complete: bool = True


def limits(seconds: float) -> Limits:
    """Return the limits of a run of node, which reserves far more addresses and threads than it uses."""
    wall = seconds + _GRACE_S
    return Limits(
        wall_s=wall, cpu_s=int(2 * wall) + 5, memory=2 << 30, processes=128, output=48 << 20, files=1 << 30,
        address_space=False,
    )  # fmt: skip


def trial(
    subject: Subject,
    setup: Setup,
    module: Module,
    prepared: Prepared,
    copy: Path,
    scenarios: Sequence[Scenario],
    *,
    killed: Collection[int] = (),
    left_out: Collection[int] = (),
    seconds: float,
    cancelled: Callable[[], object],
) -> Tried:
    """Run scenarios in a copy of the project, twice each, and find the planted faults that they see.

    The mutants `killed` are tried only with scenarios that kill no other one of their target; `left_out` not at all.

    Raises:
        SandboxUnavailableError: code cannot be run safely here.
        WithheldError: the module cannot be loaded.
        CancelledError: `cancelled` said so.
    """
    mark = secrets.token_hex(16)
    orders = _orders(subject, module, prepared, copy, scenarios)
    orders |= {"mark": mark, "seconds": seconds}
    orders["mutants"] = [one for one in orders["mutants"] if one["number"] not in left_out]
    for one in orders["mutants"]:
        one["known"] = one["number"] in killed
    done = Sandbox().run(
        [setup.node, str(_INSIDE / "record.mjs")],
        scratch=copy.parent,
        cwd=copy / setup.package.relative_to(subject.root),
        readable=[_INSIDE, *setup.modules],
        limits=limits(seconds),
        stdin=json.dumps(orders),
        environment={"TZ": "UTC", "NODE_NO_WARNINGS": "1"},
        cancelled=cancelled,
    )
    tried = Tried()
    kills: dict[int, set[int]] = defaultdict(set)
    found: dict[int, dict[str, Any]] = {}
    loaded = finished = False
    for answer in _answers(done.stdout, mark):
        if "error" in answer:
            raise WithheldError(f"{subject.path.name} cannot be loaded: {answer['error']}")
        loaded = loaded or "loaded" in answer
        if "recorded" in answer:
            found[answer["recorded"]["id"]] = answer["recorded"]
        elif "failed" in answer:
            tried.failed[answer["problem"]] = tried.failed.get(answer["problem"], 0) + 1
        elif "mutant" in answer:
            for one in answer["kills"]:
                kills[one].add(answer["mutant"])
            tried.slow |= {answer["mutant"]} if answer["slow"] else set()
        elif "done" in answer:
            finished, tried.complete = True, bool(answer["done"])
    if not loaded:
        raise WithheldError(f"{subject.path.name} cannot be loaded: {done.stderr.strip()[-300:] or done.ended}")
    tried.complete = tried.complete and finished
    tried.recorded = [_recorded(scenarios[number], one, kills[number]) for number, one in found.items()]
    return tried


def _orders(
    subject: Subject, module: Module, prepared: Prepared, copy: Path, scenarios: Sequence[Scenario]
) -> dict[str, Any]:
    holders = {name: list(looks) for name, looks in module.observers.items()}
    names = {one.target.name: [each.name for each in one.target.parameters] for one in module.members}
    return {
        "file": str((copy / subject.path.relative_to(subject.root)).resolve()),
        "text": module.text,
        "instrumented": prepared.text,
        "esm": module.esm or module.typed,
        "bindings": list(module.exports.items()),
        "observers": holders,
        "limit": _CALL_MS,
        "scenarios": [
            _scenario(number, one, holders, names.get(one.target, ())) for number, one in enumerate(scenarios)
        ],
        "mutants": [
            {"number": one.mutant.number, "start": one.start, "end": one.end, "after": one.mutant.after,
             "probe": one.probe,
             "owner": one.mutant.function.partition(".<locals>")[0]}
            for one in prepared.faults
        ],
    }  # fmt: skip


def _scenario(number: int, scenario: Scenario, holders: dict[str, list[str]], names: Sequence[str]) -> dict[str, Any]:
    callee, arguments = call_of(scenario.act)
    labels = [f"{ARGUMENT}{place + 1}" for place in range(len(arguments))]
    if callee.rpartition(".")[2].removeprefix("new ") == scenario.target.rpartition(".")[2]:
        labels = [one if one.isidentifier() else other for one, other in zip_longest(names, labels, fillvalue="")]
    looks: list[str] = []
    for line in scenario.arrange:
        made = re.match(r"(?:const|let|var)\s+([\w$]+)\s*(?::[^=]+)?=\s*(?:new\s+(\w+)|([\[{]))", line)
        if made and made[2] in holders:
            looks += [f"{made[1]}{one}" for one in holders[made[2]]]
        elif made and made[3]:
            looks.append(made[1])
    return {
        "id": number, "arrange": list(scenario.arrange), "act": scenario.act, "target": scenario.target, "looks": looks,
        "callee": callee,
        "args": arguments, "labels": labels[: len(arguments)],
    }  # fmt: skip


def _recorded(scenario: Scenario, answer: dict[str, Any], kills: set[int]) -> Recorded:
    checks = [(str(left), str(right)) for left, right in answer["checks"]]
    done = replace(scenario, act=str(answer["act"]), arrange=tuple(map(str, answer["arrange"])))
    branches = frozenset(int(one) for one in answer["branches"])
    if checks and checks[0][0] == "throws":
        error = json.loads(checks[0][1])
        return Recorded(done, (), str(error["error"]) or "Error", str(error["message"]), branches, frozenset(kills))
    return Recorded(done, tuple(f"{left} = {right}" for left, right in checks), "", "", branches, frozenset(kills))


def _answers(text: str, mark: str) -> Iterator[dict[str, Any]]:
    for line in text.split("\n"):
        if line.startswith(mark):
            value = json.loads(line.removeprefix(mark))
            if isinstance(value, dict):
                yield value

"""Starts the runner in the sandbox and compares what two versions of a function did with the same inputs."""

from __future__ import annotations

import json
import secrets
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from aigc_plugins.behaviour.verdict import Verdict
from aigc_plugins.sandbox import Limits, Sandbox

COUNT = 400
LEAST_INFORMATIVE, LEAST_DISTINCT = 20, 2
_SECONDS = 6.0
_TIMED_SECONDS = 3.0
_MOST_TIMED = 60
_LIMITS = Limits(wall_s=30.0, cpu_s=30, memory=1 << 30, processes=16, output=2 << 20)
_PACKAGE = Path(__file__).parents[1]
_LAUNCH = "import sys; sys.path.append({!r}); from aigc_plugins.behaviour.inside.runner import main; main()"


@dataclass(frozen=True, slots=True)
class Subject:
    """A function in its module: the name of both, where the module lies, what is on the search path, and what its
    inputs may be like. `python` runs it; `lines` are its first and last one, from 1."""

    name: str
    module: str
    file: str
    path: tuple[Path, ...]
    literals: list[object]
    guesses: dict[str, Any]
    python: Path
    lines: tuple[int, int]


@dataclass(frozen=True, slots=True)
class Seen:
    """What a version did with each input, in the order of the seeds; `unknown` says why nothing can be said.

    `unreached` are the numbers of lines that no input made run; they are known of traced runs only.
    """

    calls: tuple[dict[str, Any], ...] = ()
    combinations: tuple[dict[str, int], ...] = ()
    effects: tuple[str, ...] = ()
    unreached: tuple[int, ...] = ()
    unknown: str = ""

    @property
    def returned(self) -> list[int]:
        """The inputs on which it returned something that can be compared."""
        return [place for place, call in enumerate(self.calls) if call["kind"] == "return"]


def observe(
    subject: Subject, text: str, cancelled: Callable[[], object], *, like: Seen | None = None, again: bool = False
) -> Seen:
    """Return what a version does; `like` gives the kinds of inputs that were found for the other one.

    `again` asks for another order of sets and looks which lines run.

    Raises:
        SandboxUnavailableError: code cannot be run safely here.
    """
    orders = {
        "mode": "run",
        "text": text,
        "count": COUNT,
        "seconds": _SECONDS if like is None else 2 * _SECONDS,
        "combinations": list(like.combinations) if like is not None else [],
        "trace": again,
        "lines": subject.lines if like is None or again else None,
    }
    report = _reported(subject, orders, cancelled, int(again))
    if "unknown" in report:
        return Seen(unknown=str(report["unknown"]))
    calls = tuple(call for call in report["seen"] if isinstance(call, dict))
    return Seen(calls, tuple(report["combinations"]), tuple(map(str, report["effects"])), tuple(report["unreached"]))


def reason_unknown(first: Seen, again: Seen) -> str:
    """Return why the calls of one version say too little, empty where they say enough.

    `again` is what the same version did in another process, with another order of sets.
    """
    if first.unknown or again.unknown:
        return first.unknown or again.unknown
    if first.effects:
        return f"it reaches outside ({', '.join(first.effects[:3])})"
    pairs = list(zip(first.calls, again.calls, strict=False))
    if any(_timely(one, other) and one["digest"] != other["digest"] for one, other in pairs):
        return "it does not always do the same"
    distinct = {first.calls[place]["outcome"] for place in first.returned}
    if len(first.returned) < LEAST_INFORMATIVE or len(distinct) < LEAST_DISTINCT:
        return f"the {len(first.calls)} made-up inputs tell too little"
    return ""


def compared(before: Seen, after: Seen) -> Verdict:
    """Return whether two versions did the same."""
    if after.unknown:
        return Verdict("different", f"The rewritten function cannot be run: {after.unknown}.")
    if set(after.effects) - set(before.effects):
        return Verdict("different", "The rewritten function reaches outside.")
    pairs = list(zip(before.calls, after.calls, strict=False))
    for one, other in pairs:
        if one["kind"] != "time" and one["digest"] != other["digest"]:
            what = "takes too long" if other["kind"] == "time" else "does something else"
            return Verdict("different", f"It {what} for ({one['input']}).")
    informative = sum(one["kind"] == "return" for one, _ in pairs)
    if informative < LEAST_INFORMATIVE:
        return Verdict("unknown", "The rewritten function takes too long.")
    return Verdict("same", f"{len(pairs)} calls with made-up inputs in the sandbox, all with the same outcome")


def _timely(*calls: dict[str, Any]) -> bool:
    return all(call["kind"] != "time" for call in calls)


def timed(
    subject: Subject, before: str, after: str, seen: Seen, cancelled: Callable[[], object]
) -> tuple[float, float] | None:
    """Return the seconds that the same calls take in both versions, None where that cannot be said."""
    places = sorted(seen.returned, key=lambda place: place % 8 != 7)  # the large inputs first
    seeds = [
        (place, seen.combinations[place % len(seen.combinations)], bool(seen.calls[place]["mutates"]))
        for place in places[:_MOST_TIMED]
    ]
    orders = {"mode": "time", "text": before, "other": after, "seeds": seeds, "seconds": _TIMED_SECONDS}
    report = _reported(subject, orders, cancelled, 0)
    seconds = report.get("seconds")
    return (float(seconds[0]), float(seconds[1])) if isinstance(seconds, list) and len(seconds) == 2 else None


def _reported(
    subject: Subject, orders: dict[str, Any], cancelled: Callable[[], object], hash_seed: int
) -> dict[str, Any]:
    mark = secrets.token_hex(16)
    orders |= {
        "mark": mark, "name": subject.name, "module": subject.module, "file": subject.file,
        "literals": subject.literals, "guesses": subject.guesses, "path": [str(one) for one in subject.path],
    }  # fmt: skip
    with tempfile.TemporaryDirectory(prefix="aigc-behaviour-") as folder:
        done = Sandbox().run(
            [subject.python, "-P", "-s", "-c", _LAUNCH.format(str(_PACKAGE.parent))],
            scratch=Path(folder),
            readable=[*subject.path, _PACKAGE],
            limits=_LIMITS,
            stdin=json.dumps(orders),
            environment={"PYTHONHASHSEED": str(hash_seed)},
            cancelled=cancelled,
        )
    for line in reversed(done.stdout.splitlines()):
        if line.startswith(mark):
            report = json.loads(line.removeprefix(mark))
            return report if isinstance(report, dict) else {"unknown": "there was no report"}
    if done.ended:
        return {"unknown": f"it used up all {done.ended} that it may have"}
    return {"unknown": f"it ended without a report: {done.stderr.strip()[-200:] or done.status}"}

"""Runs in the sandbox: loads a module's text, calls one of its functions with made-up arguments, reports what came.

Orders come as JSON on standard input, the report goes as one JSON line to standard output; what the function prints is
part of its behaviour and caught. What follows from a report is for whoever compares two of them.
"""

from __future__ import annotations

import contextlib
import hashlib
import io
import itertools
import json
import os
import random
import signal
import sys
import time
import types
import warnings
from collections.abc import Iterator
from typing import Any

from aigc_plugins.behaviour.inside.described import Describer
from aigc_plugins.behaviour.inside.target import Target, UnknownError

_CALL_S = 0.25
_EXPLORE_S = 4.0
_MOST_TIME_UPS = 6
_COMBINATIONS, _TRIALS, _KEPT = 48, 6, 8
_EFFECTS = ("open", "os.", "shutil.", "subprocess.", "socket.", "tempfile.", "urllib.", "pathlib.", "ftplib.",
            "sqlite3.", "glob.", "fcntl.", "signal.", "pty.", "webbrowser.", "ctypes.dlopen")  # fmt: skip


class _TimeUpError(BaseException):
    """One call takes too long."""


class Watch:
    """Notes what calls do to files, processes and the network, from Python's own audit events, and with `file` given
    which lines of that file run."""

    def __init__(self, file: str = "") -> None:
        self.calling = False
        self.effects: set[str] = set()
        self.lines: set[int] = set()
        self._file = file
        sys.addaudithook(self._hook)

    def begin(self) -> None:
        """Look from now on."""
        self.calling = True
        if self._file:
            sys.settrace(self._traced)

    def end(self) -> None:
        """Look no longer."""
        self.calling = False
        if self._file:
            sys.settrace(None)

    def _traced(self, frame: types.FrameType, event: str, argument: object) -> Any:
        if frame.f_code.co_filename != self._file:
            return None
        self.lines.add(frame.f_lineno)
        return self._traced

    def _hook(self, event: str, arguments: tuple[Any, ...]) -> None:
        if self.calling and event.startswith(_EFFECTS) and not self._imports(event, arguments):
            self.effects.add(event)

    def _imports(self, event: str, arguments: tuple[Any, ...]) -> bool:
        path = str(arguments[0]) if arguments else ""
        return event in ("open", "os.listdir") and (
            path.endswith((".py", ".pyc", ".so")) or path.startswith(sys.prefix)
        )


@contextlib.contextmanager
def limited(seconds: float) -> Iterator[None]:
    """Raise _TimeUpError in what takes longer; on a busy machine, processor time is what counts."""

    def up(number: int, frame: types.FrameType | None) -> None:
        raise _TimeUpError

    signal.signal(signal.SIGPROF, up)
    signal.signal(signal.SIGALRM, up)
    signal.setitimer(signal.ITIMER_PROF, seconds)
    signal.setitimer(signal.ITIMER_REAL, 10 * seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.setitimer(signal.ITIMER_REAL, 0)


def observe(target: Target, seed: int, combination: dict[str, int], watch: Watch) -> dict[str, Any]:
    """Call once; return what happened: `kind`, a digest of all that can be seen, and the input as text."""
    try:
        before = _described(target.arguments(seed, combination)[1:])
        function, positional, keywords = target.arguments(seed, combination)
    except Exception as error:  # the constructor of an argument
        return {"kind": "unmade", "digest": type(error).__name__, "outcome": "", "input": "", "mutates": False}
    instance = keywords.pop("self", None)
    known = target.known((positional, keywords, instance))
    printed = io.StringIO()
    kind, text, opaque = "return", "", False
    with contextlib.redirect_stdout(printed), contextlib.redirect_stderr(printed):
        watch.begin()
        try:
            with limited(_CALL_S):
                describer = Describer(known)
                text = describer.text(function(*positional, **keywords))
                opaque = describer.opaque
        except _TimeUpError:
            kind = "time"
        except BaseException as error:
            kind, text = "raise", f"{type(error).__module__}.{type(error).__qualname__}{target.message(error)}"
        finally:
            watch.end()
    after = _described((positional, keywords | ({"self": instance} if instance is not None else {})))
    mutates = before != after
    outcome = _digest(kind, text, printed.getvalue(), after if mutates else "")
    shown = ", ".join([*map(repr, positional), *(f"{name}={value!r}" for name, value in keywords.items())])
    return {"kind": "opaque" if opaque else kind, "digest": _digest(outcome, after), "outcome": outcome,
            "input": shown[:120], "mutates": mutates}  # fmt: skip


def _digest(*texts: str) -> str:
    return hashlib.sha256("\0".join(texts).encode("utf-8", "surrogatepass")).hexdigest()[:24]


def _described(arguments: Any) -> str:
    try:
        with limited(_CALL_S):
            return Describer().text(arguments)
    except BaseException as error:
        return type(error).__name__


def explored(target: Target, watch: Watch) -> list[dict[str, int]]:
    """Return combinations of kinds with which the function returns something, the best first."""
    names = list(target.kinds)
    every = itertools.product(*(range(len(target.kinds[name])) for name in names))
    combinations = [dict(zip(names, one, strict=True)) for one in itertools.islice(every, 4096)]
    if len(combinations) > _COMBINATIONS:
        first, rest = combinations[:1], combinations[1:]
        combinations = first + random.Random(0).sample(rest, _COMBINATIONS - 1)  # noqa: S311
    if len(combinations) == 1:
        return combinations
    scored: list[tuple[int, int, dict[str, int]]] = []
    until = time.monotonic() + _EXPLORE_S
    for place, combination in enumerate(combinations):
        if time.monotonic() > until:
            break
        seen = [observe(target, seed, combination, watch) for seed in range(_TRIALS)]
        good = {one["digest"] for one in seen if one["kind"] == "return"}
        if good:
            scored.append((-len(good) - sum(one["kind"] == "return" for one in seen), place, combination))
    return [combination for _, _, combination in sorted(scored, key=lambda one: one[:2])[:_KEPT]]


def run(orders: dict[str, Any]) -> dict[str, Any]:
    """Call the function with many inputs."""
    watch = Watch(orders["file"] if orders.get("trace") else "")
    target = Target(orders, orders["text"])
    combinations = orders.get("combinations") or explored(target, watch)
    if not combinations:
        raise UnknownError("no inputs were found with which it returns something")
    until = time.monotonic() + orders["seconds"]
    seen: list[dict[str, Any]] = []
    for seed in range(orders["count"]):
        if time.monotonic() > until or sum(one["kind"] == "time" for one in seen) > _MOST_TIME_UPS:
            break
        seen.append(observe(target, seed, combinations[seed % len(combinations)], watch))
    return {
        "seen": seen,
        "combinations": combinations,
        "effects": sorted(watch.effects),
        "unreached": sorted(target.lines() - watch.lines),
    }


def timed(orders: dict[str, Any]) -> dict[str, Any]:
    """Measure both texts on the same inputs, in turns; return the least seconds of each."""
    targets = [Target(orders, text) for text in (orders["text"], orders["other"])]
    least = [[float("inf")] * len(orders["seeds"]) for _ in targets]
    until, rounds = time.monotonic() + orders["seconds"], 0
    while rounds < 40 and (rounds < 3 or time.monotonic() < until):
        for place, (seed, combination, mutates) in enumerate(orders["seeds"]):
            for which, target in enumerate(targets):
                least[which][place] = min(least[which][place], _one(target, seed, combination, mutates))
        rounds += 1
    return {"seconds": [sum(one) for one in least]}


def _one(target: Target, seed: int, combination: dict[str, int], mutates: bool) -> float:
    function, positional, keywords = target.arguments(seed, combination)
    keywords.pop("self", None)
    times = 1 if mutates else 5
    with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
        begin = time.perf_counter()
        for _ in range(times):
            result = function(*positional, **keywords)
            if isinstance(result, Iterator):
                for _unused in itertools.islice(result, 500):
                    pass
        return (time.perf_counter() - begin) / times


def main() -> None:
    """Do what standard input says."""
    orders = json.load(sys.stdin)
    answer = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    sys.path[:0] = orders["path"]
    warnings.simplefilter("ignore")
    sys.setrecursionlimit(1500)
    printed = io.StringIO()
    try:
        with contextlib.redirect_stdout(printed), contextlib.redirect_stderr(printed):
            report = timed(orders) if orders["mode"] == "time" else run(orders)
    except UnknownError as error:
        report = {"unknown": str(error)}
    except Exception as error:
        report = {"unknown": f"{type(error).__name__}: {error}"}
    answer.write(f"\n{orders['mark']}{json.dumps(report)}\n")
    answer.flush()
    os._exit(0)

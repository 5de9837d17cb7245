"""The program in the sandbox that searches tests for a module: orders come as JSON on standard input, what it finds
goes out as lines of JSON, each behind a mark that code under test does not know.

It loads the module and runs nothing of it: searches (`rounds`) and records (`keep`) happen in forked children. A file
in the scratch folder tells which target runs, for whoever starts it again after a limit of the sandbox ended all.
"""

from __future__ import annotations

import gc
import json
import os
import sys
import time
import warnings
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any, cast

from aigc_plugins.testgen.inside.archive import Archive
from aigc_plugins.testgen.inside.deadline import STOP, deadline
from aigc_plugins.testgen.inside.execute import Executor
from aigc_plugins.testgen.inside.generate import Knowledge
from aigc_plugins.testgen.inside.keep import Keeper
from aigc_plugins.testgen.inside.loaded import load
from aigc_plugins.testgen.inside.rounds import Rounds
from aigc_plugins.testgen.scenario import Branch, Mutant, Recorded, Scenario, Target, from_json, to_json

CALL_S = 0.25
MOST_ROUNDS = 20_000  # of each loop in one run
NOTE = "running.json"
_READY_TIME = 0.1
_WARM = ("1 + 1", "0.1 + 0.2", "{'a': [1]}")  # what recording loads when it is first used, children need not load again


class Worker:
    """One search of one module; `send` takes answers."""

    def __init__(self, orders: dict[str, Any], send: Callable[[dict[str, Any]], None]) -> None:
        self._orders, self._send = orders, send
        self._begin = time.monotonic()
        self._scratch = Path(orders["scratch"])
        skip = set(orders["skip"])
        self._targets = [from_json(Target, one) for one in orders["targets"]]
        self._wanted = [one for one in self._targets if one.name in set(orders["wanted"]) - skip and not one.untestable]
        known = [from_json(Scenario, one) for one in orders["known"]]
        given = [from_json(Scenario, one) for one in orders["scenarios"]]
        self._given = [one for one in given if one.target not in skip]
        self._seeds: dict[str, list[Scenario]] = {}
        for one in (*known, *self._given):
            self._seeds.setdefault(one.target, []).append(one)

    def run(self) -> None:
        """Search, and send everything."""
        orders, seconds = self._orders, float(self._orders["seconds"])
        deadline.watch(str(self._scratch / STOP))
        loaded = load(orders["text"], orders["name"], orders["file"], orders["path"])
        loaded.most_rounds = MOST_ROUNDS
        self._send({"branches": to_json(loaded.branches), "mutants": to_json(loaded.mutants)})
        branches, mutants = self._goals(loaded.branches, loaded.mutants)
        work = self._scratch / "work"
        work.mkdir(exist_ok=True)
        executor = Executor(cast("Any", loaded), work, CALL_S)
        for act in _WARM:
            executor.record(Scenario("", act))
        knowledge = Knowledge(loaded.module, orders["text"], self._targets)
        knowledge.prepare()
        archive = Archive(loaded.branches, set(mutants))
        keeper = Keeper(executor, archive, self._send, self._begin + seconds)
        keeper.promised(self._given)
        rounds = Rounds(
            executor, knowledge, archive, seed=orders["seed"], executions=orders["executions"],
            seconds=seconds, note=self._note,
        )  # fmt: skip
        gc.collect()
        gc.freeze()  # children need not look at all of this again
        rounds.branches(self._with_seeds(), self._seeds)
        self._report(archive, branches, mutants, "branches")
        unready = self._ready(executor, archive, sorted(mutants))
        mutants -= unready
        archive.alive -= unready
        rounds.mutants(self._wanted)
        self._report(archive, branches, mutants, "mutants")
        self._note("keep", "")
        keeper.keep(branches, mutants)
        self._send({
            "ran": rounds.ran, "complete": rounds.timely and keeper.timely and not unready,
            "executions": int(rounds.used),
            "failed": sorted(rounds.failed), "skipped": dict(keeper.skipped),
        })  # fmt: skip

    def _ready(self, executor: Executor, archive: Archive, mutants: list[int]) -> set[int]:
        """Activate each mutant that something reaches once: what this costs, children need not pay again (those in what
        runs on import have it run anew). Return those for which there was no time."""
        until = time.monotonic() + _READY_TIME * float(self._orders["seconds"])
        reached = frozenset().union(*(one.reached for one in archive.entries()))
        unready = set()
        for number in mutants:
            if number in reached:
                if time.monotonic() > until:
                    unready.add(number)
                    continue
                with suppress(BaseException):
                    executor.world.clock.start(CALL_S)
                    try:
                        executor.loaded.begin(number)
                    finally:
                        executor.world.clock.stop()
        executor.leave(1)
        gc.collect()
        gc.freeze()
        return unready

    def _with_seeds(self) -> list[Target]:
        """Return the targets to search, and those beside of which scenarios were given."""
        names = {one.name for one in self._targets}
        others = [name for name in self._seeds if name not in names]
        extra = [Target(name, "function", 0, 0) for name in others]
        return [*self._wanted, *extra]

    def _goals(
        self, branches: tuple[Branch, ...], mutants: tuple[Mutant, ...]
    ) -> tuple[frozenset[int], frozenset[int]]:
        """Return the numbers of what is to be reached: what the orders name, else all of the wanted targets."""
        given = self._orders["goals"]
        if given is not None:
            return frozenset(given["branches"]), frozenset(given["mutants"])
        names = set(self._orders["wanted"])
        # What is private is reached through what is not: where all of that is wanted, so is everything.
        every = all(one.name in names or is_private(one.name) for one in self._targets if not one.untestable)
        return (
            frozenset(one.number for one in branches if every or belongs(one.function, names)),
            frozenset(one.number for one in mutants if every or belongs(one.function, names)),
        )

    def _note(self, phase: str, target: str) -> None:
        (self._scratch / NOTE).write_text(json.dumps({"phase": phase, "target": target}), "utf-8")

    def _report(self, archive: Archive, branches: frozenset[int], mutants: frozenset[int], phase: str) -> None:
        taken = len(branches & archive.best.keys())
        seconds = round(time.monotonic() - self._begin, 1)
        self._send({"progress": [phase, taken, len(branches), len(mutants - archive.alive), len(mutants), seconds]})


def belongs(function: str, names: set[str]) -> bool:
    """Tell whether a function, by its qualified name, is one of the targets or lies in one."""
    parts = function.replace(".<locals>", "").split(".")
    if parts[-1] in ("__init__", "__new__", "__post_init__") and ".".join(parts[:-1]) in names:
        return True
    return any(".".join(parts[:end]) in names for end in range(1, len(parts) + 1))


def is_private(name: str) -> bool:
    """Tell whether a qualified name is one that only its own module is to use."""
    return any(part.startswith("_") and not part.endswith("__") for part in name.split("."))


def main() -> None:
    """Do what standard input says; the process ends with it."""
    orders = json.load(sys.stdin)
    out = os.dup(1)
    nothing = os.open(os.devnull, os.O_RDWR)
    os.dup2(nothing, 0)
    os.dup2(nothing, 1)
    mark = orders.pop("mark")

    def send(value: dict[str, Any]) -> None:
        data = f"\n{mark}{json.dumps(value)}\n".encode()
        while data:
            data = data[os.write(out, data) :]

    os.set_inheritable(out, False)
    sys.path.extend(one for one in orders["extra_path"] if one not in sys.path)
    warnings.simplefilter("ignore")
    sys.setrecursionlimit(1500)
    try:
        Worker(orders, send).run()
    except BaseException as error:
        send({"error": f"{type(error).__name__}: {error}"[:300]})
    os._exit(0)


__all__ = ["Recorded", "Worker", "belongs", "main"]

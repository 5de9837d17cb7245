"""The pytest plugin that runs written tests in children, with coverage or with one mutant after the other.

It reports by events; what follows from them is decided outside of the sandbox. pytest itself collects, in the parent.
"""

from __future__ import annotations

import contextlib
import json
import os
import random
import signal
import time
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import pytest

from aigc_plugins.testgen.inside.pytest_children import Lines, Send, begin, forked, prepare
from aigc_plugins.testgen.inside.pytest_measuring import Measuring
from aigc_plugins.testgen.inside.pytest_names import name_of, row_of, short

_MOST_CULPRITS = 12
_FACTOR, _MORE_S = 5.0, 0.15  # of processor time, so that a busy machine does not matter


class Events:
    """A file that takes one JSON line for each event, so that what was written lasts, whatever ends the process."""

    def __init__(self, path: str) -> None:
        self._file = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)

    def emit(self, kind: str, **values: Any) -> None:
        """Write one event."""
        os.write(self._file, json.dumps({"kind": kind, **values}).encode("ascii") + b"\n")


class Running:
    """Chooses the tests, runs them in children, and ends the process when that is done.

    `orders` holds `names` (of tests; all if null), `order`, `test_s` (seconds of processor time for one test),
    `folder` (names begin with a file's path in it, if given), and for mutants `mutants_s`, `first` (one failing test is
    enough), `each` (but each test is to have one) and `likely` (names, rows and the mutants that they should kill).
    With `twice`, a test passes that does so again after all others.
    `ready` gives the instrumented module (see `loaded`), None where it runs as it is.
    """

    def __init__(self, orders: dict[str, Any], events: Events, measuring: Measuring, ready: Callable[[], Any]) -> None:
        self._orders, self._events = orders, events
        self._measuring, self._ready = measuring, ready
        self._loaded: Any = None
        self._items: list[pytest.Item] = []
        self._passed, self._message, self._endless = False, "", False
        self._seconds: dict[int, float] = {}
        self._likely: dict[int, frozenset[int]] = {}

    @pytest.hookimpl(tryfirst=True)
    def pytest_load_initial_conftests(self) -> None:
        """Make the module under test ready, before anything of the project is imported."""
        self._loaded = self._ready()

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        """Tell which file cannot be collected."""
        if report.failed:
            self._events.emit("error", text=short(str(report.longrepr), last=True), file=str(report.nodeid))

    @pytest.hookimpl(trylast=True)
    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        """Keep what was asked for, in the order that was asked for."""
        counts: dict[str, int] = {}
        wanted = None if self._orders["names"] is None else set(self._orders["names"])
        chosen = []
        for item in items:
            name = name_of(item, self._orders.get("folder"))
            count = counts[name] = counts.get(name, -1) + 1
            if wanted is None or name in wanted:
                chosen.append((item, name, row_of(item, count)))
        if self._orders["order"] == "reverse":
            chosen.reverse()
        elif self._orders["order"]:
            random.Random(self._orders["order"]).shuffle(chosen)  # noqa: S311
        items[:] = [item for item, _, _ in chosen]
        likely = {(name, row): frozenset(numbers) for name, row, numbers in self._orders["likely"]}
        for index, (_, name, row) in enumerate(chosen):
            self._likely[index] = likely.get((name, row), frozenset())
            self._events.emit("item", index=index, name=name, row=row)

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        """Run all, and end the process."""
        self._items = session.items
        prepare()
        reports = self._all()
        if self._loaded is not None:
            self._mutants(reports)
        self._events.emit("done")
        os._exit(0)

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_makereport(self, item: pytest.Item, call: pytest.CallInfo[None]) -> pytest.TestReport | None:
        """Report a failure in few words: a picture of the traceback takes longer than most tests."""
        if call.when == "collect" or call.excinfo is None or isinstance(call.excinfo.value, pytest.skip.Exception):
            return None
        text = type(call.excinfo.value).__name__
        self._endless = self._endless or text == "EndlessError"  # of `loaded`
        with contextlib.suppress(Exception):
            text = call.excinfo.exconly(tryshort=True)
        return pytest.TestReport(item.nodeid, item.location, {}, "failed", text, call.when)

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Note how the test that runs went."""
        if report.failed:
            self._message = self._message or short(str(report.longrepr))
            self._passed = False
        elif report.skipped or hasattr(report, "wasxfail"):
            self._message = self._message or "skipped"
            self._passed = False
        elif report.when == "call":
            self._passed = not self._message

    def _run(self, indices: Sequence[int], mutant: int, send: Send) -> dict[str, Any]:
        """Run tests, in a child; each one's limit is what `_limit` or `_longest` say."""
        chosen = [self._items[index] for index in indices]
        failed: set[int] = set()
        for place, (index, item) in enumerate(zip(indices, chosen, strict=True)):
            self._passed, self._message, self._endless = False, "", False
            if self._loaded is not None:
                self._loaded.begin(mutant)
            begin(index, self._longest(index) if mutant else self._limit(index), send)
            since = time.process_time()
            following = chosen[place + 1] if place + 1 < len(chosen) else None
            item.config.hook.pytest_runtest_protocol(item=item, nextitem=following)
            if not self._passed:
                failed.add(index)
            report = {"end": index, "passed": index not in failed, "message": self._message}
            send(report if mutant else report | self._seen(time.process_time() - since))
            if mutant and (self._endless or (self._orders["first"] and not self._passed)):
                break
        signal.setitimer(signal.ITIMER_PROF, 0)
        return {"last": self._measuring.figures() if not mutant else None}

    def _seen(self, seconds: float) -> dict[str, Any]:
        if self._loaded is None:
            return {"seconds": seconds}
        return {
            "seconds": seconds,
            "branches": sorted(self._loaded.taken()),
            "reached": sorted(self._loaded.reached()),
        }

    def _limit(self, index: int) -> float:
        return float(self._orders["test_s"])

    def _longest(self, index: int) -> float:
        return _FACTOR * self._seconds.get(index, 0.0) + _MORE_S

    def _all(self) -> dict[int, dict[str, Any]]:
        """Run all tests in one child, and again without those that end or block it, until there are none.

        What is measured is what passing tests do: where some fail, the others run once more.
        """
        reports: dict[int, dict[str, Any]] = {}
        left = list(range(len(self._items)))
        for _ in range(_MOST_CULPRITS):
            lines = forked(partial(self._run, left * (2 if self._orders["twice"] else 1), 0), self._limit)
            reports |= lines.ended
            if lines.running >= 0:
                reports[lines.running] = {"end": lines.running, "passed": False, "message": self._ended(lines)}
                left.remove(lines.running)
            elif lines.last is None or not self._measuring.is_on or all(reports[one]["passed"] for one in left):
                break
            else:
                left = [one for one in left if reports[one]["passed"]]
        for report in reports.values():
            self._events.emit("result", **report)
        if lines.last is not None:
            self._events.emit("figures", figures=lines.last["last"])
        return {index: reports[index] for index in left if index in reports}

    def _ended(self, lines: Lines) -> str:
        return (
            f"it takes longer than {self._orders['test_s']:g} s" if lines.why == "time" else "it ends the interpreter"
        )

    def _mutants(self, reports: dict[int, dict[str, Any]]) -> None:
        """Try each mutant that a passing test reaches, in the order of their numbers."""
        reaching: dict[int, list[int]] = {}
        passing = [index for index, report in sorted(reports.items()) if report["passed"]]
        for index in passing:
            self._seconds[index] = reports[index]["seconds"]
            for number in reports[index]["reached"]:
                reaching.setdefault(number, []).append(index)
        until = time.monotonic() + self._orders["mutants_s"]
        useful: set[int] = set()
        for place, number in enumerate(sorted(reaching)):
            if time.monotonic() > until:
                self._events.emit("late", count=len(reaching) - place)
                return
            failed = self._failing(number, self._ordered(number, reaching[number], useful))
            useful.update(failed)
            self._events.emit("mutant", number=number, failed=failed)
        if self._orders["each"]:
            self._alone([index for index in passing if index not in useful], until)

    def _ordered(self, number: int, indices: list[int], useful: set[int]) -> list[int]:
        """Where one failure is enough, begin with the test that is likely to fail and has no mutant to show yet."""
        if not self._orders["first"]:
            return indices
        return sorted(indices, key=lambda index: (number not in self._likely[index], index in useful))

    def _alone(self, indices: list[int], until: float) -> None:
        """Find a mutant for each test that has none so far, with it alone: others may have filled a cache."""
        for index in indices:
            lines = forked(partial(self._run, [index], 0), self._limit)
            reached = lines.ended.get(index, {}).get("reached", ())
            for number in sorted(reached, key=lambda number: number not in self._likely[index]):
                if time.monotonic() > until:
                    return
                if self._failing(number, [index]):
                    self._events.emit("mutant", number=number, failed=[index])
                    break

    def _failing(self, number: int, indices: list[int]) -> list[int]:
        """Return the tests that fail with a mutant; those after one that does not end are not tried."""
        lines = forked(partial(self._run, indices, number), self._longest)
        failed = [index for index, report in lines.ended.items() if not report["passed"]]
        return [*failed, lines.running] if lines.running >= 0 else failed

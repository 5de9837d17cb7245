"""Records scenarios that use fixtures of the project's tests: pytest sets them up, `record` looks at the rest."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from aigc_plugins.testgen.inside.execute import Executor
from aigc_plugins.testgen.inside.pytest_children import Send, begin, forked, prepare
from aigc_plugins.testgen.inside.pytest_running import Running
from aigc_plugins.testgen.scenario import Recorded, Scenario, from_json, to_json

_CALL_S = 1.0


class Recording(Running):
    """Runs the act of a scenario in place of each test; `orders` holds `scenarios` by the names of the tests."""

    _said: dict[str, Any]

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        """Record each scenario in a child of its own, and end the process."""
        prepare()
        until = time.monotonic() + self._orders["mutants_s"]
        done: set[str] = set()
        for item in session.items:
            if item.name.partition("[")[0] not in done and time.monotonic() < until:
                done.add(item.name.partition("[")[0])
                lines = forked(partial(self._recorded, item), self._limit)
                if lines.last is not None and "recorded" in lines.last:
                    self._events.emit("recorded", recorded=lines.last["recorded"])
        self._events.emit("done")
        os._exit(0)

    @pytest.hookimpl(tryfirst=True)
    def pytest_pyfunc_call(self, pyfuncitem: pytest.Function) -> bool:
        """Record instead of calling the test's function."""
        scenario = from_json(Scenario, self._orders["scenarios"][pyfuncitem.name.partition("[")[0]])
        given = _Fixtures(pyfuncitem, scenario.fixtures)
        folder = Path(self._orders["events"] + f".{os.getpid()}")
        folder.mkdir()
        executor = Executor(self._loaded, folder, _CALL_S)
        found = executor.record(scenario, given)
        if isinstance(found, Recorded):
            kills = self._kills(executor, found, given)
            self._said = {"recorded": to_json(replace(found, kills=kills))}
        return True

    def _kills(self, executor: Executor, recorded: Recorded, given: _Fixtures) -> frozenset[int]:
        """Return the mutants that the test kills; fewer, where setting up takes much of the time."""
        until = time.process_time() + self._orders["test_s"] / 2
        reached = sorted(executor.run(recorded.scenario, extra=given()).reached)
        killed: list[int] = []
        for number in reached:
            if time.process_time() > until:
                break
            killed += executor.kills(recorded, [number], given)
        return frozenset(killed)

    def _recorded(self, item: pytest.Item, send: Send) -> dict[str, Any]:
        self._said = {}
        begin(0, self._limit(0), send)
        item.config.hook.pytest_runtest_protocol(item=item, nextitem=None)
        signal.setitimer(signal.ITIMER_PROF, 0)
        return self._said


class _Fixtures:
    """Gives the values of a test's fixtures, those for one test made anew each time."""

    def __init__(self, item: pytest.Function, names: tuple[str, ...]) -> None:
        self._item, self._names = item, names
        self._used = False

    def __call__(self) -> Mapping[str, Any]:
        if self._used:
            self._again()
        self._used = True
        return {name: self._item.funcargs[name] for name in self._names}

    def _again(self) -> None:
        # What reruns of failed tests do, too: pytest has no public way to set a test up twice.
        state: Any = self._item.session._setupstate
        state.teardown_exact(self._item.parent)
        item: Any = self._item
        item.funcargs = {}
        item._initrequest()
        state.setup(item)

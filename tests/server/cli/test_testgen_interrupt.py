"""Ctrl-C during `aigc-lsp testgen`: the first one keeps what is good so far, the second one ends everything."""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from aigc_lsp.cli import engine_link
from aigc_plugins.action import CancelledError
from aigc_plugins.sandbox import rungs
from aigc_plugins.sandbox.limits import Rung
from cli_helpers import Done
from cli_helpers.testgen import Standin, generated

Aigc = Callable[..., Done]


@pytest.fixture
def loop(home: Path, monkeypatch: pytest.MonkeyPatch) -> Standin:
    monkeypatch.setattr(rungs, "probe", lambda name: Rung(name, True))
    for name in ("a", "b", "c"):
        Path(f"{name}.py").write_text("def one(n):\n    return n\n")
    return Standin().install(monkeypatch)


def interrupt() -> None:
    os.kill(os.getpid(), signal.SIGINT)


def wait_for(what: Callable[[], bool]) -> None:
    end = time.monotonic() + 20
    while not what():
        assert time.monotonic() < end
        time.sleep(0.01)


def test_the_first_keeps_what_is_good_so_far_and_begins_nothing_new(aigc: Aigc, loop: Standin) -> None:
    def make(subject: Any, job: Any, options: Any, stop: Callable[[], bool]) -> Any:
        if subject.name == "b":
            interrupt()
            wait_for(stop)
        return generated(subject, complete=subject.name != "b")

    loop.make = make
    done = aigc("testgen", "a.py", "b.py", "c.py", "--no-model", "--write")
    assert done.status == 130
    assert "Ending; keeps what is good so far." in done.err
    assert sorted(one.name for one in Path("tests").iterdir()) == ["test_a.py", "test_b.py"]
    assert "c.py: it was not begun." in done.err
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


def test_an_interrupted_run_says_so_in_json(aigc: Aigc, loop: Standin) -> None:
    def make(subject: Any, job: Any, options: Any, stop: Callable[[], bool]) -> Any:
        interrupt()
        wait_for(stop)
        return generated(subject, complete=False)

    loop.make = make
    done = aigc("testgen", "a.py", "b.py", "--no-model", "--json")
    assert (done.status, done.json["exit_status"], done.json["interrupted"]) == (130, 130, True)
    assert [one["status"] for one in done.json["modules"]] == ["tests", "skipped"]


def test_the_second_ends_at_once_with_all_that_runs(aigc: Aigc, loop: Standin) -> None:
    ended = threading.Event()

    def make(subject: Any, job: Any, options: Any, stop: Callable[[], bool]) -> Any:
        interrupt()
        wait_for(stop)
        interrupt()
        try:
            wait_for(lambda: bool(job.check()))
        except CancelledError:
            ended.set()
            raise

    loop.make = make
    done = aigc("testgen", "a.py", "b.py", "--no-model", "--write")
    assert done.status == 130
    assert done.out == ""
    assert ended.wait(10)
    assert not Path("tests").exists()


def test_while_the_model_loads_one_ends_it(aigc: Aigc, loop: Standin, monkeypatch: pytest.MonkeyPatch) -> None:
    import asyncio

    from aigc_plugins import manager
    from aigc_plugins.testgen.parts import TestProposer

    class Asks(TestProposer):
        name, model = "asks", True

        def propose(self, subject: Any, goals: Any, job: Any) -> Any:
            return ()

    async def client(self: Any) -> None:
        interrupt()
        await asyncio.sleep(60)

    monkeypatch.setattr(manager.Plugins, "test_proposers", lambda self: (Asks(),))
    monkeypatch.setattr(engine_link.LazyEngine, "client", client)
    done = aigc("testgen", "a.py")
    assert done.status == 130
    assert loop.options == []

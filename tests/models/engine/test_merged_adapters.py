"""Adapters as merged copies of the base, for runtimes that cannot swap them: loaded beside it, a few at a time."""

from __future__ import annotations

import asyncio
import os
import queue
import sys
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import httpx
import pytest

from aigc_models.adapters import WEIGHTS, AdapterError
from aigc_models.engine import adapter_loading, adapting
from aigc_models.engine.adapter_loading import Base, Loaded
from aigc_models.engine.adapting import Adapters
from aigc_models.engine.app import EngineApp
from aigc_models.engine.merged import merged_gguf
from aigc_models.engine.prompts import Prompter
from aigc_models.engine.runtimes.fake import FakeRuntime
from aigc_models.engine.scheduler import Scheduler, UnloadingError
from aigc_models.store import ModelRef
from aigc_models.store.adapters import add_adapter, cache_stem
from aigc_models.types import AigcError, CompletionRequest, EngineRequestError
from tests.adapter_helpers import write_adapter
from tests.models.engine.helpers import Run, fake_runtime

if TYPE_CHECKING:
    from aigc_models.engine.host import ModelHost

BASE = ModelRef("fake", Path("fake"), "fake", None, "fake")


@dataclass
class Bench:
    """Adapters over a fake base, and what was done for them."""

    adapters: Adapters
    base: Loaded
    merged: list[str] = field(default_factory=list)
    runtimes: list[FakeRuntime] = field(default_factory=list)
    gate: Callable[[], Any] = lambda: None  # called by each merge

    def ready(self, name: str) -> Loaded:
        deadline = time.monotonic() + 20
        while (found := self.adapters.find(name)) is None:
            assert time.monotonic() < deadline
            time.sleep(0.005)
        return found

    def until(self, name: str, state: str) -> str:
        deadline = time.monotonic() + 20
        while (now := self.adapters.states()[name])["state"] != state:
            assert time.monotonic() < deadline, now
            time.sleep(0.005)
        return str(now["message"])


def start(loaded: Loaded, tokens: int = 40) -> Run:
    run = Run()
    run.sequence = loaded.prompter.completion(CompletionRequest("x", max_tokens=tokens), run.answers.put)
    loaded.scheduler.submit(run.sequence)
    return run


@pytest.fixture
def bench(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., Bench]]:
    """Give a function that makes adapters over a base whose merged copies say the adapter's name."""
    monkeypatch.setenv("AIGC_LSP_HOME", str(tmp_path / "home"))
    monkeypatch.setattr(adapting, "_BUSY_S", 0.0)
    opened: list[Bench] = []

    def make(most: int = 2, step_ms: str = "0") -> Bench:
        def merge(base: ModelRef, digest: str, adapter: Path, key: str, ended: Callable[[], bool]) -> Path:
            here.merged.append(adapter.name)
            here.gate()
            return adapter / WEIGHTS

        def load(path: Path) -> FakeRuntime:
            says = path.parent.name
            if says == "broken":
                raise AigcError("the copy cannot be loaded")
            here.runtimes.append(fake_runtime(text=f"from {says}", adapts="0", step_ms=step_ms))
            return here.runtimes[-1]

        monkeypatch.setattr(adapter_loading, "merged_gguf", merge)
        runtime = fake_runtime(text="the base", adapts="0")
        loaded = Loaded(Scheduler(runtime), Prompter(runtime, None, "fake"), "fake")
        here = Bench(Adapters(Base(BASE, loaded, load, Scheduler), most, lambda: None), loaded)
        opened.append(here)
        return here

    for name in ("a", "b", "c", "broken"):
        add_adapter(write_adapter(tmp_path / name, name))
    yield make
    for one in opened:
        one.adapters.close()
        one.base.scheduler.stop()


def test_copies_answer_beside_the_base(bench: Callable[..., Bench]) -> None:
    here = bench()
    for name in ("a", "b"):
        assert start(here.ready(name)).text()[0] == f"from {name}"
    assert start(here.base).text()[0] == "the base"
    assert here.merged == ["a", "b"]
    assert len(here.adapters.schedulers()) == 2


def test_a_copy_that_cannot_be_loaded_costs_only_itself(bench: Callable[..., Bench]) -> None:
    here = bench()
    here.adapters.find("broken")
    assert "cannot be loaded" in here.until("broken", "failed")
    with pytest.raises(EngineRequestError, match="cannot be loaded"):
        here.adapters.find("broken")
    assert start(here.ready("a")).text()[0] == "from a"


def test_the_one_that_was_not_used_for_longest_goes_and_comes_back(bench: Callable[..., Bench]) -> None:
    here = bench(most=1)
    here.ready("a")
    here.ready("b")
    here.until("a", "prepared")
    assert len(here.adapters.schedulers()) == 1
    assert start(here.ready("a")).text()[0] == "from a"
    here.until("b", "prepared")


def test_a_request_that_runs_is_finished_before_its_copy_goes(bench: Callable[..., Bench]) -> None:
    here = bench(most=1, step_ms="20")
    first = here.ready("a")
    runs = [start(first) for _ in range(3)]
    here.ready("b")
    here.until("a", "prepared")
    assert [run.text()[0] for run in runs] == ["from a"] * 3
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        try:
            start(first)
        except UnloadingError:
            break
    else:
        raise AssertionError("a retired scheduler took requests for 20 s")


def test_many_swaps_while_copies_come_and_go_fail_no_request(bench: Callable[..., Bench]) -> None:
    """With room for one copy and three in use, every request is answered, by the adapter or by the base."""
    here = bench(most=1)
    failures: queue.Queue[Any] = queue.Queue()

    def client(name: str) -> None:
        try:
            for _ in range(40):
                for _again in range(2):
                    loaded = here.adapters.find(name) or here.base
                    try:
                        text = start(loaded).text()[0]
                        break
                    except UnloadingError:
                        continue
                if text not in (f"from {name}", "the base"):
                    failures.put(text)
        except Exception as error:
            failures.put(error)

    threads = [threading.Thread(target=client, args=(name,)) for name in ("a", "b", "c")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert failures.empty(), failures.get()


def test_one_that_is_replaced_twice_answers_until_the_last_is_ready(
    bench: Callable[..., Bench], tmp_path: Path
) -> None:
    here = bench()
    first = here.ready("a")
    steps = threading.Semaphore(0)
    here.gate = lambda: steps.acquire(timeout=20)
    for made in (2, 3):
        add_adapter(write_adapter(tmp_path / f"a{made}", "a", figures={"made": made}), "a")
        assert here.adapters.find("a") is first
    steps.release()
    deadline = time.monotonic() + 20
    while len(here.merged) < 3:  # then the second is done, and nobody's any more
        assert time.monotonic() < deadline
        time.sleep(0.005)
    time.sleep(0.1)
    found = here.adapters.find("a")
    assert found is not None
    assert start(found).text()[0] == "from a"
    steps.release()
    here.until("a", "ready")
    assert here.adapters.find("a") is not first


def test_an_engine_that_stops_waits_for_no_merge(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AIGC_LSP_HOME", str(tmp_path / "home"))
    monkeypatch.setattr(sys, "executable", str(_slow(tmp_path / "slow")))
    base = tmp_path / "base.gguf"
    base.write_bytes(b"GGUF")
    folder = tmp_path / "home" / "cache" / "adapters"
    folder.mkdir(parents=True)
    name = f"{cache_stem('0' * 64, '1' * 64)}-q8_0.gguf"
    (folder / f".4711-{name}").write_bytes(b"half")  # of a process that was killed
    began = time.monotonic()
    with pytest.raises(AigcError, match="the engine stopped"):
        merged_gguf(
            ModelRef("m", base, "gguf", None, ""),
            "0" * 64,
            tmp_path,
            "1" * 64,
            lambda: (tmp_path / "slow.pid").exists(),
        )
    assert time.monotonic() - began < 60
    pid = int((tmp_path / "slow.pid").read_text())
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)
    assert [path.name for path in folder.iterdir() if path.suffix != ".lock"] == []


def _slow(path: Path) -> Path:
    """Write a program that notes its id and then does nothing for two minutes."""
    path.write_text(f"#!/bin/sh\necho $$ > {path}.new\nmv {path}.new {path}.pid\nexec sleep 120\n")
    path.chmod(0o755)
    return path


def test_a_base_that_is_no_gguf_says_what_to_use(tmp_path: Path) -> None:
    with pytest.raises(AigcError, match="transformers runtime"):
        merged_gguf(ModelRef("m", tmp_path, "safetensors", None, ""), "0" * 64, tmp_path, "1" * 64)


def test_merging_that_fails_leaves_no_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AIGC_LSP_HOME", str(tmp_path / "home"))
    base = tmp_path / "base.gguf"
    base.write_bytes(b"GGUF and nothing else")
    with pytest.raises(AigcError):
        merged_gguf(ModelRef("m", base, "gguf", None, ""), "0" * 64, write_adapter(tmp_path / "a"), "1" * 64)
    left = [path.name for path in (tmp_path / "home" / "cache" / "adapters").iterdir() if path.suffix != ".lock"]
    assert left == []


def test_an_unknown_name_is_no_adapter(bench: Callable[..., Bench]) -> None:
    with pytest.raises(EngineRequestError, match="nobody"):
        bench().adapters.find("nobody")
    assert issubclass(AdapterError, AigcError)


def test_scores_are_asked_again_where_a_copy_went_meanwhile(bench: Callable[..., Bench]) -> None:
    here = bench()
    gone = here.ready("a")
    gone.scheduler.retire()

    class Host:
        found = iter([gone, here.base])

        def answering(self, model: str | None, *, fallback: bool) -> Loaded:
            return next(self.found)

    async def ask() -> httpx.Response:
        app = EngineApp(cast("ModelHost", Host()), lambda: None)
        over = httpx.ASGITransport(app.asgi(None, None))
        async with httpx.AsyncClient(transport=over, base_url="http://engine") as client:
            return await client.post("/v1/score", json={"prompt": "x", "continuations": ["the base"], "model": "a"})

    answer = asyncio.run(ask())
    assert answer.status_code == 200, answer.text
    assert sum(answer.json()["scores"][0]["logprobs"]) > -1

"""The link over real engine processes with the fake model: one engine for all, found, restarted, unloaded, replaced."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import aclosing, asynccontextmanager, suppress
from pathlib import Path

import pytest

from aigc_models.client import EngineConfig, EngineLink, control
from aigc_models.types import CompletionRequest, EngineStatus, EngineUnavailableError
from tests.models.engine.process import environment

FAKE = "fake"


def command(*options: str, model: str = FAKE) -> list[str]:
    return [sys.executable, "-m", "aigc_lsp", "serve", "--managed", "--model", model, *options]


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Path]:  # type: ignore[misc]
    """Give each test a home of its own, and end the engine that runs there."""
    folder = tmp_path / "home"
    for name, value in environment(folder).items():
        monkeypatch.setenv(name, value)
    yield folder
    with suppress(EngineUnavailableError):
        pid = control.status().pid
        control.stop()
        if pid:
            with suppress(ChildProcessError):
                os.waitpid(pid, os.WNOHANG)


@asynccontextmanager
async def link(*options: str, model: str = FAKE, launch: list[str] | None = None) -> AsyncIterator[EngineLink]:
    made = EngineLink(EngineConfig(model=model), launch or command(*options, model=model))
    await made.start()
    try:
        yield made
    finally:
        await made.aclose()


async def text(one: EngineLink, tokens: int = 5) -> str:
    async with aclosing(one.client.complete(CompletionRequest("x", max_tokens=tokens))) as chunks:
        return "".join([chunk.text async for chunk in chunks])


async def until(one: EngineLink, wanted: Callable[[EngineStatus], bool], timeout: float = 15) -> list[EngineStatus]:
    """Return the statuses that were told up to the wanted one."""
    told: list[EngineStatus] = []
    async with asyncio.timeout(timeout), aclosing(one.watch()) as statuses:
        async for status in statuses:
            told.append(status)
            if wanted(status):
                return told
    raise AssertionError(told)


def alive(pid: int) -> bool:
    stat = Path(f"/proc/{pid}/stat")
    with suppress(ChildProcessError):
        os.waitpid(pid, os.WNOHANG)
    return stat.exists() and stat.read_text().rpartition(")")[2].split()[0] != "Z"


async def gone(pid: int, timeout: float = 10) -> None:
    deadline = time.monotonic() + timeout
    while alive(pid):
        assert time.monotonic() < deadline, "the engine did not end"
        await asyncio.sleep(0.02)


def run(test: Callable[[], Awaitable[None]]) -> None:
    asyncio.run(test())  # type: ignore[arg-type]


def test_two_links_at_once_use_one_engine() -> None:
    async def test() -> None:
        async with link() as one, link() as two:
            pids = {(await each.ready(20)).pid for each in (one, two)}
            assert len(pids) == 1
            assert await text(one) == await text(two) == "value"
            assert (await one.client.status()).details["clients"] == 2

    run(test)


LINK_SCRIPT = """
import asyncio, sys
from aigc_models.client import EngineConfig, EngineLink
async def main():
    link = EngineLink(EngineConfig(model="fake"), [sys.executable, *"-m aigc_lsp serve --managed --model fake".split()])
    await link.start()
    status = await link.ready(40)
    print(status.pid)
    await link.aclose()
asyncio.run(main())
"""


def test_six_processes_that_start_at_once_start_one_engine(home: Path) -> None:
    started = [
        subprocess.Popen([sys.executable, "-c", LINK_SCRIPT], stdout=subprocess.PIPE, text=True) for _ in range(6)
    ]
    pids = {process.communicate(timeout=60)[0] for process in started}
    assert len(pids) == 1
    assert pids.pop().strip().isdigit()
    log = (home / "log" / "engine.log").read_text()
    assert log.count("listens on") == 1


@pytest.mark.parametrize("crash", [signal.SIGKILL, signal.SIGSEGV])
def test_after_a_crash_it_fails_once_and_is_ready_again(crash: signal.Signals) -> None:
    async def test() -> None:
        async with link() as one:
            pid = (await one.ready(20)).pid
            assert pid is not None
            os.kill(pid, crash)
            told = await until(one, lambda status: status.state == "ready" and status.pid != pid)
            states = [status.state for status in told]
            assert states.count("failed") == 1
            assert states.index("failed") < states.index("starting")
            assert await text(one) == "value"

    run(test)


def test_an_engine_that_is_ended_by_signal_is_not_taken_for_a_crash(home: Path) -> None:
    async def test() -> None:
        async with link() as one:
            pid = (await one.ready(20)).pid
            assert pid is not None
            os.kill(pid, signal.SIGTERM)
            told = await until(one, lambda status: status.state == "absent")
            assert "failed" not in [status.state for status in told]
            await gone(pid)
            assert not (home / "run" / "engine.sock").exists()

    run(test)


def test_an_engine_that_dies_at_once_is_started_with_back_off(tmp_path: Path) -> None:
    count = tmp_path / "starts"
    launch = ["sh", "-c", f"echo x >> {count}; exit 3"]

    async def test() -> None:
        async with link(launch=launch) as one:
            with pytest.raises(EngineUnavailableError, match="status 3"):
                await one.ready(10)
            await asyncio.sleep(2)
        assert 2 <= len(count.read_text().split()) <= 5  # at 0, 0.5, 1.5 and 3.5 seconds

    run(test)


def test_a_command_that_does_not_exist_is_a_failure_with_its_name() -> None:
    async def test() -> None:
        async with link(launch=["/no/such/engine"]) as one:
            with pytest.raises(EngineUnavailableError, match="/no/such/engine"):
                await one.ready(10)

    run(test)


def test_the_engine_ends_after_its_last_client_and_not_before() -> None:
    async def test() -> None:
        async with link("--idle-exit", "1") as one:
            pid = (await one.ready(20)).pid
            assert pid is not None
            await asyncio.sleep(1.6)
            assert alive(pid)
        await gone(pid)

    run(test)


def test_an_idle_model_is_unloaded_and_loaded_again_on_demand() -> None:
    async def test() -> None:
        async with link("--idle-unload", "0.5") as one:
            pid = (await one.ready(20)).pid
            await until(one, lambda status: status.state == "unloaded")
            with pytest.raises(EngineUnavailableError, match="loading"):
                await text(one)  # the wish itself begins the load
            await until(one, lambda status: status.state == "ready")
            assert await text(one) == "value"
            await until(one, lambda status: status.state == "unloaded")
            assert (await one.ready(10)).pid == pid
            assert await text(one) == "value"

    run(test)


def test_a_failed_load_is_tried_again_when_asked(tmp_path: Path, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONPATH", f"{impatient(tmp_path)}{os.pathsep}{os.environ['PYTHONPATH']}")
    missing = tmp_path / "late.gguf"

    async def test() -> None:
        async with link(model=str(missing)) as one:
            with pytest.raises(EngineUnavailableError, match="late"):
                await one.ready(20)
            await until(one, lambda status: status.state == "failed" and status.pid is not None)
            with pytest.raises(EngineUnavailableError, match="late"):
                await one.ready(20)  # tried again, in the same engine, with the same result
        assert (home / "log" / "engine.log").read_text().count("loading failed") >= 2

    run(test)


def impatient(folder: Path) -> Path:
    """Return a folder whose sitecustomize lets the engine try a failed load again at once."""
    site = folder / "impatient"
    site.mkdir()
    (site / "sitecustomize.py").write_text("import aigc_models.engine.host as host\nhost._RETRY_S = 0\n")
    return site


def test_an_engine_of_another_version_that_only_we_use_is_replaced(monkeypatch: pytest.MonkeyPatch) -> None:
    async def test() -> None:
        async with link() as one:
            old = (await one.ready(20)).pid
        monkeypatch.setattr("aigc_models.client.link.__version__", "99.0")
        async with link() as two:
            told = await until(two, lambda status: status.state == "ready")
            assert told[-1].pid != old
            assert "failed" not in [status.state for status in told]
            assert await text(two) == "value"

    run(test)


def test_an_engine_of_another_version_that_others_use_is_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    async def test() -> None:
        async with link() as one:
            old = (await one.ready(20)).pid
            monkeypatch.setattr("aigc_models.client.link.__version__", "99.0")
            async with link() as two:
                assert (await two.ready(20)).pid == old
                assert await text(two) == await text(one) == "value"

    run(test)


def test_an_engine_with_another_model_is_replaced() -> None:
    async def test() -> None:
        async with link() as one:
            await one.ready(20)
        async with link(model="fake?text=other") as two:
            await until(two, lambda status: status.state == "ready" and status.model == "fake?text=other")
            assert await text(two) == "other"

    run(test)


def test_a_stopped_engine_stays_away_until_the_next_wish() -> None:
    async def test() -> None:
        async with link() as one, link() as two:
            pids = {(await each.ready(20)).pid for each in (one, two)}
            assert await asyncio.to_thread(control.stop)
            told = [await until(each, lambda status: status.state == "absent") for each in (one, two)]
            assert all(status.state != "failed" for statuses in told for status in statuses)
            await asyncio.sleep(0.5)
            assert (await asyncio.to_thread(control.status)).state == "absent"
            assert (await one.ready(20)).pid not in pids
            assert two.status.state == "absent"
            assert await asyncio.to_thread(control.stop)
            assert not await asyncio.to_thread(control.stop)

    run(test)


def test_waiting_has_an_end() -> None:
    async def test() -> None:
        async with link(model="fake?load_ms=20000") as one:
            began = time.monotonic()
            with pytest.raises(EngineUnavailableError, match=r"not ready after 1\.5 s"):
                await one.ready(1.5)
            assert time.monotonic() - began < 3

    run(test)


def test_without_a_command_a_running_engine_is_used_and_none_is_started(home: Path) -> None:
    async def test() -> None:
        lonely = EngineLink(EngineConfig(model=FAKE))
        await lonely.start()
        try:
            with pytest.raises(EngineUnavailableError, match="No engine is running"):
                await lonely.ready(3)
            async with link() as one:
                pid = (await one.ready(20)).pid
                assert (await lonely.ready(20)).pid == pid
        finally:
            await lonely.aclose()

    run(test)


def test_a_closed_stream_stops_decoding_within_one_token() -> None:
    async def test() -> None:
        async with link(model="fake?step_ms=20&text=" + "z" * 900) as one:
            await one.ready(20)
            async with aclosing(one.client.complete(CompletionRequest("a", max_tokens=800))) as chunks:
                async for _ in chunks:
                    break
            async with asyncio.timeout(5):
                while (details := (await one.client.status()).details)["cancelled"] != 1:
                    await asyncio.sleep(0.01)
            assert details["max_decoded_after_cancel"] <= 1
            assert details["decoded_tokens"] < 30

    run(test)

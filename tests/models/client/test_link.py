"""The link over real engine processes with the fake model: one engine for all, found, restarted, unloaded, replaced."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from aigc_models.types import EngineUnavailableError
from tests.models.client.links import alive, gone, link, run, text, until


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

"""What a link does about an engine that sleeps, is stopped, is not the right one, or is not there."""

from __future__ import annotations

import asyncio
import os
import time
from contextlib import aclosing
from pathlib import Path

import pytest

from aigc_models.client import EngineConfig, EngineLink, control
from aigc_models.types import CompletionRequest, EngineUnavailableError
from tests.models.client.links import FAKE, link, run, text, until


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

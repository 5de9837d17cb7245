"""Adapters in an evaluation: variants share one engine, a folder may be named on the command line, nothing fills in."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

import pytest
from tests.models.engine.process import environment

from adapter_helpers import write_adapter
from aigc_lsp.evaluate.engines import Engines, adapter_setting
from aigc_lsp.evaluate.variants import changed, variants
from aigc_lsp.settings import Settings
from aigc_models.client import control
from aigc_models.types import CompletionRequest, EngineRequestError


@pytest.fixture
def own(tmp_path, monkeypatch):
    """Settings with a fake model, in a home with one adapter; its engine ends with the test."""
    home = tmp_path / "home"
    for name, value in environment(home).items():
        monkeypatch.setenv(name, value)
    monkeypatch.chdir(tmp_path)
    write_adapter(home / "data" / "adapters" / "team", "team", figures={"says": "from team"})
    yield changed(Settings(), ["engine.model=fake?text=base", "engine.idle_exit_s=1.0"])
    if sys.platform != "win32" and (home / "run").exists():
        control.stop()


async def said(client):
    return "".join([chunk.text async for chunk in client.complete(CompletionRequest("x"))])


def test_variants_with_different_adapters_share_one_engine(own, tmp_path):
    folder = write_adapter(tmp_path / "loose", "loose", figures={"says": "from a folder"})
    compared = [settings.settings for settings in variants(own, ["engine.adapter=team"])]
    compared += [changed(own, [f"engine.adapter={folder}"]), changed(own, ["engine.adapter=./loose"])]

    async def ask():
        async with Engines(own, 60.0) as engines:
            opened = [await engines.open(settings) for settings in compared]
            return [await said(client) for client, _ in opened], {status.pid for _, status in opened}

    texts, pids = asyncio.run(ask())
    assert texts == ["base", "from team", "from a folder", "from a folder"]
    assert len(pids) == 1


@pytest.mark.parametrize(
    ("fields", "says"), [({"base": "f" * 64}, "trained on"), ({"figures": {"fail": "read"}}, "fail")]
)
def test_an_adapter_that_cannot_be_used_ends_the_evaluation(own, tmp_path, fields, says):
    write_adapter(Path(tmp_path / "home" / "data" / "adapters" / "bad"), "bad", **fields)

    async def ask():
        async with Engines(own, 60.0) as engines:
            await engines.open(changed(own, ["engine.adapter=bad"]))

    with pytest.raises(EngineRequestError, match=says):
        asyncio.run(ask())


def test_auto_is_what_editors_in_this_folder_get(own, tmp_path):
    from aigc_models.store.bindings import bind

    bind("team", tmp_path)

    async def ask():
        async with Engines(own, 60.0) as engines:
            client, _ = await engines.open(own)
            return await said(client)

    assert asyncio.run(ask()) == "from team"


def test_only_what_looks_like_a_path_is_a_folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for given, kept in (
        ("team", "team"),
        ("none", "none"),
        ("./a", str(tmp_path / "a")),
        ("a/b", str(tmp_path / "a/b")),
    ):
        assert adapter_setting(changed(Settings(), [f"engine.adapter={given}"])) == kept
    remote = changed(Settings(), ["engine.adapter=org/name", "engine.url=http://box/v1"])
    assert adapter_setting(remote) == "org/name"

"""Adapters in an engine process with the fake model: by name for each request, changed under load, failing alone."""

from __future__ import annotations

import shutil
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.adapter_helpers import write_adapter
from tests.models.engine.process import Engine, engine

TEXT = "the base"


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path / "home"


@pytest.fixture
def running(home: Path) -> Iterator[Engine]:
    with engine(home, model=f"fake?text={TEXT}") as started:
        yield started


def put(home: Path, name: str, says: str = "", **fields: Any) -> Path:
    """Have an adapter registered at once, whole, as `aigc-lsp adapters add` does; it says `says`."""
    root = home / "data" / "adapters"
    root.mkdir(parents=True, exist_ok=True)
    figures = {"says": says or f"from {name}", **fields.pop("figures", {})}
    aside = write_adapter(root / f".{name}", name, figures=figures, **fields)
    if (root / name).exists():
        (root / name).rename(root / f".old-{time.monotonic_ns()}")
    return aside.rename(root / name)


def post(running: Engine, model: str | None, **body: Any) -> httpx.Response:
    return running.http.post("/v1/completions", json={"prompt": "x", "temperature": 0, "model": model, **body})


def said(answer: httpx.Response) -> tuple[str, str]:
    """Return who answered, and what."""
    assert answer.status_code == 200, answer.text
    return answer.json()["model"], answer.json()["choices"][0]["text"]


def ready(running: Engine, name: str, within: float = 10.0) -> None:
    deadline = time.monotonic() + within
    while (told := running.http.post("/engine/adapter", json={"model": name}).json()).get("state") != "ready":
        assert time.monotonic() < deadline, told
        time.sleep(0.01)


def state(running: Engine, name: str) -> dict[str, Any]:
    found: dict[str, Any] = running.health()["details"]["adapters"][name]
    return found


def test_a_request_names_its_adapter_and_the_answer_says_whose_it_is(running: Engine, home: Path) -> None:
    put(home, "team")
    put(home, "other")
    ready(running, "team")
    ready(running, "other")
    base = running.health()["model"]
    assert said(post(running, "team")) == ("team", "from team")
    assert said(post(running, "other")) == ("other", "from other")
    for name in (None, "", base, "fake", "default"):
        assert said(post(running, name)) == (base, TEXT)
    assert running.health()["details"]["loads"] == 1


def test_the_base_answers_while_an_adapter_is_made_ready_where_that_is_wanted(running: Engine, home: Path) -> None:
    put(home, "slow", figures={"read_ms": 800})
    answer = post(running, "slow")
    assert (answer.status_code, "being made ready" in answer.json()["error"]["message"]) == (503, True)
    assert said(post(running, "slow", fallback=True))[1] == TEXT
    assert state(running, "slow")["state"] == "preparing"
    ready(running, "slow")
    assert said(post(running, "slow", fallback=True)) == ("slow", "from slow")


def test_models_and_fitting_adapters_are_listed_as_vllm_does(running: Engine, home: Path) -> None:
    put(home, "team")
    put(home, "foreign", base="f" * 64)
    listed = running.http.get("/v1/models").json()["data"]
    base = running.health()["model"]
    assert [(one["id"], one.get("parent")) for one in listed] == [(base, None), ("team", base)]


def test_a_name_that_means_nothing_is_not_found_and_named(running: Engine) -> None:
    answer = post(running, "nobody")
    assert (answer.status_code, answer.json()["error"]["type"]) == (404, "not_found_error")
    assert "nobody" in answer.json()["error"]["message"]
    assert said(post(running, "nobody", fallback=True))[1] == TEXT
    assert "nobody" in state(running, "nobody")["message"]


def test_an_adapter_of_another_base_is_refused_and_both_are_named(running: Engine, home: Path) -> None:
    put(home, "foreign", base="f" * 64, base_name="starcoder2-3b")
    running.http.post("/engine/adapter", json={"model": "foreign"})
    running.until(lambda health: health["details"]["adapters"]["foreign"]["state"] == "failed")
    answer = post(running, "foreign")
    assert answer.status_code == 400
    for word in ("foreign", "starcoder2-3b", "ffffffffffff", "fake"):
        assert word in answer.json()["error"]["message"]
    assert said(post(running, "foreign", fallback=True))[1] == TEXT


@pytest.mark.parametrize("how", ["read", "adapt", "forward", "truncated", "manifest"])
def test_a_damaged_adapter_costs_only_itself(running: Engine, home: Path, how: str) -> None:
    put(home, "good")
    ready(running, "good")
    folder = put(home, "bad", figures={"fail": how})
    if how == "truncated":
        weights = folder / "adapter_model.safetensors"
        weights.write_bytes(weights.read_bytes()[:50])
    elif how == "manifest":
        (folder / "aigc.json").write_text("{}")
    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(lambda name: post(running, name, fallback=True), ["bad", "good", None] * 8))
    assert {said(answer)[1] for answer in answers} == {TEXT, "from good"}
    running.until(lambda health: health["details"]["adapters"]["bad"]["state"] == "failed")
    assert "bad" in state(running, "bad")["message"]
    assert post(running, "bad").status_code == 400
    assert said(post(running, "good")) == ("good", "from good")


def test_a_mended_adapter_works_without_a_restart(running: Engine, home: Path) -> None:
    put(home, "team", figures={"fail": "read"})
    running.http.post("/engine/adapter", json={"model": "team"})
    running.until(lambda health: health["details"]["adapters"]["team"]["state"] == "failed")
    put(home, "team", "mended")
    ready(running, "team")
    assert said(post(running, "team")) == ("team", "mended")


def test_a_hundred_swaps_under_load_fail_no_request(running: Engine, home: Path) -> None:
    names = ["a", "b", "c"]
    for name in names:
        put(home, name)
        ready(running, name)
    order = [names[number % 3] for number in range(100)]
    with ThreadPoolExecutor(6) as pool:
        answers = list(pool.map(lambda name: (name, post(running, name)), order))
    assert all(said(answer) == (name, f"from {name}") for name, answer in answers)
    counters = running.health()["details"]
    assert (counters["failed"], counters["refused"], counters["loads"]) == (0, 0, 1)


def test_an_adapter_that_is_replaced_answers_as_it_was_until_the_new_one_is_ready(running: Engine, home: Path) -> None:
    put(home, "team", "version 0")
    ready(running, "team")
    seen = []
    for version in range(1, 6):
        put(home, "team", f"version {version}", figures={"read_ms": 50})
        deadline = time.monotonic() + 10
        while not seen or seen[-1] != f"version {version}":
            seen.append(said(post(running, "team"))[1])
            assert time.monotonic() < deadline
    assert seen == sorted(seen)
    assert TEXT not in seen


def test_a_removed_adapter_is_gone_and_the_base_answers(running: Engine, home: Path) -> None:
    folder = put(home, "team")
    ready(running, "team")
    shutil.rmtree(folder)
    time.sleep(1.1)
    assert post(running, "team").status_code == 404
    assert said(post(running, "team", fallback=True))[1] == TEXT


def test_scores_and_chat_name_an_adapter_too(running: Engine, home: Path) -> None:
    put(home, "team")
    ready(running, "team")
    body = {"prompt": "x", "continuations": ["from team", TEXT]}
    of = {
        name: [
            sum(one["logprobs"])
            for one in running.http.post("/v1/score", json={**body, "model": name}).json()["scores"]
        ]
        for name in ("team", None)
    }
    assert of["team"][0] > of["team"][1]
    assert of[None][1] > of[None][0]
    chat = running.http.post(
        "/v1/chat/completions", json={"messages": [{"role": "user", "content": "x"}], "model": "no"}
    )
    assert chat.status_code == 404


def test_a_folder_is_taken_on_the_users_own_socket_only(running: Engine, home: Path, tmp_path: Path) -> None:
    folder = write_adapter(tmp_path / "folder", "loose", figures={"says": "from a folder"})
    ready(running, str(folder))
    assert said(post(running, str(folder))) == (str(folder), "from a folder")
    with engine(tmp_path / "other", tcp=True) as remote:
        answer = post(remote, str(folder))
        assert (answer.status_code, "by name" in answer.json()["error"]["message"]) == (404, True)

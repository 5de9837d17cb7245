"""The engine's routes in a real process with the fake model: answers, limits, errors, and who may ask."""

from __future__ import annotations

import contextlib
import json
import socket
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.models.engine.process import Engine, engine

TEXT = "return a + b\n# done"


@pytest.fixture(scope="module")
def fake(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    with engine(tmp_path_factory.mktemp("e") / "home", model=f"fake?text={TEXT.replace('+', '%2B')}") as running:
        yield running


def events(response: httpx.Response) -> list[dict[str, Any]]:
    lines = [line[6:] for line in response.iter_lines() if line.startswith("data: ")]
    assert lines.pop() == "[DONE]"
    return [json.loads(line) for line in lines]


def test_a_completion_has_text_reason_and_usage(fake: Engine) -> None:
    answer = fake.complete(prompt="abc", max_tokens=64)
    choice = answer["choices"][0]
    assert (choice["text"], choice["finish_reason"]) == (TEXT, "stop")
    assert answer["usage"]["prompt_tokens"] == 3
    assert answer["usage"]["completion_tokens"] == len(TEXT)
    assert answer["usage"]["total_tokens"] == 3 + len(TEXT)


def test_the_default_length_is_that_of_openai(fake: Engine) -> None:
    choice = fake.complete()["choices"][0]
    assert (choice["text"], choice["finish_reason"]) == (TEXT[:16], "length")


def test_a_stream_says_the_same_piece_by_piece(fake: Engine) -> None:
    body = {"prompt": "abc", "max_tokens": 64, "temperature": 0, "stream": True}
    with fake.http.stream("POST", "/v1/completions", json=body) as response:
        assert response.headers["content-type"].startswith("text/event-stream")
        told = events(response)
    assert "".join(event["choices"][0]["text"] for event in told) == TEXT
    assert len(told) > 1
    assert told[-1]["choices"][0]["finish_reason"] == "stop"
    assert told[-1]["usage"]["completion_tokens"] == len(TEXT)
    assert {event["object"] for event in told} == {"text_completion"}


@pytest.mark.parametrize(("stop", "text"), [("+", "return a "), (["zz", "a +"], "return "), ([], TEXT)])
def test_stop_strings_end_the_answer_and_are_not_part_of_it(fake: Engine, stop: Any, text: str) -> None:
    assert fake.text(stop=stop, max_tokens=64) == text


def test_the_same_seed_gives_the_same_text_and_others_differ(fake: Engine) -> None:
    texts = [fake.text(temperature=2, seed=seed, max_tokens=40) for seed in (1, 1, 2, 3)]
    assert texts[0] == texts[1]
    assert len(set(texts)) == 3


@pytest.mark.parametrize("limit", [{"top_k": 1}, {"top_p": 0.01}])
def test_top_k_and_top_p_narrow_the_choice(fake: Engine, limit: dict[str, float]) -> None:
    assert fake.text(temperature=2, seed=7, max_tokens=64, **limit) == TEXT


def test_log_probabilities_are_one_a_token(fake: Engine) -> None:
    found = fake.complete(max_tokens=5, logprobs=1)["choices"][0]["logprobs"]["token_logprobs"]
    assert len(found) == 5
    assert all(-1 < value <= 0 for value in found)


def test_a_suffix_makes_a_fill_in_the_middle_prompt(fake: Engine) -> None:
    plain = fake.complete(prompt="abc", max_tokens=1)["usage"]["prompt_tokens"]
    filled = fake.complete(prompt="abc", suffix="wxyz", max_tokens=1)["usage"]["prompt_tokens"]
    assert (plain, filled) == (3, 3 + 4 + 3)  # three markers


def test_chat_without_a_template_is_refused_with_advice(fake: Engine) -> None:
    answer = fake.http.post("/v1/chat/completions", json={"messages": [{"role": "user", "content": "hi"}]})
    assert answer.status_code == 400
    assert "chat template" in answer.json()["error"]["message"]


def test_models_tokenize_and_health(fake: Engine) -> None:
    assert fake.http.get("/v1/models").json()["data"][0]["id"].startswith("fake")
    assert fake.http.post("/tokenize", json={"prompt": "héy"}).json()["count"] == 4
    health = fake.health()
    assert (health["state"], health["runtime"], health["pid"]) == ("ready", "fake", fake.process.pid)
    assert {"running", "waiting", "decoded_tokens", "max_decoded_after_cancel"} <= health["details"].keys()


@pytest.mark.parametrize(
    ("route", "body", "named"),
    [
        ("/v1/completions", "{not json", "not JSON"),
        ("/v1/completions", "[" * 100_000, "not JSON"),
        ("/v1/completions", "\xff".encode("latin-1"), "not JSON"),
        ("/v1/completions", "{}", "prompt"),
        ("/v1/completions", '{"prompt": 5}', "prompt"),
        ("/v1/completions", '{"prompt": ["a", "b"]}', "One prompt"),
        ("/v1/completions", '{"prompt": "a", "temperature": -1}', "temperature"),
        ("/v1/completions", '{"prompt": "a", "temperature": NaN}', "temperature"),
        ("/v1/completions", '{"prompt": "a", "top_p": 0}', "top_p"),
        ("/v1/completions", '{"prompt": "a", "max_tokens": 0}', "max_tokens"),
        ("/v1/completions", '{"prompt": "a", "n": 2}', "n:"),
        ("/v1/completions", '"text"', "body"),
        ("/v1/chat/completions", '{"messages": []}', "messages"),
        ("/v1/chat/completions", '{"messages": [{"role": "user"}]}', "messages.0.content"),
        ("/tokenize", "{}", "prompt"),
    ],
)
def test_a_wrong_request_is_refused_by_the_name_of_what_is_wrong(
    fake: Engine, route: str, body: str | bytes, named: str
) -> None:
    answer = fake.http.post(route, content=body)
    assert answer.status_code == 400, answer.text
    assert named in answer.json()["error"]["message"]
    assert answer.json()["error"]["type"] == "invalid_request_error"


def test_too_long_a_prompt_is_refused_with_the_numbers(fake: Engine) -> None:
    answer = fake.http.post("/v1/completions", json={"prompt": "a" * 9000})
    assert answer.status_code == 400
    assert "9000 tokens" in answer.json()["error"]["message"]
    assert "8192" in answer.json()["error"]["message"]


def test_a_body_beyond_the_limit_is_refused_while_it_comes(fake: Engine) -> None:
    answer, sent = upload(fake, 64 << 20)
    assert answer.startswith(b"HTTP/1.1 413")
    assert b"16 MiB" in answer
    assert sent < 40 << 20
    assert fake.text(max_tokens=3) == TEXT[:3]


def upload(fake: Engine, length: int) -> tuple[bytes, int]:
    """Send a body until the engine closes the connection; return its answer and how much was sent."""
    sent = 0
    with socket.socket(socket.AF_UNIX) as client:
        client.settimeout(20)
        client.connect(fake.address.removeprefix("unix:"))
        client.sendall(f"POST /v1/completions HTTP/1.1\r\nHost: x\r\nContent-Length: {length}\r\n\r\n".encode())
        with contextlib.suppress(BrokenPipeError, ConnectionResetError):
            while sent < length:
                client.sendall(b" " * (1 << 20))
                sent += 1 << 20
        return client.recv(4096), sent


def test_a_loading_engine_says_so_and_when_to_come_back(tmp_path: Path) -> None:
    with engine(tmp_path / "home", model="fake?load_ms=2000", ready=False) as loading:
        answer = loading.http.post("/v1/completions", json={"prompt": "a"})
        assert answer.status_code == 503
        assert answer.headers["retry-after"] == "1"
        assert "loading" in answer.json()["error"]["message"]
        loading.until(lambda health: health["state"] == "ready")
        assert loading.text(max_tokens=2) == "va"


def test_a_model_that_is_not_there_fails_with_what_to_do(tmp_path: Path) -> None:
    with engine(tmp_path / "home", model="/no/such/model.gguf", ready=False) as broken:
        health = broken.until(lambda found: found["state"] == "failed")
        assert "/no/such/model.gguf" in health["message"]
        answer = broken.http.post("/v1/completions", json={"prompt": "a"})
        assert answer.status_code == 503
        assert "/no/such/model.gguf" in answer.json()["error"]["message"]


def test_a_full_queue_is_429_and_a_closed_connection_stops_within_a_token(tmp_path: Path) -> None:
    slow = "fake?step_ms=20&context=9000&text=" + "z" * 4000
    body = {"prompt": "a", "max_tokens": 4000, "temperature": 0, "stream": True}
    with engine(tmp_path / "home", "--max-queue", "0", model=slow) as running:
        refused = running.http.post("/v1/completions", json=body | {"stream": False, "max_tokens": 1})
        assert refused.status_code == 429  # nothing may wait, not even for a moment
        assert refused.headers["retry-after"] == "1"
        assert refused.json()["error"]["type"] == "rate_limit_error"
    with engine(tmp_path / "home", "--max-queue", "1", model=slow) as running:
        with running.http.stream("POST", "/v1/completions", json=body) as response:
            lines = response.iter_lines()
            for _ in range(6):
                next(lines)
        details = running.until(lambda health: health["details"]["cancelled"] == 1)["details"]
        decoded = details["decoded_tokens"]
        assert details["max_decoded_after_cancel"] <= 1
        assert decoded < 50
        time.sleep(0.2)
        details = running.health()["details"]
        assert (details["decoded_tokens"], details["running"]) == (decoded, 0)


def test_a_score_tells_how_likely_each_text_is(fake: Engine) -> None:
    body = {"prompt": "x = ", "continuations": [TEXT, "return b", ""]}
    answer = fake.http.post("/v1/score", json=body)
    assert answer.status_code == 200, answer.text
    likely, unlikely, nothing = (one["logprobs"] for one in answer.json()["scores"])
    assert len(likely) == len(TEXT)
    assert all(-0.1 < value < 0 for value in likely)
    # "return " is what the model would say, "b" where it says "a" is not.
    assert (len(unlikely), max(unlikely[:7]) > -0.1, unlikely[7] < -5) == (8, True, True)
    assert nothing == []


@pytest.mark.parametrize("wrong", [{"continuations": []}, {"continuations": "x"}, {}, {"continuations": ["x" * 9000]}])
def test_a_score_of_something_else_is_refused(fake: Engine, wrong: dict[str, Any]) -> None:
    answer = fake.http.post("/v1/score", json={"prompt": "x = ", **wrong})
    assert answer.status_code == 400
    assert answer.json()["error"]["message"]


def test_other_files_stand_before_the_prompt(fake: Engine) -> None:
    plain = fake.complete(prompt="abc")["usage"]["prompt_tokens"]
    context = [{"path": "a.py", "text": "A = 1\n"}]
    more = fake.complete(prompt="abc", context=context, comment="//", path="b.py")["usage"]["prompt_tokens"]
    assert more - plain == len("// a.py\nA = 1\n\n// b.py\n")


def test_who_does_not_wait_for_a_score_stops_it(tmp_path: Path) -> None:
    with engine(tmp_path / "home", model="fake?step_ms=150") as running:
        body = {"prompt": "x = ", "continuations": ["y" * 4000]}
        with pytest.raises(httpx.ReadTimeout):
            running.http.post("/v1/score", json=body, timeout=0.4)
        details = running.until(lambda health: health["details"]["cancelled"] == 1)["details"]
        assert (details["finished"], details["running"]) == (0, 0)

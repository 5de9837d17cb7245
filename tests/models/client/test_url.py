"""A link to a URL: an engine of ours over TCP, and servers of other makes, played by a small one."""

from __future__ import annotations

import asyncio
import json
import threading
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import aclosing, asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route

from aigc_models.client import EngineClient, EngineConfig, EngineLink
from aigc_models.client.foreign import foreign_prompt
from aigc_models.types import (
    ChatMessage,
    ChatRequest,
    CompletionRequest,
    ContextFile,
    EngineBusyError,
    EngineRequestError,
    EngineUnavailableError,
)
from tests.models.engine.process import engine

QWEN = "Qwen2.5-Coder-1.5B"


@asynccontextmanager
async def link(url: str, token: str | None = None, model: str | None = None) -> AsyncIterator[EngineLink]:
    made = EngineLink(EngineConfig(url=url, token=token, model=model))
    await made.start()
    try:
        yield made
    finally:
        await made.aclose()


async def said(client: EngineClient, request: CompletionRequest) -> str:
    async with aclosing(client.complete(request)) as chunks:
        return "".join([chunk.text async for chunk in chunks])


@dataclass
class Foreign:
    """A server that is not ours: it records what it is asked and says what it was given to say."""

    pieces: list[str]
    health: Response | None = None
    status: int = 200
    asked: list[dict[str, Any]] = field(default_factory=list)
    url: str = ""

    async def completions(self, request: Request) -> Response:
        self.asked.append(await request.json())
        if self.status != 200:
            return JSONResponse({"error": {"message": "not today"}}, self.status)
        return StreamingResponse(self._events(), media_type="text/event-stream")

    async def _events(self) -> AsyncIterator[str]:
        yield ": a comment, as proxies send\n\n"
        for piece in self.pieces:
            yield f"data: {json.dumps({'choices': [{'text': piece, 'delta': {'content': piece}}]})}\n\n"
        yield f"data: {json.dumps({'choices': [{'text': '', 'delta': {}, 'finish_reason': 'stop'}]})}\n\n"
        usage = {"prompt_tokens": 3, "completion_tokens": 2, "total_tokens": 5}
        yield f"data: {json.dumps({'choices': [], 'usage': usage})}\n\ndata: [DONE]\n\n"

    async def models(self, request: Request) -> Response:
        return JSONResponse({"object": "list", "data": [{"id": QWEN}]})

    async def say_health(self, request: Request) -> Response:
        return self.health or JSONResponse({"detail": "Not Found"}, 404)


@contextmanager
def serving(foreign: Foreign) -> Iterator[Foreign]:
    routes = [
        Route("/v1/completions", foreign.completions, methods=["POST"]),
        Route("/v1/chat/completions", foreign.completions, methods=["POST"]),
        Route("/v1/models", foreign.models),
        Route("/health", foreign.say_health),
    ]
    server = uvicorn.Server(uvicorn.Config(Starlette(routes=routes), port=0, log_config=None, lifespan="off"))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    deadline = time.monotonic() + 10
    while not server.started:
        assert time.monotonic() < deadline
        time.sleep(0.01)
    foreign.url = f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    try:
        yield foreign
    finally:
        server.should_exit = True
        thread.join(10)


def test_an_engine_of_ours_is_used_with_its_token_and_heals_by_itself(tmp_path: Path) -> None:
    async def test(url: str, token: str | None) -> None:
        async with link(url, token) as one:
            status = await one.ready(10)
            assert (status.model, status.runtime) == ("fake", "fake")
            assert await said(one.client, CompletionRequest("a\n", "z", max_tokens=5)) == "value"
            assert await one.client.count_tokens("abc") == 3
            assert await one.client.sees_suffix()  # the fake model has the markers of a family
            assert not await one.client.compares()
            likely, unlikely = await one.client.score(CompletionRequest("a\n"), ["value", "x"])
            assert likely.total > -1 > unlikely.total
        async with link(f"{url}/v1/", token) as one:
            assert (await one.ready(10)).state == "ready"
        async with link(url, "wrong") as one:
            with pytest.raises(EngineUnavailableError, match="token"):
                await one.ready(10)

    with engine(tmp_path / "home", tcp=True) as running:
        asyncio.run(test(running.address, running.token))


def test_a_proxy_of_the_environment_is_not_asked_for_this_machine(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    for name in ("NO_PROXY", "no_proxy"):
        monkeypatch.delenv(name, raising=False)

    async def test(url: str) -> None:
        async with link(url) as one:
            assert (await one.ready(10)).model == QWEN

    with serving(Foreign([])) as foreign:
        asyncio.run(test(foreign.url))


@pytest.mark.parametrize(
    "health",
    [None, Response(status_code=200), JSONResponse({"status": "ok"}), Response("OK"), JSONResponse([1])],
    ids=["none", "vllm", "llama.cpp", "text", "list"],
)
def test_a_server_of_another_make_is_ready_when_it_lists_its_models(health: Response | None) -> None:
    async def test(url: str) -> None:
        async with link(url) as one:
            status = await one.ready(10)
            assert (status.state, status.model) == ("ready", QWEN)
            assert await said(one.client, CompletionRequest("x = ", heal=False)) == "1 + 2"

    with serving(Foreign(["1 +", " 2"], health)) as foreign:
        asyncio.run(test(foreign.url))


def test_its_prompt_is_the_familys_template_as_text_cut_back_and_the_answer_begins_with_what_was_cut() -> None:
    async def test(url: str) -> None:
        client = EngineClient(url=url)
        request = CompletionRequest("def f(a):\n    ret", "\n<|fim_middle|>", max_tokens=9, seed=4, stop=("#",))
        assert await said(client, request) == "urn a"
        await client.aclose()

    with serving(Foreign([" r", "eturn", " a"])) as foreign:
        asyncio.run(test(foreign.url))
    asked = foreign.asked[0]
    assert asked["prompt"] == ("<|fim_prefix|>def f(a):\n   <|fim_suffix|>\n< |fim_middle|><|fim_middle|>")
    assert (asked["model"], asked["seed"], asked["max_tokens"], asked["stream"]) == (QWEN, 4, 9, True)
    assert "#" in asked["stop"]
    assert "<|endoftext|>" in asked["stop"]
    assert "suffix" not in asked  # many servers refuse it


@pytest.mark.parametrize(("model", "fills"), [(QWEN, True), ("Llama-3-8B", False)])
def test_a_server_of_another_make_is_never_asked_to_compare(model: str, fills: bool) -> None:
    async def test(url: str) -> None:
        async with link(url, model=model) as one:
            assert await one.client.sees_suffix() is fills
            assert not await one.client.compares()
            with pytest.raises(EngineRequestError, match="engine of aigc-lsp"):
                await one.client.score(CompletionRequest("a"), ["b"])

    with serving(Foreign([])) as foreign:
        asyncio.run(test(foreign.url))


def test_other_files_stand_in_its_prompt_as_text() -> None:
    async def test(url: str) -> None:
        async with link(url, model="Llama-3-8B") as one:
            context = (ContextFile("a.py", "A = 1"),)
            await said(one.client, CompletionRequest("x\n", context=context, path="b.py", heal=False, logprobs=True))

    with serving(Foreign([])) as foreign:
        asyncio.run(test(foreign.url))
    assert foreign.asked[0]["prompt"] == "# a.py\nA = 1\n\n# b.py\nx\n"
    assert "context" not in foreign.asked[0]
    assert "logprobs" not in foreign.asked[0]  # many servers refuse them, or are slow then


def test_an_answer_that_begins_otherwise_is_dropped() -> None:
    async def test(url: str) -> None:
        client = EngineClient(url=url)
        assert await said(client, CompletionRequest("a = ret")) == ""
        await client.aclose()

    with serving(Foreign([" foo", "bar"])) as foreign:
        asyncio.run(test(foreign.url))


def test_chat_goes_to_the_servers_own_template() -> None:
    async def test(url: str) -> None:
        client = EngineClient(url=url, model="some-model")
        async with aclosing(client.chat(ChatRequest((ChatMessage("user", "hi"),)))) as chunks:
            assert "".join([chunk.text async for chunk in chunks]) == "hello you"
        await client.aclose()

    with serving(Foreign(["hello", " you"])) as foreign:
        asyncio.run(test(foreign.url))
    assert foreign.asked[0]["messages"] == [{"role": "user", "content": "hi"}]
    assert foreign.asked[0]["model"] == "some-model"


@pytest.mark.parametrize(
    ("status", "error"), [(400, EngineRequestError), (429, EngineBusyError), (500, EngineUnavailableError)]
)
def test_its_errors_are_told_apart(status: int, error: type[Exception]) -> None:
    async def test(url: str) -> None:
        client = EngineClient(url=url)
        with pytest.raises(error, match="not today"):
            await said(client, CompletionRequest("x"))
        await client.aclose()

    with serving(Foreign([], status=status)) as foreign:
        asyncio.run(test(foreign.url))


def test_nobody_at_the_url_is_a_failure_with_a_reason() -> None:
    async def test() -> None:
        async with link("http://127.0.0.1:9") as one:
            with pytest.raises(EngineUnavailableError, match="does not answer"):
                await one.ready(5)

    asyncio.run(test())


@pytest.mark.parametrize(
    ("prefix", "kept"),
    [
        ("def f():\n    ret", "def f():\n   "),
        ("def f():\n    ", "def f():"),
        ("x = foo(", "x = foo("),
        ("import os\n", "import os"),
        ("word", "word"),  # nothing would be left
    ],
)
def test_the_cut_is_before_the_last_word_or_white_space(prefix: str, kept: str) -> None:
    assert foreign_prompt(CompletionRequest(prefix), None).text == kept
    assert foreign_prompt(CompletionRequest(prefix, heal=False), None).text == prefix

"""Sixteen clients on one engine, one that stops reading and one that goes away: the others notice nothing."""

from __future__ import annotations

import json
import socket
import threading
from pathlib import Path
from typing import Any

import httpx

from tests.models.engine.process import Engine, engine

# The answer is far longer than what fits into the socket's buffers, so that a client can hold it up.
LONG = 3200
TEXT = "abcdefgh" * (LONG // 8)


def test_a_slow_and_a_gone_client_cost_the_others_nothing(tmp_path: Path) -> None:
    model = f"fake?context=9000&step_ms=0.3&text={TEXT}"
    with engine(tmp_path / "home", model=model) as running:
        stuck = raw_request(running, LONG)  # never reads
        gone = raw_request(running, LONG)
        running.until(lambda health: health["details"]["running"] == 2)
        gone.close()
        answers = ask_all(running, 14)
        assert answers == [TEXT[:40]] * 14
        details = running.until(lambda health: health["details"]["running"] == 0, timeout=30)["details"]
        assert details["cancelled"] >= 1
        assert details["max_decoded_after_cancel"] <= 1
        assert details["failed"] == 0
        # The one that stopped reading gets its whole answer when it reads on.
        assert whole(stuck) == TEXT
        stuck.close()
        assert running.text(max_tokens=4) == TEXT[:4]


def raw_request(running: Engine, tokens: int) -> socket.socket:
    client = socket.socket(socket.AF_UNIX)
    client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    client.settimeout(30)
    client.connect(running.address.removeprefix("unix:"))
    body = json.dumps({"prompt": "a", "max_tokens": tokens, "temperature": 0, "stream": True}).encode()
    head = f"POST /v1/completions HTTP/1.1\r\nHost: x\r\nContent-Length: {len(body)}\r\n\r\n"
    client.sendall(head.encode() + body)
    return client


def whole(client: socket.socket) -> str:
    """Read the stream to its end and return its text."""
    raw = b""
    while not raw.endswith(b"0\r\n\r\n"):
        raw += client.recv(1 << 16)
    events = [line[6:] for line in raw.split(b"\n") if line.startswith(b"data: {")]
    return "".join(json.loads(event)["choices"][0]["text"] for event in events)


def ask_all(running: Engine, clients: int) -> list[str | None]:
    answers: list[str | None] = [None] * clients

    def ask(number: int) -> None:
        body: dict[str, Any] = {"prompt": f"client {number}", "max_tokens": 40, "temperature": 0}
        transport = httpx.HTTPTransport(uds=running.address.removeprefix("unix:"))
        with httpx.Client(transport=transport, base_url="http://localhost", timeout=30) as http:
            answers[number] = http.post("/v1/completions", json=body).json()["choices"][0]["text"]

    threads = [threading.Thread(target=ask, args=(number,)) for number in range(clients)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    return answers

"""Who may talk to an engine, and what it takes for its socket: tokens, host names, origins, file modes, left-overs."""

from __future__ import annotations

import signal
import socket
import stat
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import httpx

from tests.models.engine.process import engine, environment


def test_every_route_wants_the_token(tmp_path: Path) -> None:
    with engine(tmp_path / "home", tcp=True) as running:
        for method, route in routes():
            for headers in ({}, {"Authorization": "Bearer wrong"}, {"Authorization": f"Basic {running.token}"}):
                answer = httpx.request(method, running.address + route, headers=headers, trust_env=False)
                assert answer.status_code == 401, (method, route)
        assert httpx.get(running.address + "/no/such", trust_env=False).status_code == 401
        assert running.http.get("/no/such").status_code == 404
        assert running.text(max_tokens=2) == "va"
        assert running.http.get("/health", headers={"Origin": "https://evil.example"}).status_code == 403
        for host, status in HOSTS.items():
            assert running.http.get("/health", headers={"Host": host}).status_code == status, host


HOSTS = {
    "evil.example": 403,
    "evil.example:8765": 403,
    "127.0.0.1.evil.example": 403,
    "localhost": 200,
    "LOCALHOST:1": 200,
    "[::1]": 200,
    "[::1]:80": 200,
}


def routes() -> list[tuple[str, str]]:
    """Return every method and path of the application, as Starlette has them."""
    from aigc_models.engine.app import EngineApp
    from aigc_models.engine.host import HostOptions, ModelHost

    wrapped: Any = EngineApp(ModelHost(HostOptions(model="fake"), (), "0"), lambda: None).asgi("t", None)
    found = [(method, route.path) for route in wrapped.routes for method in route.methods]
    assert len(found) >= 8
    return found


def test_the_socket_is_its_users_alone_and_goes_with_the_engine(tmp_path: Path) -> None:
    home = tmp_path / "home"
    process = subprocess.Popen(
        [sys.executable, "-m", "aigc_lsp", "serve", "--managed", "--model", "fake"],
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=environment(home),
    )  # fmt: skip
    path = home / "run" / "engine.sock"
    try:
        answers(path)
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
        process.send_signal(signal.SIGTERM)
        assert process.wait(10) == 0
        assert not path.exists()
    finally:
        process.kill()
        process.wait()


def answers(path: Path) -> None:
    """Wait until the engine at a socket answers."""
    deadline = time.monotonic() + 15
    with httpx.Client(transport=httpx.HTTPTransport(uds=str(path)), base_url="http://localhost") as http:
        while True:
            try:
                http.get("/health")
                return
            except httpx.TransportError:
                assert time.monotonic() < deadline
                time.sleep(0.02)


def test_a_file_at_the_sockets_path_is_left_alone(tmp_path: Path) -> None:
    precious = tmp_path / "notes.txt"
    precious.write_text("keep me")
    command = [sys.executable, "-m", "aigc_lsp", "serve", "--model", "fake", "--socket"]
    done = subprocess.run(
        [*command, str(precious)], env=environment(tmp_path / "home"), capture_output=True, text=True, timeout=30
    )
    assert done.returncode == 1
    assert "no socket" in done.stderr
    assert precious.read_text() == "keep me"


def test_a_second_engine_does_not_take_the_first_ones_socket(tmp_path: Path) -> None:
    home = tmp_path / "home"
    with engine(home) as running:
        command = [sys.executable, "-m", "aigc_lsp", "serve", "--model", "fake", "--socket", str(home / "own.sock")]
        done = subprocess.run(command, env=environment(home), capture_output=True, text=True, timeout=30)
        assert done.returncode == 1
        assert "listens" in done.stderr
        assert running.text(max_tokens=2) == "va"


def test_a_dead_engines_socket_is_taken_over(tmp_path: Path) -> None:
    home = tmp_path / "home"
    with engine(home) as running:
        running.process.kill()
    assert (home / "own.sock").is_socket()
    with engine(home) as running:
        assert running.text(max_tokens=2) == "va"


def test_a_network_address_without_a_token_is_refused(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "aigc_lsp", "serve", "--model", "fake", "--host", "0.0.0.0", "--port", "0"]
    done = subprocess.run(command, env=environment(tmp_path / "home"), capture_output=True, text=True, timeout=30)
    assert done.returncode == 1
    assert "token" in done.stderr


def test_a_taken_port_is_named(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        command = [sys.executable, "-m", "aigc_lsp", "serve", "--model", "fake", "--host", "127.0.0.1", "--port", port]
        done = subprocess.run(command, env=environment(tmp_path / "home"), capture_output=True, text=True, timeout=30)
    assert done.returncode == 1
    assert port in done.stderr

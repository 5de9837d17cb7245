"""The command line of the server itself."""

from __future__ import annotations

import subprocess
import sys

import pytest

from aigc_lsp.__main__ import ServeOptions, UsageError, parse_serve
from aigc_models import __version__
from lsp_helpers.raw import environment


def run(*arguments):
    command = [sys.executable, "-m", "aigc_lsp", *arguments]
    return subprocess.run(command, capture_output=True, text=True, env=environment(), timeout=30, check=False)


def test_the_version_is_printed():
    result = run("--version")
    assert (result.returncode, result.stdout) == (0, f"aigc-lsp {__version__}\n")


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["--stdio", "--verbose"], "--verbose"),
        (["--tcp"], "--tcp needs a value"),
        (["--tcp", "7357"], "HOST:PORT"),
        (["--ws", "localhost:99999"], "HOST:PORT"),
        (["--stdio", "--tcp", "127.0.0.1:0"], "exactly one"),
        (["--stdio", "--log-level", "loud"], "--log-level"),
    ],
)
def test_a_bad_command_line_is_status_two_and_says_why(arguments, says):
    result = run(*arguments)
    assert result.returncode == 2
    assert says in result.stderr
    assert result.stdout == ""


@pytest.mark.parametrize(
    ("arguments", "options"),
    [
        (["--stdio"], ServeOptions("--stdio")),
        (["--stdio", "--clientProcessId=12"], ServeOptions("--stdio", client_pid=12)),
        (["--log-level", "debug", "--stdio"], ServeOptions("--stdio", log_level="debug")),
        (["--tcp", "localhost:0"], ServeOptions("--tcp", "localhost", 0)),
        (["--ws=[::1]:80"], ServeOptions("--ws", "::1", 80)),
    ],
)
def test_options_are_read(arguments, options):
    assert parse_serve(arguments) == options


def test_a_port_that_is_taken_is_an_error_that_says_so():
    import socket

    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        result = run("--tcp", f"127.0.0.1:{taken.getsockname()[1]}")
    assert result.returncode == 1
    assert "cannot serve on" in result.stderr


def test_no_transport_is_refused():
    with pytest.raises(UsageError, match="exactly one"):
        parse_serve(["--log-level", "info"])

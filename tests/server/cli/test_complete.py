"""`aigc-lsp complete`, `serve` and `engine`, with the fake model and real processes."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import urllib.request
from collections.abc import Callable
from pathlib import Path

import pytest
import typer

from aigc_lsp.cli import ghost
from aigc_lsp.cli.place import Place, open_place, parse_place
from aigc_plugins.document import Document
from aigc_plugins.inline import Suggestion
from cli_helpers import Done

Run = Callable[..., Done]
CODE = "def add(a, b):\n    return \n"


@pytest.fixture
def source(home: Path) -> Path:
    path = Path.cwd() / "add.py"
    path.write_text(CODE)
    return path


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("a.py:1:1", Place("a.py", 1, 1)),
        ("C:/x/a.py:12:5", Place("C:/x/a.py", 12, 5)),
        ("-:3:4", Place("-", 3, 4)),
    ],
)
def test_a_place_is_file_line_and_column(text: str, place: Place) -> None:
    assert parse_place(text) == place


@pytest.mark.parametrize(
    "text", ["a.py", "a.py:1", "a.py:0:1", "a.py:1:0", "a.py:x:1", ":1:1", "a.py:-1:1", "a.py:1:²"]
)
def test_what_is_no_place_is_refused(text: str) -> None:
    with pytest.raises(typer.BadParameter):
        parse_place(text)


def test_columns_count_characters_and_the_end_of_a_line_is_a_place(home: Path) -> None:
    path = Path.cwd() / "a.py"
    path.write_text("s = '🙂é'\r\nx\n", newline="")
    snapshot, offset = open_place(Place(str(path), 1, 8), name=None, language=None)
    assert snapshot.text[:offset] == "s = '🙂é"
    assert snapshot.language_id == "python"
    _, offset = open_place(Place(str(path), 2, 2), name=None, language=None)
    assert snapshot.text[:offset] == "s = '🙂é'\r\nx"


@pytest.mark.parametrize("place", [(1, 16), (3, 2), (4, 1)])
def test_a_place_outside_the_file_is_refused(source: Path, place: tuple[int, int]) -> None:
    with pytest.raises(typer.BadParameter):
        open_place(Place(str(source), *place), name=None, language=None)


def test_a_file_that_cannot_be_read_is_a_usage_error(aigc: Run, home: Path) -> None:
    assert aigc("complete", "nowhere.py:1:1").status == 2
    Path("binary.py").write_bytes(b"\xff\xfe\x00")
    assert "UTF-8" in aigc("complete", "binary.py:1:1").err


def test_a_missing_model_is_status_3_and_no_engine_is_started(aigc: Run, source: Path) -> None:
    done = aigc("complete", f"{source}:2:12")
    assert done.status == 3
    assert "aigc-lsp models pull smollm2-135m" in done.err
    assert aigc("engine", "status").status == 4


def test_the_new_text_is_what_is_dimmed() -> None:
    text, span = ghost.inserted("ab = fo\n", 7, Suggestion("foo(1)", 5, 7))
    assert (text, text[slice(*span)]) == ("ab = foo(1)\n", "o(1)")


def test_code_around_is_shown_with_its_line_numbers(capsys: pytest.CaptureFixture[str]) -> None:
    code = "".join(f"line{number}\n" for number in range(1, 21))
    snapshot = Document("file:///a.txt", "plaintext", code, 1).snapshot()
    at = code.index("line10") + 6
    ghost.show(snapshot, at, Suggestion(" ghost\nsecond", at, at))
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == " 4 line4"
    assert "10 line10 ghost" in lines
    assert "11 second" in lines
    assert lines[-1] == "15 line14"


def test_on_a_terminal_only_the_suggestion_is_dimmed_beside_the_numbers(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.setenv("FORCE_COLOR", "1")
    ghost.show(Document("file:///a.txt", "plaintext", "old\n", 1).snapshot(), 3, Suggestion(" new", 3, 3))
    assert capsys.readouterr().out.splitlines()[0] == "\x1b[2m1 \x1b[0mold\x1b[3;90m new\x1b[0m"


def test_a_suggestion_comes_from_an_engine_that_the_next_call_finds_again(command: Run, source: Path) -> None:
    first = command("complete", f"{source}:2:12", "--model", "fake", "--json")
    assert first.status == 0, first.err
    assert first.json["model"] == "fake"
    pid = command("engine", "status", "--json").json["pid"]
    second = command("complete", "-:2:12", "--name", "add.py", "--model", "fake", "--json", stdin=CODE)
    assert second.json["runtime"] == "fake"
    assert command("engine", "status", "--json").json["pid"] == pid
    assert command("engine", "stop", "--json").json == {"stopped": True}
    assert command("engine", "stop", "--json").json == {"stopped": False}
    assert command("engine", "status").status == 4
    assert str(pid) in command("engine", "logs").out


def test_no_engine_in_time_is_status_4(aigc: Run, source: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        "aigc_lsp.launch.engine_command", lambda _: [sys.executable, "-c", "import time; time.sleep(9)"]
    )
    done = aigc("complete", f"{source}:2:12", "--model", "fake", "--timeout", "0.3")
    assert done.status == 4
    assert "Traceback" not in done.err


def test_raw_and_json_exclude_each_other(aigc: Run, source: Path) -> None:
    assert aigc("complete", f"{source}:2:12", "--raw", "--json").status == 2


def test_serve_on_loopback_answers_with_its_token_alone(home: Path) -> None:
    process = subprocess.Popen(
        [sys.executable, "-m", "aigc_lsp", "serve", "--model", "fake", "--host", "127.0.0.1", "--port", "0"],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env={**os.environ, "AIGC_LSP_TOKEN": "secret"},
    )  # fmt: skip
    assert process.stdout is not None
    try:
        address = json.loads(process.stdout.readline())["address"]
        request = urllib.request.Request(f"{address}/v1/models", headers={"Authorization": "Bearer secret"})
        with urllib.request.urlopen(request, timeout=20) as answer:
            assert answer.status == 200
        with pytest.raises(urllib.error.HTTPError, match="401"):
            urllib.request.urlopen(f"{address}/v1/models", timeout=20)
    finally:
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=20)


def test_serve_beyond_loopback_without_a_token_is_refused(aigc: Run) -> None:
    done = aigc("serve", "--model", "fake", "--host", "0.0.0.0")
    assert done.status == 1
    assert "--token" in done.err


def test_serve_without_its_packages_says_what_to_install(aigc: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("aigc_lsp.cli.serve._SERVICE_NEEDS", ("no_such_module_here",))
    done = aigc("serve", "--model", "fake")
    assert done.status == 1
    assert "no_such_module_here" in done.err
    assert "pip install 'aigc-lsp[cpu]'" in done.err

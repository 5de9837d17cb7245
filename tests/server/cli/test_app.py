"""The command as a whole: it starts fast, says what is wrong, and returns the status that the docs promise."""

from __future__ import annotations

import errno
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median

import pytest

from aigc_lsp.cli import app, docs, output
from aigc_lsp.cli.exits import MEANINGS, ExitStatus, status_of
from aigc_models.store import ModelMissingError, PullError
from aigc_models.types import AigcError, EngineBusyError, EngineRequestError, EngineUnavailableError
from cli_helpers import ROOT, Done, distribution

Run = Callable[..., Done]


def test_the_committed_page_is_what_the_application_says() -> None:
    assert (ROOT / "docs" / "cli.md").read_text("utf-8") == docs.page(), "run: python -m aigc_lsp.cli.docs docs/cli.md"


def test_every_command_and_option_explains_itself() -> None:
    for line in docs.page().splitlines():
        if line.startswith("| `"):
            assert len(line.split("|")[2].strip()) > 5, line


def test_every_exit_status_has_its_meaning() -> None:
    assert set(MEANINGS) == set(ExitStatus)


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (AigcError("x"), 1),
        (PullError("x"), 1),
        (EngineRequestError("x"), 1),
        (ModelMissingError("x"), 3),
        (EngineUnavailableError("x"), 4),
        (EngineBusyError("x"), 4),
    ],
)
def test_errors_have_the_documented_status(error: AigcError, status: int) -> None:
    assert status_of(error) == status


def test_help_needs_no_heavy_module_and_is_quick(home: Path) -> None:
    heavy = (
        "pydantic",
        "httpx",
        "torch",
        "transformers",
        "openvino",
        "pygls",
        "lsprotocol",
        "numpy",
        "aigc_models.engine",
    )
    code = (
        "import sys\nfrom aigc_lsp.__main__ import main\nstatus = main(['--help'])\n"
        f"sys.exit(','.join(m for m in {heavy!r} if m in sys.modules) or status)"
    )
    took = []
    for _ in range(3):
        began = time.perf_counter()
        done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
        took.append(time.perf_counter() - began)
        assert (done.returncode, done.stderr) == (0, "")
        assert "complete" in done.stdout
    assert median(took) < 1.0  # 0.2 s on an idle machine; this one may be busy


@pytest.mark.parametrize("args", [["nonsense"], ["models", "nonsense"], ["models", "list", "--nonsense"], ["complete"]])
def test_a_wrong_command_line_is_a_usage_error(aigc: Run, args: list[str]) -> None:
    done = aigc(*args)
    assert done.status == ExitStatus.USAGE
    assert done.out == ""
    assert "help" in done.err


def test_the_version_is_printed(command: Run) -> None:
    from aigc_models import __version__

    assert command("--version").out == f"aigc-lsp {__version__}\n"
    assert command("--version", "models").out == f"aigc-lsp {__version__}\n"


def test_an_error_is_two_lines_and_no_traceback(aigc: Run) -> None:
    done = aigc("models", "info", "someone/something")
    assert done.status == ExitStatus.MODEL_MISSING
    assert done.err.splitlines() == [
        "aigc-lsp: Nothing is known of someone/something before it is fetched.",
        "  → `aigc-lsp models pull hf:someone/something` fetches it.",
    ]


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("It broke. Mend it.", ("It broke.", "Mend it.")),
        ("It broke in a.py at 1.5 s. Mend\nit.", ("It broke in a.py at 1.5 s.", "Mend it.")),
        ("It broke", ("It broke", "")),
        ("Gone. `aigc-lsp models pull` helps.", ("Gone.", "`aigc-lsp models pull` helps.")),
    ],
)
def test_advice_is_what_follows_the_first_sentence(text: str, parts: tuple[str, str]) -> None:
    assert output.split_advice(text) == parts


def test_a_folder_that_cannot_be_written_is_said_without_a_traceback(
    aigc: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    def read_only(*_: object, **__: object) -> None:
        raise OSError(errno.EROFS, "Read-only file system", "/some/where")

    monkeypatch.setattr("aigc_models.client.control.status", read_only)
    done = aigc("engine", "status")
    assert done.status == 1
    assert done.err.splitlines()[0] == "aigc-lsp: /some/where: Read-only file system."
    assert "AIGC_LSP_HOME" in done.err


def test_a_file_in_the_place_of_a_folder_is_said_without_a_traceback(aigc: Run, home: Path) -> None:
    home.mkdir()
    (home / "run").write_text("")
    done = aigc("engine", "status")
    assert done.status == 1
    assert "Traceback" not in done.err
    assert str(home / "run") in done.err


def test_a_fault_of_ours_is_not_hidden(aigc: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object, **__: object) -> None:
        raise ModuleNotFoundError("No module named 'something_of_ours'")

    monkeypatch.setattr("aigc_lsp.model_rows.all_models", broken)
    with pytest.raises(ModuleNotFoundError, match="something_of_ours"):
        aigc("models", "list")


def test_ctrl_c_ends_a_command_cleanly(home: Path) -> None:
    log = home / "log" / "engine.log"
    log.parent.mkdir(parents=True)
    log.write_text("first line\n")
    process = subprocess.Popen(
        [sys.executable, "-m", "aigc_lsp", "engine", "logs", "-f"],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env={**os.environ, "PYTHONUNBUFFERED": "1"},
    )  # fmt: skip
    assert process.stdout is not None
    assert process.stdout.readline() == "first line\n"
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=20)
    assert process.returncode == ExitStatus.INTERRUPTED
    assert "Traceback" not in err


def test_a_reader_that_went_away_is_no_error(home: Path) -> None:
    done = subprocess.run(
        f"{sys.executable} -m aigc_lsp config schema | head -c 10 > /dev/null",
        shell=True,
        capture_output=True,
        check=False,
    )
    assert b"Traceback" not in done.stderr


def test_a_plugin_adds_a_command_through_its_entry_point_alone(
    command: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    site = distribution(tmp_path / "third", "hello-plugin", {"hello": "hello_plugin", "rude": "rude_plugin"})
    (site / "hello_plugin.py").write_text(
        "from aigc_plugins.hookspecs import hookimpl\n"
        "@hookimpl\ndef aigc_commands(app):\n    app.command('hello')(hello)\n"
        "def hello(name: str):\n    'Say hello.'\n    print('hello', name)\n"
    )
    (site / "rude_plugin.py").write_text("raise RuntimeError('not today')\n")
    monkeypatch.setenv("PYTHONPATH", f"{site}{os.pathsep}{os.environ['PYTHONPATH']}")
    assert command("hello", "you").out == "hello you\n"
    assert "Say hello." in command("--help").out
    listed = command("plugins", "--json")
    assert listed.status == ExitStatus.FAILED
    by_name = {row["name"]: row for row in listed.json}
    assert by_name["hello"]["hooks"] == ["aigc_commands"]
    assert (by_name["rude"]["status"], by_name["rude"]["reason"]) == ("blocked", "RuntimeError: not today")


def test_the_built_ins_are_plugins_like_any_other(aigc: Run) -> None:
    done = aigc("plugins", "--json")
    assert done.status == 0
    assert {row["name"]: (row["status"], row["builtin"]) for row in done.json} == {
        "inline-completion": ("ok", True),
        "languages": ("ok", True),
        "runtimes": ("ok", True),
    }


def test_a_plugin_that_is_switched_off_adds_nothing(home: Path) -> None:
    home.mkdir()
    (home / "config").mkdir()
    (home / "config" / "config.toml").write_text('[plugins]\ndisabled = ["x"]\n')
    from aigc_lsp.cli.chosen import disabled_plugins

    assert disabled_plugins() == ["x"]
    (home / "config" / "config.toml").write_text("not toml")
    assert disabled_plugins() == []


def test_building_the_application_twice_gives_two(home: Path) -> None:
    assert app.build() is not app.build()

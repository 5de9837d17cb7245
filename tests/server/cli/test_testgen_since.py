"""`aigc-lsp testgen --since`: which functions changed, in a real repository."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from aigc_lsp.cli.testgen_since import changed_lines
from aigc_plugins.sandbox import rungs
from aigc_plugins.sandbox.limits import Rung
from cli_helpers import Done
from cli_helpers.testgen import Standin

Aigc = Callable[..., Done]
SOURCE = "def one(n):\n    return n\n\n\ndef two(n):\n    n += 1\n    return n\n"


def git(*words: str) -> None:
    settings = ["-c", "user.name=a", "-c", "user.email=a@b.c", "-c", "commit.gpgsign=false"]
    subprocess.run(["git", *settings, *words], check=True, capture_output=True)


@pytest.fixture
def loop(home: Path, monkeypatch: pytest.MonkeyPatch) -> Standin:
    """Give the stand-in in a repository with two modules that are committed."""
    monkeypatch.setattr(rungs, "probe", lambda name: Rung(name, True))
    Path("pkg").mkdir()
    for name in ("pkg/a.py", "pkg/b.py"):
        Path(name).write_text(SOURCE)
    git("init", "-q", "-b", "main")
    git("add", ".")
    git("commit", "-q", "-m", "one")
    return Standin().install(monkeypatch)


def test_only_what_changed_is_asked_for(aigc: Aigc, loop: Standin) -> None:
    Path("pkg/a.py").write_text(SOURCE.replace("n += 1", "n += 2"))
    Path("pkg/new.py").write_text("def three(n):\n    return n\n")  # nobody told Git of it
    done = aigc("testgen", "--since", "main", "--no-model", "-q")
    assert done.status == 0
    assert loop.analysed == [("a.py", (), frozenset({6})), ("new.py", (), frozenset({1, 2}))]


def test_what_is_committed_since_counts_too(aigc: Aigc, loop: Standin) -> None:
    Path("pkg/b.py").write_text(SOURCE.replace("return n\n\n", "return -n\n\n"))
    git("commit", "-q", "-a", "-m", "two")
    assert aigc("testgen", "pkg", "--since", "HEAD", "--no-model").status == 0
    assert loop.analysed == []
    assert aigc("testgen", "pkg", "--since", "HEAD~1", "--no-model", "-q").status == 0
    assert loop.analysed == [("b.py", (), frozenset({2}))]


def test_without_a_change_there_is_nothing_to_do(aigc: Aigc, loop: Standin) -> None:
    done = aigc("testgen", "--since", "HEAD", "--no-model")
    assert (done.status, done.out) == (0, "")
    assert done.err.splitlines()[0] == "No function that could be tested changed since HEAD."
    assert aigc("testgen", "--since", "HEAD", "--json", "--no-model").json["modules"] == []


def test_changes_outside_of_functions_ask_for_nothing(aigc: Aigc, loop: Standin) -> None:
    Path("pkg/a.py").write_text("VERSION = 2\n")
    done = aigc("testgen", "pkg/a.py", "--since", "HEAD", "--no-model")
    assert (done.status, done.out, loop.options) == (0, "", [])
    Path("pkg/b.py").write_text(SOURCE.replace("n += 1", "n += 2"))
    done = aigc("testgen", "--since", "HEAD", "--no-model")
    assert done.status == 0
    assert "No public function to test in pkg/a.py." in done.err
    assert len(loop.options) == 1


def test_unknown_revisions_and_missing_repositories_are_told(aigc: Aigc, loop: Standin, tmp_path: Path) -> None:
    for revision in ("gone", "--output=x", ""):
        done = aigc("testgen", "pkg/a.py", "--since", revision, "--no-model")
        assert done.status == 2
        assert f"there is no revision {revision!r}" in " ".join(done.err.replace("│", " ").split())
    (tmp_path / "c.py").write_text(SOURCE)
    done = aigc("testgen", tmp_path / "c.py", "--since", "HEAD", "--no-model")
    assert done.status == 1
    assert "is in no Git repository" in done.err


def test_no_program_of_the_repository_runs(aigc: Aigc, loop: Standin) -> None:
    Path(".gitattributes").write_text("*.py diff=evil filter=evil\n")
    for key in ("diff.evil.textconv", "diff.evil.command", "filter.evil.clean", "filter.evil.smudge", "diff.external"):
        git("config", key, "sh -c 'touch ran; cat'")
    Path("pkg/a.py").write_text(SOURCE + "\n\ndef three():\n    return 3\n")
    assert aigc("testgen", "--since", "HEAD", "--no-model", "-q").status == 0
    assert not list(Path.cwd().rglob("ran"))


@pytest.mark.parametrize(
    ("before", "after", "lines"),
    [
        ("a\nb\nc\n", "a\nb\nc\n", set()),
        ("a\nb\nc\n", "a\nB\nc\n", {2}),
        ("a\r\nb\r\n", "a\nb\n", set()),
        ("a\nb\nc\n", "a\nc\n", {1, 2}),  # the lines beside the gap
        ("b\n", "a\nb\n", {1}),
        ("a\nb", "a", {1}),
        ("a\x0cb\nc\n", "a\x0cb\nd\n", {2}),  # a form feed ends no line of Python's
        ("", "a\nb\n", {1, 2}),
    ],
)
def test_lines_that_changed(before: str, after: str, lines: set[int]) -> None:
    assert changed_lines(before, after) == lines

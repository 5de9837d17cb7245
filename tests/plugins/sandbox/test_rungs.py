"""The ladder: the first way that works is taken, none is believed, and without any nothing runs."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from aigc_plugins.sandbox import Outcome, Sandbox, SandboxUnavailableError, rungs, which_rung
from aigc_plugins.sandbox.places import interpreter_folders, needed, outermost


@pytest.fixture(autouse=True)
def _fresh():
    rungs.probe.cache_clear()
    yield
    rungs.probe.cache_clear()


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="the rungs are Linux's")
def test_one_of_them_works_where_the_suite_runs():
    assert [rung.name for rung in rungs.ladder()] == ["namespaces", "bubblewrap", "landlock"]
    assert which_rung().works


def test_the_next_one_is_taken_where_the_first_is_forbidden(monkeypatch):
    def run(self, command, **options):
        if self.rung == "namespaces":
            raise SandboxUnavailableError("The sandbox cannot start: unshare: Operation not permitted.")
        return Outcome(0, "held\n", "")

    monkeypatch.setattr(sys, "platform", "linux")
    monkeypatch.setattr(Sandbox, "run", run)
    assert which_rung().name == "bubblewrap"
    assert rungs.probe("namespaces").reason == "unshare: Operation not permitted"


def test_a_rung_that_contains_nothing_does_not_count(monkeypatch):
    monkeypatch.setattr(sys, "platform", "linux")
    monkeypatch.setattr(Sandbox, "run", lambda self, command, **options: Outcome(0, "open\n", ""))
    with pytest.raises(SandboxUnavailableError, match=r"not contained.*not contained.*not contained"):
        which_rung()


def test_other_systems_are_refused_with_the_reason(monkeypatch):
    monkeypatch.setattr(sys, "platform", "darwin")
    with pytest.raises(SandboxUnavailableError, match="namespaces: it needs Linux"):
        Sandbox()


def test_an_environment_that_points_at_a_home_makes_nothing_readable(tmp_path):
    keys = tmp_path / ".ssh"
    keys.mkdir()
    folder = tmp_path / "project" / ".venv"
    (folder / "bin").mkdir(parents=True)
    (folder / "pyvenv.cfg").write_text(f"home = {keys}\n")
    (folder / "bin" / "python").symlink_to(keys / "python3.11")
    (keys / "python3.11").write_text("")
    assert interpreter_folders(folder / "bin" / "python") == [folder]
    assert str(keys) not in needed(folder / "bin" / "python", [])


def test_only_the_outermost_folders_are_listed(tmp_path):
    (tmp_path / "a" / "b").mkdir(parents=True)
    paths = [str(tmp_path / "a" / "b"), str(tmp_path / "a"), str(tmp_path / "gone")]
    assert outermost(paths) == [str(tmp_path / "a")]


def test_nothing_is_contained_only_for_who_asks_and_only_where_no_rung_works(monkeypatch, tmp_path):
    assert which_rung().name != "none" or pytest.skip("no rung works here")
    with rungs.unsafe():
        assert which_rung().name in rungs.LADDER
    rungs.probe.cache_clear()
    monkeypatch.setattr(rungs, "probe", lambda name: rungs.Rung(name, False, "it is forbidden"))
    with rungs.unsafe():
        rung = which_rung()
        assert (rung.name, rung.works) == ("none", True)
        done = Sandbox().run([sys.executable, "-c", "import os; print(os.getcwd())"], scratch=tmp_path)
        assert done.stdout.strip() == str(tmp_path)
    with pytest.raises(SandboxUnavailableError):
        which_rung()


def test_only_the_command_line_can_ask_for_it():
    root = Path(rungs.__file__).parents[3]
    asking = [
        path.relative_to(root).as_posix()
        for folder in ("server", "plugins", "models", "finetune")
        for path in (root / folder).rglob("*.py")
        if "unsafe()" in path.read_text("utf-8")
    ]
    assert asking == ["server/aigc_lsp/cli/testgen_running.py", "plugins/aigc_plugins/sandbox/rungs.py"]

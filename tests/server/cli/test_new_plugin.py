"""`aigc-lsp plugins new`: a skeleton that passes its own tests, and nothing of anybody's is touched."""

from __future__ import annotations

import os
import subprocess
import sys
import tomllib
from collections.abc import Callable
from pathlib import Path

import pytest

from cli_helpers import ALL_BUILTIN, ROOT, Done, distribution

Run = Callable[..., Done]


def test_the_skeleton_passes_its_own_tests(aigc: Run) -> None:
    done = aigc("plugins", "new", "my-tasks")
    assert done.status == 0, done.err
    home = Path("aigc-lsp-my-tasks")
    assert sorted(done.out.split()) == sorted(str(path) for path in home.rglob("*") if path.is_file())
    ran = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider"],
        cwd=home, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert "8 passed" in ran.stdout


def test_the_skeletons_tasks_run(command: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    home = tmp_path / "elsewhere"
    assert command("plugins", "new", "other_tasks", "--folder", home).status == 0
    project = tomllib.loads((home / "pyproject.toml").read_text())["project"]
    site = distribution(tmp_path / "third", project["name"], project["entry-points"]["aigc_lsp.plugins"])
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([str(site), str(home), os.environ["PYTHONPATH"]]))
    listed = command("plugins", "--json").json
    assert [one["status"] for one in listed if one["name"] == "other-tasks"] == ["ok"]
    Path("a.py").write_text("b = 1\na = 2\n")
    done = command("run", "other-tasks-sort", "a.py:1-2", "--write")
    assert done.status == 0, done.err
    assert Path("a.py").read_text() == "a = 2\nb = 1\n"


def test_plugins_alone_still_lists_them(aigc: Run) -> None:
    done = aigc("plugins", "--json")
    assert done.status == 0
    assert {"languages", "inline-completion"} <= {one["name"] for one in done.json}
    assert {"projects"} <= set(ALL_BUILTIN)


@pytest.mark.parametrize("name", ["", "../up", "a b", "1st", "-x-", "ä", "import", "x" * 50, "a/b", "a\nb"])
def test_a_name_that_fits_no_package_is_refused(aigc: Run, name: str) -> None:
    done = aigc("plugins", "new", "--", name)
    assert (done.status, done.out) == (1, "")
    assert list(Path.cwd().iterdir()) == []


def test_a_folder_with_something_in_it_is_left_alone(aigc: Run) -> None:
    Path("mine").mkdir()
    Path("mine", "note.txt").write_text("x")
    done = aigc("plugins", "new", "mine", "--folder", "mine")
    assert done.status == 1
    assert "not empty" in done.err
    assert [path.name for path in Path("mine").iterdir()] == ["note.txt"]
    Path("file").write_text("x")
    assert aigc("plugins", "new", "mine", "--folder", "file").status == 1


def test_every_file_of_the_skeleton_is_packaged_beside_the_code() -> None:
    folder = ROOT / "server" / "aigc_lsp" / "cli" / "skeleton"
    assert {path.suffix for path in folder.iterdir()} == {".txt"}

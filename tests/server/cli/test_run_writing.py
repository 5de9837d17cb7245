"""What `aigc-lsp run --write` leaves on the disk: all of a change, or nothing of it."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from aigc_lsp.cli import patch, writing
from aigc_models.types import AigcError
from aigc_plugins.api import Change, Edit, FileEdit, NewFile, RenamedFile


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "a.py").write_bytes(b"x = 1\r\n")
    (tmp_path / "other.py").write_text("a = 1\n")
    (tmp_path / "old.py").write_text("old = 1\n")
    (tmp_path / "old.py").chmod(0o755)
    return tmp_path


def everything(folder: Path) -> Change:
    files = (
        FileEdit(folder / "other.py", "a = 1\n", (Edit(0, 1, "b"),)),
        NewFile(folder / "new" / "deep" / "new.py", "new = 1\n"),
        RenamedFile(folder / "old.py", folder / "new" / "moved.py"),
    )
    return Change((Edit(0, 1, "y"),), files)


def contents(folder: Path) -> dict[str, bytes]:
    return {str(one.relative_to(folder)): one.read_bytes() for one in sorted(folder.rglob("*")) if one.is_file()}


def test_all_of_a_change_is_written(folder: Path) -> None:
    touched = writing.write(everything(folder), folder / "a.py", "x = 1\r\n")
    assert contents(folder) == {
        "a.py": b"y = 1\r\n",
        "other.py": b"b = 1\n",
        "new/deep/new.py": b"new = 1\n",
        "new/moved.py": b"old = 1\n",
    }
    assert [one.name for one in touched] == ["a.py", "other.py", "new.py", "moved.py"]


def test_permissions_and_links_stay(folder: Path) -> None:
    file = folder / "a.py"
    file.chmod(0o750)
    link = folder / "link.py"
    link.symlink_to("a.py")
    writing.write(Change((Edit(0, 1, "y"),)), link, "x = 1\r\n")
    assert link.is_symlink()
    assert file.read_bytes() == b"y = 1\r\n"
    assert stat.S_IMODE(file.stat().st_mode) == 0o750


def test_a_file_that_changed_meanwhile_is_left_alone_and_with_it_all_others(folder: Path) -> None:
    (folder / "other.py").write_text("theirs\n")
    before = contents(folder)
    with pytest.raises(AigcError, match="changed while the task ran"):
        writing.write(everything(folder), folder / "a.py", "x = 1\r\n")
    assert contents(folder) == before
    assert not (folder / "new").exists()


def test_a_file_that_is_there_is_not_replaced_by_a_new_one(folder: Path) -> None:
    (folder / "new" / "deep").mkdir(parents=True)
    (folder / "new" / "deep" / "new.py").write_text("theirs\n")
    before = contents(folder)
    with pytest.raises(AigcError, match="is there already"):
        writing.write(everything(folder), folder / "a.py", "x = 1\r\n")
    assert contents(folder) == before


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anything")
def test_a_read_only_file_is_refused(folder: Path) -> None:
    (folder / "a.py").chmod(0o444)
    with pytest.raises(AigcError, match="read-only"):
        writing.write(Change((Edit(0, 1, "y"),)), folder / "a.py", "x = 1\r\n")


@pytest.mark.parametrize("error", [OSError("disk full"), KeyboardInterrupt()])
def test_what_was_done_before_a_failure_is_taken_back(
    folder: Path, monkeypatch: pytest.MonkeyPatch, error: BaseException
) -> None:
    before = contents(folder)

    def fail(*_: object, **__: object) -> None:
        raise error

    monkeypatch.setattr(writing, "_move", fail)  # the last step
    with pytest.raises(type(error)):
        writing.write(everything(folder), folder / "a.py", "x = 1\r\n")
    assert contents(folder) == before
    assert not (folder / "new").exists()


def test_the_diff_of_files_is_what_git_applies(folder: Path) -> None:
    import subprocess

    change = everything(folder)
    root = patch.base_of(change, folder / "a.py", folder)
    (folder / "c.diff").write_bytes(patch.diff(change, folder / "a.py", "x = 1\r\n", root).encode())
    subprocess.run(["git", "init", "-q"], cwd=folder, check=True)
    subprocess.run(["git", "apply", "c.diff"], cwd=folder, check=True)
    (folder / "c.diff").unlink()
    applied = {name: data for name, data in contents(folder).items() if not name.startswith(".git/")}
    assert applied == {
        "a.py": b"y = 1\r\n",
        "other.py": b"b = 1\n",
        "new/deep/new.py": b"new = 1\n",
        "new/moved.py": b"old = 1\n",
    }


def test_paths_of_a_diff_are_those_of_the_working_directory(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (folder / "sub").mkdir()
    change = Change((Edit(0, 1, "y"),))
    assert patch.base_of(change, folder / "a.py", folder) == folder
    monkeypatch.chdir(folder / "sub")
    assert patch.base_of(change, folder / "a.py", folder) == folder
    assert patch.base_of(change, folder / "sub" / "b.py", folder) == folder / "sub"


def test_control_characters_do_not_reach_a_terminal() -> None:
    shown = patch.coloured("+x = '\x1b[31m\u202e'\r\n-y\n")
    assert shown.plain == "+x = '␛[31m�'\n-y"

"""The copy of a project is again as it was, whatever ran in it."""

from __future__ import annotations

import os
import tempfile
import time
from pathlib import Path
from typing import Any, cast

import pytest

from aigc_plugins.testgen.project import copied, files, restore, sweep
from tests.plugins.testgen.analysis.test_subject import project, subject


class _Job:
    """Never cancelled, without an editor."""

    workspace = None

    def check(self) -> None:
        """Go on."""


@pytest.mark.parametrize("harm", ["nothing", "compiled", "deleted", "changed", "more"])
def test_what_was_changed_is_copied_again(tmp_path: Path, harm: str) -> None:
    root = project(tmp_path / "root", {"shop.py": "def f(x): return x\n", "data/a.txt": "a"})
    found, copy, job = subject(root, "shop.py"), tmp_path / "copy", cast("Any", _Job())
    copied(found, copy, job)
    before = files(copy)
    assert sorted(before) == ["data/a.txt", "shop.py"]
    if harm == "deleted":
        (copy / "shop.py").unlink()
    elif harm == "changed":
        (copy / "shop.py").write_text("")
    elif harm == "more":
        (copy / "data" / "cache.json").write_text("{}")
    elif harm == "compiled":
        (copy / "__pycache__").mkdir()
        (copy / "__pycache__" / "shop.pyc").write_text("")
    assert restore(found, copy, job, before) is (harm not in ("nothing", "compiled"))
    assert {name: size for name, (size, _) in files(copy).items()} == {name: size for name, (size, _) in before.items()}
    assert (copy / "shop.py").read_text() == "def f(x): return x\n"


def test_what_a_killed_run_left_is_removed_a_day_later(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    for name, hours in (("aigc-testgen-old", 30), ("aigc-testgen-new", 1), ("other", 30)):
        (tmp_path / name).mkdir()
        then = time.time() - 3600 * hours
        os.utime(tmp_path / name, (then, then))
    (tmp_path / "aigc-testgen-link").symlink_to(tmp_path / "other")
    sweep("aigc-testgen-")
    assert sorted(one.name for one in tmp_path.iterdir()) == ["aigc-testgen-link", "aigc-testgen-new", "other"]

"""The copy of a project is again as it was, whatever ran in it."""

from __future__ import annotations

from pathlib import Path
from typing import Any, cast

import pytest

from aigc_plugins.testgen.project import copied, files, restore
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

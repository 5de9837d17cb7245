"""`aigc-lsp index`: builds, tells, clears; says what is wrong."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from cli_helpers import Done

Run = Callable[..., Done]


@pytest.fixture
def project(tmp_path: Path) -> Path:
    folder = tmp_path / "project"
    folder.mkdir()
    (folder / "a.py").write_text("def one(): ...\n\ndef two(): ...\n")
    (folder / ".env").write_text("PASSWORD=hunter2hunter2\n")
    return folder


def test_it_says_what_is_in_the_index(aigc: Run, project: Path) -> None:
    done = aigc("index", str(project), "--json")
    assert done.status == 0
    facts = done.json
    assert (facts["files"], facts["symbols"], facts["changed"]) == (1, 2, 1)
    assert Path(facts["database"]).exists()
    assert aigc("index", str(project), "--json").json["changed"] == 0
    shown = aigc("index", str(project))
    assert "symbols   2" in shown.out


def test_clear_deletes_it(aigc: Run, project: Path) -> None:
    database = Path(aigc("index", str(project), "--json").json["database"])
    done = aigc("index", str(project), "--clear", "--json")
    assert done.json["deleted"] is True
    assert not database.exists()
    again = aigc("index", str(project), "--clear")
    assert (again.status, again.out) == (0, "")
    assert "no index" in again.err


def test_a_folder_that_is_none_is_an_error(aigc: Run, project: Path) -> None:
    done = aigc("index", str(project / "a.py"))
    assert done.status == 1
    assert "is no folder" in done.err


def test_a_cache_that_cannot_be_used_is_an_error_with_advice(aigc: Run, project: Path, home: Path) -> None:
    (home / "cache").mkdir(parents=True, exist_ok=True)
    (home / "cache" / "index").write_text("in the way")
    done = aigc("index", str(project))
    assert done.status == 1
    assert "context.index" in done.err
    assert "Traceback" not in done.err

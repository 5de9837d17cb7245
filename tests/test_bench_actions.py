"""The benchmark of the list of code actions: its places, its counter, and a short run against the real server."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

BENCH = Path(__file__).parents[1] / "bench"


@pytest.fixture
def actions(monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.syspath_prepend(str(BENCH))
    import actions

    return actions


def test_places_lie_in_the_file_and_keys_are_typed_on_empty_lines(actions: Any) -> None:
    lines = actions.document().split("\n")
    assert len(lines) > 2000
    found = actions.places("\n".join(lines), 90)
    for where, key in found:
        for at in where.values():
            assert at["character"] <= len(lines[at["line"]])
        assert key is None or lines[key] == ""
    assert sum(where["start"] != where["end"] for where, _ in found) >= 30
    assert sum(key is not None for _, key in found) == 60


def test_the_list_asks_no_model_in_a_file_of_2000_lines(tmp_path: Path) -> None:
    result = tmp_path / "actions.json"
    command = [sys.executable, BENCH / "actions.py", "--rounds", "40", "--json", result]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=110)
    assert done.returncode == 0, done.stderr
    found = json.loads(result.read_text())
    assert found["asked"] == 0
    assert found["servers"]["aigc-lsp"]["actions"] > 2

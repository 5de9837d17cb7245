"""The record of suggestions, from keys in VS Code to the database."""

from __future__ import annotations

import pytest

from aigc_lsp.stats.entry import Entry
from aigc_lsp.stats.store import Store
from tests.e2e.vscode.harness.home import Home
from tests.e2e.vscode.harness.waiting import until
from tests.e2e.vscode.harness.window import Window
from tests.e2e.vscode.texts import STATS

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(300)]


def entries(home: Home) -> list[Entry]:
    path = home.aigc / "data" / "suggestions.db"
    if not path.exists():
        return []
    store = Store(path)
    try:
        return store.read()
    finally:
        store.close()


def test_a_suggestion_typed_through_and_taken_is_one_entry(home: Home, stats: Window) -> None:
    before = len(entries(home))
    line = stats.type_and_see("return ")
    typed = line.removeprefix("return ")[:3]
    for number, key in enumerate(typed, start=1):
        stats.type(key)
        rest = line.removeprefix("return ")[number:]
        until(f"the rest {rest!r}", lambda rest=rest: stats.ghost_text() == rest)
    stats.press("Tab")
    stats.wait_for_text("stats.py", STATS + line)
    taken = len(line) - len("return ") - len(typed)
    until(
        "the entry of what was taken",
        lambda: [one.accepted_chars for one in entries(home)[before:] if one.outcome == "accepted"] == [taken],
    )
    (entry,) = (one for one in entries(home)[before:] if one.outcome == "accepted")
    assert entry.told
    assert entry.length_chars == len(line) - len("return ")
    assert entry.mean_logprob is not None
    assert entry.mean_logprob < 0

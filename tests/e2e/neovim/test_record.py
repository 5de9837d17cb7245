"""The record of suggestions, from keys in Neovim to the database: one entry for each suggestion, with its outcome."""

from __future__ import annotations

from pathlib import Path

import pytest

from aigc_lsp.stats.store import Store

pytestmark = pytest.mark.e2e


def entries(env):
    path = Path(env["AIGC_LSP_HOME"]) / "data" / "suggestions.db"
    if not path.exists():
        return []
    store = Store(path)
    try:
        return store.read()
    finally:
        store.close()


@pytest.mark.parametrize("fake_home", ["?text=compute(12, 34)"], indirect=True)
def test_typed_through_and_taken_then_taken_in_part_then_dismissed(start, code, fake_home):
    editor = start("require('aigc').setup()", code("first = \nsecond = \nthird = \n"), env=fake_home)
    editor.until(lambda: editor.lua("return require('aigc').statusline()") == "ready", "the engine is not ready", 60)
    outcomes = lambda: [(one.outcome, one.accepted_chars) for one in entries(fake_home)]  # noqa: E731

    editor.insert()
    editor.wait_ghost("compute(12, 34)")
    editor.keys("comp")
    editor.wait_ghost("ute(12, 34)")
    editor.press("Tab")
    editor.wait_line("first = compute(12, 34)")
    # Neovim gathers keys: it may tell of what was typed and of what was taken in one message.
    taken = [("accepted", len(text)) for text in ("ute(12, 34)", "compute(12, 34)")]
    editor.until(lambda: set(outcomes()) & set(taken), "the first is not recorded")

    editor.press("Escape")
    editor.keys("j")
    editor.insert()
    editor.wait_ghost("compute(12, 34)")
    editor.press("C-Right")
    editor.wait_line("second = compute")
    editor.keys(" ")
    editor.until(lambda: ("partial", 7) in outcomes(), "the second is not recorded")

    editor.press("Escape")
    editor.keys("j")
    editor.insert()
    editor.wait_ghost("compute(12, 34)")
    editor.keys("x")
    editor.until(lambda: ("dismissed", 0) in outcomes(), "the third is not recorded")
    assert [one.outcome for one in entries(fake_home)].count("accepted") == 1
    assert all(one.told and one.language == "python" and one.shown_at for one in entries(fake_home))

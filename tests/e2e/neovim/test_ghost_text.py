"""Ghost text with a scripted server: when it is asked for, kept, drawn and taken away. Keys are typed."""

from __future__ import annotations

import pytest

pytestmark = pytest.mark.e2e

INLINE = "textDocument/inlineCompletion"
LINE = {"text": "return total / count"}


@pytest.fixture
def editor(start, stub, code):
    """Give a Neovim in insert mode on the empty last line of a function."""
    stub.script(completions=[LINE], capabilities={"inlineCompletionProvider": {}})
    editor = start(stub.setup(), code("def mean():\n    \n"))
    editor.wait_attached()
    editor.keys("j")
    editor.insert()
    return editor


def script(stub, *texts, **more):
    completions = [{"text": text} if isinstance(text, str) else text for text in texts]
    stub.script(completions=completions, capabilities={"inlineCompletionProvider": {}}, **more)


def test_it_appears_after_a_key_and_is_no_text_of_the_buffer(editor, stub):
    editor.keys("r")
    editor.wait_ghost("eturn total / count")
    assert editor.line() == "    r"
    assert "    return total / count" in editor.shot("ghost")
    asked = stub.params(INLINE)[-1]
    assert asked["context"] == {"triggerKind": 2}
    assert asked["position"] == {"line": 1, "character": 5}


def test_it_is_faint_without_true_colour_too_and_follows_the_users_colours(editor):
    editor.keys("ret")
    editor.wait_ghost()
    colours = lambda: editor.terminal("capture-pane", "-p", "-e")  # noqa: E731
    editor.until(lambda: "\x1b[90murn total / count" in colours(), "ghost text looks like text")
    editor.nvim.command("colorscheme habamax")
    editor.until(lambda: editor.lua("return vim.api.nvim_get_hl(0, { name = 'AigcSuggestion' }).ctermfg") != 8, "kept")
    editor.nvim.command("highlight AigcSuggestion ctermfg=5")
    editor.until(lambda: "\x1b[35murn total / count" in colours(), "not the user's colour")


def test_typing_through_keeps_it_and_asks_nothing(editor, stub):
    editor.keys("r")
    editor.wait_ghost("eturn total / count")
    asked = len(stub.received(INLINE))
    for typed in range(2, len("return to") + 1):
        editor.keys(LINE["text"][typed - 1])
        editor.wait_ghost(LINE["text"][typed:])
    editor.keys("x")
    editor.until(lambda: not editor.ghost(), "what does not match was kept")
    editor.until(lambda: len(stub.received(INLINE)) > asked, "nothing was asked after the text went another way")
    positions = [params["position"]["character"] for params in stub.params(INLINE)[asked:]]
    assert positions[0] == 4 + len("return tox"), "a key typed through was asked for"


def test_a_whole_suggestion_typed_leaves_nothing(editor):
    editor.keys("r")
    editor.wait_ghost("eturn total / count")
    editor.keys("eturn total / count")
    editor.wait_line("    return total / count")
    editor.until(lambda: not editor.ghost(), "ghost text after its end")


def test_tab_accepts_and_stays_a_tab_elsewhere(editor):
    editor.keys("r")
    editor.wait_ghost()
    editor.press("Tab")
    editor.wait_line("    return total / count")
    assert not editor.ghost()
    editor.lua("vim.bo.expandtab = false")
    editor.press("Tab")
    editor.wait_line("    return total / count\t")


def test_word_and_line_are_accepted_alone(editor, stub):
    script(stub, "return total / count\n\n    # done\n")
    editor.keys("re")
    editor.wait_ghost()
    editor.press("C-Right")
    editor.wait_line("    return")
    editor.wait_ghost(" total / count\n\n    # done\n")
    editor.press("C-Right")
    editor.wait_line("    return total")
    editor.press("C-Right")
    editor.wait_line("    return total /")
    editor.press("M-l")
    editor.wait_line("    return total / count")
    editor.wait_ghost("\n\n    # done\n")
    editor.press("M-l")
    editor.wait_line("    # done")
    assert editor.lines() == ["def mean():", "    return total / count", "", "    # done"]


def test_keys_pressed_fast_after_each_other_insert_nothing_else(editor):
    editor.keys("r")
    editor.wait_ghost()
    # One write to the terminal: Neovim has them all before it handles the first.
    editor.keys("\t + 1")
    editor.wait_line("    return total / count + 1")
    editor.press("Escape", "u")
    editor.wait_line("    return total / count")


def test_words_accepted_faster_than_the_screen_is_drawn(editor):
    editor.keys("r")
    editor.wait_ghost()
    editor.press("C-Right", "C-Right", "C-Right", "C-Right")
    editor.wait_line("    return total / count")


def test_one_accept_is_one_undo_step(editor):
    editor.keys("re")
    editor.wait_ghost()
    editor.press("Tab")
    editor.wait_line("    return total / count")
    editor.keys("er")
    editor.wait_line("    return total / counter")
    editor.press("Escape")
    for expected in ("    return total / count", "    re", "    "):
        editor.keys("u")
        editor.wait_line(expected)
    editor.press("C-r")
    editor.press("C-r")
    editor.wait_line("    return total / count")


def test_dot_repeats_what_was_typed_and_not_what_was_accepted(editor):
    editor.keys("r")
    editor.wait_ghost()
    editor.press("Tab")
    editor.wait_line("    return total / count")
    editor.keys(";")
    editor.press("Escape")
    editor.keys(".")
    editor.wait_line("    return total / count;r;")


def test_it_is_gone_outside_of_insert_mode(editor, stub):
    editor.keys("r")
    editor.wait_ghost()
    editor.press("Escape")
    editor.until(lambda: editor.mode() == "n" and not editor.ghost(), "ghost text in normal mode")
    asked = len(stub.received(INLINE))
    editor.keys("hl")
    editor.keys("A")
    editor.wait_ghost("eturn total / count")
    assert len(stub.received(INLINE)) == asked + 1


def test_dismissed_it_stays_away_until_something_is_typed(editor):
    editor.keys("r")
    editor.wait_ghost()
    editor.press("C-]")
    editor.until(lambda: not editor.ghost(), "not dismissed")
    editor.keys("e")
    editor.wait_ghost("turn total / count")


def test_an_answer_that_comes_late_is_dropped(editor, stub):
    script(stub, LINE, "import os", answer_after=0.5)
    editor.keys("r")
    editor.until(lambda: stub.received(INLINE), "nothing was asked")
    editor.press("BSpace")
    editor.keys("i")
    editor.wait_ghost("mport os")
    cancelled = [one["id"] for one in stub.params("$/cancelRequest")]
    assert stub.received(INLINE)[0]["id"] in cancelled


def test_next_cycles_through_what_came_and_asks_where_there_is_one(editor, stub):
    script(stub, "return 1", "return 2")
    editor.keys("r")
    editor.wait_ghost("eturn 1")
    editor.press("M-]")
    editor.wait_ghost("eturn 2")
    editor.press("M-]")
    editor.wait_ghost("eturn 1")
    editor.keys("\x1b[")  # Alt and [, as a terminal sends them
    editor.wait_ghost("eturn 2")
    script(stub, LINE)
    editor.keys("x")
    editor.until(lambda: not editor.ghost(), "kept")
    editor.press("BSpace")
    editor.wait_ghost("eturn total / count")
    script(stub, "return another")
    editor.press("M-]")
    editor.wait_ghost("eturn another")
    assert stub.params(INLINE)[-1]["context"] == {"triggerKind": 1}
    editor.press("M-]")
    editor.wait_ghost("eturn total / count")


def test_asked_for_more_it_shows_the_first_that_is_new(editor, stub):
    script(stub, LINE)
    editor.keys("r")
    editor.wait_ghost("eturn total / count")
    script(stub, LINE, "return one", "return two")
    editor.press("M-]")
    editor.wait_ghost("eturn one")
    editor.press("M-]")
    editor.wait_ghost("eturn two")
    editor.press("M-]")
    editor.wait_ghost("eturn total / count")


def test_it_is_asked_for_by_hand_where_it_does_not_come_by_itself(start, stub, code):
    script(stub, LINE)
    editor = start(stub.setup("ghost_text = { auto_trigger = false }"), code("def mean():\n    r\n"))
    editor.wait_attached()
    editor.keys("jA")
    editor.keys("e")
    editor.wait_line("    re")
    editor.press("M-\\")
    editor.wait_ghost("turn total / count")
    assert [params["context"] for params in stub.params(INLINE)] == [{"triggerKind": 1}]


def test_asked_by_hand_right_after_a_key_it_comes(start, stub, code):
    script(stub, LINE, answer_after=0.3)
    editor = start(stub.setup("ghost_text = { auto_trigger = false }"), code("def mean():\n    r\n"))
    editor.wait_attached()
    editor.keys("j")
    editor.insert()
    editor.keys("e\x1b\\")  # one write: the key's events come after the question
    editor.wait_ghost("turn total / count")
    assert not stub.received("$/cancelRequest")


def test_toggled_off_for_a_buffer_it_comes_back_when_toggled_on(editor, stub):
    editor.keys("r")
    editor.wait_ghost()
    editor.lua("require('aigc').toggle()")
    editor.until(lambda: not editor.ghost(), "still there")
    asked = len(stub.received(INLINE))
    editor.keys("e")
    editor.wait_line("    re")
    assert editor.lua("return require('aigc').statusline()") == "off"
    assert len(stub.received(INLINE)) == asked
    editor.lua("require('aigc').toggle()")
    editor.wait_ghost("turn total / count")


@pytest.mark.parametrize(
    ("off", "on"), [("disable", "enable"), ("disable python", "enable python"), ("toggle global",) * 2]
)
def test_switched_off_by_command(editor, off, on):
    editor.press("Escape")
    editor.keys(f":Aigc {off}")
    editor.press("Enter")
    editor.until(lambda: not editor.lua("return require('aigc').is_enabled()"), "still on")
    editor.keys("Ar")
    editor.wait_line("    r")
    editor.press("Escape")
    editor.keys(f":Aigc {on}")
    editor.press("Enter")
    editor.until(lambda: editor.lua("return require('aigc').is_enabled()"), "still off")
    editor.keys("Ae")
    editor.wait_ghost("turn total / count")


def test_enabled_by_neovim_alone_it_works_with_its_keys(start, stub, code):
    script(stub, LINE)
    command = ", ".join(repr(part) for part in stub.command)
    editor = start(
        f"vim.lsp.config('aigc', {{ cmd = {{ {command} }} }})\nvim.lsp.enable('aigc')", code("def mean():\n    \n")
    )
    editor.wait_attached()
    editor.keys("jAr")
    editor.wait_ghost("eturn total / count")
    editor.press("Tab")
    editor.wait_line("    return total / count")
    announced = stub.params("initialize")[0]["capabilities"]
    assert announced["textDocument"]["inlineCompletion"] == {"dynamicRegistration": False}
    assert announced["experimental"]["aigc"] == {"status": True, "ask": True, "document": True, "downloads": True}

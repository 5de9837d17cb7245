"""How ghost text is drawn and inserted where lines are not simple: pairs, several lines, tabs, emoji, CRLF."""

from __future__ import annotations

from pathlib import Path

import pytest

pytestmark = pytest.mark.e2e

INLINE = "textDocument/inlineCompletion"


@pytest.fixture
def opened(start, stub, code):
    """Give a function that opens a text with the cursor where `|` is, in insert mode, and scripts completions."""

    def begin(text, *completions, name="a.py", options="", lua="", **scenario):
        before, _, after = text.partition("|")
        stub.script(
            completions=[{"text": one} if isinstance(one, str) else one for one in completions],
            capabilities={"inlineCompletionProvider": {}},
            **scenario,
        )
        editor = start(f"{stub.setup(options)}\n{lua}", code(before + after, name))
        editor.wait_attached()
        row = before.count("\n") + 1
        last = before.rpartition("\n")[2]
        editor.lua("vim.api.nvim_win_set_cursor(0, { ..., 0 })", row)
        editor.keys("i")
        editor.until(lambda: editor.mode() == "i", "not in insert mode")
        editor.lua("vim.api.nvim_win_set_cursor(0, { ... })", row, len(last.encode()))
        return editor

    return begin


def row_with(screen, text):
    """Return the screen's line that holds a text."""
    found = [line for line in screen.splitlines() if text in line]
    assert found, screen
    return found[0].rstrip()


def test_in_the_middle_of_a_line_what_follows_moves_right(opened):
    editor = opened("x = f(|) + g()\n", "x = f(alpha, beta")
    editor.keys("a")
    editor.wait_ghost("lpha, beta")
    assert row_with(editor.shot("middle"), "x = f(") == "x = f(alpha, beta) + g()"
    editor.press("Tab")
    editor.wait_line("x = f(alpha, beta) + g()")


def test_what_it_replaces_is_seen_once(opened):
    editor = opened("x = f(|)\n", {"text": "x = f(a[0], b)", "replace": 1})
    editor.keys("a")
    editor.wait_ghost("[0], b")
    assert row_with(editor.shot("replaced"), "x = f(") == "x = f(a[0], b)"
    editor.press("C-Right")
    editor.wait_line("x = f(a[)")
    assert row_with(editor.screen(), "x = f(") == "x = f(a[0], b)"
    editor.press("Tab")
    editor.wait_line("x = f(a[0], b)")


def test_what_it_replaces_by_other_text_is_hidden(opened):
    editor = opened("x = f(|YY) # end\n", {"text": "x = f(abc)", "replace": 3})
    editor.keys("a")
    editor.wait_ghost("bc)")
    assert row_with(editor.shot("hidden"), "x = f(") == "x = f(abc) # end"
    editor.press("Tab")
    editor.wait_line("x = f(abc) # end")


def test_the_closing_bracket_of_a_pairs_plugin_is_taken_in(opened):
    pairs = "vim.keymap.set('i', '(', '()<Left>')"
    editor = opened("|\n", "total(values, 1)", lua=pairs)
    editor.keys("t")
    editor.wait_ghost("otal(values, 1)")
    editor.keys("otal(")
    editor.wait_line("total()")
    editor.wait_ghost("values, 1")
    assert row_with(editor.screen(), "total(") == "total(values, 1)"
    editor.press("Tab")
    editor.wait_line("total(values, 1)")


def test_several_lines_are_below(opened):
    editor = opened("def f():\n    |\n\nend = 1\n", "for x in y:\n        use(x)\n    return y")
    editor.keys("for")
    editor.wait_ghost(" x in y:\n        use(x)\n    return y")
    rows = editor.shot("lines").splitlines()
    assert [row.rstrip() for row in rows[:6]] == [
        "def f():",
        "    for x in y:",
        "        use(x)",
        "    return y",
        "",
        "end = 1",
    ]
    editor.press("Tab")
    editor.until(lambda: len(editor.lines()) == 6, "not accepted")
    assert editor.lines() == ["def f():", "    for x in y:", "        use(x)", "    return y", "", "end = 1"]
    assert editor.nvim.api.win_get_cursor(0) == [4, len("    return y")]
    editor.press("Escape")
    editor.keys("u")
    editor.until(lambda: len(editor.lines()) == 4, "not one undo step")
    assert editor.lines()[1] == "    for"


def test_several_lines_before_other_text_show_it_at_their_end(opened):
    editor = opened("call(|) # here\n", "call(1,\n     2")
    editor.keys("1")
    editor.wait_ghost(",\n     2")
    rows = [row.rstrip() for row in editor.shot("lines-before-text").splitlines()]
    assert rows[:2] == ["call(1,", "     2) # here"]
    editor.press("Tab")
    editor.until(lambda: editor.lines() == ["call(1,", "     2) # here"], "not accepted")


def test_typed_through_a_line_break_it_stays(opened):
    editor = opened("def f():\n    |\n", "if x:\n        go()\n", lua="vim.o.autoindent = true")
    editor.keys("if")
    editor.wait_ghost(" x:\n        go()\n")
    editor.lua("vim.bo.indentexpr, vim.bo.indentkeys = '8', 'o'")
    editor.keys(" x:")
    editor.press("Enter")
    editor.wait_line("        ")
    editor.wait_ghost("go()\n")
    editor.keys("g")
    editor.wait_ghost("o()\n")


def test_tabs_have_the_width_of_the_buffer(opened):
    editor = opened("func f() {\n\t|\n}\n", "if a {\n\t\tb()\n\t}", name="a.go", lua="vim.o.tabstop = 4")
    editor.lua("vim.bo.tabstop = 4")
    editor.keys("i")
    editor.wait_ghost("f a {\n        b()\n    }")
    rows = [row.rstrip() for row in editor.shot("tabs").splitlines()]
    assert rows[:5] == ["func f() {", "    if a {", "        b()", "    }", "}"]
    editor.press("Tab")
    editor.until(lambda: editor.lines()[1:4] == ["\tif a {", "\t\tb()", "\t}"], "the tabs were not inserted")


def test_no_carriage_return_is_ever_seen(opened, stub):
    editor = opened("def f():\r\n    |\r\n", "if x:\r\n        go()\r\n    end")
    assert editor.lua("return vim.bo.fileformat") == "dos"
    editor.keys("i")
    editor.wait_ghost("f x:\n        go()\n    end")
    assert "^M" not in editor.shot("crlf")
    editor.press("M-l")
    editor.wait_line("    if x:")
    editor.press("M-l")
    editor.wait_line("        go()")
    assert [params["acceptedLength"] for params in stub.wait("textDocument/didPartiallyAcceptCompletion", 2)] == [
        len("f x:"),
        len("f x:\r\n        go()"),
    ]
    editor.press("Tab")
    editor.wait_line("    end")
    assert "^M" not in editor.shot("crlf-accepted")
    assert not any("\r" in line for line in editor.lines())
    editor.press("Escape")
    editor.keys(":w")
    editor.press("Enter")
    file = editor.nvim.api.buf_get_name(0)
    editor.until(lambda: not editor.lua("return vim.bo.modified"), "not written")
    assert Path(file).read_bytes() == b"def f():\r\n    if x:\r\n        go()\r\n    end\r\n"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "utf-32"])
def test_wide_characters_keep_their_places(opened, stub, encoding):
    editor = opened("s = '😀é' + |'漢'\n", {"text": "s = '😀é' + name('🎉', ", "replace": 0}, encoding=encoding)
    editor.keys("n")
    editor.wait_ghost("ame('🎉', ")
    assert row_with(editor.shot(f"wide-{encoding}"), "s = ") == "s = '😀é' + name('🎉', '漢'"
    editor.press("C-Right")
    editor.wait_line("s = '😀é' + name'漢'")
    editor.press("C-Right", "C-Right")
    editor.wait_line("s = '😀é' + name('🎉'漢'")
    lengths = [params["acceptedLength"] for params in stub.wait("textDocument/didPartiallyAcceptCompletion", 3)]
    assert lengths == [3, 5, 7], "not UTF-16 code units from the start of the item"
    editor.press("Tab")
    editor.until(lambda: editor.line().startswith("s = '😀é' + name('🎉', "), "not accepted")

"""Tasks of a third party's plugin, through the real server: edits, texts, previews, reasons, lenses, by keys typed."""

from __future__ import annotations

import os
import re
import textwrap

import pytest

from tests.e2e.neovim.editor import ROOT

pytestmark = pytest.mark.e2e

PLUGIN = """
import time

from aigc_plugins.api import ActionTask, Argument, Edit, Page, WithheldError
from aigc_plugins.hookspecs import hookimpl


class Shout(ActionTask):
    name = "shout"
    title = "Shout the line"
    arguments = (
        Argument("word", "Word", placeholder="any"),
        Argument("mark", "Mark", choices=("bang", "query")),
    )

    def run(self, place, job):
        text = place.snapshot.text
        start = text.rfind("\\n", 0, place.start) + 1
        mark = {"bang": "!", "query": "?"}[job.arguments["mark"]]
        return [Edit(start, text.find("\\n", start), f"# {job.arguments['word'].upper()}{mark}")]


class Tell(ActionTask):
    name = "tell"
    title = "Tell the size"
    kind = "source.aigc"
    gives = "page"

    def run(self, place, job):
        return Page("Told", f"# {len(place.snapshot.text)} characters\\n")


class Recite(ActionTask):
    name = "recite"
    title = "Recite a poem"
    gives = "page"

    def run(self, place, job):
        while not (job.roots[0] / "go").exists():
            job.report("the first line")
            job.preview("One\\n")
            time.sleep(0.05)
        return Page("Poem", "One\\nTwo\\n")


class Refuse(ActionTask):
    name = "refuse"
    title = "Refuse to do it"

    def run(self, place, job):
        raise WithheldError("There is nothing to do here, says the test.")


class Mend(ActionTask):
    name = "mend"
    title = "Mend what was found"
    kind = "quickfix.aigc"

    def applies(self, place):
        return bool(place.diagnostics)

    def run(self, place, job):
        one = place.diagnostics[0]
        return [Edit(one.start, one.end, f"{one.source}_{one.code}")]


class Stamp(ActionTask):
    name = "stamp"
    title = "Stamp it"
    lens = True

    def run(self, place, job):
        return [Edit(place.start, place.start, "# stamped\\n")]


@hookimpl
def aigc_tasks():
    return [Shout(), Tell(), Recite(), Refuse(), Mend(), Stamp()]
"""
TEXT = ["one = 1", "two = 2"]


@pytest.fixture
def begin(start, code, fake_home, short):
    """Give a function that starts a Neovim whose server finds a throw-away distribution with tasks."""
    site = short / "third"
    info = site / "shout_plugin-0.1.0.dist-info"
    info.mkdir(parents=True)
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: shout-plugin\nVersion: 0.1.0\n")
    (info / "entry_points.txt").write_text("[aigc_lsp.plugins]\nshout = shout_plugin\n")
    (site / "shout_plugin.py").write_text(PLUGIN)
    path = os.pathsep.join(filter(None, [str(site), os.environ.get("PYTHONPATH")]))

    def begin(init="require('aigc').setup()", lines=TEXT):
        env = {**fake_home, "PYTHONPATH": path}
        editor = start(init, code("\n".join([*lines, ""])), env=env)
        editor.until(lambda: editor.lua("return require('aigc').statusline()") == "ready", "not ready", 60)
        return editor

    return begin


@pytest.fixture
def editor(begin):
    """Give a Neovim with two lines of code."""
    return begin()


def choose(editor, text):
    """Pick an entry of a list by the number before it."""
    row = editor.until(
        lambda: next((line for line in editor.screen().splitlines() if f": {text}" in line), None), f"no {text}"
    )
    editor.keys(row.split(":")[0].strip())
    editor.press("Enter")


def command(editor, text):
    """Run a command by typing it."""
    editor.keys(f":{text}")
    editor.press("Enter")


def windows(editor):
    return editor.lua("return #vim.api.nvim_tabpage_list_wins(0)")


def texts(editor):
    """Return the texts of all windows, the present one's first."""
    code = """
    local current = vim.api.nvim_get_current_win()
    local found = { vim.api.nvim_buf_get_lines(0, 0, -1, false) }
    for _, win in ipairs(vim.api.nvim_tabpage_list_wins(0)) do
      if win ~= current then
        found[#found + 1] = vim.api.nvim_buf_get_lines(vim.api.nvim_win_get_buf(win), 0, -1, false)
      end
    end
    return found"""
    return editor.lua(code)


def test_a_code_action_asks_then_edits_in_one_undo_step(editor):
    editor.keys("jgra")
    choose(editor, "Shout the line")
    editor.until(lambda: "Word (any):" in editor.screen(), "not asked for the word")
    editor.keys("hello")
    editor.press("Enter")
    choose(editor, "query")
    editor.until(lambda: editor.lines() == ["one = 1", "# HELLO?"], "not edited")
    editor.shot("edited")
    editor.keys("u")
    editor.until(lambda: editor.lines() == TEXT, "not undone")


def test_a_text_opens_in_a_split_that_q_closes(editor):
    command(editor, "Aigc task tell")
    editor.until(lambda: editor.lines() == ["# 16 characters"], "no text")
    assert editor.lua("return vim.bo.filetype") == "markdown"
    editor.shot("text")
    editor.keys("q")
    editor.until(lambda: editor.lines() == TEXT, "not closed")


def test_a_long_text_is_seen_while_it_is_written_and_taken_away_where_it_is_cancelled(editor, code):
    editor.keys("gra")
    choose(editor, "Recite a poem")
    editor.until(lambda: texts(editor) == [TEXT, ["One"]], "no preview beside the code")
    editor.until(lambda: "aigc: Recite a poem: the first line" in editor.screen(), "no progress")
    editor.shot("preview")
    command(editor, "Aigc cancel")
    editor.until(lambda: windows(editor) == 1, "the preview stayed")
    editor.until(lambda: "aigc: Recite" not in editor.screen(), "the progress stayed")
    assert editor.messages().strip() == ""
    command(editor, "Aigc task recite")
    editor.until(lambda: texts(editor) == [TEXT, ["One"]], "no preview of the second")
    editor.keys("A0")
    editor.press("Escape")
    editor.until(lambda: editor.line() == "one = 10", "typing went elsewhere")
    code("", "go")
    editor.until(lambda: texts(editor) == [["one = 10", "two = 2"], ["One", "Two"]], "the end is missing")
    editor.until(lambda: "aigc: Recite" not in editor.screen(), "the progress stayed")


def test_a_withheld_result_says_why(editor):
    reason = "aigc: Refuse to do it: There is nothing to do here, says the test."
    editor.keys("gra")
    choose(editor, "Refuse to do it")
    editor.until(lambda: reason in editor.messages(), "no reason after the code action")
    editor.shot("withheld")
    command(editor, "Aigc task refuse")
    editor.until(lambda: editor.messages().count(reason) == 2, "no reason after the command")
    assert "-32803" not in editor.messages()
    assert editor.lines() == TEXT


def test_a_task_is_told_what_other_servers_found_there(editor):
    found = "{ { lnum = 1, col = 0, end_col = 3, message = 'bad', source = 'Checker', code = 'E1' } }"
    editor.lua(f"vim.diagnostic.set(vim.api.nvim_create_namespace('other'), 0, {found})")
    editor.keys("jVgra")
    choose(editor, "Mend what was found")
    editor.until(lambda: editor.lines() == ["one = 1", "Checker_E1 = 2"], "not mended by code action")
    editor.keys("u")
    editor.until(lambda: editor.lines() == TEXT, "not undone")
    command(editor, "Aigc task mend")
    editor.until(lambda: editor.lines() == ["one = 1", "Checker_E1 = 2"], "not mended by command")


def page_block():
    """Return the Lua that docs/editors.md has for code lenses; the plugin's help has the same."""
    page = (ROOT / "docs" / "editors.md").read_text("utf-8").split("\n## Tasks\n")[1].split("\n## ")[0]
    (block,) = re.findall(r"^```lua\n(.*?)^```$", page, re.MULTILINE | re.DOTALL)
    help_text = (ROOT / "editors" / "neovim" / "doc" / "aigc.txt").read_text("utf-8")
    assert textwrap.indent(block, "    ") in help_text
    return block


def test_code_lenses_of_the_page_are_shown_and_run(begin):
    editor = begin(page_block(), ["def f():", "    return 1"])
    editor.until(lambda: re.search(r"def f\(\):.* \| Stamp it", editor.screen()), "no code lens")
    editor.shot("lens")
    editor.keys("grl")
    choose(editor, "Stamp it")
    editor.until(lambda: editor.lines() == ["# stamped", "def f():", "    return 1"], "not stamped")
    editor.keys("u")
    editor.until(lambda: editor.lines() == ["def f():", "    return 1"], "not undone")

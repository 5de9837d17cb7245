"""A task of a third party's plugin, through the real server: asked for by a code action, its edit and its text."""

from __future__ import annotations

import os

import pytest

pytestmark = pytest.mark.e2e

PLUGIN = """
from aigc_plugins.api import Argument, Edit, Page
from aigc_plugins.hookspecs import hookimpl


class Rename:
    name = "shout"
    title = "Shout the line"
    kind = "refactor.rewrite.aigc"
    arguments = (
        Argument("word", "Word", placeholder="any"),
        Argument("mark", "Mark", choices=("bang", "query")),
    )

    def applies(self, snapshot, start, end):
        return True

    def run(self, snapshot, start, end, arguments):
        start = snapshot.text.rfind("\\n", 0, start) + 1
        end = snapshot.text.find("\\n", start)
        mark = {"bang": "!", "query": "?"}[arguments["mark"]]
        return [Edit(start, end, f"# {arguments['word'].upper()}{mark}")]


class Explain:
    name = "explain"
    title = "Explain the file"
    kind = "source.aigc"
    arguments = ()

    def applies(self, snapshot, start, end):
        return True

    def run(self, snapshot, start, end, arguments):
        return Page("Explained", f"# {len(snapshot.text)} characters\\n")


@hookimpl
def aigc_tasks():
    return [Rename(), Explain()]
"""


@pytest.fixture
def editor(start, code, fake_home, short):
    """Give a Neovim whose server finds a throw-away distribution with two tasks."""
    site = short / "third"
    info = site / "shout_plugin-0.1.0.dist-info"
    info.mkdir(parents=True)
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: shout-plugin\nVersion: 0.1.0\n")
    (info / "entry_points.txt").write_text("[aigc_lsp.plugins]\nshout = shout_plugin\n")
    (site / "shout_plugin.py").write_text(PLUGIN)
    path = os.pathsep.join(filter(None, [str(site), os.environ.get("PYTHONPATH")]))
    env = {**fake_home, "PYTHONPATH": path}
    editor = start("require('aigc').setup()", code("one = 1\ntwo = 2\n"), env=env)
    editor.until(lambda: editor.lua("return require('aigc').statusline()") == "ready", "not ready", 60)
    return editor


def choose(editor, text):
    """Pick an entry of a list by the number before it."""
    row = editor.until(
        lambda: next((line for line in editor.screen().splitlines() if f": {text}" in line), None), f"no {text}"
    )
    editor.keys(row.split(":")[0].strip())
    editor.press("Enter")


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
    editor.until(lambda: editor.lines() == ["one = 1", "two = 2"], "not undone")


def test_a_text_opens_in_a_split(editor):
    editor.keys(":Aigc task explain")
    editor.press("Enter")
    editor.until(lambda: editor.lines() == ["# 16 characters"], "no text")
    assert editor.lua("return vim.bo.filetype") == "markdown"
    editor.shot("text")

"""Built-in tasks with the embedded model in Neovim, by keys typed; each edit is undone by one `u`."""

from __future__ import annotations

import pytest

from tests.e2e.code import (
    AVERAGE,
    BOUNDS,
    CLAMP,
    DISCOUNTED,
    INSTRUCTION,
    PRICES,
    is_documented,
    is_guarded,
    passes,
)
from tests.e2e.neovim.test_tasks import choose, command, texts

pytestmark = [pytest.mark.e2e, pytest.mark.real_model, pytest.mark.timeout(400)]
MODEL = 150.0  # seconds that the model may take on a slow machine


@pytest.fixture
def editor(start, code, real_home):
    """Give a Neovim with code without docstrings, in which the model is ready."""
    editor = start("require('aigc').setup()", code(PRICES, "prices.py"), env=real_home)
    editor.until(lambda: editor.lua("return require('aigc').statusline()") == "ready", "not ready", 90)
    return editor


def text(editor):
    return "\n".join([*editor.lines(), ""])


def undone_by_one_undo(editor):
    """Undo once, and see that the buffer is what it was."""
    editor.keys("u")
    editor.until(lambda: text(editor) == PRICES, "not undone by one undo")


def test_a_docstring_by_code_action_and_an_explanation_by_command(editor):
    editor.keys(f"{DISCOUNTED}G0gra")
    choose(editor, "Write a docstring")
    editor.until(lambda: is_documented(text(editor)), "no docstring", MODEL)
    editor.shot("documented")
    undone_by_one_undo(editor)
    command(editor, "Aigc task explain")
    editor.until(lambda: any("## Read off the code" in found for found in texts(editor)), "no explanation", MODEL)
    editor.shot("explained")


def test_an_edit_by_instruction_and_the_reason_where_none_can_be_offered(editor):
    editor.keys(f"{AVERAGE}GVGgra")
    choose(editor, "Edit with an instruction")
    editor.until(lambda: "What to change" in editor.screen(), "not asked")
    editor.keys(INSTRUCTION)
    editor.press("Enter")
    editor.until(lambda: is_guarded(text(editor)), "not edited", MODEL)
    editor.shot("edited")
    undone_by_one_undo(editor)
    command(editor, "Aigc task edit")
    editor.until(lambda: "What to change" in editor.screen(), "not asked")
    editor.keys("rename average to discounted")
    editor.press("Enter")
    editor.until(lambda: "There is a `discounted`" in editor.messages(), "no reason")
    editor.shot("withheld")
    assert text(editor) == PRICES


def test_tests_are_generated_with_progress_into_a_new_file_that_opens_and_passes(start, code, real_home):
    module = code(BOUNDS, "bounds.py")
    editor = start("require('aigc').setup()", module, env=real_home)
    editor.until(lambda: editor.lua("return require('aigc').statusline()") == "ready", "not ready", 90)
    editor.keys(f"{CLAMP}Ggra")
    choose(editor, "Generate tests for `clamp`")
    editor.until(lambda: "aigc: Generate tests" in editor.screen(), "no progress", MODEL)
    editor.shot("testing")
    editor.until(lambda: editor.lua("return vim.fn.expand('%:t')") == "test_bounds.py", "no test file", MODEL)
    editor.shot("tested")
    editor.keys(":write\r")
    (file,) = module.parent.rglob("test_bounds.py")
    editor.until(lambda: "from bounds import clamp" in file.read_text(), "not written")
    assert passes(file, module.parent)
    assert module.read_text() == BOUNDS

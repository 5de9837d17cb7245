"""A Jupyter notebook: a later cell is completed with what an earlier one defines."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.e2e.vscode.harness.window import Window
from tests.e2e.vscode.texts import READY

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(300)]


def notebook(*cells: str) -> str:
    """Return a notebook with these code cells."""
    python = {"kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"}}
    made = [
        {"cell_type": "code", "execution_count": None, "id": f"cell{n}", "metadata": {}, "outputs": [], "source": text}
        for n, text in enumerate(cells)
    ]
    return json.dumps({"cells": made, "metadata": python, "nbformat": 4, "nbformat_minor": 5}, indent=1)


def test_a_cell_is_completed_with_an_earlier_ones_definition(
    open_window: Callable[..., Window], workspace: Callable[..., Path], artifacts: Path
) -> None:
    first = "%matplotlib inline\ndef count_residues(numbers):\n    return len(set(numbers))"
    window = open_window(workspace(residues__ipynb=notebook(first, "")))
    window.open_notebook("residues.ipynb")
    window.wait_for_status(READY)
    window.edit_cell(1)
    line = window.type_and_see("total = coun")
    window.screenshot(artifacts / "notebook.png")
    assert line.startswith("total = count_residues(")
    window.press("Tab")

    def has_it(text: str) -> bool:
        cells = json.loads(text)["cells"]
        return "".join(cells[0]["source"]) == first and "".join(cells[1]["source"]) == line

    window.wait_for_text("residues.ipynb", has_it)

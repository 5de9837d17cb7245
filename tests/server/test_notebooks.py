"""Notebook cells are completed as the end of a program made of the code cells before them."""

from __future__ import annotations

import asyncio

import pytest

from aigc_lsp.lsp.notebooks import head, is_foreign, plain
from lsp_helpers.inprocess import Session

BOOK = "file:///project/book.ipynb"
CODE, TEXT = 2, 1


def uri(number):
    return f"vscode-notebook-cell:/work/book.ipynb#{number}"


def cell(number, kind=CODE):
    return {"kind": kind, "document": uri(number)}


def document(number, text, language="python"):
    return {"uri": uri(number), "languageId": language, "version": 1, "text": text}


class Notebook(Session):
    """A session with one notebook."""

    async def open(self, *cells, kinds=None):
        await self.start()
        await self.server.backend.ready.wait()
        kinds = kinds or [CODE] * len(cells)
        documents = [one if isinstance(one, dict) else document(number, one) for number, one in enumerate(cells)]
        book = {"uri": BOOK, "notebookType": "jupyter-notebook", "version": 1}
        book["cells"] = [cell(number, kind) for number, kind in enumerate(kinds)]
        self.notify("notebookDocument/didOpen", {"notebookDocument": book, "cellTextDocuments": documents})

    def change(self, **cells):
        params = {"notebookDocument": {"uri": BOOK, "version": 2}, "change": {"cells": cells}}
        self.notify("notebookDocument/didChange", params)

    def type(self, number, line, character, text, version=2):
        place = {"line": line, "character": character}
        edit = {"range": {"start": place, "end": place}, "text": text}
        self.change(textContent=[{"document": {"uri": uri(number), "version": version}, "changes": [edit]}])

    async def offered(self, number, line, character, kind=1):
        params = {
            "textDocument": {"uri": uri(number)},
            "position": {"line": line, "character": character},
            "context": {"triggerKind": kind},
        }
        return (await self.request("textDocument/inlineCompletion", params))["result"]["items"]

    @property
    def prompt(self):
        return self.counters.prompts[-1]


def play(script, **session):
    async def run():
        notebook = Notebook(**session)
        result = await script(notebook)
        await notebook.server.aclose()
        return result

    return asyncio.run(run())


def test_the_server_asks_for_jupyter_notebooks():
    async def script(notebook):
        return (await notebook.start())["result"]["capabilities"]["notebookDocumentSync"]

    (selector,) = play(script)["notebookSelector"]
    assert selector["notebook"] == {"notebookType": "jupyter-notebook"}


def test_earlier_code_cells_are_the_context_and_positions_are_the_cells():
    async def script(notebook):
        await notebook.open("import math\n", document(1, "# Title", "markdown"), "x = '😀'\n", "y = ", "z = 3",
                            kinds=[CODE, TEXT, CODE, CODE, CODE])  # fmt: skip
        items = await notebook.offered(3, 0, 4)
        return notebook.prompt, items

    prompt, (item,) = play(script)
    assert prompt == "import math\n\nx = '😀'\n\ny = "
    assert item["range"] == {"start": {"line": 0, "character": 4}, "end": {"line": 0, "character": 4}}


def test_edits_in_cells_are_followed_and_a_suggestion_can_be_typed_through():
    async def script(notebook):
        await notebook.open("a = 1\n", "b = ")
        await notebook.offered(1, 0, 4)
        notebook.type(1, 0, 4, "ret")
        (rest,) = await notebook.offered(1, 0, 7)
        asked = notebook.counters.opened
        notebook.type(0, 0, 5, "2", version=2)
        await notebook.offered(1, 0, 7)
        return rest["insertText"], asked, notebook.prompt

    assert play(script) == ("urn 1", 1, "a = 12\n\nb = ret")


def test_cells_come_go_and_move():
    async def script(notebook):
        await notebook.open("a = 1", "b = 2", "c = ")
        prompts = []
        notebook.change(structure={"array": {"start": 0, "deleteCount": 1}, "didClose": [{"uri": uri(0)}]})
        await notebook.offered(2, 0, 4)
        prompts.append(notebook.prompt)
        notebook.change(
            structure={"array": {"start": 1, "deleteCount": 0, "cells": [cell(7)]}, "didOpen": [document(7, "d = 4")]}
        )
        await notebook.offered(2, 0, 4)
        prompts.append(notebook.prompt)
        notebook.change(structure={"array": {"start": 0, "deleteCount": 2, "cells": [cell(7), cell(1)]}})
        await notebook.offered(2, 0, 4)
        return [*prompts, notebook.prompt]

    assert play(script) == ["b = 2\n\nc = ", "b = 2\n\nd = 4\n\nc = ", "d = 4\n\nb = 2\n\nc = "]


def test_a_change_that_does_not_fit_silences_the_notebook_until_it_is_opened_again():
    async def script(notebook):
        await notebook.open("a = 1", "b = ")
        notebook.change(structure={"array": {"start": 5, "deleteCount": 1}})
        silent = await notebook.offered(1, 0, 4)
        await notebook.open("a = 1", "b = ")
        return silent, len(await notebook.offered(1, 0, 4))

    async def malformed(notebook):
        await notebook.open("b = ")
        notebook.change(textContent=[{"document": {"uri": 3}}])
        return await notebook.offered(0, 0, 4)

    assert play(malformed) == []
    assert play(script) == ([], 1)


def test_a_closed_notebook_is_forgotten():
    async def script(notebook):
        await notebook.open("a = 1", "b = ")
        cells = [{"uri": uri(0)}, {"uri": uri(1)}]
        notebook.notify("notebookDocument/didClose", {"notebookDocument": {"uri": BOOK}, "cellTextDocuments": cells})
        return await notebook.offered(1, 0, 4), notebook.server.documents.notebooks.cells(BOOK)

    assert play(script) == ([], [])


def test_what_only_ipython_understands_stays_out_of_the_prompt():
    async def script(notebook):
        await notebook.open("%matplotlib inline\n!pip install x\nimport a\n", "%%bash\nls\n", "%%time\nb = 1", "c = ")
        await notebook.offered(3, 0, 4)
        prompt = notebook.prompt
        return prompt, await notebook.offered(1, 1, 2)

    prompt, foreign = play(script)
    assert prompt == "#matplotlib inline\n#pip install x\nimport a\n\n#%time\nb = 1\n\nc = "
    assert foreign == []


def test_cells_in_another_language_are_no_context():
    async def script(notebook):
        await notebook.open(document(0, "SELECT 1", "sql"), "c = ")
        await notebook.offered(1, 0, 4)
        return notebook.prompt

    assert play(script) == "c = "


def test_other_languages_have_no_magics():
    async def script(notebook):
        await notebook.open(document(0, "!ready && go()\n", "javascript"), document(1, "c = ", "javascript"))
        await notebook.offered(1, 0, 4)
        return notebook.prompt

    assert play(script) == "!ready && go()\n\nc = "


def test_a_long_notebook_gives_its_nearest_cells():
    cells = [f"x{number} = '{'a' * 1000}'" for number in range(100)]
    text = head(iter(reversed(cells)), "python")
    assert len(text) <= 65536 + 2 * 100
    assert text.startswith("x")
    assert text.endswith(cells[-1] + "\n\n")


@pytest.mark.parametrize("text", ["a = 1\n  % 3", "% 3", "x = '''\n!'''", ""])
def test_python_that_looks_like_magic_keeps_its_length(text):
    assert len(plain(text, "python")) == len(text)


@pytest.mark.parametrize(
    ("text", "foreign"), [("%%bash\n", True), ("%%time\n", False), ("%time x", False), ("", False)]
)
def test_cell_magics_that_mean_another_language(text, foreign):
    assert is_foreign(text, "python") is foreign

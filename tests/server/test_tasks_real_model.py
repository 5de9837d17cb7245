"""Each built-in task over LSP, in a process of its own, with the embedded model, on files in a repository.

What the model says is its affair; that the result keeps what the task promises is looked at here.
"""

from __future__ import annotations

import ast
import subprocess
from pathlib import Path
from typing import Any

import pytest
from tests.server.cli.test_run_real_model import STATS, STUB, USE, function, home, others, run_of

from aigc_plugins.document import Document
from aigc_plugins.text import LineIndex
from lsp_helpers.raw import REAL, RawClient

__all__ = ["home"]

pytestmark = [pytest.mark.real_model, pytest.mark.timeout(180)]

GO = "package figures\n\nfunc Mean(values []float64, fallback float64) float64 {\n\treturn fallback\n}\n"
CAPABILITIES = {
    "experimental": {"aigc": {"ask": True, "document": True}},
    "textDocument": {"codeAction": {"dataSupport": True, "resolveSupport": {"properties": ["edit", "command"]}}},
    "workspace": {"workspaceEdit": {"documentChanges": True, "resourceOperations": ["create", "rename"]}},
    "window": {"workDoneProgress": True},
}
_WAIT_S = 100.0


class RefusedError(Exception):
    """The server answered with an error."""


def _check(answer: dict[str, Any]) -> None:
    if "error" in answer:
        raise RefusedError(answer["error"])


class Editor:
    """A raw client with files of one repository open; it keeps every edit to itself."""

    def __init__(self, client: RawClient, folder: Path) -> None:
        self.client, self.folder = client, folder
        self.texts: dict[str, str] = {}

    def open(self, name: str, text: str, language: str = "python") -> None:
        """Write a file and open it."""
        path = self.folder / name
        path.write_text(text)
        self.texts[path.as_uri()] = text
        document = {"uri": path.as_uri(), "languageId": language, "version": 1, "text": text}
        self.client.notify("textDocument/didOpen", {"textDocument": document})

    def ask(self, method: str, params: Any) -> dict[str, Any]:
        """Send a request, answering the server's own meanwhile, and return the whole response."""
        number = self.client.start(method, params)
        while (message := self.client.next(_WAIT_S)).get("id") != number or "method" in message:
            if message.get("method") == "workspace/applyEdit":
                self.edit = message["params"]["edit"]
                self.client.send({"jsonrpc": "2.0", "id": message["id"], "result": {"applied": True}})
            elif "method" in message and "id" in message:
                self.client.answer(message)
        return message

    def run(self, task: str, file: str, selected: str, *, diagnostics: Any = (), **arguments: str) -> Any:
        """Run a task from its code action; return the texts that its edit makes, or the page that it gives."""
        uri = (self.folder / file).as_uri()
        where = self.range(uri, selected)
        context = {"diagnostics": [{**one, "range": where} for one in diagnostics]}
        params = {"textDocument": {"uri": uri}, "range": where, "context": context}
        found = {}
        for action in self.ask("textDocument/codeAction", params)["result"]:
            argument = action.get("data") or action["command"]["arguments"][0]
            found[argument["task"]] = (action, argument)
        action, argument = found[task]
        if "data" in action:
            answer = self.ask("codeAction/resolve", action)
            _check(answer)
            return self.applied(answer["result"]["edit"])
        argument = {key: value for key, value in argument.items() if key != "ask"}
        command = {"command": "aigc.runTask", "arguments": [{**argument, "arguments": arguments}]}
        answer = self.ask("workspace/executeCommand", command)
        _check(answer)
        return answer["result"]["document"] if answer["result"] else self.applied(self.edit)

    def range(self, uri: str, selected: str) -> dict[str, Any]:
        """Return the place of a text; a `|` in it is a cursor instead."""
        text = self.texts[uri]
        start = text.index(selected.replace("|", ""))
        ends = (start, start + len(selected)) if "|" not in selected else (start + selected.index("|"),) * 2
        points = [LineIndex(text).position(at, "utf-16") for at in ends]
        return {key: {"line": line, "character": at} for key, (line, at) in zip(("start", "end"), points, strict=True)}

    def applied(self, edit: dict[str, Any]) -> dict[str, str]:
        """Return what files become, by their names."""
        texts: dict[str, str] = {}
        for change in edit["documentChanges"]:
            if change.get("kind") == "create":
                texts[Path(change["uri"]).name] = ""
                continue
            name = Path(change["textDocument"]["uri"]).name
            text = texts.get(name) if name in texts else (self.folder / name).read_text()
            document = Document("", "", text or "")
            for one in sorted(change["edits"], key=lambda one: list(one["range"]["start"].values()), reverse=True):
                start, end = (tuple(one["range"][key].values()) for key in ("start", "end"))
                document.apply_range(start, end, one["newText"])  # type: ignore[arg-type]
            texts[name] = document.text
        return texts


@pytest.fixture(scope="module")
def editor(tmp_path_factory: pytest.TempPathFactory, home: dict[str, str]) -> Any:
    folder = tmp_path_factory.mktemp("repository")
    subprocess.run(["git", "init", "-q"], cwd=folder, check=True)
    with RawClient(REAL, home) as client:
        started = Editor(client, folder)
        params = {"processId": None, "rootUri": folder.as_uri(), "capabilities": CAPABILITIES}
        started.ask("initialize", params)
        client.notify("initialized", {})
        for name, text in (("stats.py", STATS), ("use.py", USE), ("stub.py", STUB)):
            started.open(name, text)
        started.open("figures.go", GO, "go")
        yield started


def stats_of(texts: dict[str, str]) -> str:
    """Return what `stats.py` became: Python, with nothing else changed in the repository."""
    assert list(texts) == ["stats.py"]
    ast.parse(texts["stats.py"])
    return texts["stats.py"]


def body_of(name: str) -> str:
    """Return a function of `stats.py` as it is selected: its lines."""
    return (ast.get_source_segment(STATS, function(STATS, name)) or "") + "\n"


def test_docstring(editor: Editor) -> None:
    found = function(stats_of(editor.run("docstring", "stats.py", "def me|an")), "mean")
    assert "values" in (ast.get_docstring(found) or "")
    del found.body[0]
    assert ast.dump(found) == ast.dump(function(STATS, "mean"))


def test_docstring_in_go(editor: Editor) -> None:
    text = editor.run("docstring", "figures.go", "func Me|an")["figures.go"]
    assert text.startswith("package figures\n\n// Mean ")
    assert text.endswith(GO.partition("\n\n")[2])


def test_annotate(editor: Editor) -> None:
    found = function(stats_of(editor.run("annotate", "stats.py", "def me|an")), "mean")
    assert found.args.args[1].annotation is not None


def test_fix(editor: Editor) -> None:
    fault = {"message": "`json` imported but unused", "code": "F401", "source": "Ruff", "severity": 2}
    text = stats_of(editor.run("fix", "stats.py", "json", diagnostics=[fault]))
    assert text == STATS.replace("import json\n", "")


def test_extract_variable(editor: Editor) -> None:
    assert run_of(stats_of(editor.run("extract-variable", "stats.py", "total / len(values)")), "spread([1, 2])") == 0.5


def test_extract_function(editor: Editor) -> None:
    lines = "    squares = [(value - centre) ** 2 for value in values]\n    total = sum(squares)\n"
    text = stats_of(editor.run("extract-function", "stats.py", lines))
    assert len(ast.parse(text).body) == len(ast.parse(STATS).body) + 1
    assert run_of(text, "spread([1, 2])") == 0.5


def test_inline(editor: Editor) -> None:
    text = stats_of(editor.run("inline", "stats.py", "to|tal = sum"))
    assert "total" not in text
    assert run_of(text, "spread([1, 2])") == 0.5


def test_rename(editor: Editor) -> None:
    texts = editor.run("rename", "stats.py", "def me|an", name="average")
    assert sorted(texts) == ["stats.py", "use.py"]
    assert texts["use.py"] == USE.replace("mean", "average")
    assert run_of(texts["stats.py"], "average([1, 3])") == 2


def test_simplify(editor: Editor) -> None:
    text = stats_of(editor.run("simplify", "stats.py", "def is_|even"))
    assert len(text) < len(STATS)
    assert run_of(text, "[is_even(2), is_even(3)]") == [True, False]


def test_modernise(editor: Editor) -> None:
    assert run_of(stats_of(editor.run("modernise", "stats.py", "def la|bel")), "label('a', 1)") == "a: 1"


def test_optimise_offers_what_does_the_same_or_says_why_not(editor: Editor) -> None:
    try:
        texts = editor.run("optimise", "stats.py", "def squares|_of")
    except RefusedError as error:  # how fast a version is depends on the machine
        if error.args[0]["code"] != -32803:
            raise
        return
    assert run_of(stats_of(texts), "squares_of([1, 2])") == [1, 4]


def test_edit(editor: Editor) -> None:
    texts = editor.run("edit", "stats.py", body_of("squares_of"), instruction="use a list comprehension")
    text = stats_of(texts)
    assert others(text, "squares_of") == others(STATS, "squares_of")
    assert any(isinstance(one, ast.ListComp) for one in ast.walk(function(text, "squares_of")))


def test_generate(editor: Editor) -> None:
    text = editor.run("generate", "stub.py", "def total_length(words):|")["stub.py"]
    assert text.startswith(STUB)
    assert function(text, "total_length").body


def test_explain(editor: Editor) -> None:
    page = editor.run("explain", "stats.py", "def me|an")
    assert page["languageId"] == "markdown"
    assert "`values`" in page["text"]


def test_summarise(editor: Editor) -> None:
    page = editor.run("summarise", "stats.py", "Figures| of")
    assert all(f"def {name}(" in page["text"] for name in ("mean", "is_even", "label", "spread", "squares_of"))


def test_commit_message(editor: Editor) -> None:
    subprocess.run(["git", "add", "use.py"], cwd=editor.folder, check=True)
    editor.open("COMMIT_EDITMSG", "\n# Please enter the commit message.\n", "git-commit")
    text = editor.run("commit-message", "COMMIT_EDITMSG", "|\n#")["COMMIT_EDITMSG"]
    assert 0 < len(text.splitlines()[0]) <= 72
    assert text.endswith("\n# Please enter the commit message.\n")


def test_translate(editor: Editor) -> None:
    page = editor.run("translate", "stats.py", "def is_|even", language="typescript")
    assert page["languageId"] == "typescript"
    tree = Document("file:///a.ts", "typescript", page["text"]).tree
    assert tree is not None
    assert tree.errors() == 0
    assert "even" in page["text"].lower()


def test_project(editor: Editor) -> None:
    texts = editor.run(
        "project",
        "stats.py",
        "Figures| of",
        instruction="A library: books with title and year",
        name="shelf",
        folder="",
    )
    assert {"pyproject.toml", "README.md", "api.py"} <= texts.keys()
    assert all(ast.parse(text) for name, text in texts.items() if name.endswith(".py"))

"""The example with two tasks, as its user has it: installed by pip, in the editor's code actions, removed again."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import sysconfig
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from textwrap import indent

import pytest

from cli_helpers import ROOT
from lsp_helpers.raw import RawClient, initialize_params, open_document, shut_down

EXAMPLE = ROOT / "examples" / "plugin-license-header"
HEADER, WHY = "license-header", "why-comment"
CODE = "def wait(server):\n    for _ in range(3):\n        server.ping()\n"
SAYS = " Wake the server up first."
EDITOR = {
    "textDocument": {
        "codeAction": {
            "dataSupport": True,
            "resolveSupport": {"properties": ["edit", "command"]},
            "codeActionLiteralSupport": {"codeActionKind": {"valueSet": []}},
        }
    },
    "workspace": {"workspaceEdit": {"documentChanges": True}},
}


@dataclass(frozen=True)
class Environment:
    """A virtual environment that finds the dependencies and the sources by a path file, and has a home of its own."""

    folder: Path
    home: Path

    @property
    def python(self) -> str:
        return str(self.folder / ("Scripts" if os.name == "nt" else "bin") / "python")

    @property
    def site(self) -> Path:
        (found,) = self.folder.glob("lib/python*/site-packages")
        return found

    @property
    def env(self) -> dict[str, str]:
        kept = {key: value for key, value in os.environ.items() if key not in ("PYTHONPATH", "VIRTUAL_ENV")}
        return {**kept, "AIGC_LSP_HOME": str(self.home), "NO_COLOR": "1", "PYTHONDONTWRITEBYTECODE": "1"}

    def run(self, *arguments: object) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [self.python, *map(str, arguments)],
            capture_output=True, text=True, timeout=110, check=False, env=self.env, cwd=self.home,
        )  # fmt: skip

    def pip(self, *arguments: object) -> None:
        done = self.run("-m", "pip", "--disable-pip-version-check", *arguments)
        assert done.returncode == 0, done.stdout + done.stderr

    def files(self) -> set[str]:
        found = (path for path in self.folder.rglob("*") if "__pycache__" not in path.parts)
        return {str(path.relative_to(self.folder)) for path in found}

    def tasks(self) -> set[str]:
        done = self.run("-m", "aigc_lsp", "tasks", "--json")
        assert done.returncode == 0, done.stderr
        return {one["name"] for one in json.loads(done.stdout)}


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Environment, set[str]]]:
    """Give an environment with the example in it, and the files that it had before."""
    folder = tmp_path_factory.mktemp("example")
    made = Environment(folder / "env", folder / "home")
    (made.home / "config").mkdir(parents=True)
    (made.home / "config" / "config.toml").write_text(f'[engine]\nmodel = "fake?text={SAYS.replace(" ", "+")}"\n')
    subprocess.run([sys.executable, "-m", "venv", str(made.folder)], check=True, capture_output=True)
    sources = [str(ROOT / name) for name in ("models", "plugins", "server", "finetune")]
    (made.site / "dependencies.pth").write_text("\n".join([sysconfig.get_path("purelib"), *sources]) + "\n")
    before = made.files()
    made.pip("install", "--no-index", "--no-build-isolation", "--no-compile", EXAMPLE)
    yield made, before
    made.run("-m", "aigc_lsp", "engine", "stop")


@pytest.fixture
def environment(installed: tuple[Environment, set[str]]) -> Environment:
    return installed[0]


@pytest.fixture
def editor(environment: Environment) -> Iterator[RawClient]:
    with RawClient([environment.python, "-m", "aigc_lsp", "--stdio"], environment.env) as client:
        client.request("initialize", initialize_params(capabilities=EDITOR))
        client.notify("initialized", {})
        yield client
        assert shut_down(client) == 0


def code_actions(client: RawClient, uri: str) -> dict[str, dict[str, object]]:
    """Return the code actions for the lines of the loop, by title; plugins may still be loading."""
    where = {"start": {"line": 1, "character": 4}, "end": {"line": 2, "character": 21}}
    params = {"textDocument": {"uri": uri}, "range": where, "context": {"diagnostics": []}}
    until = time.monotonic() + 60
    while time.monotonic() < until:
        found = client.request("textDocument/codeAction", params)["result"]
        if found:
            return {one["title"]: one for one in found}
        time.sleep(0.05)
    raise AssertionError("there are no code actions")


def new_text(client: RawClient, action: dict[str, object]) -> str:
    answer = client.request("codeAction/resolve", action, timeout=60)
    (change,) = answer["result"]["edit"]["documentChanges"]
    assert change["textDocument"]["version"] == 1
    (edit,) = change["edits"]
    assert edit["range"]["start"] == edit["range"]["end"]
    return edit["newText"]


def test_both_tasks_are_code_actions_and_do_their_work(editor: RawClient, environment: Environment) -> None:
    uri = open_document(editor, CODE, uri=(environment.home / "a.py").as_uri())
    actions = code_actions(editor, uri)
    header = next(one for title, one in actions.items() if "licence header" in title)
    assert header["kind"] == "source.licenseHeader"
    assert new_text(editor, header) == "# SPDX-License-Identifier: Apache-2.0\n\n"
    why = next(one for title, one in actions.items() if "comment what this block is for" in title)
    assert new_text(editor, why).strip() == f"#{SAYS}"


def test_the_command_line_has_them_too(environment: Environment) -> None:
    path = environment.home / "b.go"
    path.write_text("package b\n")
    assert {HEADER, WHY} <= environment.tasks()
    done = environment.run("-m", "aigc_lsp", "run", HEADER, path, "--set", "license=MIT", "--write")
    assert done.returncode == 0, done.stderr
    assert path.read_text() == "// SPDX-License-Identifier: MIT\n\npackage b\n"
    again = environment.run("-m", "aigc_lsp", "run", HEADER, path, "--set", "license=MIT", "--write")
    assert again.returncode != 0
    assert "already" in again.stderr


def test_its_own_tests_pass_where_it_is_installed(environment: Environment) -> None:
    done = environment.run("-m", "pytest", "-q", "-p", "no:cacheprovider", EXAMPLE / "tests")
    assert done.returncode == 0, done.stdout + done.stderr
    assert " passed" in done.stdout


def test_pip_removes_it_without_a_trace(installed: tuple[Environment, set[str]]) -> None:
    environment, before = installed
    assert any("license_header" in name for name in environment.files() - before)
    environment.pip("uninstall", "--yes", "aigc-lsp-license-header")
    assert environment.files() == before
    assert not {HEADER, WHY} & environment.tasks()


def test_the_documentation_quotes_it_as_it_is() -> None:
    page = (ROOT / "docs" / "plugins.md").read_text(encoding="utf-8")
    chapter = page[page.index("## A plugin with tasks") : page.index("### Testing it")]
    source = "\n".join(path.read_text() for path in (EXAMPLE / "aigc_license_header").rglob("*.py"))
    prompt = (EXAMPLE / "aigc_license_header" / "prompts" / "why-comment.toml").read_text()
    quoted = re.findall(r"```python\n(.*?)```", chapter, re.DOTALL)
    assert len(quoted) >= 5
    assert [block for block in quoted if not any(indent(block, " " * n) in source for n in (0, 4, 8))] == []
    (template,) = re.findall(r"```toml\n(.*?)```", chapter, re.DOTALL)
    assert [line for line in template.splitlines() if line not in prompt.splitlines()] == []


def test_the_test_in_the_documentation_passes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(EXAMPLE))
    page = (ROOT / "docs" / "plugins.md").read_text(encoding="utf-8")
    (code,) = [block for block in re.findall(r"```python\n(.*?)```", page, re.DOTALL) if "FakeJob(" in block]
    exec(code, {})

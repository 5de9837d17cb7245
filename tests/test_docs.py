"""The documentation is true: links lead somewhere, commands run, examples parse, each hook and command is described."""

from __future__ import annotations

import ast
import json
import os
import re
import shlex
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

import pytest
import tree_sitter
import tree_sitter_lua
import typer

from aigc_lsp.cli import app
from aigc_plugins import hookspecs
from cli_helpers import BUILTIN, ROOT, distribution

PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").glob("*.md")])
GENERATED = re.compile(r"^<!-- (?:Written|Generated) by `python ", re.MULTILINE)
HAND_WRITTEN = [page for page in PAGES if not GENERATED.search(page.read_text(encoding="utf-8"))]
NEEDS = ("uvicorn", "starlette", "tokenizers", "numpy", "gguf", "jinja2")
_FENCE = re.compile(r"^( *)```([^\n]*)\n(.*?)^\1```$", re.MULTILINE | re.DOTALL)
_LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
_FILE = re.compile(r"`([\w./-]+\.(?:py|toml|md))`")
# Where the files that docs/architecture.md names may lie: it says which root holds at each place.
ROOTS = (
    "", "server/aigc_lsp", "server/aigc_lsp/lsp", "plugins/aigc_plugins", "models/aigc_models",
    "models/aigc_models/engine", "finetune/aigc_finetune", "tests/server", "tests/plugins", "tests/models",
)  # fmt: skip


@dataclass(frozen=True)
class Block:
    """A fenced block: where it is, its language, the words behind that, its text, and the line above it."""

    page: str
    language: str
    options: tuple[str, ...]
    text: str
    above: str

    @property
    def where(self) -> str:
        """Return a name for messages."""
        return f"{self.page}: {self.text.strip().splitlines()[0][:50] if self.text.strip() else 'empty'}"


def _blocks() -> Iterator[Block]:
    for page in HAND_WRITTEN:
        content = page.read_text(encoding="utf-8")
        for found in _FENCE.finditer(content):
            language, *options = found[2].split() or [""]
            above = content[: found.start()].rstrip("\n").rpartition("\n")[2]
            yield Block(str(page.relative_to(ROOT)), language, tuple(options), found[3], above)


BLOCKS = list(_blocks())
CONSOLES = [block for block in BLOCKS if block.language == "console"]
RUN = [block for block in CONSOLES if "no-run" not in block.options]


def _blocks_of(*languages: str) -> list[Block]:
    return [block for block in BLOCKS if block.language in languages]


def _commands(block: Block) -> list[str]:
    return [line[2:] for line in block.text.splitlines() if line.startswith("$ ")]


def _anchors(page: Path) -> set[str]:
    headings = re.findall(r"^#+ (.*)$", page.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_lead_somewhere(page: Path) -> None:
    wrong = []
    for target in _LINK.findall(_FENCE.sub("", page.read_text(encoding="utf-8"))):
        if re.match(r"[a-z]+:", target):
            continue
        path, _, anchor = target.partition("#")
        there = (page.parent / path).resolve() if path else page
        if not there.exists() or (anchor and anchor not in _anchors(there)):
            wrong.append(target)
    assert not wrong


def test_every_page_is_reached_from_the_readme() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    pages = list((ROOT / "docs").glob("*.md"))
    assert len(pages) >= 6
    assert [page.name for page in pages if f"docs/{page.name})" not in readme] == []


def test_files_that_the_architecture_names_exist() -> None:
    text = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
    named = set(_FILE.findall(text)) - {".aigc-lsp.toml"}
    assert len(named) > 50
    assert [name for name in sorted(named) if not any((ROOT / root / name).exists() for root in ROOTS)] == []


def test_the_architecture_gives_the_reason_for_each_dependency() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    listed = [
        *project["dependencies"],
        *(name for extra in project["optional-dependencies"].values() for name in extra),
    ]
    names = {re.split(r"[\[<>=]", requirement)[0] for requirement in listed} - {"aigc-lsp"}
    rows = re.findall(r"^\| (.*?) \|", (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8"), re.MULTILINE)
    words = set(re.findall(r"[\w-]+", " ".join(rows)))
    assert sorted(name for name in names if name not in words and not name.startswith("tree-sitter-")) == []


def test_each_hook_is_documented() -> None:
    page = (ROOT / "docs" / "plugins.md").read_text(encoding="utf-8")
    hooks = [name for name, value in vars(hookspecs).items() if hasattr(value, f"{hookspecs.PROJECT}_spec")]
    assert len(hooks) >= 5
    assert [name for name in hooks if f"### `{name}(" not in page] == []
    assert set(re.findall(r"^### `(\w+)\(", page, re.MULTILINE)) == set(hooks)


def test_each_command_is_documented() -> None:
    page = (ROOT / "docs" / "cli.md").read_text(encoding="utf-8")
    root = typer.main.get_command(app.build())
    waiting, names = [("aigc-lsp", root)], []
    while waiting:
        name, command = waiting.pop()
        names.append(name)
        waiting += [(f"{name} {child}", below) for child, below in getattr(command, "commands", {}).items()]
    assert "aigc-lsp models pull" in names
    assert [name for name in names[1:] if f"`{name}`\n" not in page] == []


def test_commands_that_are_not_run_say_why() -> None:
    silent = [
        block.where
        for block in CONSOLES
        if "no-run" in block.options and not re.fullmatch(r"<!-- no-run: .+ -->", block.above)
    ]
    assert not silent
    assert len(RUN) >= 3


@pytest.fixture(scope="module")
def environment(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    """Give an environment with a home of its own, the fake model in its settings, and no network needed."""
    folder = tmp_path_factory.mktemp("docs")
    home = folder / "home"
    (home / "config").mkdir(parents=True)
    (home / "config" / "config.toml").write_text('[engine]\nmodel = "fake"\n')
    sources = [distribution(folder / "site", "aigc-lsp", BUILTIN)]
    sources += [ROOT / name for name in ("models", "plugins", "server", "finetune")]
    path = os.pathsep.join(str(source) for source in sources)
    env = {**os.environ, "AIGC_LSP_HOME": str(home), "PYTHONPATH": path, "NO_COLOR": "1"}
    yield env
    _aigc(env, "engine", "stop")


def _aigc(env: dict[str, str], *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "aigc_lsp", *arguments],
        capture_output=True, text=True, timeout=60, check=False, env=env, cwd=ROOT,
    )  # fmt: skip


@pytest.mark.skipif(any(find_spec(name) is None for name in NEEDS), reason="the engine's packages are not installed")
@pytest.mark.parametrize(
    "command", sorted({command for block in RUN for command in _commands(block)}), ids=lambda command: command[:60]
)
def test_commands_in_the_documentation_run(command: str, environment: dict[str, str]) -> None:
    program, *arguments = shlex.split(command)
    assert program == "aigc-lsp"
    done = _aigc(environment, *arguments)
    assert done.returncode == 0, done.stderr


def test_every_block_has_a_language_that_is_checked_or_plain() -> None:
    known = {"console", "toml", "json", "lua", "python", "sh", "elisp", "text"}
    assert [block.where for block in BLOCKS if block.language not in known and "─" not in block.text] == []


@pytest.mark.parametrize("block", _blocks_of("toml"), ids=lambda block: block.where)
def test_toml_parses(block: Block) -> None:
    assert tomllib.loads(block.text)


@pytest.mark.parametrize("block", _blocks_of("json"), ids=lambda block: block.where)
def test_json_parses(block: Block) -> None:
    assert json.loads(block.text)


@pytest.mark.parametrize("block", _blocks_of("lua"), ids=lambda block: block.where)
def test_lua_parses(block: Block) -> None:
    parser = tree_sitter.Parser(tree_sitter.Language(tree_sitter_lua.language()))
    assert not parser.parse(block.text.encode()).root_node.has_error


@pytest.mark.parametrize("block", _blocks_of("python"), ids=lambda block: block.where)
def test_python_compiles(block: Block) -> None:
    assert ast.parse(block.text)


def test_settings_in_the_documentation_are_known(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from aigc_lsp.settings import load_settings
    from aigc_lsp.settings.model import SECTIONS

    monkeypatch.setenv("AIGC_LSP_HOME", str(tmp_path))
    groups = set(SECTIONS)
    examples = [(block, tomllib.loads(block.text)) for block in _blocks_of("toml")]
    examples += [(block, json.loads(block.text)) for block in _blocks_of("json")]
    checked = [(block, data) for block, data in examples if data and set(data) <= groups]
    assert len(checked) >= 4
    assert [
        (block.where, load_settings((), data).problems) for block, data in checked if load_settings((), data).problems
    ] == []


def test_make_targets_in_the_documentation_exist() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    targets = set(re.findall(r"^([a-z0-9-]+):", makefile, re.MULTILINE))
    wrong = {
        (page.name, target)
        for page in HAND_WRITTEN
        for words in re.findall(r"(?:`|^)make ([a-z0-9 -]+?)(?:`|  )", page.read_text(encoding="utf-8"), re.MULTILINE)
        for target in words.split()
        if target not in targets
    }
    assert not wrong

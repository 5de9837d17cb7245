"""docs/editors.md is true: its settings are those of `aigc-lsp init`, its keys and commands those of the extensions."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest

from aigc_lsp.cli import editor_settings
from cli_helpers import ROOT

PAGE = (ROOT / "docs" / "editors.md").read_text("utf-8")
README = (ROOT / "README.md").read_text("utf-8")
FENCE = re.compile(r"^```(\w+)[^\n]*\n(.*?)^```$", re.MULTILINE | re.DOTALL)
LANGUAGES = {"sh": "sh", "lua": "lua", "toml": "toml", "json": "json", "el": "elisp"}
VSCODE = ROOT / "editors" / "vscode"
NEOVIM = ROOT / "editors" / "neovim"


def section(title: str) -> str:
    """Return the text below a heading of the page, up to the next one of its level."""
    found = re.search(rf"^## {re.escape(title)}\n(.*?)(?=^## |\Z)", PAGE, re.MULTILINE | re.DOTALL)
    assert found, title
    return found[1]


def rows(text: str) -> list[list[str]]:
    """Return the cells of the table in a text, without its head."""
    lines = [line for line in text.splitlines() if line.startswith("| `")]
    return [[cell.strip().strip("`") for cell in re.split(r"(?<!\\)\|", line)[1:-1]] for line in lines]


def lua(name: str) -> str:
    return (NEOVIM / "lua" / "aigc" / f"{name}.lua").read_text("utf-8")


@pytest.mark.parametrize("editor", editor_settings.EDITORS, ids=lambda editor: editor.name)
def test_the_page_shows_what_init_prints(editor: editor_settings.Editor) -> None:
    command = ["/full/path/to/aigc-lsp"] if editor.always_full_path else ["aigc-lsp"]
    shown = (LANGUAGES[editor.snippet.rpartition(".")[2]], editor_settings.settings(editor, command))
    assert FENCE.findall(PAGE).count(shown) == 1


def test_the_page_installs_the_neovim_plugin_as_init_says() -> None:
    assert ("sh", "".join(f"{line}\n" for line in editor_settings.PLUGIN)) in FENCE.findall(PAGE)


def test_each_editor_of_init_has_a_row_that_says_how_it_was_tested() -> None:
    table = [line for line in PAGE.splitlines() if line.startswith("| ") and line.count("|") == 4]
    for editor in editor_settings.EDITORS:
        assert any(line.startswith(f"| {editor.title}") and f"| {editor.shows}" in line for line in table), editor.name


def package() -> dict[str, Any]:
    found: dict[str, Any] = json.loads((VSCODE / "package.json").read_text("utf-8"))
    return found


def test_commands_of_vs_code_are_those_of_the_extension() -> None:
    titles = {f"{one['category']}: {one['title']}" for one in package()["contributes"]["commands"]}
    named = set(re.findall(r"\*(AIGC: [^*]+)\*", " ".join(PAGE.split())))
    assert len(named) >= 5
    assert named <= titles


def test_settings_of_vs_code_are_those_of_the_extension() -> None:
    known = {name for part in package()["contributes"]["configuration"] for name in part["properties"]}
    named = set(re.findall(r"\baigc\.\w+(?:\.\w+)+", section("VS Code")))
    assert {"aigc.server.path", "aigc.server.arguments"} <= named
    assert named <= known
    assert "aigc.server.path" in (editor_settings.to_write(editor_settings.EDITORS[0], ["/x"]) or "")


def test_keys_of_vs_code_are_those_of_the_extension() -> None:
    bound = package()["contributes"]["keybindings"]
    shown = {(row[0].lower(), row[1].lower()) for row in rows(section("VS Code"))}
    of_the_editor = {("tab", "tab"), ("escape", "escape")}
    assert {(one["key"], one.get("mac", one["key"])) for one in bound} == shown - of_the_editor


def test_the_version_of_vs_code_and_the_package_are_named_rightly() -> None:
    assert package()["engines"]["vscode"] == "^1.100.0"
    assert package()["name"] == "aigc-lsp"
    assert "package" in package()["scripts"]


def test_keys_of_neovim_are_the_defaults_of_the_plugin() -> None:
    defaults = re.search(r"M\.defaults = \{.*?keymaps = \{(.*?)\n  \},", lua("config"), re.DOTALL)
    assert defaults
    bound = {
        key.replace("\\\\", "\\"): name for name, key in re.findall(r'^\s+(\w+) = "(.*)",$', defaults[1], re.MULTILINE)
    }
    shown = {row[0]: row[1] for row in rows(section("Neovim 0.11 and newer"))}
    assert len(shown) >= 5
    assert shown == bound


def test_commands_of_neovim_are_those_of_the_plugin() -> None:
    known = re.search(r"local subcommands = \{(.*?)^\}", lua("command"), re.DOTALL | re.MULTILINE)
    assert known
    names = {plain or quoted for plain, quoted in re.findall(r'^  (?:(\w+)|\["([\w-]+)"\]) = ', known[1], re.MULTILINE)}
    named = set(re.findall(r":Aigc ([\w-]+)", PAGE))
    assert len(named) >= 8
    assert named <= names


def test_functions_and_options_of_neovim_are_those_of_the_plugin() -> None:
    functions = set(re.findall(r'require\("aigc"\)\.(\w+)', PAGE))
    assert {"setup", "statusline"} <= functions
    assert functions <= set(re.findall(r"^function M\.(\w+)", lua("init"), re.MULTILINE))
    options = set(re.findall(r"^---@field (\w+)\??", lua("config"), re.MULTILINE))
    assert {"cmd", "keymaps", "ghost_text", "show_with_menu", "accept", "toggle"} <= options
    assert set(re.findall(r"\bghost_text\.(\w+)", PAGE)) <= options
    assert (NEOVIM / "lua" / "aigc" / "health.lua").exists()
    tags = set(re.findall(r"\*([\w-]+)\*", (NEOVIM / "doc" / "aigc.txt").read_text("utf-8")))
    assert {"aigc", "aigc-completion-plugins"} <= set(re.findall(r":help ([\w-]+)", PAGE)) <= tags


def test_the_readme_shows_the_same_settings_for_neovim() -> None:
    neovim = editor_settings.find("neovim")
    assert neovim is not None
    assert ("lua", editor_settings.settings(neovim, ["aigc-lsp"])) in FENCE.findall(README)

"""The settings that each editor needs: their text, and the file that they belong into. It writes nothing itself.

The texts lie in `snippets/`; docs/editors.md shows the same ones, and a test compares them.
"""

from __future__ import annotations

import json
import shutil
import sys
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path

from aigc_lsp.cli.editor_settings import places

NAME = "aigc-lsp"


@dataclass(frozen=True)
class Editor:
    """An editor that can use the server, and how it is told to."""

    name: str
    title: str
    shows: str
    snippet: str
    comment: str
    notes: tuple[str, ...]
    place: places.Place
    merge: str = ""
    aliases: tuple[str, ...] = ()
    always_full_path: bool = False
    installs: bool = False  # the text is commands for a shell; what goes into the file is another matter


_REPLACED = "The names in `language-servers` replace Helix's own list: keep those that you use."
_PYLSP = "Zed starts only servers that it knows, so aigc-lsp takes the name of pylsp, which is off by default."
PLUGIN = (
    "mkdir -p ~/.local/share/nvim/site/pack/aigc/start",
    'ln -s "$PWD/editors/neovim" ~/.local/share/nvim/site/pack/aigc/start/aigc',
)
_EGLOT = "Eglot runs one server in a buffer: in these modes this one takes the place of another."

EDITORS = (
    Editor(
        "vscode", "VS Code", "ghost text", "vscode.sh", "#",
        ("Run this in a checkout of aigc-lsp; Node.js 20 or newer is needed.",),
        places.vscode, "json", ("code",), installs=True,
    ),
    Editor(
        "neovim", "Neovim", "ghost text", "neovim.lua", "--",
        ("It needs the plugin. In a checkout of aigc-lsp:", *PLUGIN),
        places.neovim, aliases=("nvim",),
    ),
    Editor("helix", "Helix", "completion menu", "helix.toml", "#", (_REPLACED,), places.helix, "toml", ("hx",)),
    Editor(
        "zed", "Zed", "completion menu", "zed.json", "//", (_PYLSP,), places.zed, "json",
        always_full_path=True,
    ),
    Editor(
        "emacs-eglot", "Emacs, eglot", "completion menu", "emacs-eglot.el", ";;", (_EGLOT,), places.emacs,
        aliases=("emacs", "eglot"),
    ),
    Editor(
        "emacs-lsp-mode", "Emacs, lsp-mode", "ghost text", "emacs-lsp-mode.el", ";;",
        ("Ghost text needs lsp-inline-completion.el, which came after lsp-mode 9.0.0.",), places.emacs,
        aliases=("lsp-mode",),
    ),
    Editor(
        "sublime", "Sublime Text", "completion menu", "sublime.json", "//",
        ("It needs the package LSP from Package Control.",), places.sublime, "json",
    ),
)  # fmt: skip


def find(name: str) -> Editor | None:
    """Return the editor of that name, or None."""
    return next((one for one in EDITORS if name.lower() in (one.name, *one.aliases)), None)


def command(editor: Editor) -> list[str]:
    """Return the command that the editor is to run, without `--stdio`: the name alone where that is on the PATH."""
    found = shutil.which(NAME)
    if found and not editor.always_full_path:
        return [NAME]
    beside = Path(sys.executable).parent / NAME
    script = Path(found).absolute() if found else beside
    return [str(script)] if script.exists() else [sys.executable, "-m", "aigc_lsp"]


def settings(editor: Editor, start: list[str]) -> str:
    """Return the settings as text, with `start` as the server's command."""
    name, *args = start
    args = [*args, "--stdio"]
    text = (files(__name__) / "snippets" / editor.snippet).read_text("utf-8")
    for mark, values, separator in (
        ("@COMMAND@", [name], ", "),
        ("@ARGS@", args, ", "),
        ("@ARGV@", [name, *args], ", "),
        ("@ARGV_LISP@", [name, *args], " "),
    ):
        # A string of JSON is one of TOML, Lua and Emacs Lisp too, for whatever a path holds.
        text = text.replace(mark, separator.join(json.dumps(value, ensure_ascii=False) for value in values))
    return text


def to_write(editor: Editor, start: list[str]) -> str | None:
    """Return what goes into the editor's file, or None where it needs nothing."""
    if not editor.installs:
        return settings(editor, start)
    found_anyway = start == [NAME] or len(start) > 1
    return None if found_anyway else json.dumps({"aigc.server.path": start[0]}, indent=2, ensure_ascii=False) + "\n"


def heading(editor: Editor, file: Path) -> str:
    """Return the comment above the settings: where they belong (or what they install), and what to know."""
    where = "the extension" if editor.installs else places.short(file)
    lines = [f"{editor.title}: {where}", *editor.notes]
    return "".join(f"{editor.comment} {line}\n" for line in lines)

"""Writes docs/cli.md from the application itself: `python -m aigc_lsp.cli.docs docs/cli.md`."""

from __future__ import annotations

import inspect
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from typer.main import get_command

from aigc_lsp.cli.app import build
from aigc_lsp.cli.exits import MEANINGS
from aigc_lsp.cli.run import is_short_form

if TYPE_CHECKING:
    from collections.abc import Iterator

_HEAD = """# The command line

<!-- Written by `python -m aigc_lsp.cli.docs`; a test compares it. Change the commands, not this file. -->

Results go to standard output, everything meant for a person to standard error, so that output can be piped. Commands
that a script might want take `--json` and then print one JSON document. Colours are left out of pipes and under
`NO_COLOR`. `aigc-lsp --install-completion` sets up completion for the shell in use.

Editors run the language server with `aigc-lsp --stdio`, `--tcp HOST:PORT` or `--ws HOST:PORT`.

## Exit status

| status | meaning |
| --- | --- |
"""
_SHORT_FORMS = """### Short forms

Each built-in task has a command of its own, with the options of `aigc-lsp run`: `aigc-lsp docstring app.py:main` is
`aigc-lsp run docstring app.py:main`.
"""


def page() -> str:
    """Return the whole page."""
    statuses = "".join(f"| {int(status)} | {meaning} |\n" for status, meaning in MEANINGS.items())
    return _HEAD + statuses + "".join(_sections("aigc-lsp", get_command(build())))


def _sections(path: str, command: Any) -> Iterator[str]:
    if not hasattr(command, "commands"):
        yield _section(path, command)
        return
    if command.invoke_without_command:  # a command that has commands below it
        yield _section(path, command)
    elif path != "aigc-lsp":
        yield f"\n## `{path}`\n\n{_one_line(command.help)}\n"
    short = {name: inner for name, inner in command.commands.items() if is_short_form(inner)}
    for name, inner in command.commands.items():
        if name not in short:
            yield from _sections(f"{path} {name}", inner)
        if short and name == "run":
            yield _short_forms(path, short)


def _short_forms(path: str, commands: dict[str, Any]) -> str:
    sections = (f"\n#### `{path} {name}`\n\n{_one_line(command.help)}\n" for name, command in commands.items())
    return f"\n{_SHORT_FORMS}" + "".join(sections)


def _section(path: str, command: Any) -> str:
    arguments = [one for one in command.params if one.param_type_name == "argument"]
    options = [one for one in command.params if one.param_type_name == "option"]
    words = [one.metavar or one.name.upper() for one in arguments]
    shown = [word if one.required else f"[{word}]" for word, one in zip(words, arguments, strict=True)]
    usage = " ".join([path, *(["[OPTIONS]"] if options else []), *shown])
    level = "##" if path.count(" ") == 1 else "###"
    text = f"\n{level} `{path}`\n\n{_one_line(command.help)}\n\n```\n{usage}\n```\n"
    rows = [(word, _one_line(one.help)) for word, one in zip(words, arguments, strict=True)]
    rows += [(_names(one), _one_line(one.help) + _default(one)) for one in options]
    if rows:
        text += "\n| | |\n| --- | --- |\n" + "".join(f"| `{name}` | {meaning} |\n" for name, meaning in rows)
    return text


def _names(option: Any) -> str:
    names = ", ".join([*option.opts, *option.secondary_opts])
    if option.is_flag:
        return names
    return f"{names} {(option.metavar or option.name.rpartition('_')[2]).upper()}"


def _default(option: Any) -> str:
    if option.is_flag or option.default in (None, ""):
        return ""
    return f" Default: `{option.default}`."


def _one_line(text: str | None) -> str:
    return " ".join(inspect.cleandoc(text or "").split()).replace("|", "\\|")


def main(args: list[str]) -> int:
    """Write the page to the file that is named, or to standard output."""
    if args:
        Path(args[0]).write_text(page(), "utf-8")
    else:
        sys.stdout.write(page())
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

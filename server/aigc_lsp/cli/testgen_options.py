"""The words of a command line of `aigc-lsp testgen`, and which of its files could not be written in the end."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import typer

if TYPE_CHECKING:
    from pathlib import Path


@dataclass(frozen=True, slots=True)
class Options:
    """What was asked for. `ask_model` is false under `--no-model`; `diff` is true where it is the default, too."""

    words: tuple[str, ...]
    since: str | None = None
    write: bool = False
    diff: bool = True
    json: bool = False
    html: Path | None = None
    seconds: float = 60.0
    seed: int = 0
    jobs: int = 1
    ask_model: bool = True
    model: str | None = None
    runtime: str | None = None
    python: Path | None = None
    min_coverage: float | None = None
    min_mutation: float | None = None
    fail_on_bugs: bool = False
    unsafe: bool = False
    quiet: bool = False

    def check(self) -> None:
        """Say before a long run what could not be done after it.

        Raises:
            typer.BadParameter: a file cannot be written, or there is no such interpreter.
        """
        html, python = self.html, self.python
        if html is not None and (html.is_dir() or not html.absolute().parent.is_dir()):
            raise typer.BadParameter(f"{html} cannot be written: its folder is not there, or it is one")
        if python is not None and not python.is_file():
            raise typer.BadParameter(f"there is no interpreter {python}")

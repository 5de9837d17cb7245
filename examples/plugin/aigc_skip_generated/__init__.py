"""No suggestions in files that a program wrote. The hooks of the plugin; the runtime is in `parrot`."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import typer

from aigc_models.types import RuntimeSpec
from aigc_plugins.api import Task
from aigc_plugins.document import Snapshot
from aigc_plugins.hookspecs import hookimpl
from aigc_plugins.inline import InlineCompletionTask

MARK = "DO NOT EDIT"
LINES = 5


def is_generated(text: str) -> bool:
    """Tell whether one of the first lines says that nobody should edit the file."""
    return any(MARK in line for line in text.split("\n")[:LINES])


class SkipGenerated(InlineCompletionTask):
    """The built-in task, except in generated files. The task of a plugin takes the place of the built-in one."""

    name = "skip-generated"
    title = "Complete at the cursor, except in generated files"

    def prepare(self, snapshot: Snapshot, offset: int, **options: Any) -> Any:
        """Return None where there is nothing to suggest."""
        return None if is_generated(snapshot.text) else super().prepare(snapshot, offset, **options)


@hookimpl
def aigc_tasks() -> list[Task]:
    """Offer the task."""
    return [SkipGenerated()]


@hookimpl
def aigc_runtimes() -> list[RuntimeSpec]:
    """Name the runtime; nothing of it is imported until an engine uses it."""
    return [RuntimeSpec("parrot", "says one sentence", "aigc_skip_generated.parrot:create", formats=("fake",))]


@hookimpl
def aigc_commands(app: typer.Typer) -> None:
    """Add `aigc-lsp generated`."""
    app.command("generated")(generated)


def generated(files: list[Path]) -> None:
    """Print the files in which this plugin keeps quiet."""
    for path in files:
        if is_generated(path.read_text(encoding="utf-8", errors="replace")):
            typer.echo(path)

"""`aigc-lsp tasks`: which tasks there are, where each applies, what it costs, and how its results are checked."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from aigc_lsp.cli import output
from aigc_lsp.cli.options import Json

if TYPE_CHECKING:
    from collections.abc import Sequence

    from aigc_plugins.api import ActionTask
    from aigc_plugins.manager import Plugins


def tasks(
    language: Annotated[
        str | None, typer.Option(metavar="ID", help="Only tasks for this language: its LSP id, or its name.")
    ] = None,
    json: Json = False,
) -> None:
    """List the tasks that `aigc-lsp run` and editors offer."""
    from aigc_lsp.cli import chosen
    from aigc_plugins.manager import load_plugins

    settings = chosen.settings()
    plugins = load_plugins(settings.plugins.disabled)
    rows = [_row(plugins, task, settings.tasks.disabled) for task in _tasks(plugins, language)]
    if json:
        output.say_json(rows)
    else:
        _print(rows)


def _tasks(plugins: Plugins, language: str | None) -> list[ActionTask]:
    from aigc_plugins.api import ActionTask

    found = plugins.tasks(ActionTask)  # type: ignore[type-abstract]
    name = _language_name(language) if language is not None else None
    return [task for task in found if name is None or not task.languages or name in task.languages]


def _language_name(text: str) -> str:
    from aigc_lsp.cli.nearest import nearest
    from aigc_plugins.syntax.registry import active

    found = active().find(text)
    if found is None:
        known = [one.name for one in active().languages]
        raise typer.BadParameter(f"there is no language {text!r}{nearest(text, known)}")
    return found.name


def _row(plugins: Plugins, task: ActionTask, disabled: Sequence[str]) -> dict[str, Any]:
    owner = plugins.owner(task)
    arguments = [
        {"name": one.name, "title": one.title, "choices": list(one.choices), "default": one.default}
        for one in task.arguments
    ]
    return {
        "name": task.name,
        "title": task.title,
        "kind": task.kind,
        "languages": list(task.languages),
        "gives": task.gives,
        "model": task.model,
        "cost": task.cost,
        "verified": task.verified,
        "arguments": arguments,
        "offered": task.name not in disabled,
        "plugin": owner.name if owner is not None else None,
        "distribution": owner.distribution if owner is not None else None,
    }


def _print(rows: Sequence[dict[str, Any]]) -> None:
    from aigc_lsp.cli.choosing import language_titles

    output.table(
        ("name", "title", "languages", "model", "cost", "verified", "arguments", "kind", "plugin"),
        [
            (
                row["name"] + ("" if row["offered"] else " (switched off)"),
                row["title"],
                language_titles(row["languages"]) or "any",
                "yes" if row["model"] else "no",
                row["cost"],
                " ".join(row["verified"].split()),
                " ".join(_argument(one) for one in row["arguments"]),
                row["kind"],
                row["plugin"] or "?",
            )
            for row in rows
        ],
    )


def _argument(one: dict[str, Any]) -> str:
    values = "|".join(one["choices"]) or one["name"].upper()
    return f"--{one['name']} {values}" if one["default"] is None else f"[--{one['name']} {values}]"

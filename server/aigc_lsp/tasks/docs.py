"""Writes the tables of docs/tasks.md from the built-in tasks: `python -m aigc_lsp.tasks.docs docs/tasks.md`.

What stands outside of the two marks in the page is written by hand, and stays.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

from aigc_plugins.api import ActionTask
from aigc_plugins.manager import load_plugins
from aigc_plugins.syntax.registry import active

if TYPE_CHECKING:
    from collections.abc import Sequence

    from aigc_plugins.api import Argument

BEGIN = "<!-- tasks: written by `python -m aigc_lsp.tasks.docs docs/tasks.md`; a test compares them -->"
END = "<!-- end of the tasks -->"
_COSTS = {"instant": "at once", "seconds": "seconds", "minutes": "minutes"}


def builtin_tasks() -> list[ActionTask]:
    """Return the tasks of the built-in plugins, by name."""
    plugins = load_plugins()
    found = []
    for task in plugins.tasks(ActionTask):  # type: ignore[type-abstract]
        owner = plugins.owner(task)
        if owner is not None and owner.builtin:
            found.append(task)
    return sorted(found, key=lambda task: task.name)


def tables(tasks: Sequence[ActionTask]) -> str:
    """Return the tables: what each task does and how that is checked, for which languages, and what it asks."""
    return "\n".join((_checks(tasks), _languages(tasks), _arguments(tasks)))


def page(text: str, tasks: Sequence[ActionTask]) -> str:
    """Return the page `text` with the tables of `tasks` between its marks.

    Raises:
        ValueError: it has no marks.
    """
    before, begin, rest = text.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise ValueError(f"the page has no lines {BEGIN!r} and {END!r}")
    return f"{before}{BEGIN}\n\n{tables(tasks)}\n{END}{after}"


def _checks(tasks: Sequence[ActionTask]) -> str:
    rows = [
        "| task | title | checked before it is offered | model | takes | kind |",
        "| --- | --- | --- | --- | --- | --- |",
    ]
    for task in tasks:
        model = "yes" if task.model else "no"
        kind = f"`{task.kind}`" if task.gives != "page" else f"`{task.kind}`, a page"
        cells = (f"`{task.name}`", task.title, task.verified, model, _COSTS.get(task.cost, task.cost), kind)
        rows.append(_row(cells))
    return "\n".join(rows) + "\n"


def _languages(tasks: Sequence[ActionTask]) -> str:
    """Return the table of tasks by languages; a column for each language that a task names."""
    named = {name for task in tasks for name in task.languages}
    titles = {one.name: one.title or one.name for one in active().languages}
    columns = sorted(named, key=lambda name: (-sum(name in task.languages for task in tasks), titles[name]))
    rows = [_row(("task", *(titles[name] for name in columns), "others")), _row(["---"] * (len(columns) + 2))]
    for task in tasks:
        marks = ["✓" if not task.languages or name in task.languages else "" for name in columns]
        rows.append(_row((f"`{task.name}`", *marks, "" if task.languages else "✓")))
    return "\n".join(rows) + "\n"


def _arguments(tasks: Sequence[ActionTask]) -> str:
    rows = ["| task | asks for | on the command line |", "| --- | --- | --- |"]
    rows += [
        _row((f"`{task.name}`", one.title, f"`{_option(one)}`{_default(one)}"))
        for task in tasks
        for one in task.arguments
    ]
    return "\n".join(rows) + "\n"


def _option(one: Argument) -> str:
    return f"--{one.name} {one.name.upper()}"


def _default(one: Argument) -> str:
    choices = f": {', '.join(f'`{choice}`' for choice in one.choices)}" if one.choices else ""
    if one.default is None:
        return choices
    return f"{choices}; may be left out" if not one.default else f"{choices}; else `{one.default}`"


def _row(cells: Sequence[str]) -> str:
    return "| " + " | ".join(" ".join(cell.split()).replace("|", "\\|") for cell in cells) + " |"


def main(args: list[str]) -> int:
    """Write the tables into the page that is named, or to standard output."""
    tasks = builtin_tasks()
    if args:
        path = Path(args[0])
        path.write_text(page(path.read_text("utf-8"), tasks), "utf-8")
    else:
        sys.stdout.write(tables(tasks))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

"""Which task a name means, where it runs, and with which answers; tells what is wrong with any of them."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

import typer

from aigc_lsp.cli.nearest import nearest
from aigc_models.types import AigcError
from aigc_plugins.api import ActionTask, Place, WithheldError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from aigc_plugins.api import Diagnostic
    from aigc_plugins.document import Snapshot
    from aigc_plugins.manager import Plugins

logger = logging.getLogger(__name__)

_SHOWN = 12  # lines in a message
_OPTIONS = ("write", "diff", "json", "show-prompt", "set", "language", "name", "trust", "model", "runtime", "timeout")


def find_task(plugins: Plugins, name: str) -> ActionTask:
    """Return the task of that name; of two, that of the built-in plugins, or else of the first.

    Raises:
        typer.BadParameter: there is none; the text names the nearest.
    """
    tasks = plugins.tasks(ActionTask)  # type: ignore[type-abstract]
    for task in tasks:
        if task.name == name:
            return task
    raise typer.BadParameter(f"there is no task {name!r}{nearest(name, sorted({one.name for one in tasks}))}")


def language_titles(names: Sequence[str]) -> str:
    """Return the names of languages as people write them: `Python, Go`."""
    from aigc_plugins.syntax.registry import active

    titles = {one.name: one.title or one.name for one in active().languages}
    return ", ".join(titles.get(name, name) for name in names)


def find_place(
    task: ActionTask, snapshot: Snapshot, ranges: Sequence[tuple[int, int]], found: Sequence[Diagnostic] = ()
) -> Place:
    """Return the first of some ranges at which a task applies; `found` are the document's diagnostics.

    Raises:
        AigcError: it is for other languages.
        WithheldError: it applies at none of the ranges.
    """
    language = snapshot.language.name if snapshot.language is not None else ""
    if task.languages and language not in task.languages:
        here = language_titles([language]) if language else f"{snapshot.language_id or 'this'} texts"
        raise AigcError(f"{task.name} is for {language_titles(task.languages)}, not for {here}.")
    for start, end in ranges:
        place = Place(snapshot, start, end, _there(snapshot.text, start, end, found))
        if _applies(task, place):
            return place
    if found and not any(_there(snapshot.text, start, end, found) for start, end in ranges):
        lines = sorted({snapshot.text.count("\n", 0, one.start) + 1 for one in found})
        where = ", ".join(map(str, lines[:_SHOWN])) + (", …" if len(lines) > _SHOWN else "")
        raise WithheldError(f"The checkers find nothing there; they do at line {where}.")
    raise WithheldError(f"{task.name} does not apply there.{_hint(snapshot, ranges)}")


def answered(task: ActionTask, given: Mapping[str, str]) -> dict[str, str]:
    """Return a value for each argument of a task.

    Raises:
        typer.BadParameter: one is missing, unknown, or none of the choices.
    """
    from aigc_lsp.tasks.runner import answers

    known = [one.name for one in task.arguments]
    for name in given:
        if name not in known:
            raise typer.BadParameter(f"{task.name} has no option --{name}{nearest(name, [*known, *_OPTIONS])}")
    for one in task.arguments:
        if one.default is None and one.name not in given:
            choices = f" ({', '.join(one.choices)})" if one.choices else ""
            raise typer.BadParameter(f"{task.name} needs --{one.name}{choices}: {one.title}")
    try:
        return answers(task, given)
    except ValueError as error:
        raise typer.BadParameter(str(error)) from None


def _applies(task: ActionTask, place: Place) -> bool:
    try:
        return bool(task.applies(place))
    except Exception as error:
        logger.debug("applies", exc_info=error)
        raise AigcError(f"{task.name} cannot say where it applies: {type(error).__name__}: {error}") from None


def _there(text: str, start: int, end: int, found: Sequence[Diagnostic]) -> tuple[Diagnostic, ...]:
    """Return the diagnostics on the lines of a range."""
    first = text.rfind("\n", 0, start) + 1
    last = text.find("\n", end)
    last = len(text) if last < 0 else last
    return tuple(one for one in found if one.start <= last and one.end >= first)


def _hint(snapshot: Snapshot, ranges: Sequence[tuple[int, int]]) -> str:
    if ranges[0] != (0, len(snapshot.text)):
        return ""
    from aigc_lsp.cli.symbols import symbols

    names = [one.name for one in symbols(snapshot)]
    return f" Name a place in it, FILE:LINE, FILE:LINE-LINE or FILE:SYMBOL{nearest('', names)}."

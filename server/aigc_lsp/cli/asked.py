"""What a command line asks for: the task, its arguments, the document and the places in it. Nothing is run here."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from aigc_lsp.cli import output

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from aigc_lsp.settings import Settings
    from aigc_plugins.api import ActionTask
    from aigc_plugins.document import Snapshot
    from aigc_plugins.testgen.parts import TestProposer


@dataclass(frozen=True, slots=True)
class Options:
    """The words of a command line. `given` are arguments of the task by name, `named` those that are options too."""

    task: str
    where: str | None
    given: Mapping[str, str]
    named: Mapping[str, str | None]
    write: bool
    json: bool
    show_prompt: bool
    trust: bool
    model: str | None
    runtime: str | None
    timeout: float | None


@dataclass(frozen=True, slots=True)
class Work:
    """What is to be done: a task on one of some ranges of a document, which `file` is the name of."""

    task: ActionTask
    arguments: Mapping[str, str]
    file: str
    snapshot: Snapshot
    ranges: Sequence[tuple[int, int]]
    roots: tuple[Path, ...]
    stdin: bool
    test_proposers: tuple[TestProposer, ...] = ()

    @property
    def path(self) -> Path:
        """The file, or the one that standard input stands for."""
        return self.snapshot.path or Path(self.file).absolute()


def read_words(words: Sequence[str], answers: Sequence[str]) -> tuple[str | None, dict[str, str]]:
    """Return the place and the task's arguments of a command line's other words and of its `--set` options.

    Raises:
        typer.BadParameter: a word is neither, or has no value.
    """
    place: str | None = None
    given: dict[str, str] = {}
    rest = iter(words)
    for word in rest:
        if word.startswith("--") and len(word) > 2:
            name, equals, value = word[2:].partition("=")
            following = value if equals else next(rest, None)
            if following is None:
                raise typer.BadParameter(f"--{name} needs a value, or is no option")
            given[name] = following
        elif place is None:
            place = word
        else:
            raise typer.BadParameter(f"{word!r} is one word too many")
    for answer in answers:
        name, equals, value = answer.partition("=")
        if not equals:
            raise typer.BadParameter(f"--set takes NAME=VALUE, not {answer!r}")
        given[name] = value
    return place, given


def work_of(options: Options, settings: Settings) -> Work:
    """Return what a command line asks for.

    Raises:
        typer.BadParameter: there is no such task, argument, file or place.
        AigcError: nothing is staged.
    """
    from aigc_lsp.cli import choosing, staged, surroundings
    from aigc_lsp.cli.target import open_target, parse_target, ranges
    from aigc_plugins.manager import load_plugins

    plugins = load_plugins(settings.plugins.disabled)
    task = choosing.find_task(plugins, options.task)
    named = {name: value for name, value in options.named.items() if value is not None}
    owned = {one.name for one in task.arguments} | {"instruction"}
    given = {**{name: value for name, value in named.items() if name in owned}, **options.given}
    arguments = choosing.answered(task, given)
    place = {name: value for name, value in named.items() if name not in owned}
    if options.where is None:
        if task.name != "commit-message":
            raise typer.BadParameter("name a FILE, FILE:SYMBOL or FILE:LINE-LINE; - reads standard input")
        snapshot, root, hidden = staged.staged()
        if hidden:
            output.note(f"{hidden} staged files are ignored or secret, and kept from the model.")
        return Work(task, arguments, "staged", snapshot, [(0, len(snapshot.text))], (root,), stdin=True)
    target = parse_target(options.where)
    language = place.get("language")
    if language is None and task.name == "commit-message":
        language = staged.LANGUAGE_ID
    snapshot = open_target(target, name=place.get("name"), language=language)
    folder = snapshot.path.parent if snapshot.path is not None else Path.cwd()
    root = surroundings.repository(folder) or folder
    name = place.get("name") or ("-" if target.stdin else target.file)
    proposers = plugins.test_proposers()
    return Work(task, arguments, name, snapshot, ranges(target, snapshot), (root,), target.stdin, proposers)

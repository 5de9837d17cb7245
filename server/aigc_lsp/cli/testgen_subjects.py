"""The modules that tests are to be written for, read and analysed: their language, project, names and changed lines.

Nothing is run here.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import typer

from aigc_lsp.cli import output, surroundings
from aigc_lsp.cli.nearest import nearest
from aigc_lsp.cli.testgen_words import definitions_in

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from aigc_lsp.cli.testgen_since import Since
    from aigc_lsp.cli.testgen_words import Wanted
    from aigc_plugins.api import Job
    from aigc_plugins.document import Snapshot
    from aigc_plugins.testgen.parts import Generated, Options, Subject

_PROJECT_FILES = (
    "pyproject.toml", "setup.py", "setup.cfg", "tox.ini", "pytest.ini", "requirements.txt", "package.json", "go.mod",
    "pom.xml", "build.gradle", "build.gradle.kts",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Module:
    """A module to write tests for: its text, its project's folder, and the changed lines that count, none for all."""

    wanted: Wanted
    snapshot: Snapshot
    root: Path
    lines: frozenset[int] = frozenset()

    @property
    def path(self) -> Path:
        """Its file."""
        return self.wanted.path

    @property
    def shown(self) -> str:
        """Its name for people."""
        return self.wanted.shown


def open_module(wanted: Wanted, since: Since | None) -> Module | None:
    """Read a module; None where nothing in it changed, or where nobody named it and it is no text.

    Raises:
        typer.BadParameter: it cannot be read, has no such names, or there is no such revision.
        AigcError: it lies in no repository.
    """
    from aigc_lsp.cli.place import language_id_of, read_text
    from aigc_plugins.document import Document

    try:
        text = read_text(str(wanted.path))
    except typer.BadParameter as error:
        if wanted.named:
            raise
        output.note(f"Left out: {error.message}.")
        return None
    lines: frozenset[int] = frozenset()
    if since is not None:
        lines = since.changed(wanted.path, text)
        if not lines:
            return None
    snapshot = Document(wanted.path.as_uri(), language_id_of(wanted.path), text, 1).snapshot()
    _check_names(wanted, text)
    return Module(wanted, snapshot, root_of(wanted.path), lines)


def root_of(path: Path) -> Path:
    """Return the folder of the project that a file belongs to: its repository, else what looks like a project's top."""
    folder = path.parent
    repository = surroundings.repository(folder)
    if repository is not None:
        return repository
    for above in (folder, *folder.parents):
        if any((above / name).is_file() for name in _PROJECT_FILES):
            return above
    while (folder / "__init__.py").exists() and folder != folder.parent:
        folder = folder.parent
    return folder


def language_parts(module: Module) -> tuple[Callable[..., Subject], Callable[..., Generated]]:
    """Return how a module is analysed and how its tests are generated: the one place that knows languages.

    Raises:
        WithheldError: no tests are generated for its language.
    """
    from aigc_plugins.testgen.languages import parts_for

    return parts_for(module.snapshot.language)


def subject_of(module: Module, python: Path | None) -> Subject:
    """Analyse a module.

    Raises:
        WithheldError: nothing in it can be tested; the text says why.
    """
    analyse, _ = language_parts(module)
    return analyse(
        module.path,
        module.snapshot.text,
        root=module.root,
        names=module.wanted.names,
        lines=module.lines,
        python=python,
        trusted=True,  # the project's own interpreter runs in the sandbox alone, as its code does
    )


def generated_of(module: Module, subject: Subject, job: Job, options: Options, stop: Callable[[], bool]) -> Generated:
    """Write tests for a module; once `stop` returns true, what is good so far is kept.

    Raises:
        AigcError: the module cannot be loaded, or nothing can be run here.
    """
    _, generate = language_parts(module)
    return generate(subject, job, options, stop)


def _check_names(wanted: Wanted, text: str) -> None:
    if not wanted.names or wanted.path.suffix != ".py":
        return  # of other languages, the analysis says what there is not
    known = definitions_in(text)
    if known is None:
        return  # the analysis says what is wrong with it
    for name in wanted.names:
        plain = name.removesuffix("()").removesuffix(".*").removesuffix(".__init__")
        if plain not in known:
            raise typer.BadParameter(f"there is no {name!r} in {wanted.shown}{nearest(plain, known)}")

"""Which modules and which names in them the words of a command line mean; completes such words in a shell."""

from __future__ import annotations

import os
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import typer

if TYPE_CHECKING:
    import ast
    from collections.abc import Iterator, Sequence

MARK = "::"
_NO_MODULES = frozenset(("setup.py", "conftest.py", "noxfile.py"))
_TEST_FOLDERS = frozenset(("test", "tests", "testing", "__tests__"))
# Of the languages that tests are generated for; of a folder only where it is a project of theirs.
_PROJECTS = {
    (".py",): (),
    (".js", ".mjs", ".cjs", ".jsx", ".ts", ".mts", ".cts", ".tsx"): ("package.json",),
    (".go",): ("go.mod",),
    (".java",): ("pom.xml", "build.gradle", "build.gradle.kts"),
}
_SUFFIXES = tuple(suffix for suffixes in _PROJECTS for suffix in suffixes)
_TEST_ENDS = ("_test.py", "_test.go", "Test.java", "Tests.java", ".d.ts")
_TEST_PARTS = (".test.", ".spec.", ".config.")


@dataclass(frozen=True, slots=True)
class Wanted:
    """A module that tests are wanted for: all of it, or `names` in it; `named` tells whether a word names the file."""

    path: Path
    shown: str
    names: tuple[str, ...] = ()
    named: bool = True


def modules(words: Sequence[str]) -> list[Wanted]:
    """Return the modules that words mean, each once, in their order.

    Raises:
        typer.BadParameter: there is no such file or folder, or a folder has a name in it.
    """
    found: dict[Path, Wanted] = {}
    for word in words:
        for one in _of_word(word):
            known = found.get(one.path)
            found[one.path] = one if known is None else _both(known, one)
    return list(found.values())


def is_test(path: Path) -> bool:
    """Tell whether a file belongs to tests, by its name and its folders (relative to where it was looked for)."""
    name = path.name
    if name in _NO_MODULES or name.startswith("test_") or name.endswith(_TEST_ENDS):
        return True
    if not name.endswith(".py") and any(part in name for part in _TEST_PARTS):
        return True
    return not _TEST_FOLDERS.isdisjoint(path.parts[:-1])


def _both(one: Wanted, other: Wanted) -> Wanted:
    names = (*one.names, *other.names) if one.names and other.names else ()  # one of them means all of it
    return replace(one, names=tuple(dict.fromkeys(names)), named=one.named or other.named)


def _of_word(word: str) -> Iterator[Wanted]:
    file, mark, name = (word, "", "") if Path(word).exists() else word.partition(MARK)
    path = Path(os.path.normpath(Path(file).absolute()))
    if not file or (mark and not name):
        raise typer.BadParameter(f"{word!r} is not PATH or PATH{MARK}NAME")
    if path.is_dir():
        if mark:
            raise typer.BadParameter(f"{word!r}: {file} is a folder; names are in modules")
        yield from _in_folder(path)
    elif path.is_file():
        yield Wanted(path, _shown(path), (name.replace(MARK, "."),) if name else ())
    else:
        raise typer.BadParameter(f"there is no {file}")


def _in_folder(folder: Path) -> Iterator[Wanted]:
    from aigc_plugins.index.ignore import Rules

    for name, _ in Rules(folder).files():
        if name.endswith(_SUFFIXES) and not is_test(Path(name)) and _in_project(folder / name):
            yield Wanted(folder / name, _shown(folder / name), named=False)


def _in_project(path: Path) -> bool:
    """Tell whether a file lies in a project of its language; Python needs none."""
    files = next(files for suffixes, files in _PROJECTS.items() if path.name.endswith(suffixes))
    folders = path.absolute().parents
    return not files or any((folder / file).is_file() for folder in folders for file in files)


def _shown(path: Path) -> str:
    """Return a path as people would type it here."""
    here = Path.cwd()
    return path.relative_to(here).as_posix() if path.is_relative_to(here) else str(path)


def complete(incomplete: str, before: Sequence[str]) -> list[str]:
    """Return what a word behind others can become: folders, modules, and the names in a module behind `::`.

    Bash takes colons as words of their own, so that only what follows them is to be completed there.
    """
    words = list(before)
    if words and words[-1] in (":", MARK) and len(words) > 1:
        return [one.rpartition(MARK)[2] for one in _names(words[-2], incomplete)]
    file, mark, name = incomplete.partition(MARK)
    return _names(file, name) if mark else _paths(incomplete)


def _paths(incomplete: str) -> list[str]:
    folder, _, start = incomplete.rpartition("/")
    base = f"{folder}/" if folder or incomplete.startswith("/") else ""
    found = []
    try:
        with os.scandir(base or ".") as entries:
            for entry in entries:
                if not entry.name.startswith(start) or (entry.name.startswith(".") and not start.startswith(".")):
                    continue
                if entry.is_dir():
                    found.append(f"{base}{entry.name}/")
                elif entry.name.endswith(_SUFFIXES):
                    found.append(base + entry.name)
    except OSError:
        return []
    return sorted(found)


def definitions_in(text: str | bytes) -> list[str] | None:
    """Return the qualified names of a module's functions, classes and methods, None where it cannot be parsed."""
    import ast

    try:
        tree = ast.parse(text)
    except (SyntaxError, ValueError):
        return None
    return list(dict.fromkeys(_definitions(tree.body, "")))


def _names(file: str, start: str) -> list[str]:
    """Return the functions, classes and methods of a module as words for it; none where it cannot be read."""
    try:
        text = Path(file).read_bytes()
    except OSError:
        return []
    return [f"{file}{MARK}{name}" for name in definitions_in(text) or () if name.startswith(start)]


def _definitions(body: Sequence[ast.stmt], outer: str) -> Iterator[str]:
    import ast

    for node in body:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            yield outer + node.name
        if isinstance(node, ast.ClassDef):
            yield from _definitions(node.body, f"{outer}{node.name}.")
        elif isinstance(node, ast.If | ast.Try | ast.With | ast.For | ast.While):
            inner = [one for one in ast.iter_child_nodes(node) if isinstance(one, ast.stmt)]
            inner += [one for each in getattr(node, "handlers", ()) for one in each.body]
            yield from _definitions(inner, outer)

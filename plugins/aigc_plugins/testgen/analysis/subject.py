"""Analyses a Python module: what of it tests can call, by what name they import it, and in which file they belong."""

from __future__ import annotations

import ast
import os
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path

from aigc_plugins.action import WithheldError
from aigc_plugins.behaviour import project
from aigc_plugins.testgen.analysis.choose import chosen
from aigc_plugins.testgen.analysis.config import Config
from aigc_plugins.testgen.analysis.conventions import Project
from aigc_plugins.testgen.analysis.layout import layout
from aigc_plugins.testgen.analysis.targets import Targets
from aigc_plugins.testgen.analysis.testfiles import TestFiles, is_test
from aigc_plugins.testgen.parts import Subject


def analyse(
    path: Path,
    text: str,
    *,
    root: Path,
    names: Sequence[str] = (),
    lines: Collection[int] = (),
    python: Path | None = None,
    trusted: bool = False,
    opened: Mapping[Path, str] | None = None,
) -> Subject:
    """Return the module in the file `path`, which reads `text`, of the project in the folder `root`.

    `names` are qualified names of what tests are wanted of: `parse`, `Queue` (with all that is public in it),
    `Queue.put`; none mean all that is public. With `lines` (from 1), only what these lines belong to is wanted.
    `python` runs the project; where it is None, its own environment's does if it is `trusted`, else ours. `opened` are
    the texts of files as they are in the editor, by absolute path.

    Raises:
        WithheldError: there is nothing to write tests for, or tests could not import it; the text says why.
    """
    path, root = _inside(path, root)
    if path.suffix != ".py":
        raise WithheldError(f"{path.name} is no Python module.")
    tree = _tree(text, path.name)
    if is_test(path.name, tree):
        raise WithheldError(f"{path.name} holds tests itself.")
    config = Config(root)
    imported = layout(path, tree, root, config)
    found = Targets(tree).found()
    targets = chosen(found, names, lines, path.name)
    files = TestFiles(root, config.test_patterns, opened or {})
    return Subject(
        root=root,
        path=path,
        name=imported.name,
        text=text,
        targets=targets,
        all_targets=tuple(one.target for one in found),
        search_path=imported.search_path,
        python=python if python is not None else project.python_of(root, trusted=trusted),
        conventions=Project(files, config, imported, path).conventions(),
    )


def _inside(path: Path, root: Path) -> tuple[Path, Path]:
    """Return both absolute, such that the first lies in the second. Raises WithheldError where it does not."""
    path, root = Path(os.path.abspath(path)), Path(os.path.abspath(root))  # noqa: PTH100 - links are kept
    if not path.is_relative_to(root):
        path, root = path.resolve(), root.resolve()
    if not path.is_relative_to(root):
        raise WithheldError(f"{path.name} does not lie in the project's folder, {root}.")
    return path, root


def _tree(text: str, name: str) -> ast.Module:
    try:
        return ast.parse(text.removeprefix("\ufeff"))
    except SyntaxError as error:
        raise WithheldError(f"{name} does not parse: line {error.lineno}: {error.msg}.") from None
    except (ValueError, RecursionError, MemoryError) as error:
        raise WithheldError(f"{name} does not parse: {error}.") from None

"""Finds the name by which tests import a file, and the folders that are on the search path then."""

from __future__ import annotations

import ast
import keyword
from dataclasses import dataclass
from pathlib import Path

from aigc_plugins.action import WithheldError
from aigc_plugins.behaviour import project
from aigc_plugins.testgen.analysis.config import Config

_NO_MODULES = {
    "__main__": "it is the program that runs when its package is called",
    "setup": "it builds the project",
    "conftest": "it is a part of the tests",
    "noxfile": "it configures a tool",
}


@dataclass(frozen=True, slots=True)
class Layout:
    """A module's name, with the folders that have to be on `sys.path` (absolute, the first one is looked at first)."""

    name: str
    search_path: tuple[Path, ...]


def layout(path: Path, tree: ast.Module, root: Path, config: Config) -> Layout:
    """Return how tests import the file `path` of the project in `root`.

    Raises:
        WithheldError: they cannot.
    """
    if path.stem in _NO_MODULES and (path.stem != "setup" or path.parent == root):
        raise WithheldError(f"No tests are written for {path.name}: {_NO_MODULES[path.stem]}.")
    sources = [root / one for one in config.source_folders if (root / one).is_dir()]
    sources += [one for one in project.search_path(root) if one not in sources and one != root]
    around = _source_folder(path, tree, root, sources)
    parts = [*path.parent.relative_to(around).parts, *([path.stem] if path.stem != "__init__" else [])]
    for part in parts:
        if not part.isidentifier() or keyword.iskeyword(part):
            raise WithheldError(f"Tests cannot import {path.name}: {part!r} is no name in Python.")
    if not parts:
        raise WithheldError(f"Tests cannot import {path.name}: it lies in no package.")
    others = [one for one in sources if (one == around or not (one / "__init__.py").exists()) and one != around]
    return Layout(".".join(parts), tuple(dict.fromkeys((around, *others, root))))


def _source_folder(path: Path, tree: ast.Module, root: Path, sources: list[Path]) -> Path:
    """Return the folder that the module's name counts from."""
    folder = path.parent
    while folder != root and (folder / "__init__.py").exists():
        folder = folder.parent
    inner = max((one for one in sources if folder.is_relative_to(one)), key=lambda one: len(one.parts), default=None)
    if inner is not None and all(part.isidentifier() for part in folder.relative_to(inner).parts):
        return inner  # what is left between them are namespace packages
    if folder != path.parent or folder == root:
        # A package that lies in a folder that nothing says to be one of sources: the folder, or a namespace in it.
        return root if _in_namespace(tree, folder, root) else folder
    if not all(part.isidentifier() for part in folder.relative_to(root).parts) or _imports_neighbours(tree, folder):
        return folder
    return root


def _in_namespace(tree: ast.Module, folder: Path, root: Path) -> bool:
    """Tell whether a module names its own packages by the folder that they lie in, as in `from tools.pkg import x`."""
    parts = folder.relative_to(root).parts
    return bool(parts) and any(name.split(".")[: len(parts)] == list(parts) for name in _imported(tree))


def _imports_neighbours(tree: ast.Module, folder: Path) -> bool:
    """Tell whether a module imports files beside it by their bare names, as a script may do."""
    return any("." not in name and (folder / f"{name}.py").is_file() for name in _imported(tree))


def _imported(tree: ast.Module) -> list[str]:
    found = [one.name for node in ast.walk(tree) if isinstance(node, ast.Import) for one in node.names]
    return found + [
        node.module for node in ast.walk(tree) if isinstance(node, ast.ImportFrom) and node.module and not node.level
    ]

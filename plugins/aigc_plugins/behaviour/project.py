"""A copy of a project for the sandbox: what git ignores and what is secret is left out. It runs nothing."""

from __future__ import annotations

import ast
import shutil
import sys
import tokenize
from contextlib import suppress
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from aigc_plugins.index.ignore import Rules

if TYPE_CHECKING:
    from aigc_plugins.api import Job
    from aigc_plugins.document import Snapshot

_MOST_FILES, _MOST_BYTES, _LARGEST = 4000, 64 << 20, 2 << 20
_SOURCES = ("src", "lib", "python")


def root_of(snapshot: Snapshot, job: Job) -> Path | None:
    """Return the innermost folder of the workspace that holds the file, None where there is none."""
    path = snapshot.path
    holding = [root for root in job.roots if path is not None and path.is_relative_to(root)]
    return max(holding, key=lambda root: len(root.parts), default=None)


def copy(root: Path, target: Path, job: Job) -> bool:
    """Copy a project's files; tell whether that are all of them. Open documents are taken as they are in the editor."""
    total = 0
    for count, (path, status) in enumerate(Rules(root).files()):
        job.check()
        total += status.st_size
        if count >= _MOST_FILES or total > _MOST_BYTES:
            return False
        if status.st_size <= _LARGEST:
            place = target / path
            place.parent.mkdir(parents=True, exist_ok=True)
            with suppress(OSError):
                shutil.copyfile(root / path, place, follow_symlinks=False)
                place.chmod(0o700 if status.st_mode & 0o100 else 0o600)
    for one in job.workspace.open_files() if job.workspace is not None else ():
        place = target / one.path
        if place.is_file():
            place.write_text(one.text, "utf-8", errors="replace", newline="")
    return True


def search_path(root: Path) -> list[Path]:
    """Return the folders of a project in which its packages lie."""
    return [root, *(root / name for name in _SOURCES if (root / name).is_dir())]


def module_name(path: Path, root: Path) -> str:
    """Return the name by which a project imports a file: the packages around it, down from a source folder."""
    parts = [path.stem] if path.stem != "__init__" else []
    folder = path.parent
    while folder != root and folder.is_relative_to(root) and (folder / "__init__.py").exists():
        parts.insert(0, folder.name)
        folder = folder.parent
    return ".".join(parts) or path.stem


def interpreter(root: Path | None, job: Job) -> Path:
    """Return the Python that runs a project: its own environment's where the user trusts it, else ours."""
    return python_of(root, trusted=job.trusted)


def python_of(root: Path | None, *, trusted: bool) -> Path:
    """Return the Python that runs a project, its own environment's only where the user trusts it."""
    for name in (".venv", "venv") if root is not None and trusted else ():
        python = root / name / "bin" / "python" if root is not None else None
        if python is not None and python.is_file() and not python.resolve().is_relative_to(root or python):
            return python
    return Path(sys.executable)


def has_pytest(python: Path) -> bool:
    """Tell whether an interpreter can run pytest."""
    if python == Path(sys.executable):
        return find_spec("pytest") is not None
    return any(python.parent.parent.glob("lib/python3*/site-packages/pytest/__init__.py"))


def mentions(path: Path, name: str) -> set[str]:
    """Return the test functions of a file that name something; empty where it cannot be read."""
    try:
        with tokenize.open(path) as file:
            tree = ast.parse(file.read())
    except (OSError, SyntaxError, ValueError):
        return set()
    return {
        node.name
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.name.startswith("test")
        for inner in ast.walk(node)
        if (isinstance(inner, ast.Name) and inner.id == name)
        or (isinstance(inner, ast.Attribute) and inner.attr == name)
    }

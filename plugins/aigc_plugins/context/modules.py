"""Maps the modules that a file imports to files of the workspace, by the rules of its language. It reads no file."""

from __future__ import annotations

import posixpath
from typing import TYPE_CHECKING

from aigc_plugins.context.imports import Import
from aigc_plugins.syntax import Language

if TYPE_CHECKING:
    from aigc_plugins.workspace import Workspace

_ALIASES = ("@/", "~/", "#/", "$lib/")  # what build tools of the web call a project's own sources
_SOURCES = frozenset({"", "src", "lib"})


def files_of(language: Language, taken: Import, path: str, workspace: Workspace) -> list[str]:
    """Return the files that the module of an import, written in the file `path`, may be in; the likeliest first."""
    module, near = _place(language, taken.module, path)
    if module is None:
        return []
    forms = [form for form in language.module_files if taken.name or "{name}" not in form]
    if module in ("", "."):
        forms = [form for form in forms if form.startswith("{module}/")]
    stem = posixpath.splitext(module)[0]
    named = [posixpath.normpath(form.format(module=module, stem=stem, name=taken.name)) for form in forms]
    candidates = [name.lstrip("/") for name in dict.fromkeys(named) if not name.startswith("..")]
    if near:
        return [name for name in candidates if name != path and workspace.exists(name)]
    ranks = {name: _rank(name, candidates) for name in workspace.find(candidates, limit=20) if name != path}
    fitting = [name for name, rank in ranks.items() if "/" in module or _near(name, candidates[rank], path)]
    return sorted(fitting, key=lambda name: (-shared(name, path), ranks[name], len(name), name))


def folder_holds(language: Language, module: str, folder: str) -> bool:
    """Tell whether a folder of the workspace can be what `module` names: its path is how the module's ends."""
    wanted = "/" + module.replace(language.module_separator, "/").strip("/")
    return bool(folder) and (wanted.endswith("/" + folder) or folder.endswith(wanted))


def folder_of(path: str) -> str:
    """Return the folder of a path, empty at the root."""
    return posixpath.dirname(path)


def shared(one: str, other: str) -> int:
    """Return how many folders from the root on two paths have in common."""
    count = 0
    for left, right in zip(one.split("/")[:-1], other.split("/")[:-1], strict=False):
        if left != right:
            break
        count += 1
    return count


def _place(language: Language, module: str, path: str) -> tuple[str | None, bool]:
    """Return a module as a path without extension, and whether that is a place (else it is only how one ends)."""
    separator, folder = language.module_separator, folder_of(path)
    if separator == "/":
        if module.startswith("."):
            place = posixpath.normpath(posixpath.join(folder, module))
            return (None, True) if place.startswith("..") else (place, True)
        for alias in _ALIASES:
            module = module.removeprefix(alias)
        return (module.strip("/") or None), False
    if not module.startswith(separator):
        return module.replace(separator, "/"), False
    rest = module.lstrip(separator)
    parts = folder.split("/") if folder else []
    up = len(module) - len(rest) - 1
    if up > len(parts):
        return None, True
    return "/".join([*parts[: len(parts) - up], *([rest.replace(separator, "/")] if rest else [])]), True


def _near(name: str, end: str, path: str) -> bool:
    """Tell a project's own module from a library of the same short name: it is at the top, or near the file `path`."""
    above = name[: len(name) - len(end)].rstrip("/")
    return above in _SOURCES or (folder_of(path) + "/").startswith(above + "/")


def _rank(name: str, candidates: list[str]) -> int:
    """Return which of the candidates a file is, the longest that fits."""
    fitting = [rank for rank, one in enumerate(candidates) if ("/" + name).endswith("/" + one)]
    return max(fitting, key=lambda rank: len(candidates[rank]), default=0)

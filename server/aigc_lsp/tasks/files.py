"""Which files a task may change: those in the workspace, and of these none that would be run or believed by a tool."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from aigc_lsp.tasks.checks import faults, misplaced, unwanted
from aigc_plugins.api import FileEdit, NewFile, RenamedFile, WithheldError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from aigc_plugins.action import FileChange

# Folders and files that version control, editors and shells take orders from.
_FOLDERS = frozenset((
    ".git", ".hg", ".svn", ".jj", ".vscode", ".idea", ".fleet", ".zed", ".helix", ".nvim", ".vim", ".emacs.d",
    ".devcontainer", ".cursor", ".ropeproject", ".aigc", ".husky",
))  # fmt: skip
_FILES = frozenset((
    ".exrc", ".nvimrc", ".nvim.lua", ".vimrc", ".envrc", ".env", ".dir-locals.el", ".aigc-lsp.toml", ".aigcignore",
    ".gitmodules", ".gitattributes", ".gitconfig", ".npmrc", ".pypirc", ".netrc", ".bashrc", ".profile", ".zshrc",
))  # fmt: skip


def check_files(files: Sequence[FileChange], roots: Sequence[Path], present: Callable[[Path], str | None]) -> None:
    """Check that each change is of a file in one of `roots`; `present` tells a file's text, None: there is none.

    Raises:
        WithheldError: one is not, or is not as the task saw it.
    """
    touched: set[Path] = set()
    for one in files:
        if not isinstance(one, FileEdit | NewFile | RenamedFile):
            raise WithheldError(f"The task returned {type(one).__name__}, which is no change of a file.")
        paths = (one.path, one.target) if isinstance(one, RenamedFile) else (one.path,)
        for path in paths:
            _check_path(path, roots)
            if path in touched:
                raise WithheldError(f"The task would change {path.name} twice.")
            touched.add(path)
        _check_state(one, present)


def _check_state(one: FileChange, present: Callable[[Path], str | None]) -> None:
    if isinstance(one, NewFile):
        if _taken(one.path, present):
            raise WithheldError(f"{one.path} is there already.")
        reason = unwanted("", one.text, one.text, prose=one.path.suffix in (".md", ".txt", ".rst", ""))
    elif isinstance(one, RenamedFile):
        reason = None if present(one.path) is not None else f"{one.path} is not there"
        if _taken(one.target, present):
            raise WithheldError(f"{one.target} is there already.")
    else:
        reason = _edit_fault(one, present)
    if reason:
        raise WithheldError(f"Withheld: {reason} ({one.path.name}).")


def _edit_fault(one: FileEdit, present: Callable[[Path], str | None]) -> str | None:
    if present(one.path) != one.before:
        return "the file changed meanwhile"
    if reason := misplaced(one.before, one.edits):
        return reason
    from aigc_plugins.document import Document

    return faults(Document(one.path.as_uri(), "", one.before).snapshot(), one.edits)


def _taken(path: Path, present: Callable[[Path], str | None]) -> bool:
    return path.exists() or path.is_symlink() or present(path) is not None


def _check_path(path: Path, roots: Sequence[Path]) -> None:
    if not isinstance(path, Path) or not path.is_absolute():
        raise WithheldError(f"The task named the file {path!s:.200}, which is no whole path.")
    real = path.parent.resolve() / path.name
    if ".." in path.parts or path.is_symlink() or not any(real.is_relative_to(root.resolve()) for root in roots):
        raise WithheldError(f"The task would change {path}, which lies outside of the workspace.")
    inside = next(real.relative_to(root.resolve()) for root in roots if real.is_relative_to(root.resolve()))
    lowered = [part.lower() for part in inside.parts]
    if _FOLDERS.intersection(lowered) or lowered[-1] in _FILES or lowered[-1].endswith(".code-workspace"):
        raise WithheldError(f"The task would change {path}, from which a tool takes its orders.")

"""Merges settings into a program in Lua or Emacs Lisp: only a file that is not there, or has them already."""

from __future__ import annotations

from aigc_lsp.cli.editor_settings.changes import CannotMergeError


def merge(there: str | None, wanted: str) -> str:
    """Return the file's new text.

    Raises CannotMergeError where the file is there without these settings: a program has no place for them that
    another program could know.
    """
    if there is None or not there.strip():
        return wanted
    if wanted.strip() in there.replace("\r\n", "\n"):
        return there
    raise CannotMergeError("it is a program, which cannot be added to safely")

"""A checked change as LSP's `WorkspaceEdit`, in the form that this client understands. It checks nothing itself."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from aigc_lsp.lsp.envelope import REQUEST_FAILED, RpcError
from aigc_plugins.api import FileEdit, NewFile, RenamedFile
from aigc_plugins.text import LineIndex

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from aigc_lsp.lsp.client import Client
    from aigc_plugins.action import FileChange
    from aigc_plugins.api import Change, Edit
    from aigc_plugins.document import Document
    from aigc_plugins.text import Encoding

_NOTE = "aigc"


def workspace_edit(
    change: Change,
    document: Document,
    title: str,
    client: Client,
    versions: Callable[[str], tuple[str, int] | None],
) -> dict[str, Any]:
    """Return the edit; `versions` tells the editor's own URI and the version of an open document.

    Raises:
        RpcError: -32803, the client cannot create or rename files.
    """
    noted = client.annotates and client.versioned_edits
    text_edits = _edits(document.text, change.edits, client.encoding, noted)
    makes_files = any(not isinstance(one, FileEdit) for one in change.files)
    # Neovim announces that it can create files, and not the form of an edit that does so, which it takes.
    if not client.versioned_edits and not (makes_files and client.file_operations):
        if makes_files:
            raise RpcError(REQUEST_FAILED, "this editor lets no server create files; run the task on the command line")
        changes = {document.uri: text_edits} if text_edits else {}
        for one in change.files:
            if isinstance(one, FileEdit):
                uri, _ = versions(one.path.as_uri()) or (one.path.as_uri(), None)
                changes[uri] = _edits(one.before, one.edits, client.encoding, False)
        return {"changes": changes}
    parts: list[dict[str, Any]] = []
    if text_edits:
        parts.append({"textDocument": {"uri": document.uri, "version": document.version}, "edits": text_edits})
    for one in change.files:
        parts += _file_parts(one, client, noted, versions)
    edit: dict[str, Any] = {"documentChanges": parts}
    if noted:
        note = {"label": title, "needsConfirmation": change.confirm}
        edit["changeAnnotations"] = {_NOTE: {**note, "description": change.note} if change.note else note}
    return edit


def created(change: Change) -> Sequence[Path]:
    """Return the files that a change makes."""
    return [one.path for one in change.files if isinstance(one, NewFile)]


def _file_parts(
    one: FileChange, client: Client, noted: bool, versions: Callable[[str], tuple[str, int] | None]
) -> list[dict[str, Any]]:
    uri = one.path.as_uri()
    mark = {"annotationId": _NOTE} if noted else {}
    if isinstance(one, FileEdit):
        known, version = versions(uri) or (uri, None)
        edits = _edits(one.before, one.edits, client.encoding, noted)
        return [{"textDocument": {"uri": known, "version": version}, "edits": edits}]
    kind = "rename" if isinstance(one, RenamedFile) else "create"
    if kind not in client.file_operations:
        raise RpcError(
            REQUEST_FAILED, f"this editor lets no server {kind} files; run the task on the command line instead"
        )
    if isinstance(one, RenamedFile):
        return [{"kind": "rename", "oldUri": uri, "newUri": one.target.as_uri(), **mark}]
    start = {"line": 0, "character": 0}
    whole = {"range": {"start": start, "end": start}, "newText": one.text, **mark}
    return [
        {"kind": "create", "uri": uri, "options": {"overwrite": False, "ignoreIfExists": False}, **mark},
        {"textDocument": {"uri": uri, "version": None}, "edits": [whole]},
    ]


def _edits(text: str, edits: Sequence[Edit], encoding: Encoding, noted: bool) -> list[dict[str, Any]]:
    index = LineIndex(text)

    def point(offset: int) -> dict[str, int]:
        line, character = index.position(offset, encoding)
        return {"line": line, "character": character}

    mark = {"annotationId": _NOTE} if noted else {}
    return [
        {"range": {"start": point(edit.start), "end": point(edit.end)}, "newText": edit.text, **mark} for edit in edits
    ]

"""Tasks that the user starts, as LSP has them: code actions, their command, and the edit that comes of it.

Which tasks there are, and what they do, is the plugins' affair (`aigc_plugins.api.ActionTask`).
"""

from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from lsprotocol import types

from aigc_lsp.lsp import params as read
from aigc_lsp.lsp.envelope import CONTENT_MODIFIED, REQUEST_FAILED, RpcError
from aigc_models.types import AigcError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from aigc_lsp.lsp.params import Range
    from aigc_lsp.lsp.server import AigcServer
    from aigc_plugins.api import ActionTask, Argument, Edit
    from aigc_plugins.document import Document, Snapshot

logger = logging.getLogger(__name__)

RUN = "aigc.runTask"
KINDS = ("quickfix", "refactor", "source")


@dataclass(frozen=True, slots=True)
class Asked:
    """A place for tasks: a document and a range of it; `only` holds the kinds that the editor wants, none for all."""

    uri: str
    range: Range | None
    only: tuple[str, ...] = ()


def asked(params: Any) -> Asked:
    """Read the params of `textDocument/codeAction`."""
    data = read.mapping(params, "params")
    document = read.mapping(data.get("textDocument"), "textDocument")
    context = read.mapping(data.get("context") or {}, "context")
    only = context.get("only")
    kinds = tuple(kind for kind in only if isinstance(kind, str)) if isinstance(only, list) else ()
    uri = read.string(document.get("uri"), "textDocument.uri")
    return Asked(uri, read.range_(data.get("range"), "range"), kinds)


class Tasks:
    """Offers and runs the action tasks of one session."""

    def __init__(self, server: AigcServer) -> None:
        self._server = server

    def actions(self, at: Asked) -> list[dict[str, Any]]:
        """Return the code actions at a place. No model is asked."""
        document = self._server.documents.get(at.uri)
        if document is None:
            return []
        found = []
        for task, _, _ in self._applying(document, at.range):
            if at.only and not any(task.kind == kind or task.kind.startswith(kind + ".") for kind in at.only):
                continue
            argument: dict[str, Any] = {"task": task.name, "uri": at.uri, "version": document.version}
            argument |= {"range": _json(at.range), "arguments": {}}
            if task.arguments and "ask" in self._server.client.extras:
                argument["ask"] = [_question(one) for one in task.arguments]
            command = {"title": task.title, "command": RUN, "arguments": [argument]}
            found.append({"title": task.title, "kind": task.kind, "command": command})
        return found

    def described(self, argument: dict[str, Any]) -> list[dict[str, Any]]:
        """Return the tasks that apply at `uri` and `range`, or all where no `uri` is given."""
        uri = argument.get("uri")
        if uri is None:
            tasks = list(self._all())
        else:
            document = self._document(read.string(uri, "uri"))
            tasks = [task for task, _, _ in self._applying(document, _range(argument))]
        return [
            {
                "name": task.name,
                "title": task.title,
                "kind": task.kind,
                "arguments": [_question(one) for one in task.arguments],
            }
            for task in tasks
        ]

    async def run(self, argument: dict[str, Any]) -> dict[str, Any] | None:
        """Run a task; its edit is applied through the editor, a page is returned or shown.

        Raises:
            RpcError: -32801, the text changed meanwhile; -32803, the task does not apply, or failed.
        """
        name = read.string(argument.get("task"), "task")
        document = self._document(read.string(argument.get("uri"), "uri"))
        version = argument.get("version")
        if version is not None and version != document.version:
            raise RpcError(CONTENT_MODIFIED, "the text changed since the task was offered; start it again")
        found = [one for one in self._applying(document, _range(argument)) if one[0].name == name]
        if not found:
            raise RpcError(REQUEST_FAILED, f"there is no task {name!r} for this place")
        (task, start, end), snapshot = found[0], document.snapshot()
        values = _values(task, argument.get("arguments"))
        try:
            result = await asyncio.to_thread(task.run, snapshot, start, end, values)
        except AigcError as error:
            raise RpcError(REQUEST_FAILED, str(error)) from None
        except Exception as error:
            logger.exception("The task %s failed", name)
            raise RpcError(REQUEST_FAILED, f"{task.title} failed: {type(error).__name__}: {error}") from None
        from aigc_plugins.api import Page

        if isinstance(result, Page):
            return self._show(result)
        await asyncio.to_thread(_check, task, snapshot, result)
        await self._apply(document, snapshot, task, result)
        return None

    def _all(self) -> Iterator[ActionTask]:
        plugins = self._server.backend.plugins
        if plugins is not None:
            from aigc_plugins.api import ActionTask

            can_ask = "ask" in self._server.client.extras
            for task in plugins.tasks(ActionTask):  # type: ignore[type-abstract]
                if can_ask or all(one.default is not None for one in task.arguments):
                    yield task

    def _applying(self, document: Document, where: Range | None) -> Iterator[tuple[ActionTask, int, int]]:
        documents, snapshot = self._server.documents, None
        if self._server.suggester.oversize(document):  # parsing it would hold up the editor
            return
        for task in self._all():
            if snapshot is None:  # not before there is a task that may want it
                snapshot = document.snapshot()
                try:
                    start = 0 if where is None else documents.offset(document, where.start)
                    end = len(snapshot.text) if where is None else documents.offset(document, where.end)
                except ValueError as error:
                    raise read.invalid(str(error)) from None
            try:
                applies = task.applies(snapshot, start, end)
            except Exception:
                logger.exception("The task %s cannot say where it applies", task.name)
                continue
            if applies:
                yield task, start, end

    def _document(self, uri: str) -> Document:
        document = self._server.documents.get(uri)
        if document is None:
            raise RpcError(REQUEST_FAILED, f"{uri} is not open, or out of step with the editor")
        return document

    def _show(self, page: Any) -> dict[str, Any] | None:
        if "document" in self._server.client.extras:
            return {"document": {"title": page.title, "languageId": page.language_id, "text": page.text}}
        self._server.window_show_message(types.ShowMessageParams(type=types.MessageType.Info, message=page.text))
        return None

    async def _apply(self, document: Document, snapshot: Snapshot, task: ActionTask, edits: Sequence[Edit]) -> None:
        if document.version != snapshot.version:
            raise RpcError(CONTENT_MODIFIED, "the text changed while the task ran; start it again")
        range_of = self._server.documents.range
        changes = [types.TextEdit(_lsp(range_of(document, edit.start, edit.end)), edit.text) for edit in edits]
        whole = types.WorkspaceEdit(changes={document.uri: changes})
        if self._server.client.versioned_edits:
            identifier = types.OptionalVersionedTextDocumentIdentifier(document.uri, document.version)
            whole = types.WorkspaceEdit(document_changes=[types.TextDocumentEdit(identifier, changes)])
        answer = await self._server.protocol.send_request_async(
            types.WORKSPACE_APPLY_EDIT, types.ApplyWorkspaceEditParams(edit=whole, label=task.title)
        )
        if not getattr(answer, "applied", False):
            reason = getattr(answer, "failure_reason", None) or "the editor did not apply the edit"
            raise RpcError(REQUEST_FAILED, f"{task.title}: {reason}")


def _check(task: ActionTask, snapshot: Snapshot, edits: Any) -> None:
    """Refuse edits that are none, lie outside of the text, overlap, or break its syntax."""
    from aigc_plugins.api import Edit

    if not isinstance(edits, list | tuple) or not all(isinstance(edit, Edit) for edit in edits):
        raise RpcError(
            REQUEST_FAILED, f"{task.title}: the task returned {type(edits).__name__}, which is no list of edits"
        )
    text, end = snapshot.text, len(snapshot.text)
    for edit in sorted(edits, key=lambda edit: edit.start, reverse=True):
        if not 0 <= edit.start <= edit.end <= end:
            raise RpcError(REQUEST_FAILED, f"{task.title}: an edit lies outside of the text, or two overlap")
        text, end = text[: edit.start] + edit.text + text[edit.end :], edit.start
    if snapshot.tree is not None:
        from aigc_plugins.syntax import SyntaxTree

        if SyntaxTree(snapshot.tree.language, text).errors() > snapshot.tree.errors():
            raise RpcError(REQUEST_FAILED, f"{task.title}: withheld, the result would have syntax errors")


def _question(one: Argument) -> dict[str, Any]:
    return {
        "name": one.name,
        "title": one.title,
        "kind": "choice" if one.choices else "text",
        "choices": list(one.choices),
        "default": one.default,
        "placeholder": one.placeholder,
    }


def _values(task: ActionTask, given: Any) -> dict[str, str]:
    """Return a value for each argument of a task: the given one, else the default."""
    data = read.mapping(given, "arguments") if given is not None else {}
    values = {}
    for one in task.arguments:
        value = data.get(one.name, one.default)
        if value is None:
            raise RpcError(REQUEST_FAILED, f"{task.title} needs {one.name!r} ({one.title})")
        if not isinstance(value, str) or (one.choices and value not in one.choices):
            raise read.invalid(f"{one.name} is {'one of ' + ', '.join(one.choices) if one.choices else 'a string'}")
        values[one.name] = value
    return values


def _range(argument: dict[str, Any]) -> Range | None:
    where = argument.get("range")
    return None if where is None else read.range_(where, "range")


def _lsp(where: dict[str, dict[str, int]]) -> types.Range:
    return types.Range(types.Position(**where["start"]), types.Position(**where["end"]))


def _json(where: Range | None) -> dict[str, Any] | None:
    if where is None:
        return None
    places = {"start": where.start, "end": where.end}
    return {key: {"line": at.line, "character": at.character} for key, at in places.items()}

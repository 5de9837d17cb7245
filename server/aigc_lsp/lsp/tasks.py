"""Runs the tasks that the user starts: resolves a code action, carries out the command of one, shows what comes of it.

Which are offered is `task_offers`', what they do the plugins' affair, what every result has to pass `aigc_lsp.tasks`'.
"""

from __future__ import annotations

import asyncio
import logging
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lsprotocol import types

from aigc_lsp.lsp import params as read
from aigc_lsp.lsp.envelope import CONTENT_MODIFIED, REQUEST_FAILED, RpcError
from aigc_lsp.lsp.task_offers import RUN, TaskOffers
from aigc_lsp.lsp.task_params import Asked, argument_place, asked, place_of
from aigc_models.types import AigcError, EngineUnavailableError

if TYPE_CHECKING:
    from aigc_lsp.lsp.server import AigcServer
    from aigc_lsp.lsp.task_progress import TaskProgress
    from aigc_lsp.tasks import Host
    from aigc_plugins.api import ActionTask, Change, Page, Place
    from aigc_plugins.document import Document

__all__ = ["KINDS", "RUN", "SHOW", "Asked", "Tasks", "asked"]

logger = logging.getLogger(__name__)

SHOW = "aigc.showFile"
KINDS = ("quickfix", "refactor", "source")
_ENGINE_S = 120.0  # how long a model may take to load


class Tasks:
    """Offers and runs the action tasks of one session."""

    def __init__(self, server: AigcServer) -> None:
        self._server = server
        self.offers = TaskOffers(server)
        self._lens = False

    def configured(self) -> None:
        """Have the editor ask for code lenses again where they were switched on or off."""
        lens = self._server.backend.settings.tasks.lens
        if lens != self._lens and self._server.client.refreshes_lenses:
            self._server.protocol.send_request(types.WORKSPACE_CODE_LENS_REFRESH)
        self._lens = lens

    # What is done

    async def resolve(self, action: Any) -> dict[str, Any]:
        """Do the work of a code action and return it with its edit.

        Raises:
            RpcError: -32801, the text changed meanwhile; -32803, nothing can be offered, with the reason.
        """
        data = read.mapping(action, "params")
        argument = data.get("data")
        if not isinstance(argument, dict) or "task" not in argument:
            return data
        task, document, result = await self._result(argument)
        from aigc_plugins.api import Page

        if isinstance(result, Page):
            raise RpcError(REQUEST_FAILED, f"{task.title} gives no edit")
        resolved = {**data, "edit": self._edit(task, document, result)}
        made = self._made(result)
        if made and self._server.client.resolves_commands:
            resolved["command"] = {"title": "Show", "command": SHOW, "arguments": [{"uri": made[0].as_uri()}]}
        return resolved

    async def run(self, argument: dict[str, Any]) -> dict[str, Any] | None:
        """Run a task; its edit is applied through the editor, a page is returned or shown.

        Raises:
            RpcError: -32801, the text changed meanwhile; -32803, the task does not apply, or failed.
        """
        try:
            return await self._run(argument)
        except RpcError as error:
            if self._server.client.hides_errors and error.code in (CONTENT_MODIFIED, REQUEST_FAILED):
                said = types.ShowMessageParams(type=types.MessageType.Warning, message=f"aigc-lsp: {error.message}")
                self._server.window_show_message(said)
            raise

    async def _run(self, argument: dict[str, Any]) -> dict[str, Any] | None:
        task, document, result = await self._result(argument)
        from aigc_plugins.api import Page

        if isinstance(result, Page):
            return await self._show(result)
        edit = self._edit(task, document, result)
        structured: types.WorkspaceEdit = self._server.protocol.structured(edit, types.WorkspaceEdit)
        params = types.ApplyWorkspaceEditParams(edit=structured, label=task.title)
        answer = await self._server.protocol.send_request_async(types.WORKSPACE_APPLY_EDIT, params)
        if not getattr(answer, "applied", False):
            reason = getattr(answer, "failure_reason", None) or "the editor did not apply the edit"
            raise RpcError(REQUEST_FAILED, f"{task.title}: {reason}")
        for path in self._to_show(task, result):
            await self.show_file({"uri": path.as_uri()})
        return None

    async def show_file(self, argument: dict[str, Any]) -> None:
        """Have the editor open a file, where it can."""
        uri = read.string(argument.get("uri"), "uri")
        if self._server.client.shows_documents:
            params = types.ShowDocumentParams(uri=uri, take_focus=True)
            await self._server.protocol.send_request_async(types.WINDOW_SHOW_DOCUMENT, params)

    async def _result(self, argument: dict[str, Any]) -> tuple[ActionTask, Document, Change | Page]:
        """Run the task that a command's argument names, against the text that it names."""
        from aigc_lsp.tasks import run_task
        from aigc_lsp.tasks.runner import answers
        from aigc_plugins.api import Page

        name = read.string(argument.get("task"), "task")
        at = argument_place(argument)
        document = self._server.documents.known(at.uri)
        version = argument.get("version")
        if version is not None and version != document.version:
            raise RpcError(CONTENT_MODIFIED, "the text changed since the task was offered; start it again")
        found = [task for task, _ in self.offers.applying(document, at) if task.name == name]
        if not found:
            raise RpcError(REQUEST_FAILED, f"there is no task {name!r} for this place")
        (task, *_), place = found, place_of(at, document, self._server.documents)
        given = argument.get("arguments")
        current = asyncio.current_task()
        try:
            values = answers(task, read.mapping(given, "arguments") if given is not None else {})
            progress = self._progress(task, argument, current)
            try:
                host = self._host(progress)
                limit = self._server.backend.settings.tasks.timeout_s
                result = await run_task(task, place, values, host, timeout_s=limit)
            finally:
                progress.end()
        except ValueError as error:
            raise read.invalid(str(error)) from None
        except AigcError as error:
            raise RpcError(REQUEST_FAILED, str(error)) from None
        # A text to read, or files beside it, are of use even where the user typed on.
        if not isinstance(result, Page) and (result.edits or task.gives == "edits"):
            self._check_current(document, place)
        return task, document, result

    def _check_current(self, document: Document, place: Place) -> None:
        current = self._server.documents.get(document.uri)
        if current is not document or document.version != place.snapshot.version:
            raise RpcError(CONTENT_MODIFIED, "the text changed while the task ran; start it again")

    def _progress(self, task: ActionTask, argument: dict[str, Any], current: asyncio.Task[Any] | None) -> TaskProgress:
        from aigc_lsp.lsp.task_progress import TaskProgress

        token = argument.get("previewToken")

        def cancel() -> None:
            if current is not None:
                current.cancel()

        return TaskProgress(self._server, f"aigc-lsp: {task.title}", token, cancel)

    def _host(self, progress: TaskProgress) -> Host:
        from aigc_lsp.tasks import Host
        from aigc_lsp.tasks.job import text_of

        def present(path: Path) -> str | None:
            known = self._open(path.as_uri())
            return known.text if known is not None else text_of(path)

        backend = self._server.backend
        return Host(
            self._engine,
            self._server.repository.index,
            tuple(Path(folder) for folder in backend.folders),
            backend.trusted,
            backend.settings.completion.prompt == "chat",
            progress.report,
            progress.preview,
            test_proposers=backend.plugins.test_proposers() if backend.plugins is not None else (),
            present=present,
        )

    async def _engine(self) -> Any:
        link = self._server.backend.link
        if link is None:
            raise EngineUnavailableError("There is no engine. Its state says why: `aigc-lsp doctor`.")
        await link.ready(_ENGINE_S)
        return link.client

    def _open(self, uri: str) -> Document | None:
        """Return the open document of a file, whatever spelling of its URI the editor has."""
        from aigc_plugins.document import path_of

        path = path_of(uri)
        return next((one for one in self._server.documents.all() if one.uri == uri or one.path == path), None)

    # What the editor gets

    def _edit(self, task: ActionTask, document: Document, change: Change) -> dict[str, Any]:
        from aigc_lsp.lsp.workspace_edit import workspace_edit

        def versions(uri: str) -> tuple[str, int] | None:
            known = self._open(uri)
            return (known.uri, known.version) if known is not None else None

        return workspace_edit(change, document, task.title, self._server.client, versions)

    def _to_show(self, task: ActionTask, change: Change) -> list[Path]:
        """Return the file that the user wants to see: a new one, or the one that a task is there to extend."""
        return (self._made(change) or [one.path for one in change.files if task.gives == "files"])[:1]

    def _made(self, change: Change) -> list[Path]:
        from aigc_lsp.lsp.workspace_edit import created

        return list(created(change))

    async def _show(self, page: Page) -> dict[str, Any] | None:
        client = self._server.client
        if "document" in client.extras:
            return {"document": {"title": page.title, "languageId": page.language_id, "text": page.text}}
        if client.shows_documents:
            from aigc_lsp.lsp.pages import write

            await self.show_file({"uri": (await asyncio.to_thread(write, page)).as_uri()})
        else:
            self._server.window_show_message(types.ShowMessageParams(type=types.MessageType.Info, message=page.text))
        return None

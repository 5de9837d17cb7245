"""The LSP methods that we serve, each tied to the part that does the work. One place to see them all."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from lsprotocol import types

from aigc_lsp.lsp import commands, notebook_params, tasks
from aigc_lsp.lsp import params as read
from aigc_lsp.lsp.client import Client
from aigc_lsp.lsp.client import read as read_client
from aigc_lsp.lsp.items import inline_item, menu_item

if TYPE_CHECKING:
    from aigc_lsp.lsp.notebook_params import NotebookChanged, NotebookOpened
    from aigc_lsp.lsp.offers import Place
    from aigc_lsp.lsp.params import Changed, Command, Opened
    from aigc_lsp.lsp.server import AigcServer

# Messages of ours and of Copilot's clients, beside LSP: docs/protocol.md.
_SHOWN = "textDocument/didShowCompletion"
_PARTIALLY_ACCEPTED = "textDocument/didPartiallyAcceptCompletion"
_FOCUSED = "textDocument/didFocus"
_TRUST = "aigc/didChangeWorkspaceTrust"
# Understood, so that nobody logs an error; nothing to do.
_SILENT = (types.NOTEBOOK_DOCUMENT_DID_SAVE,)


def capabilities(client: Client) -> dict[str, Any]:
    """Return what we tell this editor that we can do; the completion menu is for those without ghost text."""
    answer: dict[str, Any] = {
        "positionEncoding": client.encoding,
        "textDocumentSync": {"openClose": True, "change": 2, "save": True},
        "inlineCompletionProvider": {},
        "executeCommandProvider": {"commands": list(commands.COMMANDS)},
        "codeActionProvider": {"codeActionKinds": list(tasks.KINDS), "resolveProvider": True},
        "codeLensProvider": {"resolveProvider": False},
        "notebookDocumentSync": {"notebookSelector": [{"notebook": {"notebookType": notebook_params.JUPYTER}}]},
        "workspace": {"workspaceFolders": {"supported": True, "changeNotifications": True}},
    }
    if not client.inline_completion:
        answer["completionProvider"] = {"resolveProvider": False}
    return answer


def register(server: AigcServer) -> None:
    """Tie all methods to `server`."""

    def located(raw: Any) -> tuple[Place, bool]:
        at = read.at(raw)
        return server.suggester.locate(at), server.triggers.automatic(at.trigger)

    readers = {
        types.INITIALIZE: read_client,
        types.SHUTDOWN: lambda _: None,
        types.EXIT: lambda _: None,
        types.INITIALIZED: lambda _: None,
        types.TEXT_DOCUMENT_DID_OPEN: read.opened,
        types.TEXT_DOCUMENT_DID_CHANGE: read.changed,
        types.TEXT_DOCUMENT_DID_CLOSE: read.closed,
        types.TEXT_DOCUMENT_DID_SAVE: read.closed,
        types.WORKSPACE_DID_CHANGE_WATCHED_FILES: read.watched,
        types.NOTEBOOK_DOCUMENT_DID_OPEN: notebook_params.opened,
        types.NOTEBOOK_DOCUMENT_DID_CHANGE: notebook_params.changed,
        types.NOTEBOOK_DOCUMENT_DID_CLOSE: notebook_params.closed,
        types.TEXT_DOCUMENT_CODE_ACTION: tasks.asked,
        types.CODE_ACTION_RESOLVE: lambda action: read.mapping(action, "params"),
        types.TEXT_DOCUMENT_CODE_LENS: read.closed,
        types.TEXT_DOCUMENT_INLINE_COMPLETION: located,
        types.TEXT_DOCUMENT_COMPLETION: located,
        types.WORKSPACE_EXECUTE_COMMAND: read.command,
        types.WORKSPACE_DID_CHANGE_CONFIGURATION: read.pushed,
        **dict.fromkeys((*_SILENT, _SHOWN, _PARTIALLY_ACCEPTED, _FOCUSED, _TRUST), lambda params: params),
    }
    server.protocol.readers.update(readers)
    _sync(server)
    _notebooks(server)
    _completion(server)
    _tasks(server)
    _session(server)


def _sync(server: AigcServer) -> None:
    @server.feature(types.TEXT_DOCUMENT_DID_OPEN)
    def did_open(opened: Opened) -> None:
        server.documents.open(opened)
        server.repository.opened(opened.uri)
        server.suggester.closed(opened.uri)
        server.stats.closed(opened.uri)

    @server.feature(types.TEXT_DOCUMENT_DID_CHANGE)
    def did_change(changed: Changed) -> None:
        server.documents.change(changed)
        server.repository.opened(changed.uri)
        server.suggester.changed(changed.uri)
        server.stats.changed(changed.uri)

    @server.feature(types.TEXT_DOCUMENT_DID_CLOSE)
    def did_close(uri: str) -> None:
        server.documents.close(uri)
        server.repository.closed(uri)
        server.suggester.closed(uri)
        server.stats.closed(uri)

    # pygls marks what it is given, which a bound method does not bear.
    server.feature(types.TEXT_DOCUMENT_DID_SAVE)(lambda uri: server.repository.saved(uri))
    server.feature(types.WORKSPACE_DID_CHANGE_WATCHED_FILES)(lambda uris: server.repository.files_changed(uris))

    for method in _SILENT:
        server.feature(method)(lambda _: None)


def _notebooks(server: AigcServer) -> None:
    @server.feature(types.NOTEBOOK_DOCUMENT_DID_OPEN)
    def did_open(opened: NotebookOpened) -> None:
        server.documents.open_notebook(opened)
        for document in opened.documents:
            server.suggester.closed(document.uri)
            server.stats.closed(document.uri)

    @server.feature(types.NOTEBOOK_DOCUMENT_DID_CHANGE)
    def did_change(changed: NotebookChanged) -> None:
        server.documents.change_notebook(changed)
        for uri in (*(one.uri for one in changed.opened), *changed.closed):
            server.suggester.closed(uri)
            server.stats.closed(uri)
        for edit in changed.edits:
            server.suggester.changed(edit.uri)
            server.stats.changed(edit.uri)

    @server.feature(types.NOTEBOOK_DOCUMENT_DID_CLOSE)
    def did_close(closed: tuple[str, tuple[str, ...]]) -> None:
        server.documents.close_notebook(*closed)
        for uri in closed[1]:
            server.suggester.closed(uri)
            server.stats.closed(uri)


def _completion(server: AigcServer) -> None:
    @server.feature(types.TEXT_DOCUMENT_INLINE_COMPLETION)
    async def inline_completion(params: tuple[Place, bool]) -> dict[str, Any]:
        place, automatic = params
        asked = server.stats.asked(place, "automatic" if automatic else "invoked")
        offer = await server.suggester.suggest(place, server.protocol.msg_id, asked.trigger)
        offers = server.stats.offered(asked, [] if offer is None else [offer, *offer.others])
        return {"items": [inline_item(offer, number) for offer, number in offers]}

    @server.feature(types.TEXT_DOCUMENT_COMPLETION)
    async def completion(params: tuple[Place, bool]) -> dict[str, Any]:
        offer = None
        asked = server.stats.asked(params[0], "automatic")
        if await server.backend.menu_wanted():
            patience = server.backend.settings.completion.menu_timeout_ms / 1000
            offer = await server.suggester.suggest(params[0], server.protocol.msg_id, asked.trigger, patience)
        # Incomplete: the editor asks again while the user types, by when the suggestion may be there.
        offers = server.stats.offered(asked, [] if offer is None else [offer])
        items = [menu_item(offer, server.documents, number) for offer, number in offers]
        return {"isIncomplete": True, "items": items}

    # pygls marks what it is given, which a bound method does not bear.
    server.feature(_SHOWN)(lambda params: server.feedback.shown(params))
    server.feature(_PARTIALLY_ACCEPTED)(lambda params: server.feedback.partially_accepted(params))

    @server.feature(_FOCUSED)
    def did_focus(params: Any) -> None:
        server.stats.focused(params)
        server.repository.focused(params)


def _tasks(server: AigcServer) -> None:
    @server.feature(types.TEXT_DOCUMENT_CODE_ACTION)
    async def code_action(at: tasks.Asked) -> list[dict[str, Any]]:
        await server.backend.soon_ready()
        return server.tasks.offers.actions(at)

    @server.feature(types.CODE_ACTION_RESOLVE)
    async def code_action_resolve(action: dict[str, Any]) -> dict[str, Any]:
        return await server.tasks.resolve(action)

    @server.feature(types.TEXT_DOCUMENT_CODE_LENS)
    def code_lens(uri: str) -> list[dict[str, Any]]:
        return server.tasks.offers.lenses(uri)

    @server.feature(types.WORKSPACE_EXECUTE_COMMAND)
    async def execute_command(command: Command) -> Any:
        return await commands.execute(server, command)


def _session(server: AigcServer) -> None:
    @server.feature(types.INITIALIZED)
    async def initialized(_: Any) -> None:
        await server.configuration.start()

    @server.feature(types.WORKSPACE_DID_CHANGE_CONFIGURATION)
    async def did_change_configuration(settings: Any) -> None:
        await server.configuration.changed(settings)

    @server.feature(types.WORKSPACE_DID_CHANGE_WORKSPACE_FOLDERS)
    async def did_change_workspace_folders(params: types.DidChangeWorkspaceFoldersParams) -> None:
        await server.configuration.folders_changed(
            [folder.uri for folder in params.event.added], [folder.uri for folder in params.event.removed]
        )

    @server.feature(types.SET_TRACE)
    def set_trace(params: types.SetTraceParams) -> None:
        server.protocol.trace = params.value

    @server.feature(types.WINDOW_WORK_DONE_PROGRESS_CANCEL)
    def progress_cancel(params: types.WorkDoneProgressCancelParams) -> None:
        """Take back what can be: a download. A model that loads is for every window."""
        cancel = server.cancels.get(params.token)
        if cancel is not None:
            cancel()

    @server.feature(_TRUST)
    async def did_change_workspace_trust(params: Any) -> None:
        trusted = params.get("trusted") if isinstance(params, dict) else None
        if isinstance(trusted, bool):
            await server.configuration.trust_changed(trusted)

"""The LSP methods that we serve, each tied to the part that does the work. One place to see them all."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from lsprotocol import types

from aigc_lsp.lsp import params as read
from aigc_lsp.lsp.client import Client
from aigc_lsp.lsp.client import read as read_client
from aigc_lsp.lsp.items import ACCEPTED, inline_item, menu_item

if TYPE_CHECKING:
    from aigc_lsp.lsp.params import Changed, Command, Opened
    from aigc_lsp.lsp.server import AigcServer
    from aigc_lsp.lsp.suggester import Place

# Messages that Copilot's clients send: understood so that nobody logs an error, nothing to do yet.
_SILENT = ("textDocument/didShowCompletion", "textDocument/didPartiallyAcceptCompletion", "textDocument/didFocus")


def capabilities(client: Client) -> dict[str, Any]:
    """Return what we tell this editor that we can do; the completion menu is for those without ghost text."""
    answer: dict[str, Any] = {
        "positionEncoding": client.encoding,
        "textDocumentSync": {"openClose": True, "change": 2},
        "inlineCompletionProvider": {},
        "executeCommandProvider": {"commands": [ACCEPTED]},
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
        types.TEXT_DOCUMENT_DID_SAVE: lambda _: None,
        types.TEXT_DOCUMENT_INLINE_COMPLETION: located,
        types.TEXT_DOCUMENT_COMPLETION: located,
        types.WORKSPACE_EXECUTE_COMMAND: read.command,
        types.WORKSPACE_DID_CHANGE_CONFIGURATION: read.pushed,
        **dict.fromkeys(_SILENT, lambda _: None),
    }
    server.protocol.readers.update(readers)
    _sync(server)
    _completion(server)
    _session(server)


def _sync(server: AigcServer) -> None:
    @server.feature(types.TEXT_DOCUMENT_DID_OPEN)
    def did_open(opened: Opened) -> None:
        server.documents.open(opened)
        server.suggester.closed(opened.uri)

    @server.feature(types.TEXT_DOCUMENT_DID_CHANGE)
    def did_change(changed: Changed) -> None:
        server.documents.change(changed)
        server.suggester.changed(changed.uri)

    @server.feature(types.TEXT_DOCUMENT_DID_CLOSE)
    def did_close(uri: str) -> None:
        server.documents.close(uri)
        server.suggester.closed(uri)

    for method in (types.TEXT_DOCUMENT_DID_SAVE, *_SILENT):
        server.feature(method)(lambda _: None)


def _completion(server: AigcServer) -> None:
    @server.feature(types.TEXT_DOCUMENT_INLINE_COMPLETION)
    async def inline_completion(params: tuple[Place, bool]) -> dict[str, Any]:
        place, automatic = params
        offer = await server.suggester.suggest(place, server.protocol.msg_id, "automatic" if automatic else "invoked")
        return {"items": [] if offer is None else [inline_item(offer)]}

    @server.feature(types.TEXT_DOCUMENT_COMPLETION)
    async def completion(params: tuple[Place, bool]) -> dict[str, Any]:
        offer = None
        if await server.backend.menu_wanted():
            patience = server.backend.settings.completion.menu_timeout_ms / 1000
            offer = await server.suggester.suggest(params[0], server.protocol.msg_id, "automatic", patience)
        # Incomplete: the editor asks again while the user types, by when the suggestion may be there.
        return {"isIncomplete": True, "items": [] if offer is None else [menu_item(offer, server.documents)]}


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
    def progress_cancel(_: types.WorkDoneProgressCancelParams) -> None:
        """Loading cannot be taken back: every window shares the engine."""

    @server.feature(types.WORKSPACE_EXECUTE_COMMAND)
    def execute_command(command: Command) -> None:
        if command.name != ACCEPTED:
            raise read.invalid(f"unknown command {command.name!r}")
        server.accepted(command.arguments)

"""The session's view of its workspace: feeds it open documents, and has the index brought up to date beside.

The index is written by a process of its own (`index_process`), so that no keystroke waits for it; here it is only read.
"""

from __future__ import annotations

import asyncio
import logging
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lsprotocol import types

from aigc_lsp.lsp.client import file_path
from aigc_lsp.lsp.index_process import IndexProcess
from aigc_lsp.lsp.progress import WorkDone

if TYPE_CHECKING:
    from collections.abc import Sequence

    from aigc_lsp.lsp.server import AigcServer
    from aigc_lsp.settings.model import ContextSettings
    from aigc_plugins.index import IndexedWorkspace

logger = logging.getLogger(__name__)

_NICE = 10
_SHOWN_AFTER_S = 1.0  # a build that takes longer is shown in the editor
_GATHER_S = 0.3  # how long changes of files are gathered
_MANY = 200  # changed files for which the whole folder is looked through instead
_RESCAN_S = 120.0  # between two looks at all files, where the editor does not watch them or may miss some
_WATCHED = (".gitignore", ".aigcignore")


class Workspace:
    """The workspace of one session. Used from the event loop's thread only; `index` may be used from any."""

    def __init__(self, server: AigcServer) -> None:
        self._server = server
        self.index: IndexedWorkspace | None = None
        self._wanted: tuple[Any, ...] | None = None
        self._process: IndexProcess | None = None
        self._stopped: IndexProcess | None = None
        self._builds: dict[Path, None] = {}  # roots to be looked through, in order
        self._paths: dict[Path, set[str]] = {}
        self._work: asyncio.Task[None] | None = None
        self._rescan: asyncio.Task[None] | None = None
        self._progress: WorkDone | None = None
        self._telling: asyncio.Task[None] | None = None
        self._began = 0.0
        self._warned = False
        self._watching = False
        self._active = False  # whether anything happened in the editor since the last look at all files

    # Settings and the session's life

    def configure(self, context: ContextSettings, folders: Sequence[str]) -> None:
        """Take the settings and folders in force; the index is looked through anew where they changed."""
        wanted = (context.enabled, context.index, context.max_files, context.max_file_kb, tuple(folders))
        if wanted == self._wanted:
            return
        self._wanted = wanted
        self.stop()
        self.index = self._new_index(context, folders) if context.enabled and folders else None
        if self.index is None or not context.index:
            return
        setup = {"max_files": context.max_files, "max_file_kb": context.max_file_kb, "nice": _NICE}
        self._process = IndexProcess(setup, self._heard)
        roots = [root for root in self.index.roots if not _too_wide(root)]
        self._builds = dict.fromkeys(roots)
        self._watch()
        self._go_on()
        self._rescan = asyncio.create_task(self._look_again(roots))

    def stop(self) -> None:
        """End what is under way, the indexing process too."""
        for task in (self._work, self._rescan, self._telling):
            if task is not None:
                task.cancel()
        self._work = self._rescan = self._telling = None
        self._builds, self._paths = {}, {}
        if self._process is not None:
            self._process.stop()
            self._process, self._stopped = None, self._process
        if self._progress is not None:
            self._progress.end()
            self._progress = None
        if self.index is not None:
            self.index.close()
            self.index = None

    async def aclose(self) -> None:
        """End everything, and wait until the indexing process is gone."""
        self.stop()
        if self._stopped is not None:
            await self._stopped.aclose()

    # What the editor tells

    def opened(self, uri: str) -> None:
        """Take a document's present text; also after each change of it."""
        self._active = True
        document = self._server.documents.get(uri) if self.index is not None else None
        if self.index is not None and document is not None:
            self.index.overlay(uri, document.language_id, document.text)

    def closed(self, uri: str) -> None:
        """Forget a document: its file counts again."""
        if self.index is not None:
            self.index.drop(uri)

    def focused(self, params: Any) -> None:
        """Note which document the user looks at (`textDocument/didFocus`); what names none says nothing."""
        document = params.get("textDocument") if isinstance(params, dict) else None
        uri = document.get("uri") if isinstance(document, dict) else None
        if self.index is not None and isinstance(uri, str):
            self.index.focus(uri)

    def saved(self, uri: str) -> None:
        """Have a saved file indexed."""
        self.files_changed([uri])

    def files_changed(self, uris: Sequence[str]) -> None:
        """Have files indexed that were made, changed or deleted."""
        self._active = True
        if self.index is None or self._process is None:
            return
        for uri in uris:
            name = file_path(uri)
            found = self.index.relative(Path(name)) if name is not None else None
            if found is None:
                continue
            root, path = found
            if path.rpartition("/")[2] in _WATCHED:
                self.index.refresh()
            paths = self._paths.setdefault(root, set())
            paths.add(path)
            if len(paths) > _MANY:
                self._builds[root] = None
                del self._paths[root]
        self._go_on()

    # Indexing

    def _go_on(self) -> None:
        if self._work is None or self._work.done():
            self._work = asyncio.create_task(self._drain())

    async def _drain(self) -> None:
        """Carry out what there is to do until there is nothing."""
        while self._process is not None and (self._builds or self._paths):
            if self._builds:
                root = next(iter(self._builds))
                del self._builds[root]
                self._paths.pop(root, None)
                self._began = time.monotonic()
                done = await self._process.run({"build": str(root)})
                self._active = False
                await self._end_progress()
            else:
                await asyncio.sleep(_GATHER_S)
                if not self._paths:
                    continue
                root = next(iter(self._paths))
                done = await self._process.run({"update": str(root), "paths": sorted(self._paths.pop(root))})
            if self._process is None or (not done and self._process.given_up):
                return
            if not done:  # what it was at is not known: look at everything
                self._builds[root] = None

    async def _end_progress(self) -> None:
        if self._telling is not None:
            await asyncio.wait([self._telling])
        if self._progress is not None:
            self._progress.end()
        self._progress = self._telling = None

    def _heard(self, event: dict[str, Any]) -> None:
        kind = event["event"]
        if kind == "progress" and time.monotonic() - self._began >= _SHOWN_AFTER_S:
            if self._progress is None:
                self._progress = WorkDone(self._server, "aigc-lsp: indexing the workspace")
            if self._telling is None or self._telling.done():  # one at a time: the first one waits for the editor
                share = min(100, 100 * event["done"] // max(event["all"], 1))
                report = self._progress.report(f"{event['done']:,} of {event['all']:,} files", share)
                self._telling = asyncio.create_task(report)
        elif kind == "unavailable" and not self._warned:
            self._warned = True
            self._server.warn(f"aigc-lsp: {event['message']} Suggestions go on without it.")
        elif kind == "failed":
            logger.warning("Indexing failed: %s", event["message"])
        elif kind == "built":
            logger.info("Indexed %s: %s", event["root"], event)

    async def _look_again(self, roots: Sequence[Path]) -> None:
        """Look through all files from time to time, while somebody works; and at once where the index broke."""
        last = time.monotonic()
        while True:
            await asyncio.sleep(_RESCAN_S / 10)
            broken = self.index is not None and self.index.broken
            due = self._active and time.monotonic() - last >= (_RESCAN_S * (5 if self._watching else 1))
            if broken or due:
                last = time.monotonic()
                self._builds.update(dict.fromkeys(roots))
                self._go_on()

    def _new_index(self, context: ContextSettings, folders: Sequence[str]) -> IndexedWorkspace:
        from aigc_plugins.index import IndexedWorkspace, Limits

        limits = Limits(context.max_files, context.max_file_kb)
        index = IndexedWorkspace([Path(folder) for folder in folders], limits=limits, indexed=context.index)
        for document in self._server.documents.all():
            index.overlay(document.uri, document.language_id, document.text)
        return index

    def _watch(self) -> None:
        """Ask the editor to tell of changed files, where it can."""
        if self._watching or not self._server.client.watches_files:
            return
        from aigc_plugins.syntax import registry

        self._watching = True
        names = sorted({ext for language in registry.active().languages for ext in language.extensions})
        globs = [f"**/*{{{','.join(names)}}}", *(f"**/{name}" for name in _WATCHED)]
        options = types.DidChangeWatchedFilesRegistrationOptions(
            watchers=[types.FileSystemWatcher(glob_pattern=glob) for glob in globs]
        )
        registration = types.Registration(
            id="aigc-files", method=types.WORKSPACE_DID_CHANGE_WATCHED_FILES, register_options=options
        )
        params = types.RegistrationParams(registrations=[registration])
        self._server.protocol.send_request(types.CLIENT_REGISTER_CAPABILITY, params)


def _too_wide(root: Path) -> bool:
    """Tell whether a folder is no project: a whole home or disk is not looked through."""
    wide = root.resolve() in (Path.home().resolve(), Path("/"))
    if wide:
        logger.warning("%s is not indexed: open the project's folder instead", root)
    return wide

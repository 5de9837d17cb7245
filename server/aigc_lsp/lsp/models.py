"""Models and adapters as the editor's user sees them: which there are, fetching one, changing to one, a new start."""

from __future__ import annotations

import asyncio
import logging
import threading
from typing import TYPE_CHECKING, Any

from aigc_lsp.lsp.progress import WorkDone
from aigc_lsp.lsp.status import Download
from aigc_models.types import AigcError

if TYPE_CHECKING:
    from aigc_lsp.lsp.server import AigcServer
    from aigc_models.client import EngineLink
    from aigc_models.store import PullProgress

logger = logging.getLogger(__name__)

# How long an engine may take to end, and its successor to load.
_END_S = 15.0
_LOAD_S = 300.0


class PullCancelledError(AigcError):
    """The user took a download back."""


class Models:
    """The models of one session's engine."""

    def __init__(self, server: AigcServer) -> None:
        self._server = server
        self._pulling: set[str] = set()
        self._background: set[asyncio.Task[Any]] = set()

    async def listed(self) -> dict[str, Any]:
        """Return what `aigc.getModels` answers."""
        from aigc_lsp import model_rows

        rows = await asyncio.to_thread(model_rows.all_models, only_installed=False)
        active = (self._server.status.engine.model or "").partition("?")[0]
        names = [row["name"] for row in rows]
        models = [_entry(row, active) for row in rows]
        if active and active not in names:
            here = {"name": active, "title": active, "summary": "", "kind": "model", "installed": True, "active": True}
            models.insert(0, here)
        return {"models": models, "adapters": await self._adapters(active)}

    async def use(self, argument: dict[str, Any]) -> dict[str, str]:
        """Change to another model, in this window and in all others that share the engine; or to another adapter.

        Raises:
            AigcError: it is not on this machine, or the engine is somewhere else.
        """
        if argument.get("adapter") is not None:
            return await self._use_adapter(argument["adapter"], argument.get("workspace") is True)
        name = argument.get("model")
        if not isinstance(name, str) or not name:
            raise AigcError("Name the model to change to.")
        from aigc_models import store

        await asyncio.to_thread(store.locate, name.partition("?")[0])
        link = await self._local_link()
        if link.status.model != name:
            await self._stop(link)
        await self._server.configuration.use_model(name)
        return {"message": f"{name} is being loaded."}

    async def _adapters(self, model: str) -> list[dict[str, Any]]:
        from aigc_lsp import adapter_rows
        from aigc_models.store.bindings import NONE, read_bindings

        backend = self._server.backend
        if backend.link is not None and backend.link.config.url:
            return []  # it has its own; the settings name one
        rows = await asyncio.to_thread(adapter_rows.all_adapters, model or None, read_bindings())
        wanted = backend.wanted_adapter
        found = [adapter_rows.entry(row, row["name"] == wanted) for row in rows]
        if found:
            summary = "the model alone answers"
            nothing = {"name": NONE, "title": "No adapter", "summary": summary, "kind": "adapter", "installed": True}
            found.append({**nothing, "active": wanted is None})
        return found

    async def _use_adapter(self, name: Any, here: bool) -> dict[str, str]:
        """Bind an adapter: to this workspace where `here`, or where it has one of its own, else everywhere.

        Raises:
            AigcError: there is no such adapter, or the settings leave no choice.
        """
        from pathlib import Path

        from aigc_models.store.adapters import find_adapter
        from aigc_models.store.bindings import NONE, bind

        if not isinstance(name, str) or not name:
            raise AigcError("Name the adapter to change to, or `none`.")
        await self._local_link()
        backend = self._server.backend
        if backend.choice is None or backend.choice.fixed:
            raise AigcError(f"The setting engine.adapter says {backend.settings.engine.adapter}; set it to auto first.")
        if name != NONE:
            await asyncio.to_thread(find_adapter, name)
        bound = backend.choice.where()
        folder = backend.folders[0] if here and backend.folders else bound
        await asyncio.to_thread(bind, name, Path(folder) if folder is not None else None)
        self._server.adapters.look()
        where = f"in {folder}" if folder is not None else "everywhere"
        return {"message": f"The model alone answers {where}." if name == NONE else f"{name} is in use {where}."}

    async def pull(self, argument: dict[str, Any]) -> dict[str, str]:
        """Fetch a model, with progress; the engine that waits for it then loads it.

        Raises:
            AigcError: it cannot be fetched; the text says what to do next.
        """
        from aigc_models import store

        name = argument.get("model") or self._server.status.engine.model or "default"
        if not isinstance(name, str):
            raise AigcError("The model is named by a string.")
        name = name.partition("?")[0]
        if name in self._pulling:
            return {"message": f"{name} is being downloaded already."}
        self._pulling.add(name)
        stop = threading.Event()
        progress = WorkDone(self._server, f"aigc-lsp: downloading {name}", stop.set)
        reports: asyncio.Queue[PullProgress | None] = asyncio.Queue()
        loop = asyncio.get_running_loop()

        def report(now: PullProgress) -> None:
            if stop.is_set():
                raise PullCancelledError(f"The download of {name} was stopped.")
            loop.call_soon_threadsafe(reports.put_nowait, now)

        shown = asyncio.create_task(self._show(name, progress, reports))
        try:
            ref = await asyncio.to_thread(store.pull, name, report)
        finally:
            stop.set()  # a request that was cancelled leaves its thread behind: its next report ends it
            reports.put_nowait(None)
            await shown
            self._pulling.discard(name)
        link = self._server.backend.link
        if link is not None:
            self._spawn(self._wake(link))
        return {"message": f"{ref.id} is here."}

    async def restart(self) -> None:
        """End the engine and start it again; every window that shares it waits for the new one.

        Raises:
            AigcError: it is somewhere else, or does not end.
        """
        link = await self._local_link()
        await self._stop(link)
        self._spawn(self._wake(link))

    def stop(self) -> None:
        """Let go of what still runs."""
        for task in self._background:
            task.cancel()

    async def _local_link(self) -> EngineLink:
        await self._server.backend.ready.wait()
        link = self._server.backend.link
        if link is None:
            raise AigcError("There is no engine: the log says why.")
        if link.config.url:
            raise AigcError(f"The engine at {link.config.url} is not started from here: change it there.")
        return link

    async def _stop(self, link: EngineLink) -> None:
        """End the engine that `link` is attached to, and wait until it is gone."""
        if link.status.state in ("absent", "failed") and link.status.pid is None:
            return
        from aigc_models.client import control

        # Not before its process is gone: until then it answers on its socket, and a successor would be taken for it.
        await control.end(_END_S)
        try:
            async with asyncio.timeout(_END_S):
                async for status in link.watch():
                    if status.state in ("absent", "failed"):
                        return
        except TimeoutError:
            raise AigcError("The engine does not end; `aigc-lsp engine status` names its pid.") from None

    async def _wake(self, link: EngineLink) -> None:
        try:
            await link.ready(_LOAD_S)
        except AigcError as error:
            logger.info("The engine: %s", error)  # the status shows it

    async def _show(self, name: str, progress: WorkDone, reports: asyncio.Queue[PullProgress | None]) -> None:
        from aigc_models.store.files import human_size

        status, percentage = self._server.status, None
        while (now := await reports.get()) is not None:
            if now.stage == "downloading":  # what follows takes a moment, and must not start from 0 again
                percentage = min(round(100 * now.done / now.total), 100) if now.total else None
            status.download = Download(name, percentage)
            status.changed()
            size = f" of {human_size(now.total)}" if now.total else ""
            await progress.report(f"{now.stage}{size}", percentage)
        status.download = None
        status.changed()
        progress.end()

    def _spawn(self, work: Any) -> None:
        task = asyncio.ensure_future(work)
        self._background.add(task)
        task.add_done_callback(self._background.discard)


def _entry(row: dict[str, Any], active: str) -> dict[str, Any]:
    from aigc_lsp.model_rows import human_count
    from aigc_models.store.files import human_size

    facts = [
        human_count(row["parameters"]) if row["parameters"] else "",
        row["quantization"] or row["format"] or "",
        human_size(row["size"]) if row["size"] else "",
        "default" if row["default"] else "",
    ]
    return {
        "name": row["name"],
        "title": row["title"] or row["name"],
        "summary": ", ".join(fact for fact in facts if fact),
        "kind": "model",
        "installed": row["installed"],
        "active": row["name"] == active,
    }

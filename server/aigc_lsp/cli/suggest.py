"""One suggestion for the command line: the engine link, a spinner while the model loads, the completion service."""

from __future__ import annotations

import asyncio
import sys
from contextlib import suppress
from typing import TYPE_CHECKING

from aigc_lsp.cli import output
from aigc_lsp.cli.chosen import model_name
from aigc_models.types import EngineStatus, EngineUnavailableError

if TYPE_CHECKING:
    from rich.status import Status

    from aigc_lsp.completion import Outcome
    from aigc_lsp.settings import Settings
    from aigc_models.client import EngineLink
    from aigc_plugins.context.assemble import ContextAssembler
    from aigc_plugins.document import Snapshot
    from aigc_plugins.manager import Plugins

# How long code from elsewhere may take to be found: nobody is typing.
_CONTEXT_S = 1.0
_STATES = {
    "absent": "starting the engine",
    "starting": "starting the engine",
    "loading": "loading the model",
    "unloaded": "loading the model",
}


def suggest(
    settings: Settings, plugins: Plugins, snapshot: Snapshot, offset: int, timeout: float
) -> tuple[Outcome, EngineStatus]:
    """Return what the engine suggests at `offset`, and the engine's status; `timeout` in seconds, loading included.

    Raises:
        ModelMissingError: the model has to be fetched first.
        EngineUnavailableError: no engine within the time, or it failed; the text says why.
        AigcError: the engine refused the request.
    """
    if settings.engine.url is None:
        from aigc_models import store

        store.locate(model_name(settings))
    return asyncio.run(_suggest(settings, plugins, snapshot, offset, timeout))


async def _suggest(
    settings: Settings, plugins: Plugins, snapshot: Snapshot, offset: int, timeout: float
) -> tuple[Outcome, EngineStatus]:
    from aigc_lsp.completion import CompletionService
    from aigc_lsp.launch import engine_command
    from aigc_lsp.lsp.backend import inline_task
    from aigc_models.client import EngineLink

    link = EngineLink(settings.engine_config(), engine_command(settings))
    await link.start()
    try:
        async with asyncio.timeout(timeout):
            status = await _ready(link, timeout)
            service = CompletionService(link.client, inline_task(plugins), _context(settings, plugins, snapshot))
            outcome = await service.suggest(
                snapshot,
                offset,
                settings=settings.completion,
                context_tokens=settings.context.tokens,
                trigger="invoked",
            )
    except TimeoutError:
        raise EngineUnavailableError(
            f"There was no answer within {timeout:g} s. Give it more with --timeout, or see `aigc-lsp engine logs`."
        ) from None
    finally:
        await link.aclose()
    if outcome.unavailable:
        raise EngineUnavailableError(outcome.reason)
    return outcome, status


def _context(settings: Settings, plugins: Plugins, snapshot: Snapshot) -> ContextAssembler | None:
    """Return what finds code from elsewhere: the index as it is, of the repository around the file."""
    path = snapshot.path
    if path is None or not settings.context.enabled:
        return None
    from aigc_plugins.context.assemble import ContextAssembler
    from aigc_plugins.index import IndexedWorkspace, Limits

    root = next((folder for folder in path.parents if (folder / ".git").exists()), None)
    if root is None:
        return None
    limits = Limits(settings.context.max_files, settings.context.max_file_kb)
    workspace = IndexedWorkspace([root], limits=limits, indexed=settings.context.index)
    workspace.overlay(snapshot.uri, snapshot.language_id, snapshot.text)
    switches = settings.context.providers
    return ContextAssembler(plugins.context_providers(), workspace, enabled=switches, deadline_s=_CONTEXT_S)


async def _ready(link: EngineLink, timeout: float) -> EngineStatus:
    if not sys.stderr.isatty() or link.status.state == "ready":
        return await link.ready(timeout)
    with output.notices().status("starting the engine") as spinner:
        following = asyncio.create_task(_follow(link, spinner))
        try:
            return await link.ready(timeout)
        finally:
            following.cancel()
            with suppress(asyncio.CancelledError):
                await following


async def _follow(link: EngineLink, spinner: Status) -> None:
    async for status in link.watch():
        words = _STATES.get(status.state, status.state)
        percent = f" {status.progress:.0%}" if status.state == "loading" and status.progress else ""
        name = f" {status.model}" if status.model and status.state == "loading" else ""
        spinner.update(f"{words}{name}{percent}")

"""One suggestion for the command line: the engine, the context, the completion service."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from aigc_lsp.cli import engine_link, surroundings
from aigc_models.types import EngineStatus, EngineUnavailableError

if TYPE_CHECKING:
    from aigc_lsp.completion import Outcome
    from aigc_lsp.settings import Settings
    from aigc_plugins.context.assemble import ContextAssembler
    from aigc_plugins.document import Snapshot
    from aigc_plugins.manager import Plugins

# How long code from elsewhere may take to be found: nobody is typing.
_CONTEXT_S = 1.0


def suggest(
    settings: Settings, plugins: Plugins, snapshot: Snapshot, offset: int, timeout: float
) -> tuple[Outcome, EngineStatus]:
    """Return what the engine suggests at `offset`, and the engine's status; `timeout` in seconds, loading included.

    Raises:
        ModelMissingError: the model has to be fetched first.
        EngineUnavailableError: no engine within the time, or it failed; the text says why.
        AigcError: the engine refused the request.
    """
    engine_link.check_model(settings)
    return asyncio.run(_suggest(settings, plugins, snapshot, offset, timeout))


async def _suggest(
    settings: Settings, plugins: Plugins, snapshot: Snapshot, offset: int, timeout: float
) -> tuple[Outcome, EngineStatus]:
    from aigc_lsp.completion import CompletionService
    from aigc_lsp.lsp.backend import inline_task

    link = await engine_link.connect(settings, snapshot.path.parent if snapshot.path is not None else None)
    try:
        async with asyncio.timeout(timeout):
            status = await engine_link.ready(link, timeout)
            service = CompletionService(link.client, inline_task(plugins), _context(settings, plugins, snapshot))
            outcome = await service.suggest(
                snapshot,
                offset,
                settings=settings.completion,
                context_tokens=settings.context.tokens,
                trigger="invoked",
            )
    except TimeoutError:
        raise engine_link.no_answer(timeout) from None
    finally:
        await link.aclose()
    if outcome.unavailable:
        raise EngineUnavailableError(outcome.reason)
    return outcome, status


def _context(settings: Settings, plugins: Plugins, snapshot: Snapshot) -> ContextAssembler | None:
    """Return what finds code from elsewhere: the index as it is, of the repository around the file."""
    path = snapshot.path
    root = surroundings.repository(path.parent) if path is not None and settings.context.enabled else None
    if root is None:
        return None
    from aigc_plugins.context.assemble import ContextAssembler

    workspace = surroundings.workspace(settings, [root], snapshot)
    switches = settings.context.providers
    return ContextAssembler(plugins.context_providers(), workspace, enabled=switches, deadline_s=_CONTEXT_S)

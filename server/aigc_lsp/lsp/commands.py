"""The commands behind `workspace/executeCommand`, as docs/protocol.md lists them. Each takes at most one object."""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING, Any

from aigc_lsp.lsp import params as read
from aigc_lsp.lsp.envelope import REQUEST_FAILED, RpcError
from aigc_lsp.lsp.items import ACCEPTED
from aigc_lsp.lsp.tasks import RUN, SHOW
from aigc_models.types import AigcError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from aigc_lsp.lsp.params import Command
    from aigc_lsp.lsp.server import AigcServer

_LONGEST_SNOOZE_S = 7 * 24 * 3600

_Argument = dict[str, Any]


async def _accepted(server: AigcServer, argument: _Argument) -> None:
    server.feedback.accepted(argument)


async def _get_status(server: AigcServer, argument: _Argument) -> dict[str, Any]:
    return {**server.status.params(), "feedback": dict(server.feedback.counts)}


async def _get_models(server: AigcServer, argument: _Argument) -> dict[str, Any]:
    return await server.models.listed()


async def _use_model(server: AigcServer, argument: _Argument) -> dict[str, str]:
    return await server.models.use(argument)


async def _pull_model(server: AigcServer, argument: _Argument) -> dict[str, str]:
    return await server.models.pull(argument)


async def _restart_engine(server: AigcServer, argument: _Argument) -> None:
    await server.models.restart()


async def _snooze(server: AigcServer, argument: _Argument) -> None:
    seconds = argument.get("seconds", 0)
    if not isinstance(seconds, int | float) or isinstance(seconds, bool) or not 0 <= seconds <= _LONGEST_SNOOZE_S:
        raise read.invalid(f"seconds is a number from 0 to {_LONGEST_SNOOZE_S}")
    server.status.snoozed_until = time.time() + seconds if seconds else 0.0
    server.status.changed()
    if seconds:
        asyncio.get_running_loop().call_later(seconds + 0.05, server.status.changed)


async def _get_tasks(server: AigcServer, argument: _Argument) -> dict[str, Any]:
    await server.backend.ready.wait()
    return {"tasks": server.tasks.offers.described(argument)}


async def _run_task(server: AigcServer, argument: _Argument) -> dict[str, Any] | None:
    await server.backend.ready.wait()
    return await server.tasks.run(argument)


async def _show_file(server: AigcServer, argument: _Argument) -> None:
    await server.tasks.show_file(argument)


COMMANDS: dict[str, Callable[[AigcServer, _Argument], Awaitable[Any]]] = {
    ACCEPTED: _accepted,
    "aigc.getStatus": _get_status,
    "aigc.getModels": _get_models,
    "aigc.useModel": _use_model,
    "aigc.pullModel": _pull_model,
    "aigc.restartEngine": _restart_engine,
    "aigc.snooze": _snooze,
    "aigc.getTasks": _get_tasks,
    RUN: _run_task,
    SHOW: _show_file,
}


async def execute(server: AigcServer, command: Command) -> Any:
    """Run a command and return its result.

    Raises:
        RpcError: -32602, unknown or with a wrong argument; -32803, it failed, with a text for the user.
    """
    run = COMMANDS.get(command.name)
    if run is None:
        raise read.invalid(f"unknown command {command.name!r}")
    first = command.arguments[0] if command.arguments else None
    argument = {} if first is None else read.mapping(first, "the command's argument")
    try:
        return await run(server, argument)
    except AigcError as error:
        raise RpcError(REQUEST_FAILED, str(error)) from None

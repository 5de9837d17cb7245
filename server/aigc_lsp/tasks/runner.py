"""Runs one task from its arguments to a result that may be shown or applied. Whose screen that is, it does not know."""

from __future__ import annotations

import asyncio
import logging
import re
import threading
from dataclasses import replace
from typing import TYPE_CHECKING, TypeVar

from aigc_lsp.tasks.checks import faults, misplaced
from aigc_lsp.tasks.files import check_files
from aigc_lsp.tasks.job import TaskJob
from aigc_lsp.tasks.minimal import minimal
from aigc_models.types import AigcError
from aigc_plugins.api import CancelledError as TaskCancelledError
from aigc_plugins.api import Change, Edit, FileEdit, Page, WithheldError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from aigc_lsp.tasks.job import Host
    from aigc_plugins.action import FileChange
    from aigc_plugins.api import ActionTask, Place, Result

logger = logging.getLogger(__name__)
T = TypeVar("T")

_MOST_PAGE = 1_000_000
_NEWLINE = re.compile(r"\r\n|\r|\n")


async def run_task(
    task: ActionTask, place: Place, arguments: Mapping[str, str], host: Host, *, timeout_s: float = 600.0
) -> Change | Page:
    """Run a task and return its result: a page, or a change that was checked, with the smallest edits.

    Cancelling the call takes the task back.

    Raises:
        WithheldError: nothing can be offered; the text says why.
        AigcError: something else is wrong, with a text for the user.
    """
    job = TaskJob(host, place, arguments)
    try:
        async with asyncio.timeout(timeout_s):
            return await in_thread(lambda: _checked(task, place, job, task.run(place, job), host))
    except TimeoutError:
        raise WithheldError(f"{task.title}: not done within {timeout_s:g} s.") from None
    except TaskCancelledError:
        raise WithheldError(f"{task.title}: taken back.") from None
    except AigcError:
        raise
    except Exception as error:
        logger.exception("The task %s failed", task.name)
        raise AigcError(f"{task.title} failed: {type(error).__name__}: {error}") from None
    finally:
        job.cancel()  # also where it went well: a thread that a task left behind asks nothing any more


def answers(task: ActionTask, given: Mapping[str, object]) -> dict[str, str]:
    """Return a value for each argument of a task: the given one, else the default.

    Raises:
        WithheldError: one is missing.
        ValueError: one is of the wrong kind or unknown.
    """
    values = {}
    for one in task.arguments:
        value = given.get(one.name, one.default)
        if value is None:
            raise WithheldError(f"{task.title} needs {one.name!r} ({one.title})")
        if not isinstance(value, str) or (one.choices and value not in one.choices):
            raise ValueError(f"{one.name} is {'one of ' + ', '.join(one.choices) if one.choices else 'a string'}")
        values[one.name] = value
    if unknown := set(given) - set(values):
        raise ValueError(f"{task.name} knows no {', '.join(sorted(map(str, unknown)))}")
    return values


def _checked(task: ActionTask, place: Place, job: TaskJob, result: Result, host: Host) -> Change | Page:
    job.check()
    if isinstance(result, Page):
        return replace(result, text=result.text[:_MOST_PAGE])
    change = result if isinstance(result, Change) else Change(edits=result)  # type: ignore[arg-type]
    if reason := misplaced(place.snapshot.text, change.edits):
        raise WithheldError(f"{task.title}: {reason}.")
    edits = _with_newlines(place.snapshot.text, change.edits)
    if edits and (reason := faults(place.snapshot, edits, redacted=job.redacted)):
        raise WithheldError(f"{task.title}: withheld, {reason}.")
    if not edits and not change.files:
        raise WithheldError(f"{task.title}: there is nothing to change.")
    check_files(change.files, job.roots, host.present)
    return replace(
        change, edits=minimal(place.snapshot.text, edits), files=tuple(_smallest(one) for one in change.files)
    )


def _smallest(change: FileChange) -> FileChange:
    """Return a checked change of another file as it is to be made: with that file's line endings, and no more of it."""
    if not isinstance(change, FileEdit):
        return change
    return replace(change, edits=minimal(change.before, _with_newlines(change.before, change.edits)))


def _with_newlines(text: str, edits: Sequence[Edit]) -> tuple[Edit, ...]:
    """Return the edits with the line endings that the text has."""
    found = _NEWLINE.findall(text)
    newline = max(("\n", "\r\n", "\r"), key=found.count)
    return tuple(replace(edit, text=_NEWLINE.sub(newline, edit.text)) for edit in edits)


async def in_thread(work: Callable[[], T]) -> T:
    """Run `work` in a thread of its own, which does not keep the process alive."""
    loop = asyncio.get_running_loop()
    done: asyncio.Future[T] = loop.create_future()

    def settle(result: T | None, error: BaseException | None) -> None:
        if done.done():
            return
        if error is not None:
            done.set_exception(error)
        else:
            done.set_result(result)  # type: ignore[arg-type]

    def body() -> None:
        result, failed = None, None
        try:
            result = work()
        except BaseException as error:
            failed = error
        try:
            loop.call_soon_threadsafe(settle, result, failed)
        except RuntimeError:  # the loop is closed: nobody waits
            logger.debug("A task ended after its session")

    threading.Thread(target=body, name="task", daemon=True).start()
    return await done

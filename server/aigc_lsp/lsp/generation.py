"""One engine stream for one place in one document, and whether it still fits what the user typed meanwhile."""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING

from aigc_lsp.completion import Outcome
from aigc_models.types import AigcError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from aigc_lsp.completion import Trigger
    from aigc_plugins.document import Snapshot

logger = logging.getLogger(__name__)


class Generation:
    """A running answer. Requests come and go; the newest one that it fits takes its result.

    `run` is called with a function that takes each raw piece of text, and returns the outcome. A `thorough` one looks
    for more than one answer, as an explicit request wants it.
    """

    def __init__(
        self,
        snapshot: Snapshot,
        offset: int,
        run: Callable[[Callable[[str], None]], Awaitable[Outcome]],
        *,
        thorough: bool = False,
    ) -> None:
        self.snapshot = snapshot
        self.offset = offset
        self.thorough = thorough
        self.diverged = False
        self.dropped = False
        self._raw = ""
        self._typed = ""
        self._result: asyncio.Future[Outcome] = asyncio.get_running_loop().create_future()
        self._task = asyncio.create_task(self._drive(run))

    @property
    def running(self) -> bool:
        """Tell whether the engine still works on it."""
        return not self._result.done()

    async def result(self) -> Outcome:
        """Wait for the outcome; one that was dropped meanwhile is an outcome without a suggestion."""
        return await asyncio.shield(self._result)

    def drop(self) -> None:
        """Stop the engine's work; who waits is answered at once."""
        if not self._result.done():
            self.dropped = True
            self._result.set_result(Outcome(reason="dropped"))
        self._task.cancel()

    def serves(self, snapshot: Snapshot, offset: int, trigger: Trigger) -> bool:
        """Tell whether a request at `offset` of `snapshot` may wait for this answer."""
        return (self.thorough or trigger == "automatic") and self.continues(snapshot, offset)

    def continues(self, snapshot: Snapshot, offset: int | None = None) -> bool:
        """Tell whether `snapshot` differs from ours only by text typed at our cursor that the answer may begin with.

        `offset` is the cursor there; None where it is not known.
        """
        old, new, cursor = self.snapshot.text, snapshot.text, self.offset
        end = cursor + len(new) - len(old)
        typed = new[cursor:end]
        if end < cursor or (offset is not None and offset != end) or not _agree(self._raw, typed):
            return False
        if new[:cursor] != old[:cursor] or new[end:] != old[cursor:]:
            return False
        self._typed = typed
        return True

    def _take(self, piece: str) -> None:
        self._raw += piece
        if not _agree(self._raw, self._typed):
            self.diverged = True
            self.drop()

    async def _drive(self, run: Callable[[Callable[[str], None]], Awaitable[Outcome]]) -> None:
        outcome = Outcome(reason="dropped")
        try:
            outcome = await run(self._take)
        except AigcError as error:
            logger.warning("No suggestion: %s", error)
            outcome = Outcome(reason=str(error))
        except Exception as error:
            logger.exception("A suggestion failed")
            outcome = Outcome(reason=f"{type(error).__name__}: {error}")
        finally:
            if not self._result.done():
                self._result.set_result(outcome)


def _agree(raw: str, typed: str) -> bool:
    return raw.startswith(typed) or typed.startswith(raw)

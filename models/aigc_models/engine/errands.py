"""Work that has to be done on another thread, between two things that this thread does."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from concurrent.futures import Future
from typing import Any, TypeVar

Found = TypeVar("Found")


class Errands:
    """A queue of calls. `put` may be called from any thread, `run` from the one that does them."""

    def __init__(self) -> None:
        self._waiting: deque[tuple[Future[Any], Callable[[], Any]]] = deque()

    def __bool__(self) -> bool:
        return bool(self._waiting)

    def put(self, work: Callable[[], Found]) -> Future[Found]:
        """Queue a call and return the future of its result."""
        future: Future[Found] = Future()
        self._waiting.append((future, work))
        return future

    def run(self) -> None:
        """Do all that waits; what a call raises goes to its future."""
        while (taken := self._next()) is not None:
            future, work = taken
            try:
                future.set_result(work())
            except BaseException as error:
                future.set_exception(error)

    def fail(self, error: Exception) -> None:
        """Give up all that waits."""
        while (taken := self._next()) is not None:
            taken[0].set_exception(error)

    def _next(self) -> tuple[Future[Any], Callable[[], Any]] | None:
        try:
            return self._waiting.popleft()
        except IndexError:
            return None

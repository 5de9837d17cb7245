"""Makes entries of many files, in this process or in workers. One file that kills a worker costs that file alone."""

from __future__ import annotations

import contextlib
import logging
from collections import deque
from pathlib import Path
from typing import TYPE_CHECKING

from aigc_plugins.index.entry import Entry, read_entry

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from aigc_plugins.index.worker import Job, Worker

logger = logging.getLogger(__name__)

_FEW = 64  # files for which no process is started
_AT_ONCE = 24  # files of one request
_IN_FLIGHT = 2  # requests that a worker has at a time


class Crew:
    """Up to `workers` processes that read the files of one root. Use it as a context manager."""

    def __init__(self, root: Path, largest: int, workers: int) -> None:
        self._root, self._largest, self._most = root, largest, workers
        self._workers: list[Worker] = []

    def __enter__(self) -> Crew:
        return self

    def __exit__(self, *_: object) -> None:
        for worker in self._workers:
            worker.close()
        self._workers.clear()

    def entries(self, jobs: Sequence[Job]) -> Iterator[list[Entry]]:
        """Yield the entries of `jobs` in order, some at a time; files that cannot be read are left out."""
        requests = deque(jobs[at : at + _AT_ONCE] for at in range(0, len(jobs), _AT_ONCE))
        if not self._most or len(jobs) <= _FEW:
            for request in requests:
                yield self._here(request)
            return
        while len(self._workers) < self._most:
            self._workers.append(self._new())
        waiting: deque[tuple[int, Sequence[Job]]] = deque()
        for slot in range(len(self._workers)):
            for _ in range(_IN_FLIGHT):
                if requests:
                    self._ask(slot, requests.popleft(), waiting)
        while waiting:
            slot, request = waiting.popleft()
            found = self._answer(slot, request, waiting)
            if requests:
                self._ask(slot, requests.popleft(), waiting)
            yield found

    def _ask(self, slot: int, request: Sequence[Job], waiting: deque[tuple[int, Sequence[Job]]]) -> None:
        waiting.append((slot, request))
        with contextlib.suppress(EOFError):  # noticed when its answer is waited for
            self._workers[slot].ask(request)

    def _answer(self, slot: int, request: Sequence[Job], waiting: deque[tuple[int, Sequence[Job]]]) -> list[Entry]:
        try:
            return self._workers[slot].answer()
        except EOFError:
            self._replace(slot)
        found: list[Entry] = []
        for job in request:  # one by one, to find the one that it died of
            try:
                self._workers[slot].ask([job])
                found += self._workers[slot].answer()
            except EOFError:
                logger.warning("%s is not indexed: reading it ended the process that did", job[0])
                found += unread(self._root, job[0])
                self._replace(slot)
        for other, lost in waiting:
            if other == slot:
                with contextlib.suppress(EOFError):
                    self._workers[slot].ask(lost)
        return found

    def _replace(self, slot: int) -> None:
        self._workers[slot].close()
        self._workers[slot] = self._new()

    def _new(self) -> Worker:
        from aigc_plugins.index.worker import Worker

        return Worker(self._root, self._largest)

    def _here(self, request: Sequence[Job]) -> list[Entry]:
        entries = (read_entry(self._root, path, known, self._largest) for path, known in request)
        return [entry for entry in entries if entry is not None]


def unread(root: Path, path: str) -> list[Entry]:
    """Return the entry of a file that is not to be read again before it changes."""
    try:
        status = (root / path).lstat()
    except OSError:
        return []
    return [Entry(path, status.st_size, status.st_mtime_ns, b"")]

"""Asks ahead for the suggestion that follows the one on screen, while the engine has nothing else to do.

When that is wanted, and what a suggestion is, the suggester says.
"""

from __future__ import annotations

import asyncio
import itertools
import logging
from typing import TYPE_CHECKING

from aigc_plugins.document import Snapshot

if TYPE_CHECKING:
    from collections.abc import Callable

    from aigc_lsp.lsp.generation import Generation
    from aigc_plugins.api import Suggestion

logger = logging.getLogger(__name__)

# No document has these versions: what is kept by version is kept apart for texts that may never be.
_versions = itertools.count(-2, -1)
_LOOK_BACK = 4000


class Prefetcher:
    """One request ahead at a time, of all documents.

    `start` begins a generation whose result is remembered, `known` tells whether that place needs none.
    """

    def __init__(self, start: Callable[[Snapshot, int], Generation], known: Callable[[Snapshot, int], bool]) -> None:
        self._start = start
        self._known = known
        self._aim: tuple[str, str, int] | None = None
        self._generation: Generation | None = None
        self._task: asyncio.Task[None] | None = None

    def look_ahead(self, snapshot: Snapshot, offset: int, suggestion: Suggestion | None) -> None:
        """Ask for what comes once `suggestion` is taken, or, without one, once Return is pressed at `offset`."""
        if suggestion is None:
            start = end = offset
            text = ""
        else:
            start, end, text = suggestion.start, suggestion.end, suggestion.text
        whole = snapshot.text[:start] + text + snapshot.text[end:]
        aim = snapshot.uri, whole, start + len(text)
        if aim == self._aim:
            return  # it runs, or has run
        self.drop()
        self._aim = aim
        self._task = asyncio.create_task(self._run(snapshot, (start, end, text), behind_return=suggestion is None))

    def adopt(self, snapshot: Snapshot, offset: int) -> Generation | None:
        """Hand over the running request where it is what is wanted now: it goes on as the user's own."""
        generation = self._generation
        if generation is None or not generation.running or not generation.continues(snapshot, offset):
            return None
        self._generation = None
        self.drop()
        return generation

    def drop(self) -> None:
        """End the request ahead: another one is more urgent."""
        if self._task is not None:
            self._task.cancel()
        if self._generation is not None:
            self._generation.drop()
        self._task = self._generation = self._aim = None

    async def _run(self, snapshot: Snapshot, edit: tuple[int, int, str], *, behind_return: bool) -> None:
        try:
            after = await asyncio.to_thread(_edited, snapshot, *edit)
            cursor = edit[0] + len(edit[2])
            if not behind_return and await self._found(after, cursor):
                return
            # Where the line is complete, the next one is what is wanted next.
            line = after.text[after.text.rfind("\n", 0, cursor) + 1 : cursor]
            if line.strip() and not _rest_of_line(after.text, cursor).strip():
                added = _line_ending(after.text) + next_indent(after, line, cursor)
                below = await asyncio.to_thread(_edited, after, cursor, cursor, added)
                await self._found(below, cursor + len(added))
        except Exception:
            logger.exception("Looking ahead failed")

    async def _found(self, snapshot: Snapshot, offset: int) -> bool:
        """Ask at a place; tell whether there is a suggestion."""
        if self._known(snapshot, offset):
            return True
        generation = self._generation = self._start(snapshot, offset)
        outcome = await generation.result()
        if self._generation is generation:
            self._generation = None
        return outcome.suggestion is not None


def next_indent(snapshot: Snapshot, line: str, cursor: int) -> str:
    """Return the indentation that an editor gives the line behind `line`, whose end is at `cursor`."""
    from aigc_plugins.inline.scan import code_of

    indent = line[: len(line) - len(line.lstrip(" \t"))]
    language = snapshot.language
    if language is not None and language.matches("opener", code_of(line, language)):
        indent += _unit(snapshot.text[max(cursor - _LOOK_BACK, 0) : cursor])
    return indent


def _unit(text: str) -> str:
    """Return one level of indentation as `text` has it, four blanks where it does not tell."""
    widths = {len(line) - len(line.lstrip(" ")) for line in text.splitlines() if line.strip()} - {0, 1}
    return "\t" if "\n\t" in text else " " * min(widths, default=4)


def _edited(snapshot: Snapshot, start: int, end: int, added: str) -> Snapshot:
    text = snapshot.text[:start] + added + snapshot.text[end:]
    tree = snapshot.tree.edited(start, end, added, text) if snapshot.tree is not None else None
    return Snapshot(snapshot.uri, snapshot.language_id, text, next(_versions), tree)


def _rest_of_line(text: str, cursor: int) -> str:
    return text[cursor:].split("\n", 1)[0]


def _line_ending(text: str) -> str:
    return "\r\n" if "\r\n" in text else "\n"

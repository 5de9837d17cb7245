"""Asks the process that refactors Python, and turns its answer into edits. It knows no names and no files."""

from __future__ import annotations

import difflib
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from aigc_plugins.api import Edit, WithheldError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from aigc_plugins.api import Job

LARGEST = 600_000  # characters of one file that is refactored
_SECONDS = 60.0
_PACKAGES = str(Path(__file__).parents[3])
_START = (
    "import sys; sys.path.append({!r}); from aigc_plugins.tasks.refactor.python import worker; sys.exit(worker.main())"
)


def refactored(job: Job, **request: Any) -> dict[str, Any]:
    """Return the new texts by path (`files`), and the words (`outside`) of files that have a say too.

    Raises:
        WithheldError: it cannot be done, or not be made sure.
    """
    if any(len(text) > LARGEST for text in request["files"].values()):
        raise WithheldError("The file is too large to be refactored.")
    try:
        told = json.dumps(request)
        told.encode()
    except UnicodeEncodeError:
        raise WithheldError("The file has characters that no Python file can have.") from None
    done = job.run([sys.executable, "-I", "-c", _START.format(_PACKAGES)], stdin=told, timeout_s=_SECONDS)
    if done.status is None:
        raise WithheldError("It takes too long for code of this size.")
    if done.status != 0:
        raise WithheldError(f"The refactoring process ended with status {done.status}.")
    answer: dict[str, Any] = json.loads(done.stdout)
    if "refused" in answer:
        raise WithheldError(answer["refused"])
    return answer


class Lines:
    """A text with LF line ends, and where each of its characters is in the text as it was."""

    def __init__(self, text: str) -> None:
        self.original = text
        self.text = text.replace("\r\n", "\n").replace("\r", "\n")
        self._pairs = [at - count for count, at in enumerate(_pairs(text))]

    def to(self, offset: int) -> int:
        """Return the offset here of one in the original text."""
        return offset - self.original.count("\r\n", 0, offset)

    def back(self, offset: int) -> int:
        """Return the offset in the original text of one here."""
        return offset + sum(1 for at in self._pairs if at < offset)

    def edits(self, new: str) -> tuple[Edit, ...]:
        """Return what makes `new` of the text, as edits of the original one; whole lines are compared first."""
        old_lines, new_lines = self.text.splitlines(keepends=True), new.splitlines(keepends=True)
        matcher = difflib.SequenceMatcher(None, old_lines, new_lines, autojunk=False)
        starts = _starts(old_lines)
        found = []
        for tag, first, last, begin, end in matcher.get_opcodes():
            if tag != "equal":
                found.append(self._edit(starts[first], starts[last], "".join(new_lines[begin:end])))
        return tuple(found)

    def _edit(self, start: int, end: int, text: str) -> Edit:
        return Edit(self.back(start), self.back(end), text)


def _pairs(text: str) -> list[int]:
    found, at = [], text.find("\r\n")
    while at >= 0:
        found.append(at)
        at = text.find("\r\n", at + 2)
    return found


def _starts(lines: Sequence[str]) -> list[int]:
    starts = [0]
    for line in lines:
        starts.append(starts[-1] + len(line))
    return starts

"""Does one refactoring of Python in a process of its own: JSON in, JSON out, with limits on time and memory.

    python -I -m aigc_plugins.tasks.refactor.python.worker < request

Texts are those of the editor, lines end at LF. No file of the workspace is read or written, nothing of it is run.
"""

from __future__ import annotations

import json
import sys
from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING, Any

from aigc_plugins.tasks.refactor.python.errors import RefusedError

if TYPE_CHECKING:
    from aigc_plugins.tasks.refactor.python.outcome import Outcome

# What does the work, by the name of the task; a module is imported when it is asked for.
WORK = {
    "extract-function": "extract_function",
    "extract-variable": "extract_variable",
    "inline": "inline",
    "rename": "rename",
}
_CPU_S = 60
_MEMORY = 2 << 30  # bytes of address space
_DEPTH = 3000  # nested calls


@dataclass(frozen=True)
class Request:
    """What to do in the file `path` of `files`, at the code points [start, end), with the new name `name`."""

    task: str
    path: str
    files: dict[str, str]
    start: int
    end: int
    name: str = ""
    whole: bool = False  # whether `files` holds all that have a say

    @property
    def text(self) -> str:
        """The text of the file that the user is in."""
        return self.files[self.path]


def work(request: Request) -> dict[str, Any]:
    """Return the new texts by path (`files`) and words to look for (`outside`), or why there are none (`refused`)."""
    module = WORK[request.task]
    try:
        function = getattr(import_module(f"aigc_plugins.tasks.refactor.python.{module}"), module)
        outcome: Outcome = function(request)
        return {"files": outcome.files, "outside": outcome.outside}
    except RefusedError as error:
        return {"refused": str(error)}
    except (RecursionError, MemoryError):
        return {"refused": "The file is too deeply nested."}


def main() -> None:
    """Read the request, limit the process, write the answer."""
    _limit()
    request = Request(**json.load(sys.stdin))
    json.dump(work(request), sys.stdout)


def _limit() -> None:
    sys.setrecursionlimit(_DEPTH)
    try:
        import resource
    except ImportError:  # Windows: the time limit of the caller remains
        return
    resource.setrlimit(resource.RLIMIT_CPU, (_CPU_S, _CPU_S))
    resource.setrlimit(resource.RLIMIT_AS, (_MEMORY, _MEMORY))


if __name__ == "__main__":
    main()

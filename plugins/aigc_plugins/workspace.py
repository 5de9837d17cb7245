"""What context providers may ask of a workspace: its files, symbols, open documents and edits. It indexes nothing.

Paths are relative to the workspace folder they lie in, with `/`; `root` tells one folder from another. Nothing here
ever names an ignored file or holds a secret: who implements it keeps them out.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol, runtime_checkable

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from aigc_plugins.api import Snippet
    from aigc_plugins.document import Snapshot


@dataclass(frozen=True, slots=True)
class Chunk:
    """A piece of a file, a definition or some lines between definitions; lines from 0, `end_line` is excluded."""

    path: str
    language: str
    start_line: int
    end_line: int
    text: str
    score: float = 0.0


@dataclass(frozen=True, slots=True)
class Symbol:
    """A definition. `kind` is `class`, `function`, `method` or `variable`; `container` the names around it, dotted.

    `signature` is its header as written, decorators and a documentation comment left out; lines from 0, `end_line` is
    excluded.
    """

    name: str
    kind: str
    path: str
    language: str
    start_line: int
    end_line: int
    signature: str
    container: str = ""


@dataclass(frozen=True, slots=True)
class OpenFile:
    """A document that is open in the editor, with its present text; the one used last has the highest `used`."""

    path: str
    language: str
    text: str
    used: int = 0


@dataclass(frozen=True, slots=True)
class RecentEdit:
    """One place that the user changed a short while ago: the lines [start_line, end_line) of now, and those before."""

    path: str
    start_line: int
    end_line: int
    before: str
    after: str
    order: int = 0


class Workspace(Protocol):
    """The workspace of one session. Every method is quick (milliseconds) and may be called from any thread.

    What is open in the editor is seen as it is there, not as it was saved.
    """

    def path_of(self, snapshot: Snapshot) -> str | None:
        """Return a document's path in the workspace, None where it lies outside or may not be read."""

    def read(self, path: str) -> str | None:
        """Return a file's text, None where there is none, or it is ignored, secret or too large."""

    def exists(self, path: str) -> bool:
        """Tell whether there is such a file that may be read."""

    def search(
        self, words: Sequence[str], *, language: str | None = None, limit: int = 10, exclude: Collection[str] = ()
    ) -> list[Chunk]:
        """Return the chunks that fit `words` (identifiers and their parts) best, by BM25, the best first.

        `exclude` are paths to leave out. `score` is 0 to 1, comparable within one answer.
        """

    def symbols(self, name: str, *, language: str | None = None, limit: int = 20) -> list[Symbol]:
        """Return the definitions of a name, in an order that is always the same."""

    def outline(self, path: str) -> list[Symbol]:
        """Return the definitions of a file, in the order of the file."""

    def find(self, suffixes: Sequence[str], *, limit: int = 20) -> list[str]:
        """Return the files whose path ends in one of `suffixes`, whole components compared, the shortest first."""

    def open_files(self) -> list[OpenFile]:
        """Return the open documents, the one used last first."""

    def recent_edits(self) -> list[RecentEdit]:
        """Return what was changed lately, the last change first; consecutive keys in one place are one edit."""


@runtime_checkable
class WorkspaceProvider(Protocol):
    """A context provider that looks at the workspace: `attach` is called once, before `snippets`."""

    @property
    def name(self) -> str: ...
    def attach(self, workspace: Workspace) -> None: ...
    def snippets(self, snapshot: Snapshot, offset: int, max_chars: int) -> list[Snippet]: ...

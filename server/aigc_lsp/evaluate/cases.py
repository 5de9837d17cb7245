"""A case: a text with a hole, and what stood there. Where cases come from is `dataset`'s and `repository`'s."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path, PurePath
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from aigc_plugins.document import Snapshot

_NOWHERE = "/evaluate"


@dataclass(frozen=True)
class Case:
    """The text before and after the cursor, and the `reference` that stood between them.

    `language` is an LSP id. `path` is the file that the text is of, None for a data set's. `test` is code that defines
    `check(candidate)`, as HumanEval's tests do, and `entry_point` the name to check; both empty where there is no test.
    """

    name: str
    kind: str
    language: str
    before: str
    after: str
    reference: str
    path: Path | None = None
    test: str = ""
    entry_point: str = ""

    @cached_property
    def uri(self) -> str:
        """Return the URI that the document has in the evaluation."""
        if self.path is not None:
            return self.path.absolute().as_uri()
        return f"file://{_NOWHERE}/{self.kind}{_extension(self.language)}"

    @property
    def text(self) -> str:
        """Return the document without the reference."""
        return self.before + self.after

    def snapshot(self) -> Snapshot:
        """Return the document as the task sees it; the cursor is at `len(before)`."""
        from aigc_plugins.document import Document

        return Document(self.uri, self.language, self.text, 1).snapshot()


def _extension(language_id: str) -> str:
    from aigc_plugins.syntax import language_for

    language = language_for(language_id, PurePath())
    return language.extensions[0] if language is not None and language.extensions else ""


def spread_evenly(cases: list[Case], count: int) -> list[Case]:
    """Return `count` of the cases (all where it is 0), every n-th, so that all kinds of a sorted set stay in."""
    if not count or count >= len(cases):
        return cases
    return [cases[place * len(cases) // count] for place in range(count)]

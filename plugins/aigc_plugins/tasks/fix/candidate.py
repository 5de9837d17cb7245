"""A possible repair of one diagnostic, and what every repair has to keep. Whether it helps, the checker tells."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass

from aigc_plugins.api import Diagnostic, Edit
from aigc_plugins.document import Document, Snapshot

# Comments by which a checker is told to be silent: no repair.
_SILENCING = re.compile(
    r"type:\s*ignore|\bnoqa\b|pyright:|mypy:|pylint:|ruff:|@ts-(?:ignore|expect-error|nocheck)|eslint-disable"
    r"|\bAny\b|\bany\b(?!\()|\bcast\(|\bno_type_check\b|\bunknown\b"
)


@dataclass(frozen=True, slots=True)
class Problem:
    """A diagnostic, as the checker itself reports it for this snapshot."""

    snapshot: Snapshot
    diagnostic: Diagnostic

    @property
    def language(self) -> str:
        """The language's name."""
        return self.snapshot.language.name if self.snapshot.language is not None else ""

    @property
    def line(self) -> tuple[int, int]:
        """Where the diagnostic's first line starts and ends."""
        text, at = self.snapshot.text, self.diagnostic.start
        end = text.find("\n", at)
        return text.rfind("\n", 0, at) + 1, len(text) if end < 0 else end


@dataclass(frozen=True, slots=True)
class Candidate:
    """Edits that may repair a problem; `what` says in a phrase what they do."""

    edits: tuple[Edit, ...]
    what: str
    by_model: bool = False
    confirm: bool = False


def renewed(snapshot: Snapshot, text: str) -> Snapshot:
    """Return a document's snapshot with another text."""
    return Document(snapshot.uri, snapshot.language_id, text, snapshot.version).snapshot()


def silences(before: str, after: str) -> bool:
    """Tell whether a text silences a checker in more places than it did."""
    old, new = (Counter(found.group() for found in _SILENCING.finditer(text)) for text in (before, after))
    return bool(new - old)


def breaks_syntax(before: Snapshot, after: Snapshot) -> bool:
    """Tell whether a text has syntax errors that it did not have."""
    return before.tree is not None and after.tree is not None and after.tree.errors() > before.tree.errors()

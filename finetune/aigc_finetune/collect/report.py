"""What a corpus holds and what was done to its files: counts, licences, redactions, duplicates, leakage."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any


@dataclass(slots=True)
class SourceReport:
    """One source: what it is, under which licences its files are, how many were taken. `identity` as in `Origin`."""

    label: str
    kind: str
    identity: str = ""
    package: str = ""
    version: str = ""
    licence: str = ""
    considered: int = 0
    train: int = 0
    eval: int = 0
    characters: int = 0
    licences: dict[str, int] = field(default_factory=dict)  # SPDX expression, '' where unknown: files


@dataclass(slots=True)
class CorpusReport:
    """The report of one corpus. Nothing in it is text of a file.

    `languages` counts files and characters of each split, `rejected` files by reason, `redactions` by kind,
    `redacted` lists where (the line is that of the source file), `leakage` compares held-out files with the others.
    """

    stamp: str = ""
    files: dict[str, int] = field(default_factory=lambda: {"train": 0, "eval": 0})
    characters: dict[str, int] = field(default_factory=lambda: {"train": 0, "eval": 0})
    languages: dict[str, dict[str, int]] = field(default_factory=dict)
    sources: list[SourceReport] = field(default_factory=list)
    split: str = "file"
    rejected: dict[str, int] = field(default_factory=dict)
    encodings: dict[str, int] = field(default_factory=dict)
    redactions: dict[str, int] = field(default_factory=dict)
    redacted: list[dict[str, Any]] = field(default_factory=list)
    duplicates: dict[str, int] = field(default_factory=dict)
    unchanged: list[str] = field(default_factory=list)  # files whose comments stayed: the program would have changed
    leakage: dict[str, Any] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)

    def as_json(self) -> dict[str, Any]:
        """Return it as JSON's types."""
        return asdict(self)


def read_report(path: Path) -> CorpusReport | None:
    """Read a report, None where there is none or it is of another form."""
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
        return CorpusReport(**{**data, "sources": [SourceReport(**one) for one in data["sources"]]})
    except (OSError, ValueError, TypeError, KeyError):
        return None

"""What every source of files gives: a listing, the bytes of one file at a time, and what is known of its licence."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NamedTuple, Protocol

from aigc_models.types import AigcError


class SourceError(AigcError):
    """A source that cannot be used; the text says what to do."""


class Entry(NamedTuple):
    """A file of a source: its path, relative with `/`, and its size in bytes."""

    path: str
    size: int


class Rejected(NamedTuple):
    """A file, or a whole folder (its path ends with `/`), that is not taken, and why.

    `reason` is one word that can be counted; `detail` is for people and holds no text of the file.
    """

    path: str
    source: str
    reason: str
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Listing:
    """The files of a source in a fixed order, and what its ignore rules left out."""

    entries: list[Entry]
    rejected: list[Rejected] = field(default_factory=list)


class Commits(NamedTuple):
    """When a file was first and last committed, in Unix seconds."""

    first: int
    last: int


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a source is from, for the report: what was asked for, and what it turned out to be.

    `licence` is the SPDX expression that a package's metadata give, or empty. `identity` names the exact content where
    that is known: a commit, a package file's SHA-256, a Python version.
    """

    kind: str
    identity: str = ""
    package: str = ""
    version: str = ""
    licence: str = ""


class Source(Protocol):
    """A source. `label` is its name in the corpus; it holds no path of this machine."""

    label: str

    @property
    def origin(self) -> Origin:
        """Where it is from."""
        ...

    def fingerprint(self) -> str:
        """Return a text that changes when the content may have changed."""
        ...

    def listing(self) -> Listing:
        """Return its files. Raises SourceError where the source is gone."""
        ...

    def read(self, path: str) -> bytes:
        """Return a file's bytes. Raises OSError where it cannot be read."""
        ...

    def commits(self) -> Mapping[str, Commits]:
        """Return the times of its files as far as a history knows them."""
        ...

    def close(self) -> None:
        """End what it started."""
        ...

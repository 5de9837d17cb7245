"""One workspace folder among those of a session: its rules, its database, and how paths there are named outside."""

from __future__ import annotations

import os
import time
from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path

from aigc_plugins.index.ignore import Rules
from aigc_plugins.index.limits import database_of
from aigc_plugins.index.reader import Reader
from aigc_plugins.workspace import Symbol

_RULES_S = 3.0  # how old ignore rules may be


class Root:
    """A workspace folder. `prefix` comes before its paths where there are several folders."""

    def __init__(self, given: Path, prefix: str, folder: Path | None, *, indexed: bool = True) -> None:
        self.given = given
        self.real = os.path.realpath(given)
        self._prefix = prefix
        self.reader = Reader(database_of(given, folder) if indexed else None)
        self._rules: Rules | None = None
        self._read_at = 0.0

    @property
    def rules(self) -> Rules:
        """The ignore rules, no older than some seconds."""
        now = time.monotonic()
        rules = self._rules
        if rules is None or now - self._read_at > _RULES_S:
            rules = self._rules = Rules(self.given)
            self._read_at = now
        return rules

    def refresh(self) -> None:
        """Read the rules again at the next question."""
        self._rules = None

    def has(self, path: str) -> bool:
        """Tell whether a path of the session's lies here."""
        return path.startswith(self._prefix)

    def inner(self, path: str) -> str:
        """Return a path of the session's as one of this folder's."""
        return path[len(self._prefix) :]

    def outer(self, path: str) -> str:
        """Return a path of this folder's as one of the session's."""
        return self._prefix + path

    def inner_suffix(self, suffix: str) -> str | None:
        """Return the end of a path here that makes the session's path end in `suffix`, None where none does."""
        suffix = suffix.strip("/")
        return suffix.removeprefix(self._prefix) if self._prefix and suffix.startswith(self._prefix) else suffix

    def relative(self, file: Path) -> str | None:
        """Return an absolute path as one of this folder's, links resolved; None outside."""
        real = os.path.realpath(file)
        if not real.startswith(self.real.rstrip("/") + "/"):
            return None
        return real[len(self.real.rstrip("/")) + 1 :].replace(os.sep, "/")

    def placed(self, symbols: Iterable[Symbol]) -> list[Symbol]:
        """Return symbols of this folder's with the session's paths; those of files that are ignored now are out."""
        allowed = (one for one in symbols if self.rules.allows(one.path))
        return [replace(one, path=self.outer(one.path)) if self._prefix else one for one in allowed]


def distinct(given: Sequence[Path], folder: Path | None, *, indexed: bool = True) -> list[Root]:
    """Return the folders, those inside another one left out, with names that tell them apart."""
    real = {os.path.realpath(path): path.absolute() for path in given}
    outermost = [
        path for key, path in real.items() if not any(key != other and key.startswith(other + "/") for other in real)
    ]
    if len(outermost) == 1:
        return [Root(outermost[0], "", folder, indexed=indexed)]
    taken: set[str] = set()
    roots = []
    for path in outermost:
        name, number = path.name or "root", 1
        while name in taken:
            number += 1
            name = f"{path.name or 'root'}-{number}"
        taken.add(name)
        roots.append(Root(path, f"{name}/", folder, indexed=indexed))
    return roots

"""Ruff: its reports and its own repairs. Its settings are data, so that the project's own ones hold."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from aigc_plugins.api import Diagnostic, Edit
from aigc_plugins.checkers.base import failed, home_of, program, run
from aigc_plugins.text import LineIndex, PositionError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from aigc_plugins.api import Job
    from aigc_plugins.document import Snapshot

_OPTIONS = ("check", "--no-cache", "--no-fix", "--no-force-exclude", "--quiet", "--output-format=json")
_CODE = re.compile(r"[A-Z]{1,5}[0-9]{2,5}")


@dataclass(frozen=True, slots=True)
class Repair:
    """What Ruff would do about a diagnostic; `safe` where it vouches that the meaning stays."""

    diagnostic: Diagnostic
    edits: tuple[Edit, ...]
    title: str
    safe: bool


class Ruff:
    """The linter Ruff, which reads the text from its standard input."""

    name = "Ruff"
    sources = frozenset(("ruff", "flake8", "pyflakes", "pycodestyle", "pydocstyle", "isort", "pylsp_ruff"))
    languages: tuple[str, ...] = ("python",)
    types = False
    install = "pip install 'aigc-lsp[checkers]'"

    def command(self, snapshot: Snapshot, job: Job) -> list[str] | None:
        """Return how Ruff is started."""
        return program("ruff", ("ruff",), snapshot, job)

    def check(self, snapshot: Snapshot, text: str, job: Job, *, codes: Sequence[str] = ()) -> list[Diagnostic]:
        """Return Ruff's reports of `text`."""
        lines = LineIndex(text)
        return [_diagnostic(entry, lines) for entry in self._entries(snapshot, text, job, codes)]

    def repairs(self, snapshot: Snapshot, text: str, job: Job, codes: Sequence[str]) -> list[Repair]:
        """Return Ruff's own repairs for the rules `codes`, whatever the project's settings say of these rules."""
        lines = LineIndex(text)
        found = []
        for entry in self._entries(snapshot, text, job, codes):
            fix = entry.get("fix")
            if fix and entry.get("code") in codes:
                try:
                    edits = tuple(Edit(*_span(edit, lines), str(edit["content"])) for edit in fix["edits"])
                except (PositionError, KeyError, TypeError, ValueError):
                    continue
                safe = fix.get("applicability") == "safe"
                found.append(Repair(_diagnostic(entry, lines), edits, str(fix.get("message") or ""), safe))
        return found

    def _entries(self, snapshot: Snapshot, text: str, job: Job, codes: Sequence[str]) -> list[dict[str, Any]]:
        path, home = snapshot.path, home_of(snapshot, job)
        wanted = [f"--extend-select={code}" for code in codes if _CODE.fullmatch(code)]
        options = [*_OPTIONS, *wanted, f"--stdin-filename={path if path is not None else 'untitled.py'}", "-"]
        cwd = home or Path.home()
        done = run(self, options, snapshot, job, cwd=cwd, stdin=text)
        if done.status not in (0, 1):  # settings that this version does not know
            done = run(self, [*options[:-1], "--isolated", "-"], snapshot, job, cwd=cwd, stdin=text)
        try:
            entries = json.loads(done.stdout)
        except ValueError:
            raise failed(self, done) from None
        return [entry for entry in entries if isinstance(entry, dict)]


def _diagnostic(entry: dict[str, Any], lines: LineIndex) -> Diagnostic:
    start, end = _span(entry, lines)
    code = str(entry.get("code") or "invalid-syntax")
    severity = 1 if code == "invalid-syntax" or entry.get("severity") == "error" else 2
    return Diagnostic(start, end, str(entry.get("message")), code, "Ruff", severity)


def _span(entry: dict[str, Any], lines: LineIndex) -> tuple[int, int]:
    start, end = (
        lines.offset(max(int(place["row"]) - 1, 0), max(int(place["column"]) - 1, 0), "utf-32")
        for place in (entry["location"], entry["end_location"])
    )
    return start, max(start, end)

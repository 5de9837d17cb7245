"""Ruff's own repairs, those inside of one function and by our choice of rules; the project's settings stay aside."""

from __future__ import annotations

import json
import re
import sys
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from aigc_plugins.api import Edit
from aigc_plugins.behaviour.project import root_of
from aigc_plugins.checkers.base import program
from aigc_plugins.text import LineIndex, PositionError

if TYPE_CHECKING:
    from aigc_plugins.api import Job
    from aigc_plugins.document import Snapshot

_ROUNDS = 8
_IMPORT = re.compile(r"\n*(?:from [\w.]+ import [\w, ]+|import [\w., ]+)\n+\Z")
_LEAST_VERSION = re.compile(r">=?\s*3\.(\d+)")


@dataclass(frozen=True, slots=True)
class Fixed:
    """A text after repairs, and the rules whose repairs it holds."""

    text: str
    codes: frozenset[str]


def fixed(snapshot: Snapshot, span: tuple[int, int], rules: Sequence[str], job: Job) -> Fixed | None:
    """Return the text with the repairs of `rules` (codes or their beginnings) inside of `span`, None without Ruff.

    New import lines above are the only repairs outside of it.
    """
    command = program("ruff", ("ruff",), snapshot, job)
    if command is None:
        return None
    options = ["check", "--isolated", "--no-cache", "--quiet", "--output-format=json", "--unsafe-fixes"]
    # Repairs that are on trial are compared like all others; rules that are on trial stay out.
    options += ["--preview", "--config=lint.explicit-preview-rules=true"]
    options += [f"--select={','.join(rules)}", f"--target-version={target_version(snapshot, job)}"]
    text, (start, end) = snapshot.text, span
    codes: set[str] = set()
    for _ in range(_ROUNDS):
        done = job.run(
            [*command, *options, "--stdin-filename=module.py", "-"], cwd=Path.home(), stdin=text, timeout_s=30.0
        )
        edits = _edits(done.stdout, text, (start, end))
        if not edits:
            break
        for code, edit in sorted(edits, key=lambda one: one[1].start, reverse=True):
            text = text[: edit.start] + edit.text + text[edit.end :]
            growth = len(edit.text) - (edit.end - edit.start)
            start, end = start + (growth if edit.start < start else 0), end + growth
            codes.add(code)
    return Fixed(text, frozenset(codes))


def target_version(snapshot: Snapshot, job: Job) -> str:
    """Return the oldest Python that the project runs on, as Ruff writes it; ours where it does not say."""
    root = root_of(snapshot, job)
    try:
        data = tomllib.loads((root / "pyproject.toml").read_text("utf-8")) if root is not None else {}
        found = _LEAST_VERSION.search(str(data.get("project", {}).get("requires-python", "")))
    except (OSError, ValueError, AttributeError):
        found = None
    minor = int(found[1]) if found else sys.version_info.minor
    return f"py3{min(max(minor, 7), sys.version_info.minor)}"


def codes_in(snapshot: Snapshot, text: str, span: tuple[int, int], rules: Sequence[str], job: Job) -> list[str]:
    """Return the rules that a text breaks inside of `span`, empty without Ruff."""
    command = program("ruff", ("ruff",), snapshot, job)
    if command is None:
        return []
    options = ["check", "--isolated", "--no-cache", "--quiet", "--output-format=json", f"--select={','.join(rules)}"]
    options += [f"--target-version={target_version(snapshot, job)}", "--stdin-filename=module.py", "-"]
    entries = _entries(job.run([*command, *options], cwd=Path.home(), stdin=text, timeout_s=30.0).stdout)
    lines = LineIndex(text)
    found = []
    for entry in entries:
        try:
            place = _offset(lines, entry["location"])
        except (KeyError, TypeError, ValueError, PositionError):
            continue
        if span[0] <= place < span[1]:
            found.append(str(entry.get("code")))
    return found


def _entries(report: str) -> list[dict[str, Any]]:
    try:
        entries = json.loads(report)
    except ValueError:
        return []
    return [entry for entry in entries if isinstance(entry, dict)] if isinstance(entries, list) else []


def _edits(report: str, text: str, span: tuple[int, int]) -> list[tuple[str, Edit]]:
    """Return the edits of repairs that do not touch one another, each with its rule."""
    lines = LineIndex(text)
    chosen: list[tuple[str, Edit]] = []
    for entry in _entries(report):
        fix = entry.get("fix")
        if not fix:
            continue
        try:
            edits = [
                Edit(_offset(lines, one["location"]), _offset(lines, one["end_location"]), str(one["content"]))
                for one in fix["edits"]
            ]
        except (KeyError, TypeError, ValueError, PositionError):
            continue
        inside = [edit for edit in edits if span[0] <= edit.start and edit.end <= span[1]]
        others = [edit for edit in edits if edit not in inside]
        if inside and all(_is_import(edit, span) for edit in others) and not _touch(edits, chosen):
            chosen += [(str(entry.get("code")), edit) for edit in edits]
    return chosen


def _is_import(edit: Edit, span: tuple[int, int]) -> bool:
    return edit.start == edit.end < span[0] and _IMPORT.match(edit.text) is not None


def _touch(edits: list[Edit], chosen: list[tuple[str, Edit]]) -> bool:
    return any(edit.start <= other.end and other.start <= edit.end for edit in edits for _, other in chosen)


def _offset(lines: LineIndex, place: dict[str, Any]) -> int:
    return lines.offset(max(int(place["row"]) - 1, 0), max(int(place["column"]) - 1, 0), "utf-32")

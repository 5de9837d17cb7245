"""Pyright and basedpyright, where the user has them: with the project's rules, without its paths and interpreters."""

from __future__ import annotations

import json
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING, Any

from aigc_plugins.api import Diagnostic
from aigc_plugins.checkers.base import failed, home_of, program, run
from aigc_plugins.checkers.scratch import scratch
from aigc_plugins.text import LineIndex, PositionError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from aigc_plugins.api import Job
    from aigc_plugins.document import Snapshot

_SEVERITIES = {"error": 1, "warning": 2, "information": 3}


class Pyright:
    """A type checker of the Pyright family, on a copy of the file among links to all that is around it."""

    languages: tuple[str, ...] = ("python",)
    types = True

    def __init__(self, name: str = "Pyright", sources: Sequence[str] = ("pyright", "pylance")) -> None:
        self.name = name
        self.sources = frozenset(sources)
        self.install = f"pip install {name.lower()}"

    def command(self, snapshot: Snapshot, job: Job) -> list[str] | None:
        """Return how it is started."""
        return program(None, (self.name.lower(),), snapshot, job)

    def check(self, snapshot: Snapshot, text: str, job: Job, *, codes: Sequence[str] = ()) -> list[Diagnostic]:
        """Return its reports of `text`."""
        with scratch(snapshot, text, job) as (folder, copy):
            settings = _settings(snapshot.path, home_of(snapshot, job))
            settings |= {code: "error" for code in codes if code.startswith("report") and code.isalpha()}
            settings |= {"include": [str(copy.relative_to(folder))], "extraPaths": ["tree", "tree/src"]}
            config = folder / "pyrightconfig.json"
            config.write_text(json.dumps(settings), encoding="utf-8")
            done = run(self, ["--outputjson", "--project", str(config)], snapshot, job, cwd=folder)
            try:
                entries = json.loads(done.stdout)["generalDiagnostics"]
            except (ValueError, KeyError, TypeError):
                raise failed(self, done) from None
            lines = LineIndex(text)
            return [_diagnostic(entry, lines, self.name) for entry in entries if _is_of(entry, copy)]


def _is_of(entry: Any, copy: Path) -> bool:
    return isinstance(entry, dict) and Path(str(entry.get("file", ""))).name == copy.name


def _diagnostic(entry: dict[str, Any], lines: LineIndex, source: str) -> Diagnostic:
    start, end = (_offset(lines, entry.get("range", {}).get(side, {})) for side in ("start", "end"))
    severity = _SEVERITIES.get(str(entry.get("severity")), 3)
    return Diagnostic(start, max(start, end), str(entry.get("message")), str(entry.get("rule") or ""), source, severity)


def _offset(lines: LineIndex, place: dict[str, Any]) -> int:
    try:
        return lines.offset(int(place.get("line", 0)), int(place.get("character", 0)), "utf-16")
    except PositionError:
        return len(lines.text)


def _settings(path: Path | None, home: Path | None) -> dict[str, Any]:
    """Return what the project says of rules; nothing that names a path or a program."""
    for folder in path.parents if path is not None and home is not None else ():
        if not folder.is_relative_to(home or folder):
            break
        try:
            if (folder / "pyrightconfig.json").is_file():
                found = json.loads((folder / "pyrightconfig.json").read_text(encoding="utf-8"))
            elif (folder / "pyproject.toml").is_file():
                tools = tomllib.loads((folder / "pyproject.toml").read_text(encoding="utf-8")).get("tool", {})
                found = tools.get("basedpyright", tools.get("pyright"))
            else:
                continue
        except (OSError, ValueError, AttributeError):
            continue
        if isinstance(found, dict):
            return {name: value for name, value in found.items() if _is_rule(name, value)}
    return {}


def _is_rule(name: str, value: Any) -> bool:
    if name in ("typeCheckingMode", "pythonVersion"):
        return isinstance(value, str) and value.replace(".", "").isalnum()
    rule = name.startswith(("report", "strict", "enable", "disable", "deprecate", "analyzeUnannotated"))
    return rule and (isinstance(value, bool) or value in ("none", "information", "warning", "error", "hint"))

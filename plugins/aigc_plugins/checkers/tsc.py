"""The TypeScript compiler, where the user or a trusted project has it. Nothing is emitted, and nothing incremental."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import TYPE_CHECKING

from aigc_plugins.api import Diagnostic
from aigc_plugins.checkers.base import failed, home_of, program, run
from aigc_plugins.checkers.scratch import scratch
from aigc_plugins.text import LineIndex, PositionError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from aigc_plugins.api import Job
    from aigc_plugins.document import Snapshot

_REPORT = re.compile(
    r"^(?P<file>.+?)\((?P<line>\d+),(?P<column>\d+)\): (?P<severity>\w+) TS(?P<code>\d+): (?P<message>.*)"
)
_WORD = re.compile(r"[\w$]+")
# The options without which the compiler does not look for these.
_UNUSED = {"6133": ("noUnusedLocals", "noUnusedParameters"), "6192": ("noUnusedLocals",), "6196": ("noUnusedLocals",)}


class Tsc:
    """The compiler `tsc`, on a copy of the file among links to all that is around it, with the project's tsconfig."""

    name = "tsc"
    sources = frozenset(("ts", "tsc", "typescript", "tsserver", "js", "javascript", "vtsls"))
    languages: tuple[str, ...] = ("typescript", "tsx", "javascript")
    types = True
    install = "npm install --global typescript"

    def command(self, snapshot: Snapshot, job: Job) -> list[str] | None:
        """Return how the compiler is started."""
        return program(None, ("tsc",), snapshot, job)

    def check(self, snapshot: Snapshot, text: str, job: Job, *, codes: Sequence[str] = ()) -> list[Diagnostic]:
        """Return the compiler's reports of `text`."""
        with scratch(snapshot, text, job) as (_, copy):
            options: dict[str, object] = dict.fromkeys(
                (name for code in codes for name in _UNUSED.get(code.removeprefix("TS"), ())), True
            )
            options |= {"noEmit": True, "incremental": False, "composite": False, "tsBuildInfoFile": None}
            options |= {"rootDir": None, "skipLibCheck": True, "allowJs": True}
            if copy.suffix in (".js", ".jsx", ".mjs", ".cjs"):
                options["checkJs"] = True
            project = _project(snapshot.path, home_of(snapshot, job))
            config: dict[str, object] = {"compilerOptions": options, "files": [str(copy)], "include": []}
            if project is not None:
                config["extends"] = str(project)
            else:
                options |= {"strict": True, "target": "es2022", "module": "esnext", "moduleResolution": "bundler"}
            # Beside the copy, so that node_modules is found.
            settings = copy.parent / "tsconfig.aigc-check.json"
            settings.write_text(json.dumps(config | {"references": []}), encoding="utf-8")
            done = run(self, ["--project", str(settings), "--pretty", "false"], snapshot, job, cwd=copy.parent)
            reports = [report for report in map(_REPORT.match, done.stdout.splitlines()) if report is not None]
            if done.status != 0 and not reports:
                raise failed(self, done)
            lines = LineIndex(text)
            return [_diagnostic(report, lines) for report in reports if Path(report["file"]).name == copy.name]


def _diagnostic(report: re.Match[str], lines: LineIndex) -> Diagnostic:
    try:
        start = lines.offset(int(report["line"]) - 1, int(report["column"]) - 1, "utf-16")
    except PositionError:
        start = len(lines.text)
    word = _WORD.match(lines.text, start)
    severity = 1 if report["severity"] == "error" else 2
    return Diagnostic(start, word.end() if word else start, report["message"], report["code"], "ts", severity)


def _project(path: Path | None, home: Path | None) -> Path | None:
    for folder in path.parents if path is not None and home is not None else ():
        if home is not None and not folder.is_relative_to(home):
            return None
        for name in ("tsconfig.json", "jsconfig.json"):
            if (folder / name).is_file():
                return folder / name
    return None

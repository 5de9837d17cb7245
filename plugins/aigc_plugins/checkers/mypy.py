"""mypy: the project's own strictness, none of its plugins. How its settings are read is `mypy_settings`' matter."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

from aigc_models.paths import cache_dir
from aigc_plugins.api import Diagnostic
from aigc_plugins.checkers.base import failed, home_of, program, run
from aigc_plugins.checkers.mypy_settings import settings_text
from aigc_plugins.checkers.scratch import scratch, write
from aigc_plugins.text import LineIndex

if TYPE_CHECKING:
    from collections.abc import Sequence

    from aigc_plugins.api import Finished, Job
    from aigc_plugins.document import Snapshot

# A run reports what is wrong in this file only; bodies of functions without annotations are looked at too, so that
# annotating one shows what is new.
_OPTIONS = (
    "--output=json",
    "--follow-imports=silent",
    "--check-untyped-defs",
    "--no-warn-unused-configs",
    "--no-error-summary",
    "--show-column-numbers",
    "--show-error-end",
    "--show-absolute-path",
    "--no-color-output",
    "--no-pretty",
)
# Rules that `--strict` leaves off.
_OPTIONAL = frozenset(
    (
        *(
            "redundant-expr",
            "possibly-undefined",
            "truthy-bool",
            "truthy-iterable",
            "ignore-without-code",
            "deprecated",
        ),
        *("unused-awaitable", "explicit-override", "mutable-override", "unimported-reveal", "redundant-self"),
    )
)
# Of a shadowed module, mypy's cache compares the hash with that of the file itself: where the cached text was the
# file's and the new one is as long, it would take them for the same. With this line no copy has the file's hash.
_MARK = "\n# a copy, to be checked\n"


class Mypy:
    """The type checker mypy, by a copy that shadows the file: imports resolve as they do in the project."""

    name = "mypy"
    sources = frozenset(("mypy", "dmypy", "pylsp_mypy"))
    languages: tuple[str, ...] = ("python",)
    types = True
    install = "pip install 'aigc-lsp[checkers]'"

    def command(self, snapshot: Snapshot, job: Job) -> list[str] | None:
        """Return how mypy is started."""
        return program("mypy", ("mypy",), snapshot, job)

    def check(self, snapshot: Snapshot, text: str, job: Job, *, codes: Sequence[str] = ()) -> list[Diagnostic]:
        """Return mypy's errors in `text`."""
        path, home = snapshot.path, home_of(snapshot, job)
        with scratch(snapshot, text + _MARK, job) as (folder, copy):
            config = folder / "mypy.ini"
            config.write_text(settings_text(path, home), encoding="utf-8")
            arguments = [f"--config-file={config}", f"--cache-dir={_cache()}", *_OPTIONS]
            if codes:
                known = [f"--enable-error-code={code}" for code in codes if code in _OPTIONAL]
                arguments += ["--strict", *known]
            # No such file yet, or one that is no module by its path: then alone.
            alone = folder / f"m_{copy.stem if copy.stem.isidentifier() else 'odule'}{copy.suffix or '.py'}"
            write(alone, text + _MARK)
            tries = [[str(alone)]]
            if path is not None and path.is_file():
                tries.insert(0, ["--shadow-file", str(path), str(copy), str(path)])
            python = _interpreter(home) if job.trusted else None
            if python is not None:  # with the packages of the project, unless its interpreter is broken
                tries = [[f"--python-executable={python}", *tries[0]], *tries]
            for one in tries:
                done = run(self, [*arguments, *one], snapshot, job, cwd=home or folder)
                if done.status in (0, 1):
                    break
            return self._read(done, text, Path(one[-1]))

    def _read(self, done: Finished, text: str, path: Path) -> list[Diagnostic]:
        if done.status not in (0, 1):
            raise failed(self, done)
        lines = LineIndex(text)
        found = []
        for line in done.stdout.splitlines():
            try:
                entry = json.loads(line)
            except ValueError:
                continue
            of_file = isinstance(entry, dict) and Path(str(entry.get("file"))).name == path.name
            if of_file and entry.get("severity") == "error":
                found.append(_diagnostic(entry, lines))
        return found


def _diagnostic(entry: dict[str, object], lines: LineIndex) -> Diagnostic:
    first = _offset(lines, entry.get("line"), entry.get("column"))
    last = _offset(lines, entry.get("end_line"), entry.get("end_column"))
    return Diagnostic(first, max(first, last), str(entry.get("message")), str(entry.get("code") or ""), "mypy", 1)


def _offset(lines: LineIndex, line: object, column: object) -> int:
    row = min(max(int(str(line or 1)) - 1, 0), lines.line_count - 1)
    return lines.offset(row, max(int(str(column or 0)), 0), "utf-32")


def _cache() -> Path:
    folder = cache_dir() / "mypy"
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def _interpreter(home: Path | None) -> Path | None:
    """Return the interpreter of the project's virtual environment, whose packages are then known."""
    for place in (".venv/bin/python", "venv/bin/python", ".venv/Scripts/python.exe", "venv/Scripts/python.exe"):
        if home is not None and (home / place).is_file():
            return home / place
    return None

"""Runs a written test file with the project's runner in the sandbox, and reads which tests passed."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from aigc_plugins.sandbox import Sandbox
from aigc_plugins.testgen.script.recording import limits
from aigc_plugins.testgen.script.writing import SEPARATOR

if TYPE_CHECKING:
    from collections.abc import Callable

    from aigc_plugins.testgen.parts import Subject
    from aigc_plugins.testgen.script.analysis import Setup

_PRELOADED = Path(__file__).parent / "inside" / "localhost.cjs"
_TAP = re.compile(r"^( *)(?:# Subtest: (?P<begin>.*)|(?P<bad>not )?ok \d+ - (?P<name>.*?)(?:\s+# .*)?)$")
_ZONES = ("UTC", "Asia/Tokyo", "America/New_York", "Asia/Kolkata", "Pacific/Auckland")


@dataclass(frozen=True, slots=True)
class Ran:
    """What came of a run: for each test (`group > title`), why it failed, empty where it passed."""

    results: dict[str, str] = field(default_factory=dict)
    error: str = ""


class Runner:
    """The runner of one project's copy."""

    def __init__(self, subject: Subject, setup: Setup, copy: Path, cancelled: Callable[[], object]) -> None:
        self._subject, self._setup, self._copy, self._cancelled = subject, setup, copy, cancelled

    def link(self) -> None:
        """Make the folders of packages in the copy: links to what is installed, in folders that can be written to."""
        for modules in self._setup.modules:
            place = self._copy / modules.relative_to(self._subject.root)
            place.mkdir(parents=True, exist_ok=True)
            for one in sorted(modules.iterdir()):
                target = one.resolve()
                inside = (
                    target.is_relative_to(self._subject.root)
                    and "node_modules" not in target.relative_to(self._subject.root).parts
                )
                link = place / one.name
                if one.name not in (".vite", ".vite-temp", ".cache", ".vitest") and not link.exists():
                    link.symlink_to(self._copy / target.relative_to(self._subject.root) if inside else one)

    def run(self, text: str, *, number: int = 0, seconds: float = 60.0) -> Ran:
        """Run a test file with that text; each `number` is another order of the tests or another time zone.

        Raises:
            SandboxUnavailableError: code cannot be run safely here.
            CancelledError: the user took the task back.
        """
        subject, setup = self._subject, self._setup
        file = self._copy / subject.conventions.file.relative_to(subject.root)
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, "utf-8", newline="")
        package = self._copy / setup.package.relative_to(subject.root)
        done = Sandbox().run(
            [setup.node, *self._words(file, package, number)],
            scratch=self._copy.parent,
            cwd=package,
            readable=[*setup.modules, _PRELOADED],
            limits=limits(seconds),
            environment={"TZ": _ZONES[number % len(_ZONES)], "NO_COLOR": "1", "CI": "1", "NODE_NO_WARNINGS": "1"},
            cancelled=self._cancelled,
        )
        vitest = setup.runner == "vitest"
        found = _of_vitest(package / ".aigc-report.json") if vitest else _of_tap(done.stdout)
        if found is None or not found:
            reason = done.ended or (done.stderr.strip() or done.stdout.strip())[-400:] or f"status {done.status}"
            return Ran({}, reason)
        return Ran(found)

    def _words(self, file: Path, package: Path, number: int) -> list[str]:
        if self._setup.runner == "node":
            return ["--test-reporter=tap", str(file)]
        vitest = next(one / "vitest" / "vitest.mjs" for one in self._setup.modules if (one / "vitest").exists())
        report = package / ".aigc-report.json"
        report.unlink(missing_ok=True)
        words = [
            "--require",
            str(_PRELOADED),
            str(vitest),
            "run",
            str(file.relative_to(package)),
            "--no-file-parallelism",
            "--reporter=json",
        ]
        words += [f"--outputFile={report}", "--root", str(package), "--coverage.enabled=false"]
        return [*words, "--sequence.shuffle.tests", f"--sequence.seed={number}"] if number else words


def version(setup: Setup, scratch: Path) -> tuple[int, ...]:
    """Return node's version, empty where it does not say."""
    done = Sandbox().run([setup.node, "--version"], scratch=scratch, limits=limits(10))
    return tuple(int(one) for one in re.findall(r"\d+", done.stdout)[:3])


def _of_vitest(report: Path) -> dict[str, str] | None:
    try:
        value = json.loads(report.read_text("utf-8"))
        tests = [test for one in value["testResults"] for test in one["assertionResults"]]
        return {
            SEPARATOR.join([*test["ancestorTitles"], test["title"]]): ""
            if test["status"] == "passed"
            else "\n".join(test.get("failureMessages") or [])[:300] or str(test["status"])
            for test in tests
        }
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _of_tap(text: str) -> dict[str, str] | None:
    names: list[str] = []
    found: dict[str, str] = {}
    inner: set[str] = set()
    for line in text.split("\n"):
        match = _TAP.match(line)
        if match is None:
            continue
        depth = len(match[1]) // 4
        name = re.sub(r"\\(.)", r"\1", match["begin"] if match["begin"] is not None else match["name"])
        whole = SEPARATOR.join([*names[:depth], name])
        names[depth:] = [name]
        if match["begin"] is None:
            found[whole] = "it fails" if match["bad"] else ""
            if depth:
                inner.add(SEPARATOR.join(names[:depth]))
    return {name: why for name, why in found.items() if name not in inner}

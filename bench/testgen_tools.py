"""How the benchmark of test generation runs each tool on one module, laid out alike. It measures time alone."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from testgen_modules import Module

OURS, WITHOUT_MODEL, PEER = "ours", "ours-no-model", "pynguin"
TOOLS = (OURS, WITHOUT_MODEL, PEER)
# Of the budget, until a tool is stopped: Pynguin searches for the budget, and adds assertions and minimises after it.
HARD_STOP = 3
_TESTS = ("tests", "test", "tests.py", "test.py", "test_*.py", "*_test.py", "conftest.py")
_PROJECT = '[project]\nname = "{}"\nversion = "0"\n'


@dataclass(slots=True)
class Made:
    """What came of a tool for a module: the test file (relative, empty for none), seconds, and how it ended."""

    tests: str = ""
    seconds: float = 0.0
    status: int | None = None
    command: str = ""
    tail: str = ""
    origins: list[dict[str, Any]] = field(default_factory=list)

    def as_json(self) -> dict[str, Any]:
        """Return it as JSON has it."""
        return asdict(self)


def laid_out(work: Path, tool: str, module: Module, package: Path) -> Path:
    """Return a fresh project that holds a package's source, without its tests, and an empty folder of tests."""
    project = work / tool / module.name
    shutil.rmtree(project, ignore_errors=True)
    shutil.copytree(package, project, ignore=shutil.ignore_patterns("__pycache__", "bin", *_TESTS))
    (project / "tests").mkdir()
    (project / "pyproject.toml").write_text(_PROJECT.format(module.package), "utf-8")
    return project


def ours(project: Path, module: Module, seconds: float, seed: int, model: bool, name: str = "") -> Made:
    """Run `aigc-lsp testgen` on a module."""
    # -P: a package under test may have the name of one that ours needs.
    command = [sys.executable, "-P", "-m", "aigc_lsp", "testgen", module.file, "--write", "--json"]
    command += ["--seconds", f"{seconds:g}", "--seed", str(seed)]
    command += ["--model", name] if model and name else [] if model else ["--no-model"]
    made, output = _timed(command, project, HARD_STOP * seconds, dict(os.environ))
    made.origins = origins(output)
    made.tests = _new_tests(project)
    return made


def origins(output: str) -> list[dict[str, Any]]:
    """Return what became of each proposer's scenarios, from the JSON that the command prints."""
    with suppress(ValueError):
        told = json.loads(output)
        modules = told.get("modules", [told]) if isinstance(told, dict) else told
        return [one for module in modules for one in module.get("origins", [])]
    return []


def pynguin(python: Path, project: Path, module: Module, seconds: float, seed: int) -> Made:
    """Run Pynguin on a module: as it comes, but for what its help recommends for better mutation scores.

    It may search for the budget, and then run mutants to choose assertions for as long again; it is stopped after three
    budgets. Where it wrote nothing until then, it runs again without the mutants, which are its slowest part.
    """
    scratch = project.with_name(f"{project.name}.scratch")
    shutil.rmtree(scratch, ignore_errors=True)
    for name in ("home", "tmp"):
        (scratch / name).mkdir(parents=True)
    environment = {
        **{name: os.environ[name] for name in ("PATH", "LANG") if name in os.environ},
        "HOME": str(scratch / "home"),
        "TMPDIR": str(scratch / "tmp"),
        "PYNGUIN_DANGER_AWARE": "1",
    }
    command = [str(python), "-m", "pynguin", "--project-path", str(project), "--module-name", module.name]
    command += ["--output-path", str(project / "tests"), "--report-dir", str(scratch / "report")]
    command += ["--maximum-search-time", f"{seconds:g}", "--seed", str(seed), "--no-xfail", "True", "-v", "--no-rich"]
    total = 0.0
    for assertions in (["--maximum-mutation-time", f"{seconds:g}"], ["--assertion-generation", "CHECKED_MINIMIZING"]):
        made, _ = _timed([*command, *assertions], scratch, HARD_STOP * seconds, environment)
        total += made.seconds
        made.tests = _new_tests(project)
        if made.tests:
            break
    made.seconds = round(total, 2)
    return made


def _new_tests(project: Path) -> str:
    """Return the test file that there is now; of several, the one with the most in it."""
    found = [path for path in project.rglob("*.py") if re.fullmatch(r"test_.*|.*_test", path.stem)]
    return str(max(found, key=lambda path: path.stat().st_size).relative_to(project)) if found else ""


def _timed(command: list[str], folder: Path, limit: float, environment: dict[str, str]) -> tuple[Made, str]:
    """Run a command for at most `limit` seconds, and end all that it started."""
    began = time.monotonic()
    process = subprocess.Popen(
        command, cwd=folder, env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        text=True, errors="replace", start_new_session=True,
    )  # fmt: skip
    try:
        output, error = process.communicate(timeout=limit)
        status: int | None = process.returncode
    except subprocess.TimeoutExpired:
        status = None
        _end(process.pid)
        output, error = process.communicate()
    seconds = time.monotonic() - began
    _end(process.pid)
    tail = "\n".join(error.splitlines()[-6:])[-1500:]
    return Made("", round(seconds, 2), status, " ".join(command[1:]), tail), output


def _end(group: int) -> None:
    with suppress(OSError):
        os.killpg(group, signal.SIGKILL)

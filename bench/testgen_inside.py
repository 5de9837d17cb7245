"""Runs a test file with pytest, in the sandbox, under the Python of the measuring environment. It judges nothing.

`python testgen_inside.py JOB` reads the JSON file JOB and writes `result.json` beside it. The jobs: `suite` runs all
tests once, then those that passed under coverage, in shuffled orders, and against mutants; `imports` tells with which
of some texts a module can be imported. Standard library and pytest only.
"""

from __future__ import annotations

import contextlib
import importlib
import json
import os
import random
import resource
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

_OPTIONS = ("-q", "--tb=short", "--color=no", "-p", "no:cacheprovider", "--rootdir=.", "--no-header")
_TAIL = 1500
_CHILD_BYTES = 1 << 30
_PRELOADED = ("pytest", "_pytest.config", "_pytest.python", "_pytest.assertion.rewrite", "_pytest.terminal")


class Recorder:
    """A pytest plugin: chooses and shuffles tests, and notes how each ended."""

    def __init__(self, chosen: Sequence[str] | None = None, shuffle: int | None = None) -> None:
        self._chosen = None if chosen is None else set(chosen)
        self._shuffle = shuffle
        self.outcomes: dict[str, str] = {}
        self.errors: list[str] = []

    def pytest_collection_modifyitems(self, items: list[Any]) -> None:
        if self._chosen is not None:
            items[:] = [item for item in items if item.nodeid in self._chosen]
        if self._shuffle is not None:
            random.Random(self._shuffle).shuffle(items)

    def pytest_collectreport(self, report: Any) -> None:
        if report.failed:
            self.errors.append(str(report.longrepr)[-_TAIL:])

    def pytest_runtest_logreport(self, report: Any) -> None:
        if report.failed:
            self.outcomes[report.nodeid] = "failed"
        elif report.when == "call" or report.skipped:
            xfailed = report.skipped and hasattr(report, "wasxfail")
            word = "passed" if report.passed or xfailed else "skipped"
            self.outcomes.setdefault(report.nodeid, word)


def run(tests: str, out: str, chosen: Sequence[str] | None, shuffle: int | None, covered: str | None) -> int:
    """Run the tests in this process; write how each ended to the file `out`, and what they cover of `covered`."""
    import pytest

    recorder = Recorder(chosen, shuffle)
    measure = _coverage(covered) if covered is not None else None
    sys.argv = ["pytest", tests]  # alike in all runs: some code reads it
    status = pytest.main([*_OPTIONS, tests], plugins=[recorder])
    found: dict[str, Any] = {"status": int(status), "outcomes": recorder.outcomes, "errors": recorder.errors}
    if measure is not None:
        measure.stop()
        measure.json_report(outfile=f"{out}.coverage", ignore_errors=True)
    Path(out).write_text(json.dumps(found), "utf-8")
    return 0


def separately(folder: Path, order: dict[str, Any], seed: int, timeout: float) -> dict[str, Any]:
    """Run the tests in a process of their own, with a seed for hashes; nothing passed where it did not end well."""
    out = folder / "run.json"
    out.unlink(missing_ok=True)
    question = folder / "order.json"
    question.write_text(json.dumps({**order, "out": str(out)}), "utf-8")
    environment = {**os.environ, "PYTHONHASHSEED": str(seed)}
    command = [sys.executable, "-P", "-s", __file__, "--run", str(question)]
    process = subprocess.Popen(
        command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL,
        start_new_session=True,
    )  # fmt: skip
    try:
        said = process.communicate(timeout=timeout)[0].decode("utf-8", "replace")
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        process.communicate()
        said = "ran out of time"
    if out.exists():
        return {**json.loads(out.read_text("utf-8")), "output": said[-_TAIL:]}
    return {
        "status": -1,
        "outcomes": {},
        "errors": [said[-_TAIL:] or "ended without an answer"],
        "output": said[-_TAIL:],
    }


def suite(job: dict[str, Any], folder: Path) -> dict[str, Any]:
    """Run everything that is measured of a test file."""
    module, tests, limit = Path(job["module"]), job["tests"], job["timeout_s"]
    order = {"tests": tests, "chosen": None, "shuffle": None, "covered": None}
    first = separately(folder, order, 0, limit)
    passed = sorted(name for name, outcome in first["outcomes"].items() if outcome == "passed")
    result: dict[str, Any] = {"first": first, "passed": passed, "coverage": {}, "reruns": [], "killed": {}}
    if not passed:
        return result
    order["chosen"] = passed
    separately(folder, {**order, "covered": str(module)}, 0, limit)
    report = folder / "run.json.coverage"
    if report.exists():
        files = json.loads(report.read_text("utf-8"))["files"]
        result["coverage"] = next((found["summary"] for found in files.values()), {})
    for number in range(1, job["reruns"] + 1):
        again = separately(folder, {**order, "shuffle": number}, number, limit)["outcomes"]
        result["reruns"].append([name for name in passed if again.get(name) != "passed"])
    result["killed"] = mutants(job, folder, module, passed)
    return result


def mutants(job: dict[str, Any], folder: Path, module: Path, passed: Sequence[str]) -> dict[str, str]:
    """Return for each mutant, by its number, what ended it: `failed`, `time`, or nothing (empty: it lives).

    The tests that passed are tried once more as they will be run here; what fails now says nothing of a mutant.
    """
    original, tests, out = module.read_text("utf-8"), job["tests"], folder / "again.json"
    # The compiled module goes: a mutant of the same size and second would be taken for it.
    for cached in module.parent.glob(f"__pycache__/{module.stem}.*.pyc"):
        cached.unlink()
    began = time.monotonic()
    _forked(lambda: run(tests, str(out), passed, None, None), 2 * job["timeout_s"])
    limit = 5 * (time.monotonic() - began) + 2
    outcomes = json.loads(out.read_text("utf-8"))["outcomes"] if out.exists() else {}
    chosen = [name for name in passed if outcomes.get(name) == "passed"]
    if not chosen:
        return {"0": "the tests fail without a mutant"}
    found = {}
    try:
        for number, text in job["mutants"].items():
            module.write_text(text, "utf-8")
            status = _forked(lambda: _exits_with_pytest(tests, chosen), limit)
            found[number] = "time" if status is None else "failed" if status else ""
    finally:
        module.write_text(original, "utf-8")
    return found


def imports(job: dict[str, Any], folder: Path) -> dict[str, Any]:
    """Tell for each text, by its number, whether the module can be imported with it, and what it covers alone."""
    module = Path(job["module"])
    original = module.read_text("utf-8")
    report = folder / "alone.json"
    found: dict[str, Any] = {}
    _forked(lambda: _imported_under_coverage(job["name"], module, report), 60)
    if report.exists():
        files = json.loads(report.read_text("utf-8"))["files"]
        found["coverage"] = next((one["summary"] for one in files.values()), {})
    for number, text in {"": original, **job["mutants"]}.items():
        module.write_text(text, "utf-8")
        found[number] = _forked(lambda: importlib.import_module(job["name"]) is None, 10) == 0
    module.write_text(original, "utf-8")
    return found


def _coverage(file: str) -> Any:
    import coverage

    measure = coverage.Coverage(branch=True, include=[file], data_file=None)
    measure.start()
    return measure


def _imported_under_coverage(name: str, module: Path, report: Path) -> int:
    measure = _coverage(str(module))
    importlib.import_module(name)
    measure.stop()
    measure.json_report(outfile=str(report))
    return 0


def _exits_with_pytest(tests: str, chosen: Sequence[str]) -> int:
    import pytest

    sys.argv = ["pytest", tests]
    return int(pytest.main([*_OPTIONS, "-x", "--tb=no", tests], plugins=[Recorder(chosen)]))


def _forked(action: Callable[[], int], seconds: float) -> int | None:
    """Return what an action returns in a forked process, 1 where it raises, None where it takes too long."""
    pid = os.fork()
    if pid == 0:
        _child(action)
    until = time.monotonic() + seconds
    pause = 0.002
    while time.monotonic() < until:
        done, status = os.waitpid(pid, os.WNOHANG)
        if done:
            _end(pid)
            return os.waitstatus_to_exitcode(status)
        time.sleep(pause)
        pause = min(pause * 1.5, 0.02)
    _end(pid)
    os.waitpid(pid, 0)
    return None


def _child(action: Callable[[], int]) -> None:
    status = 1
    try:
        os.setsid()
        resource.setrlimit(resource.RLIMIT_AS, (_CHILD_BYTES, _CHILD_BYTES))
        nothing = os.open(os.devnull, os.O_RDWR)
        for stream in (0, 1, 2):
            os.dup2(nothing, stream)
        sys.dont_write_bytecode = True
        status = int(action())
    except BaseException:  # whatever a mutant does, this process has to end here
        status = 1
    finally:
        os._exit(status)


def _end(pid: int) -> None:
    with contextlib.suppress(OSError):
        os.killpg(pid, signal.SIGKILL)


def main() -> None:
    """Do the job that the last argument names."""
    path = Path(sys.argv[-1])
    job = json.loads(path.read_text("utf-8"))
    if sys.argv[1] == "--run":
        run(job["tests"], job["out"], job["chosen"], job["shuffle"], job["covered"])
        return
    if job["kind"] == "imports":
        result = imports(job, path.parent)
    else:
        for name in _PRELOADED:
            importlib.import_module(name)
        result = suite(job, path.parent)
    (path.parent / "result.json").write_text(json.dumps(result), "utf-8")


if __name__ == "__main__":
    main()

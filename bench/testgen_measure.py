"""Measures a test file, whoever wrote it: coverage, mutants, reruns, what it asserts. It writes no tests.

What is run, runs in the product's sandbox, under pytest and coverage.py of the measuring environment, by
testgen_inside.py; mutants come from cosmic-ray, by testgen_mutants.py.
"""

from __future__ import annotations

import ast
import json
import re
import shutil
import subprocess
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from aigc_plugins.sandbox import Limits, Sandbox

_HERE = Path(__file__).parent
_LIMITS = Limits(wall_s=1800, cpu_s=900, memory=4 << 30, processes=64, output=16 << 20)
_TEST_S = 60.0
_RAISES = frozenset(("raises", "warns", "deprecated_call", "fail"))
# More are made than are drawn, because some of them cannot be imported.
_SPARE = 1.5
FunctionNode = ast.FunctionDef | ast.AsyncFunctionDef


_PLACES = re.compile(r"/\S*/(?=tests/|lib/|python3\.\d+/)")  # of this machine, in what a failure says


@dataclass(frozen=True, slots=True)
class Place:
    """A module under test in a project: the project's folder, the module's file in it, the name that imports it."""

    project: Path
    file: str
    name: str


@dataclass(frozen=True, slots=True)
class Written:
    """What a test file says of itself: how many test functions and lines, which tests assert nothing."""

    functions: int
    lines: int
    assertion_free: tuple[str, ...]
    expected_failures: int


def read(text: str) -> Written:
    """Read the text of a test file; one that does not parse has no tests."""
    try:
        tree = ast.parse(text)
    except (SyntaxError, ValueError):
        return Written(0, text.count("\n"), (), 0)
    bodies = [tree.body, *(node.body for node in ast.walk(tree) if isinstance(node, ast.ClassDef))]
    tests = [
        node for body in bodies for node in body if isinstance(node, FunctionNode) and node.name.startswith("test")
    ]
    free = tuple(test.name for test in tests if not asserts(test))
    return Written(len(tests), text.count("\n"), free, sum(_expected_to_fail(test) for test in tests))


def asserts(test: FunctionNode) -> bool:
    """Tell whether a test asserts something: `assert`, pytest's `raises` and the like, `assert…` of another object."""
    return any(isinstance(node, ast.Assert) or _asserting_call(node) for node in ast.walk(test))


def _asserting_call(node: ast.AST) -> bool:
    if not isinstance(node, ast.Call):
        return False
    name = str(getattr(node.func, "attr", "") or getattr(node.func, "id", ""))
    return name in _RAISES or name.startswith("assert")


def _expected_to_fail(test: FunctionNode) -> bool:
    return any("xfail" in ast.unparse(decorator) for decorator in test.decorator_list)


def prepared(python: Path, place: Place, count: int, seed: int) -> dict[str, Any]:
    """Return the mutants of a module that all are measured with, and its lines and branches; import it for that.

    Raises:
        ValueError: the module cannot be imported or has nothing to cover.
    """
    command = [str(python), "-W", "ignore", str(_HERE / "testgen_mutants.py"), str(place.project / place.file)]
    done = subprocess.run([*command, str(int(count * _SPARE)), str(seed)], capture_output=True, text=True, check=False)
    if done.returncode:
        raise ValueError(f"cosmic-ray fails on {place.name}: {done.stderr[-500:]}")
    made = json.loads(done.stdout)
    texts = {str(one["number"]): one["text"] for one in made}
    found = inside(python, place, {"kind": "imports", "name": place.name, "mutants": texts})
    if not found.get("", False) or not found.get("coverage", {}).get("num_branches"):
        raise ValueError(f"{place.name} cannot be imported: {found.get('error', '')}")
    usable = [one for one in made if found[str(one["number"])]]
    return {"mutants": usable[:count], "not_importable": len(made) - len(usable), "coverage": found["coverage"]}


def measured(python: Path, place: Place, tests: str, ready: dict[str, Any], reruns: int) -> dict[str, Any]:
    """Return all figures of the test file `tests` (relative to the project; empty where there is none)."""
    told = read((place.project / tests).read_text("utf-8")) if tests else Written(0, 0, (), 0)
    result: dict[str, Any] = {}
    if tests:
        texts = {str(one["number"]): one["text"] for one in ready["mutants"]}
        job = {"kind": "suite", "tests": tests, "mutants": texts, "reruns": reruns, "timeout_s": _TEST_S}
        result = inside(python, place, job)
    return figures(told, result, ready)


def figures(told: Written, result: dict[str, Any], ready: dict[str, Any]) -> dict[str, Any]:
    """Return the figures of one test file from what its runs gave."""
    alone, covered = ready["coverage"], result.get("coverage", {})
    first = result.get("first", {"outcomes": {}, "errors": []})
    endings = list(first["outcomes"].values())
    killed = result.get("killed", {})
    mutants = [str(one["number"]) for one in ready["mutants"]]
    errors = [*first["errors"], *filter(None, [result.get("error"), killed.get("0")])]
    return {
        "functions": told.functions,
        "rows": len(endings),
        "lines_of_tests": told.lines,
        "passing": endings.count("passed"),
        "failing": endings.count("failed"),
        "assertion_free": len(told.assertion_free),
        "expected_failures": told.expected_failures,
        "rerun_failures": sum(len(run) for run in result.get("reruns", [])),
        "reruns": len(result.get("reruns", [])),
        "lines": [covered.get("covered_lines", 0), alone["num_statements"]],
        "branches": [covered.get("covered_branches", 0), alone["num_branches"]],
        "mutants": [sum(bool(killed.get(number)) for number in mutants), len(mutants)],
        "mutants_by_time": sum(killed.get(number) == "time" for number in mutants),
        "alive": [
            {"line": one["line"], "operator": one["operator"]}
            for one in ready["mutants"]
            if not killed.get(str(one["number"]))
        ],
        "errors": [_PLACES.sub("", error)[-500:] for error in errors],
    }


def inside(python: Path, place: Place, job: dict[str, Any]) -> dict[str, Any]:
    """Do a job of testgen_inside.py on a copy of the project; return its result, or `error`."""
    with tempfile.TemporaryDirectory(prefix="bench-testgen-") as temporary:
        folder = Path(temporary).resolve()
        copy = folder / "project"
        shutil.copytree(place.project, copy, symlinks=True, ignore=shutil.ignore_patterns("__pycache__", ".tmp"))
        script = shutil.copy(_HERE / "testgen_inside.py", folder)
        (folder / "job.json").write_text(json.dumps({**job, "module": str(copy / place.file)}), "utf-8")
        command: Sequence[str | Path] = [python, "-P", "-s", script, folder / "job.json"]
        environment = {
            "PYTHONPATH": str(copy),
            "PYTHONHASHSEED": "0",
            "PYTHONDONTWRITEBYTECODE": "",
            "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1",
        }
        done = Sandbox().run(command, scratch=folder, cwd=copy, limits=_LIMITS, environment=environment)
        answer = folder / "result.json"
        if not answer.exists():
            return {"error": f"ended by {done.ended or done.status}: {done.stderr[-500:]}"}
        return dict(json.loads(answer.read_text("utf-8")))

"""Tries generated code: runs a project's tests, and functions on examples, in the sandbox. What fails, others mend."""

from __future__ import annotations

import json
import re
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from aigc_plugins.api import Finished

if TYPE_CHECKING:
    from aigc_plugins.api import Job
    from aigc_plugins.tasks.project.plan import Function

SECONDS = 60.0
_SECONDS_OF_FUNCTION = 5.0
_TESTS = (
    "import sys, unittest; sys.path[:0] = ['src', 'tests']; "
    "unittest.main(module=None, argv=['unittest', 'discover', '--start-directory', 'tests'], verbosity=0)"
)
_CHECK = """
import json, sys
sys.path.insert(0, ".")
from functions import FUNCTION
wrong = []
for arguments, expected in EXAMPLES:
    try:
        result = FUNCTION(*arguments)
    except BaseException as error:
        wrong.append(f"raises {type(error).__name__}: {error}"[:200])
        continue
    number = FLOAT and type(result) in (int, float) and type(expected) in (int, float)
    same = abs(result - expected) <= 1e-7 * max(1, abs(expected)) if number else result == expected
    same = same and (number or type(result) is type(expected))
    wrong.append(None if same else f"returns {result!r}"[:200])
print(json.dumps(["checked", wrong]))
"""
_FAILED = re.compile(r"^(?:FAIL|ERROR): (\w+) \(([\w.]+)\)", re.MULTILINE)
_RAN = re.compile(r"^Ran (\d+) tests? in", re.MULTILINE)


class Runner(Protocol):
    """Runs a program on some files, where it can do no harm. Raises AigcError where that is not possible."""

    def __call__(self, files: Mapping[str, str], command: Sequence[str], *, seconds: float) -> Finished: ...


@dataclass(frozen=True, slots=True)
class Tested:
    """How a project's tests went: their number, the names of those that failed, and what they said."""

    tests: int
    failed: tuple[str, ...]
    output: str
    passed: bool


def sandboxed(job: Job) -> Runner:
    """Return a runner on the sandbox, which ends with the job."""

    def cancelled() -> bool:
        job.check()
        return False

    def run(files: Mapping[str, str], command: Sequence[str], *, seconds: float) -> Finished:
        from aigc_plugins.sandbox import Limits, Sandbox

        with tempfile.TemporaryDirectory(prefix="aigc-project-") as folder:
            for name, text in files.items():
                path = Path(folder, name)
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_text(text, encoding="utf-8")
            limits = Limits(wall_s=seconds, cpu_s=max(1, int(seconds)))
            return Sandbox().run(command, scratch=Path(folder), limits=limits, cancelled=cancelled)

    return run


def run_tests(run: Runner, files: Mapping[str, str]) -> Tested:
    """Run a project's tests."""
    done = run(files, [sys.executable, "-I", "-B", "-c", _TESTS], seconds=SECONDS)
    ran = _RAN.search(done.stderr)
    failed = tuple(dict.fromkeys(found[1] for found in _FAILED.finditer(done.stderr)))
    tests = int(ran[1]) if ran is not None else 0
    return Tested(tests, failed, (done.stderr + done.stdout)[-4000:], done.status == 0 and tests > 0 and not failed)


def failures(run: Runner, function: Function, source: str) -> list[str | None]:
    """Return for each example of a function what it does instead, None where it does what the example says."""
    examples = [(list(one.arguments), one.result) for one in function.examples]
    check = _CHECK.replace("FUNCTION", function.name).replace("EXAMPLES", repr(examples))
    check = check.replace("FLOAT", str("float" in function.returns))
    files = {"functions.py": source, "check.py": check}
    done = run(files, [sys.executable, "-I", "-B", "check.py"], seconds=_SECONDS_OF_FUNCTION)
    said = _last(done.stdout)
    if isinstance(said, list) and len(said) == 2 and said[0] == "checked" and len(said[1]) == len(examples):
        return [None if one is None else str(one) for one in said[1]]
    reason = "takes too long" if done.status is None else f"ends with status {done.status}"
    return [(done.stderr.strip().splitlines() or [reason])[-1][:200]] * len(examples)


def _last(output: str) -> Any:
    """Return the JSON of the last line."""
    try:
        return json.loads(output.strip().rpartition("\n")[2])
    except ValueError:
        return None

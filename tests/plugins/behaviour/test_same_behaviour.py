"""Two versions of a function: the same, different, or nobody knows."""

from __future__ import annotations

import sys
import textwrap

import pytest

from aigc_plugins.api import CancelledError
from aigc_plugins.behaviour import same_behaviour
from aigc_plugins.sandbox import SandboxUnavailableError, rungs, which_rung
from aigc_plugins.tasks.functions import definition_at
from task_helpers import FakeJob, place


@pytest.fixture(autouse=True)
def _sandbox():
    try:
        which_rung()
    except SandboxUnavailableError as error:
        pytest.skip(str(error))


def verdict(before, after, job=None, *, name="f", uri="file:///project/a.py", **options):
    before, after = textwrap.dedent(before).lstrip("\n"), textwrap.dedent(after).strip("\n")
    here = place(before, at=f"def| {name}", uri=uri)
    definition = definition_at(here.snapshot, here.start, here.end)
    return same_behaviour(here.snapshot, definition, after, job or FakeJob(), **options)


SAME = {
    "a comprehension": (
        "def f(xs):\n    out = []\n    for x in xs:\n        out.append(x * 2)\n    return out\n",
        "def f(xs):\n    return [x * 2 for x in xs]",
    ),
    "types decide inputs": (
        "def f(a: int, b: str = 'x') -> str:\n    if a > 7:\n        return b\n    return b * a\n",
        "def f(a: int, b: str = 'x') -> str:\n    return b if a > 7 else b * a",
    ),
    "the same exception": (
        "def f(n: int) -> int:\n    if n < 0:\n        raise ValueError('below')\n    return n + 1\n",
        "def f(n: int) -> int:\n    if n <= -1:\n        raise ValueError('below')\n    return 1 + n",
    ),
    "the interpreter's words for an error": (
        "def f(xs: list[int]) -> int:\n    return xs[0]\n",
        "def f(xs: list[int]) -> int:\n    return tuple(xs)[0]",
    ),
    "a copy made otherwise": (
        "def f(xs: list[int]) -> list[int]:\n    return list(xs)\n",
        "def f(xs: list[int]) -> list[int]:\n    return [*xs]",
    ),
    "a generator": (
        "def f(xs: list[int]):\n    for x in xs:\n        yield x + 1\n",
        "def f(xs: list[int]):\n    yield from (x + 1 for x in xs)",
    ),
    "what is printed": (
        "def f(n: int) -> None:\n    if n:\n        print(n)\n    else:\n        print('none')\n",
        "def f(n: int) -> None:\n    print(n if n else 'none')",
    ),
    "a set has no order": (
        "def f(s: str) -> set[str]:\n    found = set()\n    for c in s:\n        found.add(c)\n    return found\n",
        "def f(s: str) -> set[str]:\n    return set(s)",
    ),
    "keyword-only and many": (
        "def f(*xs: int, k: int = 1) -> int:\n    t = 0\n    for x in xs:\n        t += x * k\n    return t\n",
        "def f(*xs: int, k: int = 1) -> int:\n    return sum(x * k for x in xs)",
    ),
}
DIFFERENT = {
    "a boundary": (
        "def f(a: int) -> bool:\n    return a > 37\n",
        "def f(a: int) -> bool:\n    return a >= 37",
    ),
    "a word": (
        "def f(s: str) -> int:\n    return 1 if s == 'needle' else 0 if s else 2\n",
        "def f(s: str) -> int:\n    return 0 if s else 2",
    ),
    "a type": ("def f(a: int) -> int:\n    return a * 1\n", "def f(a: int) -> int:\n    return a * 1.0"),
    "an exception": (
        "def f(xs: list[int]) -> int:\n    return xs[0]\n",
        "def f(xs: list[int]) -> int:\n    return next(iter(xs))",
    ),
    "a changed argument": (
        "def f(xs: list[int]) -> list[int]:\n    return sorted(xs)\n",
        "def f(xs: list[int]) -> list[int]:\n    xs.sort()\n    return xs",
    ),
    "what an error says": (
        "def f(n: int) -> int:\n    if n < 0:\n        raise ValueError(f'below: {n}')\n    return n\n",
        "def f(n: int) -> int:\n    if n < 0:\n        raise ValueError('no')\n    return n",
    ),
    "no copy any more": (
        "def f(xs: list[int]) -> list[int]:\n    return list(xs)\n",
        "def f(xs: list[int]) -> list[int]:\n    return xs",
    ),
    "a part that is no copy any more": (
        "def f(xs: list[list[int]]) -> list[list[int]]:\n    return [list(one) for one in xs]\n",
        "def f(xs: list[list[int]]) -> list[list[int]]:\n    return [one for one in xs]",
    ),
    "the module's own list": (
        "SIZES = [1, 2]\ndef f(n: int) -> list[int]:\n    return list(SIZES) if n > 2 else [n]\n",
        "def f(n: int) -> list[int]:\n    return SIZES if n > 2 else [n]",
    ),
    "one list several times": (
        "def f(n: int) -> list[list[int]]:\n    return [[0] for _ in range(min(n, 5))]\n",
        "def f(n: int) -> list[list[int]]:\n    return [[0]] * min(n, 5)",
    ),
    "a tuple that is taken apart": (
        "def f(a):\n    return 'x %s' % a\n",
        "def f(a):\n    return f'x {a}'",
    ),
    "a truth is no integer": (
        "def f(x):\n    return type(x) == int\n",
        "def f(x):\n    return isinstance(x, int)",
    ),
    "less is printed": (
        "def f(n: int) -> int:\n    print(n)\n    return n\n",
        "def f(n: int) -> int:\n    return n",
    ),
    "a list for a generator": (
        "def f(xs: list[int]):\n    return (x for x in xs)\n",
        "def f(xs: list[int]):\n    return list(xs)",
    ),
    "order": (
        "def f(xs: list[int]) -> list[int]:\n    return list(dict.fromkeys(xs))\n",
        "def f(xs: list[int]) -> list[int]:\n    return sorted(set(xs))",
    ),
    "negative zero": ("def f(x: float) -> float:\n    return x\n", "def f(x: float) -> float:\n    return x + 0"),
    "another function": ("def f(n: int) -> int:\n    return n\n", "def g(n: int) -> int:\n    return n"),
    "it ends the process": (
        "def f(n: int) -> int:\n    return n + 1\n",
        "def f(n: int) -> int:\n    import os\n    os._exit(0)",
    ),
    "it writes a file": (
        "def f(n: int) -> int:\n    return n + 1\n",
        "def f(n: int) -> int:\n    open('x', 'w').close()\n    return n + 1",
    ),
    "it does not end": (
        "def f(n: int) -> int:\n    return n + 1\n",
        "def f(n: int) -> int:\n    while n > 5:\n        pass\n    return n + 1",
    ),
}
UNKNOWN = {
    "chance": ("import random\ndef f(n: int) -> float:\n    return random.random() * n\n", "uses random"),
    "a file": ("def f(path: str) -> str:\n    return open(path).read()\n", "calls open"),
    "a file, further down": (
        "def g(path):\n    return open(path).read()\n\ndef f(path: str) -> str:\n    return g(path)\n",
        "calls open",
    ),
    "the clock": ("import time\ndef f(n: int) -> float:\n    return time.time() + n\n", "clock"),
    "the environment": ("import os\ndef f(n: str) -> object:\n    return os.environ.get(n)\n", "uses os.environ"),
    "module state": (
        "seen = []\ndef f(n: int) -> int:\n    seen.append(n)\n    return len(seen)\n",
        "changes seen",
    ),
    "asynchronous": ("async def f(n: int) -> int:\n    return n\n", "asynchronous"),
    "an unknown type": (
        "import abc\nclass A(abc.ABC):\n    @abc.abstractmethod\n    def m(self): ...\n"
        "def f(a: A) -> int:\n    return a.m()\n",
        "abstract",
    ),
    "an import that is not there": (
        "import surely_not_there\ndef f(n: int) -> int:\n    return n\n",
        "cannot be loaded",
    ),
    "the order of a set": ("def f(s: str) -> list[str]:\n    return list(set(s))\n", "not always do the same"),
    "one outcome": ("def f(n: int) -> int:\n    return 1\n", "tell too little"),
    "only errors": ("def f(n: int) -> int:\n    raise ValueError(n)\n", "tell too little"),
    "something else takes its place": (
        "def f(n: int) -> int:\n    return n\n\nfrom math import floor as f\n",
        "stands for something else",
    ),
    "it is defined again": (
        "def f(n: int) -> int:\n    return n\n\ndef f(n: int) -> int:\n    return n + 1\n",
        "another definition",
    ),
    "a decorator hides it": (
        "def hide(g):\n    def inner(n: int) -> int:\n        return n\n    return inner\n\n"
        "@hide\ndef f(n: int) -> int:\n    return n\n",
        "stands for something else",
    ),
    "an inner function": (
        "def outer():\n    def f(n: int) -> int:\n        return n\n    return f\n",
        "within another",
    ),
}


@pytest.mark.parametrize("case", SAME)
def test_the_same_is_recognised(case):
    found = verdict(*SAME[case])
    assert found.kind == "same", found
    assert "calls with made-up inputs" in found.how


@pytest.mark.parametrize("case", DIFFERENT)
def test_a_difference_is_found(case):
    found = verdict(*DIFFERENT[case])
    assert found.kind == "different", found


@pytest.mark.parametrize("case", UNKNOWN)
def test_what_calls_cannot_tell_is_not_guessed(case):
    before, reason = UNKNOWN[case]
    found = verdict(before, "def f(n):\n    return n")
    assert (found.kind, reason in found.how) == ("unknown", True), found


def test_a_line_that_no_input_reaches_must_stay():
    before = "def f(n: int) -> int:\n    if n * n == 1_234_321:\n        return 5\n    return n\n"
    found = verdict(before, "def f(n: int) -> int:\n    return n")
    assert (found.kind, "`return 5`" in found.how) == ("unknown", True), found
    assert verdict(before, before.replace("return n", "return n + 0").rstrip()).kind == "same"


CLASS = """
from dataclasses import dataclass, field
from enum import Enum

class Kind(Enum):
    A = 1
    B = 2

@dataclass
class Box:
    width: int
    kind: Kind = Kind.A
    tags: list[str] = field(default_factory=list)

    def f(self, other: "Box") -> int:
        if self.kind is Kind.B:
            self.width += 1
        return self.width + other.width
"""


def test_methods_are_called_on_made_instances_and_their_changes_count():
    same = """
    def f(self, other: "Box") -> int:
            self.width += self.kind is Kind.B
            return self.width + other.width
    """
    assert verdict(CLASS, textwrap.dedent(same)).kind == "same"
    assert (
        verdict(CLASS, 'def f(self, other: "Box") -> int:\n        return self.width + other.width').kind == "different"
    )


def test_both_versions_are_measured():
    slow = "def f(xs: list[int], ys: list[int]) -> list[int]:\n    return [x for x in xs if x in ys]\n"
    fast = slow.replace("    return", "    known = set(ys)\n    return").replace("in ys", "in known")
    found = verdict(slow, fast, timed=True)
    assert found.kind == "same"
    assert found.seconds_before > 0
    assert found.seconds_after > 0
    assert found.speed == found.seconds_before / found.seconds_after


@pytest.fixture
def project(tmp_path):
    package = tmp_path / "src" / "pkg"
    package.mkdir(parents=True)
    (tmp_path / "tests").mkdir()
    (package / "__init__.py").write_text("")
    (package / "other.py").write_text("FACTOR = 3\n")
    text = "from pkg.other import FACTOR\nfrom . import other\n\n\ndef f(n):\n    return n * FACTOR\n"
    (package / "mod.py").write_text(text)
    (tmp_path / "notes.txt").write_text("KEY")
    (tmp_path / ".env").write_text("SECRET=1")
    return tmp_path


def in_project(project, after, tests=None):
    if tests is not None:
        (project / "tests" / "test_mod.py").write_text(tests)
    path = project / "src" / "pkg" / "mod.py"
    return verdict(path.read_text(), after, FakeJob(roots=[project]), uri=path.as_uri())


def test_a_module_in_a_package_finds_its_neighbours(project):
    assert in_project(project, "def f(n):\n    return FACTOR * n").kind == "same"
    assert in_project(project, "def f(n):\n    return other.FACTOR * n * 1.0").kind == "different"


def test_its_own_tests_decide_first_and_the_tree_stays_as_it_is(project):
    tests = "from pkg.mod import f\n\ndef test_f():\n    assert f(2) == 6\n\ndef test_broken():\n    assert f(1) == 5\n"
    before = sorted(path for path in project.rglob("*"))
    found = in_project(project, "def f(n):\n    return FACTOR * n", tests)
    assert (found.kind, found.how.startswith("its test passes as before")) == ("same", True), found
    assert sorted(path for path in project.rglob("*")) == sorted([*before, project / "tests" / "test_mod.py"])


def test_a_function_with_effects_is_judged_by_its_tests(project):
    path = project / "src" / "pkg" / "mod.py"
    path.write_text("def f(path):\n    with open(path) as file:\n        return file.read()\n")
    tests = """
from pkg.mod import f

def test_f(tmp_path):
    (tmp_path / 'x').write_text('y')
    assert f(tmp_path / 'x') == 'y'
"""
    found = in_project(project, "def f(path):\n    return open(path).read()", tests)
    assert (found.kind, found.how) == ("same", "its test passes as before")
    found = in_project(project, "def f(path):\n    return ''", tests)
    assert found.kind == "different"
    assert "test_f fails" in found.how


@pytest.mark.parametrize(
    "tests",
    [
        "from pkg.mod import f\n\ndef test_f():\n    assert f\n",  # names it, does not run it
        "from pkg.mod import f\n\ndef test_f():\n    assert f('/') == 1\n",  # fails before
        "def test_other():\n    assert True\n",
        "syntax error",
    ],
)
def test_tests_that_say_nothing_do_not_count(project, tests):
    path = project / "src" / "pkg" / "mod.py"
    path.write_text("def f(path):\n    with open(path) as file:\n        return file.read()\n")
    assert in_project(project, "def f(path):\n    return open(path).read()", tests).kind == "unknown"


def test_code_of_the_project_reads_neither_secrets_nor_the_home(project, monkeypatch):
    monkeypatch.setenv("API_KEY", "KEY")
    path = project / "src" / "pkg" / "mod.py"
    secret = project / ".env"
    path.write_text(
        "import os\nfound = 'API_KEY' in os.environ\ntry:\n"
        f"    found = found or bool(open({str(secret)!r}).read())\nexcept OSError:\n    pass\n"
        f"found = found or any('.env' in names for _, _, names in os.walk(os.path.dirname(__file__) + '/../..'))\n"
        "if found:\n    raise RuntimeError('leak')\n\ndef f(n: int) -> int:\n    return n + 1\n"
    )
    assert in_project(project, "def f(n: int) -> int:\n    return 1 + n").kind == "same"


def test_taking_it_back_ends_the_run():
    class Cancelled(FakeJob):
        asked_s = 0

        def check(self):
            self.asked_s += 1
            if self.asked_s > 3:
                raise CancelledError

    text = "import time\ntime.sleep(30)\ndef f(n: int) -> int:\n    return n\n"
    with pytest.raises(CancelledError):
        verdict(text, "def f(n: int) -> int:\n    return 1 * n", Cancelled())


def test_where_no_sandbox_works_nothing_is_run(monkeypatch):
    rungs.probe.cache_clear()
    monkeypatch.setattr(sys, "platform", "other")
    try:
        with pytest.raises(SandboxUnavailableError, match="it needs Linux"):
            verdict("def f(n: int) -> int:\n    return n\n", "def f(n: int) -> int:\n    return n + 0")
    finally:
        rungs.probe.cache_clear()

"""Scenarios run as if each were alone in the process."""

from __future__ import annotations

import logging
import os
import random
import signal
import sys
import warnings
from pathlib import Path

import pytest

from aigc_plugins.testgen.inside.execute import Executor
from aigc_plugins.testgen.scenario import Scenario
from tests.plugins.testgen.inside.loaded_module import Plain, executor

TEXT = '''
import functools, os, sys, contextlib
COUNT = 0
KNOWN = {"a": 1}
class Box:
    made = 0
    def __init__(self, size): self.size = size; Box.made += 1
def double(x):
    """Twice."""
    return x * 2
def refuse(x):
    if x < 0:
        raise TypeError("negative")
    return x + 1
def count():
    global COUNT
    COUNT += 1
    KNOWN[str(COUNT)] = COUNT
    return COUNT
def collect(x, into=[]):
    into.append(x)
    return list(into)
@functools.lru_cache
def cached(x): return x
def forever():
    while True: pass
def stubborn():
    while True:
        try:
            while True: pass
        except BaseException:
            break
    return 1
def numbers(n):
    for i in range(n): yield i
async def later(x): return x
async def ticks(n):
    for i in range(n): yield i
@contextlib.contextmanager
def opened(x): yield x + 1
def deep(): return deep()
'''


def test_a_value_an_exception_and_a_problem(tmp_path: Path) -> None:
    runner = executor(tmp_path, TEXT)
    assert runner.run(Scenario("double", "double(3)")).value == 6
    ran = runner.run(Scenario("double", "double(x, 1)", arrange=("x = 3",)))
    assert (ran.kind, type(ran.exception)) == ("raised", TypeError)
    assert runner.run(Scenario("double", "double(")).kind == "problem"
    assert runner.run(Scenario("double", "double(x)", arrange=("x = 1 / 0",))).problem == "arrange"
    assert runner.run(Scenario("deep", "deep()")).problem == "memory"
    assert runner.run(Scenario("double", "sys.exit(3)")).outcome == "raised SystemExit"


def test_misuse_is_what_python_raises_and_not_the_code(tmp_path: Path) -> None:
    file = tmp_path / "subject_under_test.py"
    file.write_text(TEXT)
    runner = Executor(Plain(TEXT, file=str(file)), tmp_path)
    assert runner.run(Scenario("refuse", "refuse('a')")).misuse
    assert not runner.run(Scenario("refuse", "refuse(-1)")).misuse


@pytest.mark.parametrize(
    ("act", "value", "steps"),
    [
        ("numbers(3)", [0, 1, 2], ("list",)),
        ("map(double, [1])", [2], ("list",)),
        ("numbers(10 ** 9)", list(range(10)), ("first",)),
        ("later(4)", 4, ("await",)),
        ("later(numbers(2))", [0, 1], ("await", "list")),
        ("ticks(2)", [0, 1], ("collect",)),
        ("opened(1)", 2, ("enter",)),
        ("[1]", [1], ()),
    ],
)
def test_streams_are_read_to_their_end(tmp_path: Path, act: str, value: object, steps: tuple[str, ...]) -> None:
    ran = executor(tmp_path, TEXT).run(Scenario("numbers", act))
    assert (ran.value, ran.steps) == (value, steps)


def test_what_takes_too_long_ends_even_where_it_catches_everything(tmp_path: Path) -> None:
    runner = executor(tmp_path, TEXT, call_s=0.05)
    assert runner.run(Scenario("forever", "forever()")).problem == "time"
    assert runner.run(Scenario("stubborn", "stubborn()")).problem == "time"
    assert runner.run(Scenario("double", "double(1)")).value == 2


def test_the_module_is_as_before_for_each_run(tmp_path: Path) -> None:
    runner = executor(tmp_path, TEXT)
    for _ in range(2):
        assert runner.run(Scenario("count", "count()")).value == 1
        assert runner.run(Scenario("collect", "collect(1)")).value == [1]
        assert runner.run(Scenario("cached", "cached(1), cached.cache_info().misses")).value == (1, 1)
        assert runner.run(Scenario("Box", "Box(1), Box.made")).value[1] == 1
        assert runner.run(Scenario("count", "len(KNOWN)")).value == 1


def test_the_process_is_as_before(tmp_path: Path) -> None:
    runner = executor(tmp_path, TEXT)
    signals = signal.getsignal(signal.SIGTERM)
    before = (Path.cwd(), dict(os.environ), list(sys.path), sys.getrecursionlimit(), list(warnings.filters))
    streams = (sys.stdin, sys.stdout, sys.stderr, sys.argv)
    level = logging.root.level
    for act in (
        "os.chdir('/')", "os.environ.update(A='1')", "os.environ.pop('PATH')", "sys.path.append('/x')",
        "sys.setrecursionlimit(5000)", "warnings.simplefilter('error')", "setattr(sys, 'stdout', None)",
        "sys.stdout.close()", "logging.basicConfig(level=10)", "logging.disable(50)", "open('a', 'w').write('x')",
        "signal.signal(signal.SIGTERM, signal.SIG_IGN)", "setattr(sys, 'argv', [])", "print('x')",
    ):  # fmt: skip
        imports = ("import logging", "import signal", "import warnings", "import sys, os")
        ran = runner.run(Scenario("", act, imports=imports))
        assert ran.kind == "returned", ran
    assert before == (Path.cwd(), dict(os.environ), list(sys.path), sys.getrecursionlimit(), list(warnings.filters))
    assert streams == (sys.stdin, sys.stdout, sys.stderr, sys.argv)
    assert signal.getsignal(signal.SIGTERM) is signals
    assert logging.root.level == level
    assert logging.root.manager.disable == 0
    assert not (tmp_path / "here" / "a").exists()


def test_tmp_path_is_fresh_and_gone_afterwards(tmp_path: Path) -> None:
    runner = executor(tmp_path, TEXT)
    scenario = Scenario("", "sorted(os.listdir(tmp_path))", arrange=("(tmp_path / 'a').write_text('x')",))
    assert runner.run(scenario).value == ["a"]
    first = runner.run(Scenario("", "tmp_path")).value
    assert first != runner.run(Scenario("", "tmp_path")).value
    assert not first.exists()


def test_random_numbers_are_the_same_in_each_run(tmp_path: Path) -> None:
    runner = executor(tmp_path, TEXT)
    scenario = Scenario("", "random.random()", imports=("import random",))
    assert runner.run(scenario).value == runner.run(scenario).value
    random.seed()


def test_what_arranges_is_local_like_in_a_function(tmp_path: Path) -> None:
    runner = executor(tmp_path, TEXT)
    assert runner.run(Scenario("", "double", arrange=("double = double(1)",))).problem == "arrange"
    ran = runner.run(Scenario("", "Point.__qualname__", arrange=("class Point:\n    pass",)))
    assert ran.value == "test_it.<locals>.Point"
    assert runner.run(Scenario("", "1", arrange=("return 3",))).kind == "problem"
    assert runner.run(Scenario("", "a", arrange=('a = """x\ny"""',))).value == "x\ny"


def test_fixtures_come_as_extra_names(tmp_path: Path) -> None:
    runner = executor(tmp_path, TEXT)
    ran = runner.run(Scenario("", "double(b)", arrange=("b = size + 1",)), extra={"size": 2})
    assert ran.value == 6


def test_a_mutant_is_active_for_one_run(tmp_path: Path) -> None:
    runner = executor(tmp_path, TEXT, ("x * 2", "x * 3"))
    assert runner.run(Scenario("", "double(1)"), mutant=1).value == 3
    assert runner.run(Scenario("", "double(1)")).value == 2

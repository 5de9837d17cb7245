"""The mutants that tests kill are those whose text, written into the module by hand, makes the tests fail."""

from __future__ import annotations

import os
import subprocess
import sys
from contextlib import suppress
from dataclasses import replace
from textwrap import dedent

import pytest

from aigc_plugins.testgen import checking
from aigc_plugins.testgen.inside.instrument import instrument

from .made import never, project, written

MODULE = """
    CALLS = []


    def fib(n):
        if n < 2:
            return n
        return fib(n - 1) + fib(n - 2)


    class Stack:
        def __init__(self, most=3):
            self.items = []
            self.most = most

        def push(self, item):
            if len(self.items) >= self.most:
                raise OverflowError("full")
            self.items.append(item)
            return self

        @property
        def top(self):
            return self.items[-1] if self.items else None


    def count_down(n):
        steps = 0
        while n > 0:
            n -= 1
            steps += 1
        return steps


    def register(name):
        CALLS.append(name)
        return len(CALLS)
"""
TESTS = """
    import pytest
    import cart
    from cart import Stack, count_down, fib, register


    @pytest.fixture(scope="module")
    def stack():
        return Stack(2).push("a")


    @pytest.mark.parametrize(("n", "expected"), [(0, 0), (1, 1), (7, 13)])
    def test_fib(n, expected):
        assert fib(n) == expected


    def test_push(stack):
        assert stack.push("b").top == "b"


    def test_push_full(stack):
        with pytest.raises(OverflowError):
            Stack(0).push("c")


    class TestTop:
        def test_empty(self):
            assert Stack().top is None


    def test_count_down():
        assert count_down(3) == 3


    def test_register():
        assert register("a") == 1
    """
ROWS = {
    "test_fib": 3,
    "test_push": 1,
    "test_push_full": 1,
    "TestTop__test_empty": 1,
    "test_count_down": 1,
    "test_register": 1,
}


def mutated(text, mutant):
    """Return the text with a mutant written into it, None where that is no plain replacement of an expression."""
    lines = text.splitlines(keepends=True)
    line = lines[mutant.line - 1]
    if not line[mutant.column :].startswith(mutant.before):
        return None
    rest = line[mutant.column + len(mutant.before) :]
    for after in (f"({mutant.after})", mutant.after):
        lines[mutant.line - 1] = line[: mutant.column] + after + rest
        with suppress(SyntaxError):
            compile("".join(lines), "cart.py", "exec")
            return "".join(lines)
    return None


BY_HAND = """
import os, resource, sys, pytest
for folder in sys.argv[1:]:
    if os.fork() == 0:
        os.chdir(folder)
        sys.path.insert(0, folder)
        resource.setrlimit(resource.RLIMIT_CPU, (1, 1))
        os.dup2(os.open("out.txt", os.O_WRONLY | os.O_CREAT), 1)
        pytest.main(["-q", "-rA", "--tb=no", "-p", "no:cacheprovider", "test_cart.py"])
        sys.stdout.flush()
        os._exit(0)
    if os.wait()[1]:
        os.remove(folder + "/out.txt")
"""


def failing_by_hand(folders, texts):
    """Return for each text the tests that fail with it, run by pytest alone; None where they do not end."""
    for folder, text in zip(folders, texts, strict=True):
        folder.mkdir()
        (folder / "cart.py").write_text(text)
        (folder / "test_cart.py").write_text(dedent(TESTS).lstrip())
    environment = {**os.environ, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1", "PYTHONDONTWRITEBYTECODE": "1"}
    subprocess.run([sys.executable, "-c", BY_HAND, *folders], env=environment, capture_output=True, check=True)
    found = []
    for folder in folders:
        out = (folder / "out.txt").read_text() if (folder / "out.txt").exists() else None
        assert out is None or "passed" in out or "failed" in out, out
        lines = [line for line in (out or "").splitlines() if line.startswith(("FAILED", "ERROR"))]
        found.append(None if out is None else {line.split()[1].partition("::")[2] for line in lines})
    return found


def test_kills_are_those_of_the_mutated_text(tmp_path):
    subject, copy = project(tmp_path, MODULE)
    test = written(TESTS, **ROWS)
    result = checking.check(subject, copy, test, every=True, seconds=60.0, cancelled=never)
    assert all(one.passed for one in result.results.values())
    names = {("test_fib", 0): "test_fib[0-0]", ("test_fib", 1): "test_fib[1-1]", ("test_fib", 2): "test_fib[7-13]"}
    mutants = instrument(subject.text, "cart.py").mutants
    texts = [(one, made) for one in mutants if (made := mutated(subject.text, one)) is not None]
    chosen = texts[:: max(1, len(texts) // 20)][:20]
    assert len(chosen) == 20
    folders = [tmp_path / str(mutant.number) for mutant, _ in chosen]
    by_hand = failing_by_hand(folders, [text for _, text in chosen])
    for (mutant, _), expected in zip(chosen, by_hand, strict=True):
        seen = {names.get(row, row[0]) for row, one in result.results.items() if mutant.number in one.kills}
        assert seen if expected is None else seen == expected, mutant
    assert len(set().union(*(one.kills for one in result.results.values()))) > len(mutants) / 2


def test_a_test_is_of_use_even_if_others_have_filled_a_cache(tmp_path):
    module = """
        from functools import lru_cache

        @lru_cache
        def double(n):
            return n + n
        """
    subject, copy = project(tmp_path, module)
    text = """
        from cart import double

        def test_first():
            assert double(2) == 4

        def test_again():
            assert double(2) == 4
        """
    result = checking.check(subject, copy, written(text, test_first=1, test_again=1), seconds=20.0, cancelled=never)
    assert result.results["test_first", 0].kills
    assert result.results["test_again", 0].kills


def test_of_each_mutant_one_test_is_enough_and_each_test_has_one(tmp_path):
    subject, copy = project(tmp_path)
    text = """
        from cart import sign, total

        def test_sign():
            assert sign(-1) == -1

        def test_sign_again():
            assert sign(-2) == -1

        def test_total():
            assert total([1, 2], 1) == 6
        """
    test = written(text, test_sign=1, test_sign_again=1, test_total=1)
    every = checking.check(subject, copy, test, every=True, seconds=60.0, cancelled=never)
    likely = {row: one.kills for row, one in every.results.items()}
    told = [
        replace(one, rows=tuple(replace(row, kills=likely[one.name, n]) for n, row in enumerate(one.rows)))
        for one in test.tests
    ]
    for given in (test, replace(test, tests=tuple(told))):
        first = checking.check(subject, copy, given, seconds=60.0, cancelled=never)
        assert all(one.kills for one in first.results.values())
        assert all(one.kills <= likely[row] for row, one in first.results.items())
        assert killed(first) == killed(every)


def killed(checked):
    return set().union(*(one.kills for one in checked.results.values()))


def test_branches_are_those_of_the_instrumented_module(tmp_path):
    subject, copy = project(tmp_path)
    text = "from cart import *\n\ndef test_sign():\n    assert sign(-3) == -1\n"
    result = checking.check(subject, copy, written(text, test_sign=1), seconds=20.0, cancelled=never)
    ways = {one.number: (one.function, one.way) for one in instrument(subject.text, "cart.py").branches}
    assert {ways[number] for number in result.results["test_sign", 0].branches} == {
        ("sign", "entered"),
        ("sign", "true"),
    }


def test_a_failing_test_kills_nothing(tmp_path):
    subject, copy = project(tmp_path)
    text = "from cart import *\n\ndef test_sign():\n    assert sign(-3) == 1\n"
    result = checking.check(subject, copy, written(text, test_sign=1), seconds=20.0, cancelled=never)
    assert not result.results["test_sign", 0].kills


def test_a_mutant_that_blocks_or_ends_the_interpreter_is_killed(tmp_path):
    module = """
        import os, time

        def wait(flag):
            if flag:
                time.sleep(60)
            return 1

        def leave(flag):
            if flag:
                os._exit(0)
            return 1
        """
    subject, copy = project(tmp_path, module)
    text = """
        from cart import leave, wait

        def test_wait():
            assert wait(False) is not None

        def test_leave():
            assert leave(False) is not None
        """
    result = checking.check(subject, copy, written(text, test_wait=1, test_leave=1), seconds=30.0, cancelled=never)
    conditions = {one.function: set() for one in instrument(subject.text, "cart.py").mutants}
    for one in instrument(subject.text, "cart.py").mutants:
        if one.before == "flag":
            conditions[one.function].add(one.number)
    assert conditions["wait"] & result.results["test_wait", 0].kills
    assert conditions["leave"] & result.results["test_leave", 0].kills


def test_without_time_mutants_are_left_out_and_noted(tmp_path, monkeypatch):
    monkeypatch.setattr("aigc_plugins.testgen.checking.measured._LEAST_S", 0.0)
    subject, copy = project(tmp_path, MODULE)
    result = checking.check(subject, copy, written(TESTS, **ROWS), seconds=0.0, cancelled=never)
    assert all(one.passed for one in result.results.values())
    assert any("were not tried in the time given" in note for note in result.notes)


@pytest.mark.parametrize("style", ["import cart", "from cart import total, sign", "import cart as module"])
def test_the_tests_that_are_there_are_measured_first(tmp_path, style):
    prefix = {"import cart": "cart.", "import cart as module": "module."}.get(style, "")
    existing = f"""{style}

def test_total():
    assert {prefix}total([1, 2]) == 3

def test_bad():
    assert {prefix}sign(1) == 2
"""
    other = "import json\n\ndef test_other():\n    assert json\n"
    subject, copy = project(tmp_path, **{"tests__test_it.py": existing, "tests__test_other.py": other})
    result = checking.baseline(subject, copy, seconds=20.0, cancelled=never)
    assert {row: one.passed for row, one in result.results.items()} == {
        ("tests/test_it.py::test_total", 0): True,
        ("tests/test_it.py::test_bad", 0): False,
    }
    assert {9, 10} <= result.covered
    assert result.results["tests/test_it.py::test_total", 0].kills
    assert not result.results["tests/test_it.py::test_bad", 0].kills


def test_one_file_that_cannot_be_collected_does_not_spoil_the_others(tmp_path):
    good = "from cart import total\n\ndef test_total():\n    assert total([]) == 0\n"
    bad = "from cart import no_such_thing\n"
    subject, copy = project(tmp_path, **{"tests__test_cart.py": bad, "tests__test_more.py": dedent(good)})
    result = checking.baseline(subject, copy, seconds=20.0, cancelled=never)
    assert [one.passed for one in result.results.values()] == [True]
    assert any("no_such_thing" in note for note in result.notes)


def test_no_tests_give_nothing(tmp_path):
    subject, copy = project(tmp_path, **{"tests__test_other.py": "def test_a():\n    pass\n"})
    assert checking.baseline(subject, copy, seconds=20.0, cancelled=never).results == {}

"""Scenarios become tests that assert what always happens; the rest is refused, or reported."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from aigc_plugins.testgen.inside.execute import Executor
from aigc_plugins.testgen.inside.misuse import is_misuse
from aigc_plugins.testgen.scenario import Recorded, Scenario, Suspicion
from tests.plugins.testgen.inside.loaded_module import executor

TEXT = """
import contextlib, dataclasses, datetime, json, os, random, sys, threading, time
from pathlib import Path
class CustomError(ValueError): pass
class Queue:
    def __init__(self, size, items=()): self.size = size; self._items = list(items)
    def put(self, item): self._items.append(item)
    def __len__(self): return len(self._items)
    @property
    def first(self): return self._items[0]
    @classmethod
    def of(cls, size): return cls(size)
    def itself(self): return self
class Counter:
    def __init__(self): self._count = 0
    def bump(self): self._count += 1
@dataclasses.dataclass
class Point:
    x: float
    y: float = 0.0
    def move(self, by): self.x += by
def double(x): return x * 2
def append(items, x): items.append(x)
def merge(a, b): a.update(b); return a
def numbers(n):
    for i in range(n): yield i
def broken():
    yield 1
    raise CustomError("bad")
async def later(x): return x
async def ticks(n):
    for i in range(n): yield i
@contextlib.contextmanager
def opened(x): yield x + 1
def say(x): print("hello", x); return len(x)
def write(path, text): Path(path).write_text(text)
def clear(path): Path(path).unlink()
def joined(text: str) -> str:
    if text == "": raise TypeError("empty")
    return "x" + text
def content(path): return Path(path).read_text()
def below(path): return str(path / "x"), path / "y", f"in {path}!"
def refuse(x):
    if x < 0: raise TypeError(f"negative {x}")
    return x
def at(): raise CustomError(f"bad {object()!r}")
def leave(): sys.exit(2)
def interrupt(): raise KeyboardInterrupt
def load(text): return json.loads(text)
def now(): return time.time()
def today(): return str(datetime.date.today())
def year(): return time.strftime("%Y")
def aged(made=None): return (datetime.datetime.now() - datetime.datetime(2020, 1, 1)).days // 365
def choose(): return random.choice([1, 2])
def seeded(): return random.Random(3).random()
def user(): return os.environ.get("USER", "none")
def hour(): return time.localtime(0).tm_hour
def folder(): return [os.getcwd()]
def litter(): Path("a").write_text("x")
def ask(): return input()
def words(): return len(sys.argv[1:]) < 50
def program(): return bool(sys.argv[0])
def start(): threading.Thread(target=time.sleep, args=(0.2,)).start()
def typed(x: int) -> str: return x
def described(x: Point) -> float: return x.x
def identity(x): return id(x)
def show(x): print(object()); return x
def keep(path): Path(path).write_text(f"{object()} " * 40)
def measured(x):
    begin = time.perf_counter()
    return x + 1 if time.perf_counter() >= begin else x
"""


@pytest.fixture
def runner(tmp_path: Path) -> Executor:
    return executor(
        tmp_path,
        TEXT,
        ("return x * 2", "return x * 3"),
        ("items.append(x)", "items.append(1)"),
        ('raise TypeError(f"negative {x}")', 'raise ValueError(f"negative {x}")'),
        ('print("hello", x)', 'print("hallo", x)'),
        ("for i in range(n): yield i", "while True: yield n"),
    )


def recorded(runner: Executor, act: str, *arrange: str, target: str = "", **options: str) -> Recorded:
    result = runner.record(Scenario(target or act.partition("(")[0], act, arrange, **options))  # type: ignore[arg-type]
    assert isinstance(result, Recorded), result
    assert result.exception or result.checks
    assert runner.holds(result)
    return result


@pytest.mark.parametrize(
    ("act", "arrange", "written", "checks"),
    [
        ("double(3)", (), "double(3)", ["result == 6"]),
        ("append([1], 2)", (), "items = [1]; append(items, 2)", ["items == [1, 2]"]),
        ("append(given, 2)", ("given = [1]",), "given = [1]; append(given, 2)", ["given == [1, 2]"]),
        ("double([1])", (), "double([1])", ["result == [1, 1]"]),
        ("merge({'a': 1}, {'b': 2})", (), "a = {'a': 1}; merge(a, {'b': 2})", ["result is a", 'a == {"a": 1, "b": 2}']),
        ("Queue(3).put('x')", (), "queue = Queue(3); queue.put('x')", ['queue.first == "x"', "len(queue) == 1"]),
        ("Queue(3)", (), "Queue(3)", ["isinstance(result, Queue)", "result.size == 3", "len(result) == 0"]),
        ("Queue(3, 'ab').first", (), "Queue(3, 'ab').first", ['result == "a"']),
        ("Queue.of(2).size", (), "Queue.of(2).size", ["result == 2"]),
        ("Queue(1).itself()", (), "queue = Queue(1); queue.itself()", ["result is queue"]),
        ("Counter().bump()", (), "counter = Counter(); counter.bump()", ["counter._count == 1"]),
        ("Point(1.5).move(2)", (), "point = Point(1.5); point.move(2)", ["point == Point(x=pytest.approx(3.5))"]),
        ("numbers(3)", (), "list(numbers(3))", ["result == [0, 1, 2]"]),
        ("ticks(2)", (), "async def collect():\n    return [item async for item in ticks(2)]; asyncio.run(collect())",
         ["result == [0, 1]"]),
        ("later(3)", (), "asyncio.run(later(3))", ["result == 3"]),
        ("opened(3)", (), "def enter():\n    with opened(3) as entered:\n        return entered; enter()",
         ["result == 4"]),
        ("say('x')", (), "say('x')", ["result == 1", 'printed == "hello x\\n"']),
        ("write(tmp_path / 'a', 'x')", (), "write(tmp_path / 'a', 'x')", ['(tmp_path / "a").read_text() == "x"']),
        ("clear(tmp_path / 'a')", ("(tmp_path / 'a').write_text('x')",),
         "(tmp_path / 'a').write_text('x'); clear(tmp_path / 'a')", ['not (tmp_path / "a").exists()']),
        ("below(tmp_path)", (), "below(tmp_path)",
         ['result == (str(tmp_path / "x"), tmp_path / "y", f"in {tmp_path}!")']),
        ("seeded()", (), "seeded()", ["result == pytest.approx(0.23796462709189137)"]),
        ("measured(1)", (), "measured(1)", ["result == 2"]),
        ("identity([])", (), "identity([])", ["isinstance(result, int)"]),
    ],
)  # fmt: skip
def test_what_happens_is_asserted(
    runner: Executor, act: str, arrange: tuple[str, ...], written: str, checks: list[str]
) -> None:
    target = (
        "Queue.put" if ".put(" in act else "Counter.bump" if "bump" in act else "Point.move" if "move" in act else ""
    )
    test = recorded(runner, act, *arrange, target=target)
    assert "; ".join((*test.scenario.arrange, test.scenario.act)) == written
    assert list(test.checks) == checks


@pytest.mark.parametrize(
    ("act", "exception", "message"),
    [
        ("refuse(-1)", "TypeError", "negative -1"),
        ("broken()", "CustomError", "bad"),
        ("at()", "CustomError", ""),
        ("leave()", "SystemExit", "2"),
        ("load('{')", "json.JSONDecodeError",
         "Expecting property name enclosed in double quotes: line 1 column 2 (char 1)"),
    ],
)  # fmt: skip
def test_exceptions_are_expected(runner: Executor, act: str, exception: str, message: str) -> None:
    test = recorded(runner, act)
    assert (test.exception, test.message, test.checks) == (exception, message, ())
    assert not is_misuse(test)


def test_what_an_act_needs_is_imported(runner: Executor) -> None:
    assert recorded(runner, "later(1)").scenario.imports == ("import asyncio",)
    assert recorded(runner, "load('{')").scenario.imports == ("import json",)


def test_misuse_is_told_from_a_record_alone(runner: Executor) -> None:
    assert is_misuse(recorded(runner, "refuse('a')"))
    assert is_misuse(recorded(runner, "double()"))
    assert is_misuse(recorded(runner, "append(3, 1)"))


@pytest.mark.parametrize(
    ("act", "why"),
    [
        ("now()", "same"), ("today()", "same"), ("year()", "same"), ("aged()", "same"), ("choose()", "same"),
        ("user()", "same"), ("hour()", "same"), ("litter()", "folder"), ("ask()", "input"), ("words()", "command line"),
        ("start()", "threads"),
        ("interrupt()", "ends with"), ("double(1 / 0, x)", ""), ("double(", "SyntaxError"),
    ],
)  # fmt: skip
def test_what_no_test_can_rely_on_is_refused(runner: Executor, act: str, why: str) -> None:
    result = runner.record(Scenario(act.partition("(")[0], act))
    if act.startswith("double(1"):
        assert isinstance(result, Recorded)
        assert result.exception == "ZeroDivisionError"
    else:
        assert isinstance(result, str)
        assert why in result


def test_the_name_of_the_program_is_no_word_of_the_command_line(runner: Executor) -> None:
    assert recorded(runner, "program()").checks == ("result is True",)


@pytest.fixture(autouse=True)
def _threads_end() -> Iterator[None]:
    yield
    import threading

    for one in threading.enumerate():
        if one is not threading.current_thread() and not one.daemon:
            one.join(1)


def test_a_result_of_which_nothing_lasts_is_told_by_its_class(runner: Executor) -> None:
    assert recorded(runner, "folder()").checks == ("len(result) == 1", "isinstance(result[0], str)")


def test_of_what_is_printed_or_kept_nothing_is_asserted_that_does_not_last(runner: Executor) -> None:
    assert recorded(runner, "show(1)").checks == ("result == 1",)
    assert recorded(runner, "keep(tmp_path / 'a')").checks[-1] == '(tmp_path / "a").is_file()'


def test_the_clock_goes_on_as_before(runner: Executor) -> None:
    before, function = time.time(), time.time
    runner.record(Scenario("year", "year()"))
    assert time.time is function
    assert time.time() - before < 60


@pytest.mark.parametrize("turn", range(10))
def test_a_documented_value_that_is_another_is_reported(runner: Executor, turn: int) -> None:
    result = runner.record(Scenario("double", f"double({turn})", expected=str(turn * 2 + 1)))
    assert isinstance(result, Suspicion)
    assert (result.kind, result.promised, result.observed) == ("example", str(turn * 2 + 1), str(turn * 2))
    assert isinstance(runner.record(Scenario("double", f"double({turn})", expected=str(turn * 2))), Recorded)


def test_exceptions_and_types_that_disagree_are_reported(runner: Executor) -> None:
    assert isinstance(runner.record(Scenario("refuse", "refuse(1)", raises="TypeError")), Suspicion)
    assert isinstance(runner.record(Scenario("refuse", "refuse(-1)", raises="TypeError")), Recorded)
    assert isinstance(runner.record(Scenario("broken", "broken()", raises="ValueError")), Recorded)
    result = runner.record(Scenario("refuse", "refuse(-1)", expected="-1"))
    assert isinstance(result, Suspicion)
    assert "negative" in result.observed
    result = runner.record(Scenario("typed", "typed(3)"))
    assert isinstance(result, Suspicion)
    assert (result.kind, result.promised, result.observed) == ("type", "str", "3")


def test_errors_of_arguments_against_their_annotations_are_no_tests(runner: Executor) -> None:
    assert runner.record(Scenario("joined", "joined(0)")) == "only shows that an argument is of a wrong type"
    assert recorded(runner, "joined('')").exception == "TypeError"
    assert recorded(runner, "joined('a')").checks == ('result == "xa"',)
    assert recorded(runner, "double(None)").exception == "TypeError"  # nothing is annotated


def test_an_example_that_needs_a_file_is_neither_a_bug_nor_a_test(runner: Executor) -> None:
    result = runner.record(Scenario("content", "content('example.txt')", expected="'a'"))
    assert result == "its example needs something that is not here"


def test_a_type_is_not_doubted_where_it_was_called_against_its_own(runner: Executor) -> None:
    result = runner.record(Scenario("typed", "typed([])"))
    assert result == "what it gives for arguments of wrong types is of a wrong type"
    assert isinstance(runner.record(Scenario("described", "described(Point('x'))")), Recorded)


def test_mutants_fail_the_tests_that_notice_them(runner: Executor) -> None:
    every = range(1, 6)
    assert runner.kills(recorded(runner, "double(3)"), every) == {1}
    assert runner.kills(recorded(runner, "double(0)"), every) == frozenset()
    assert runner.kills(recorded(runner, "append([1], 2)"), every) == {2}
    assert runner.kills(recorded(runner, "refuse(-1)"), every) == {3}
    assert runner.kills(recorded(runner, "say('x')"), every) == {4}
    assert runner.kills(recorded(runner, "double(3)"), every) == {1}


def test_a_mutant_that_does_not_end_is_killed(runner: Executor) -> None:
    test = recorded(runner, "sum(numbers(3))", target="numbers")
    begin = time.process_time()
    assert runner.kills(test, [5]) == {5}
    assert time.process_time() - begin < 5 * runner.call_s


def test_fixtures_come_fresh_for_each_run(runner: Executor) -> None:
    test = runner.record(Scenario("append", "append(stock, 2)", fixtures=("stock",)), extra=lambda: {"stock": [1]})
    assert isinstance(test, Recorded)
    assert test.checks == ("stock == [1, 2]",) or test.checks == ("result is None", "stock == [1, 2]")
    assert runner.kills(test, [1, 2], extra=lambda: {"stock": [1]}) == {2}


def test_fixtures_that_come_once_are_looked_at_once(runner: Executor) -> None:
    calls: list[int] = []
    given = {"stock": [1], "note": calls.append}
    test = runner.record(Scenario("merge", "note(1) or double(stock)"), extra=given, once=True)
    assert isinstance(test, Recorded)
    assert test.checks == ("result == [1, 1]",)
    assert calls == [1]

"""Values are written as expressions that evaluate to equal values, and as checks that hold."""

from __future__ import annotations

import array
import ast
import collections
import datetime
import decimal
import enum
import fractions
import io
import ipaddress
import math
import pathlib
import re
import sys
import types
import typing
import uuid
from collections.abc import Iterator
from typing import Any

import pytest

from aigc_plugins.testgen.inside.checks import Checker
from aigc_plugins.testgen.inside.names import Names, UnwritableError
from aigc_plugins.testgen.inside.source import Source

TEXT = """
import dataclasses, enum, typing
from fractions import Fraction
class Colour(enum.Enum):
    RED = 1
    BLUE = 2
class Access(enum.Flag):
    READ = 1
    WRITE = 2
@dataclasses.dataclass
class Point:
    x: float
    y: int = 2
class Pair(typing.NamedTuple):
    left: int
    right: str
class Word:
    def __init__(self, text, size=3): self.text = text; self._size = size
    def __eq__(self, other): return isinstance(other, Word) and vars(self) == vars(other)
class Version:
    def __init__(self, text): self._parts = text.split(".")
    def __str__(self): return ".".join(self._parts)
    def __eq__(self, other): return isinstance(other, Version) and self._parts == other._parts
class Anything:
    def __eq__(self, other): return True
class Shelf:
    def __init__(self, label):
        self.label = label; self.top = Word("a"); self._hidden = 3; self.render = print
    @property
    def loud(self): return self.label.upper()
    @property
    def broken(self): raise RuntimeError("no")
    def __len__(self): return 4
class Closed:
    def __init__(self): self._count = 7
class Outer:
    class Level(enum.Enum):
        LOW = 1
class Token:
    pass
Token.END = Token()
MISSING = object()
"""


@pytest.fixture
def module() -> Iterator[types.ModuleType]:
    made = types.ModuleType("subject_of_source")
    sys.modules[made.__name__] = made
    exec(TEXT, made.__dict__)
    yield made
    del sys.modules[made.__name__]


def written(module: types.ModuleType, value: Any) -> tuple[list[str], Names]:
    names = Names(module, dict(vars(module)))
    checks = Checker(Source(names)).of("result", value)
    scope = {**vars(module), "result": value, "pytest": pytest}
    for statement in names.needed(*checks):
        exec(statement, scope)
    assert all(eval(one, scope) for one in checks), checks
    return checks, names


PLAIN: list[tuple[Any, str]] = [
    (None, "result is None"),
    (True, "result is True"),
    (3, "result == 3"),
    (2.5, "result == pytest.approx(2.5)"),
    (math.nan, "math.isnan(result)"),
    (math.inf, 'result == float("inf")'),
    (-math.inf, 'result == -float("inf")'),
    ("it's", 'result == "it\'s"'),
    ('say "x"', "result == 'say \"x\"'"),
    (b"x", 'result == b"x"'),
    (bytearray(b"x"), 'result == bytearray(b"x")'),
    ([1, 2.5], "result == pytest.approx([1, 2.5])"),
    ([1.5, (1,)], "result == [pytest.approx(1.5), (1,)]"),
    ([math.nan], 'result == [pytest.approx(float("nan"), nan_ok=True)]'),
    ({1.5: [2.5]}, "result == {1.5: [pytest.approx(2.5)]}"),
    ({"b", "a"}, 'result == {"a", "b"}'),
    (set(), "result == set()"),
    (frozenset({1}), "result == frozenset({1})"),
    ({1.5, 2}, "sorted(result) == pytest.approx([1.5, 2])"),
    (range(3), "result == range(0, 3)"),
    (slice(1, 2), "result == slice(1, 2, None)"),
    (1 + 2j, "result == pytest.approx((1+2j))"),
    (int, "result is int"),
    (len, "result is len"),
    (types.FunctionType, "result is types.FunctionType"),
    (list[int], "result == list[int]"),
    (typing.Optional[int], "result == typing.Optional[int]"),  # noqa: UP045
    (datetime.datetime(2024, 1, 1), "result == datetime.datetime(2024, 1, 1, 0, 0)"),
    (
        datetime.datetime(2024, 1, 1, tzinfo=datetime.timezone.utc),  # noqa: UP017
        "result == datetime.datetime(2024, 1, 1, 0, 0, tzinfo=datetime.timezone.utc)",
    ),
    (datetime.timedelta(1), "result == datetime.timedelta(days=1)"),
    (decimal.Decimal("1.5"), "result == decimal.Decimal('1.5')"),
    (fractions.Fraction(1, 3), "result == Fraction(1, 3)"),  # the module has it by that name
    (uuid.UUID(int=3), "result == uuid.UUID('00000000-0000-0000-0000-000000000003')"),
    (ipaddress.ip_address("1.2.3.4"), "result == ipaddress.IPv4Address('1.2.3.4')"),
    (array.array("i", [1]), "result == array.array('i', [1])"),
    (re.compile("a", re.I | re.X), 'result == re.compile("a", re.IGNORECASE | re.VERBOSE)'),
    (pathlib.Path("a/b"), 'result == pathlib.Path("a/b")'),
    (pathlib.PureWindowsPath("a"), 'result == pathlib.PureWindowsPath("a")'),
    (collections.deque([1], 3), "result == collections.deque([1], maxlen=3)"),
    (collections.Counter("aab"), 'result == collections.Counter({"a": 2, "b": 1})'),
    (collections.OrderedDict(a=1), 'result == collections.OrderedDict({"a": 1})'),
    (collections.defaultdict(list, a=[1]), 'result == {"a": [1]}'),
    (types.MappingProxyType({"a": 1}), 'result == {"a": 1}'),
    ({"a": 1}.keys(), 'list(result) == ["a"]'),
    (types.SimpleNamespace(a=1), "result == types.SimpleNamespace(a=1)"),
    (io.StringIO("x"), 'result.getvalue() == "x"'),
    (memoryview(b"ab"), 'result.tobytes() == b"ab"'),
    (ast.parse("1", mode="eval").body, 'ast.dump(result) == "Constant(value=1)"'),
]


@pytest.mark.parametrize(("value", "check"), PLAIN, ids=[check[:50] for _, check in PLAIN])
def test_values_that_are_written_as_a_whole(module: types.ModuleType, value: Any, check: str) -> None:
    assert written(module, value)[0] == [check]


@pytest.mark.parametrize(
    ("made", "checks"),
    [
        ("Colour.RED", ["result is Colour.RED"]),
        ("Access.READ | Access.WRITE", ["result == Access.READ | Access.WRITE"]),
        ("Access(0)", ["result == Access(0)"]),
        ("Outer.Level.LOW", ["result is Outer.Level.LOW"]),
        ("Point(0.1)", ["result == Point(x=pytest.approx(0.1))"]),
        ("Pair(1, 'x')", ['result == Pair(left=1, right="x")']),
        ("[Point(1, 3)]", ["result == [Point(x=1, y=3)]"]),
        ("Word('q', 5)", ['result == Word("q", size=5)']),
        ("Version('1.2')", ['result == Version("1.2")']),
        ("MISSING", ["result is MISSING"]),
        ("Token.END", ["result is Token.END"]),
        ("Shelf", ["result is Shelf"]),
        ("Anything()", ["isinstance(result, Anything)"]),
        ("Closed()", ["isinstance(result, Closed)", "result._count == 7"]),
        ("object()", ["type(result) is object"]),
        (
            "Shelf('zed')",
            [
                "isinstance(result, Shelf)",
                'result.label == "zed"',
                'result.top == Word("a")',
                'result.loud == "ZED"',
                "len(result) == 4",
            ],
        ),
    ],
)
def test_values_of_the_module(module: types.ModuleType, made: str, checks: list[str]) -> None:
    assert written(module, eval(made, vars(module)))[0] == checks


def test_imports_come_with_the_names_that_need_them(module: types.ModuleType) -> None:
    checks, names = written(module, [decimal.Decimal(1), fractions.Fraction(1, 2)])
    assert names.needed(*checks) == ("from fractions import Fraction", "import decimal")


def test_a_name_that_is_taken_is_not_used(module: types.ModuleType) -> None:
    names = Names(module, {**vars(module), "decimal": 1, "Decimal": 2})
    with pytest.raises(UnwritableError):
        names.of(decimal.Decimal)
    assert names.of(decimal.Context) == "Context"
    names = Names(module, {**vars(module), "int": 1})
    with pytest.raises(UnwritableError):
        names.of(int)


def test_long_texts_and_lists_are_checked_at_their_ends(module: types.ModuleType) -> None:
    checks, _ = written(module, "start " + "x" * 500 + " end")
    assert checks[0] == "len(result) == 510"
    assert max(map(len, checks)) < 100
    checks, _ = written(module, list(range(1000)))
    assert checks[:2] == ["len(result) == 1000", "result[:10] == [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]"]


def test_parts_that_cannot_be_written_are_looked_into(module: types.ModuleType) -> None:
    checks, _ = written(module, {"a": [eval("Shelf('z')", vars(module))]})
    assert checks[:3] == ["len(result) == 1", 'len(result["a"]) == 1', 'isinstance(result["a"][0], Shelf)']
    assert 'result["a"][0].label == "z"' in checks


def test_what_does_not_last_is_not_written(module: types.ModuleType) -> None:
    source = Source(Names(module, dict(vars(module))), passing=["/some/folder"])
    for value in (f"{object()!r}", "/some/folder/x", pathlib.Path("/some/folder"), {"a": "in /some/folder"}):
        with pytest.raises(UnwritableError):
            source.text(value)
    source.addresses = True
    for value in (id(module), f"{hash('x') | 2**40}"):
        with pytest.raises(UnwritableError):
            source.text(value)
    assert source.text(12345) == "12345"


def test_the_tests_own_folder_is_named(module: types.ModuleType, tmp_path: pathlib.Path) -> None:
    source = Source(Names(module, dict(vars(module))), tmp_path)
    for value in (tmp_path, tmp_path / "a" / "b", str(tmp_path / "a"), f"no {tmp_path} here", [str(tmp_path)]):
        assert eval(source.text(value), {"tmp_path": tmp_path, "str": str}) == value
    assert source.text(tmp_path / "a" / "b") == 'tmp_path / "a/b"'


def test_of_long_texts_that_do_not_last_not_even_the_length_is_told(
    module: types.ModuleType, tmp_path: pathlib.Path
) -> None:
    checker = Checker(Source(Names(module, dict(vars(module))), tmp_path, ["/some/folder"]))
    for text in (f"{object()!r}", "/some/folder/x", f"{tmp_path}"):
        assert checker.of("result", "x" * 500 + " " + text) == ["isinstance(result, str)"]


def test_cycles_and_endless_things_end(module: types.ModuleType) -> None:
    cycle: list[Any] = [1]
    cycle.append(cycle)
    written(module, cycle)
    shelf = eval("Shelf('a')", vars(module))
    shelf.next = shelf
    written(module, shelf)


class _Local(enum.Enum):
    ONE = 1


def test_what_no_test_can_import_is_told_by_its_class(module: types.ModuleType) -> None:
    class Hidden:
        def __init__(self) -> None:
            self.size = 3

    checks, _ = written(module, Hidden())
    assert checks == ['type(result).__name__ == "Hidden"', "result.size == 3"]

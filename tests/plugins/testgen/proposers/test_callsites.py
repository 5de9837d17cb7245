from pathlib import Path

import pytest

from aigc_plugins.testgen.proposers.callsites import CallSites
from aigc_plugins.testgen.scenario import Goals

from .helpers import lines, proposed, subject

MODULE = """
    import enum

    LIMIT = 3

    class Mode(enum.Enum):
        FAST = 1

    class Queue:
        def __init__(self, items=()): self.items = list(items)
        def __len__(self): return len(self.items)
        @classmethod
        def of(cls, *items): return cls(items)
        @property
        def first(self): return self.items[0]
        def put(self, item): self.items.append(item)

    def parse(text, mode=None): return text

    def uses():
        return parse("inside", Mode.FAST)
"""


def found(folder: Path, text: str, name: str = "other.py", module: str = MODULE) -> list[str]:
    return [one for one in lines(proposed(CallSites(), subject(folder, module, {name: text}))) if "inside" not in one]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("import shop\nx = shop.parse('a')\n", ["parse: parse('a')"]),
        ("from shop import parse as p\nx = [p('a'), p('b')]\n", ["parse: parse('a')", "parse: parse('b')"]),
        ("import shop as s\nprint(s.Queue([1]).first)\n",
         ["Queue.first: Queue([1]).first", "Queue: Queue([1])"]),
        ("from shop import *\ndef f():\n    q = Queue()\n    q.put(1)\n    log = 2\n    return len(q)\n",
         ["Queue: Queue()", "Queue.put: q = Queue(); q.put(1)", "Queue.__len__: q = Queue(); q.put(1); len(q)"]),
        ("from shop import Queue\nq = Queue.of(1, 2)\nq.put(3)\n",
         ["Queue.of: Queue.of(1, 2)", "Queue.put: q = Queue.of(1, 2); q.put(3)"]),
        ("import json\nfrom shop import parse\nparse(json.dumps([1]))\n",
         ["parse: import json; parse(json.dumps([1]))"]),
        ("from shop import parse, LIMIT\nparse(LIMIT)\n", ["parse: parse(LIMIT)"]),
        ("from shop import parse\nA = {'x': 1}\ndef f():\n    return parse(A)\n", ["parse: A = {'x': 1}; parse(A)"]),
        # nothing that depends on what is not written there
        ("from shop import parse\ndef f(text):\n    return parse(text)\n", []),
        ("from shop import parse\nfor x in read():\n    parse(x)\n", []),
        ("from shop import parse\nparse(input())\n", []),
        ("from other import parse\nparse('a')\n", []),
        ("import shop\ndef parse(x): ...\nparse('a')\n", []),
        ("def f(q):\n    import shop\n    q.put(1)\n", []),
        # loops over what is written out
        ("from shop import parse\nfor x in ('a', 'b'):\n    parse(x)\n", ["parse: parse('a')", "parse: parse('b')"]),
        ("from shop import parse\nfor x, y in {'a': 1}.items():\n    parse(x, y)\n", ["parse: parse('a', 1)"]),
        ("from shop import parse\nasync def f():\n    await parse('a')\n", ["parse: parse('a')"]),
    ],
)  # fmt: skip
def test_calls_that_stand_for_themselves(tmp_path: Path, text: str, expected: list[str]) -> None:
    assert found(tmp_path, text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("def test_a():\n    text = 'a' * 3\n    assert parse(text) == 'aaa'\n",
         ["parse: text = 'a' * 3; parse(text)"]),
        ("@pytest.mark.parametrize(('a', 'b'), [('x', 1), pytest.param('y', 2, id='z')])\n"
         "def test_a(a, b):\n    assert parse(a) == b\n", ["parse: parse('x')", "parse: parse('y')"]),
        ("def test_a():\n    with pytest.raises(ValueError):\n        parse('bad')\n", ["parse: parse('bad')"]),
        ("def test_a():\n    pytest.raises(ValueError, parse, 'bad')\n", ["parse: parse('bad')"]),
        ("class T(unittest.TestCase):\n    def setUp(self):\n        self.q = Queue([1])\n"
         "    def test_a(self):\n        self.q.put(2)\n        self.assertEqual(self.q.first, 1)\n",
         ["Queue: Queue([1])", "Queue.put: q = Queue([1]); q.put(2)",
          "Queue.first: q = Queue([1]); q.put(2); q.first"]),
        ("def test_a(tmp_path):\n    parse(tmp_path / 'a')\n", ["parse: parse(tmp_path / 'a')"]),
        ("def test_a(unknown):\n    parse(unknown)\n", []),
    ],
)  # fmt: skip
def test_calls_in_tests(tmp_path: Path, text: str, expected: list[str]) -> None:
    head = "import pytest, unittest\nfrom shop import parse, Queue\n"
    assert found(tmp_path, head + text, "tests/test_shop.py") == expected


def test_fixtures_are_asked_for_by_name(tmp_path: Path) -> None:
    fixture = "import pytest\nfrom shop import parse\n@pytest.fixture\ndef word(): return 'a'\n"
    text = f"{fixture}def test_a(word):\n    parse(word)\n"
    (one,) = proposed(CallSites(), subject(tmp_path, "def parse(text): ...\n", {"tests/test_shop.py": text}))
    assert (one.act, one.fixtures, one.arrange) == ("parse(word)", ("word",), ())


def test_the_module_calls_itself(tmp_path: Path) -> None:
    assert lines(proposed(CallSites(), subject(tmp_path, MODULE))) == ["parse: parse('inside', Mode.FAST)"]


def test_tests_come_first_and_nothing_twice(tmp_path: Path) -> None:
    files = {
        "a.py": "from shop import parse\nparse('a')\nparse('b')\n",
        "tests/test_shop.py": "from shop import parse\ndef test_a(): assert parse('b')\n",
    }
    module = subject(tmp_path, "def parse(text): ...\n", files)
    assert lines(proposed(CallSites(), module)) == ["parse: parse('b')", "parse: parse('a')"]
    assert proposed(CallSites(), module, Goals(round=1)) == []


def test_names_through_the_package_and_relative_ones(tmp_path: Path) -> None:
    files = {
        "pkg/__init__.py": "from .shop import parse\n",
        "pkg/a.py": "from . import shop\nfrom .shop import parse\nparse(shop.parse('a'))\n",
        "b.py": "from pkg import parse\nparse('b')\n",
    }
    module = subject(tmp_path, "def parse(text): ...\n", files, "pkg/shop.py")
    assert lines(proposed(CallSites(), module)) == [
        "parse: parse(parse('a'))",
        "parse: parse('a')",
        "parse: parse('b')",
    ]

import re
import textwrap
from pathlib import Path

import pytest

from aigc_plugins.testgen.proposers.boundaries import Boundaries
from aigc_plugins.testgen.proposers.patterns import matching
from aigc_plugins.testgen.scenario import Branch, Goals

from .helpers import lines, proposed, subject


def acts(folder: Path, text: str, goals: Goals | None = None) -> list[str]:
    found = proposed(Boundaries(), subject(folder, textwrap.dedent(text)), goals)
    return ["; ".join((*one.imports, *one.arrange, one.act)) for one in found]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("def f(n: int):\n    return n > 17\n", {"f(17)", "f(16)", "f(18)"}),
        ("def f(n: int):\n    return -3 <= n < 9\n", {"f(-3)", "f(-4)", "f(-2)", "f(9)", "f(8)", "f(10)"}),
        ("LIMIT = 100\ndef f(n: int):\n    return n == LIMIT\n", {"f(100)", "f(99)", "f(101)"}),
        ("def f(s: str):\n    return len(s) > 3\n", {"f('abc')", "f('ab')", "f('abcd')"}),
        ("def f(s: list[int]):\n    n = len(s)\n    return n == 2\n", {"f([1, 2])", "f([1])", "f([1, 2, 3])"}),
        ("def f(s: str):\n    return s in ('on', 'off')\n", {"f('on')", "f('off')", "f('~')"}),
        ("MODES = {'r': 1, 'w': 2}\ndef f(s: str):\n    return MODES[s]\n", {"f('r')", "f('w')"}),
        ("def f(s: str):\n    return s.strip().lower() == 'yes'\n", {"f('yes')", "f('yesx')"}),
        ("def f(s: str):\n    return ':' in s\n", {"f(':')", "f('a:b')"}),
        ("def f(s: str):\n    return [c for c in s if c == '(']\n", {"f('(')", "f('a(b')", "f('((')", "f('')"}),
        ("def f(s: list[int]):\n    for n in s:\n        if n < 0:\n            return 1\n",
         {"f([0])", "f([-1])", "f([1])", "f([])"}),
        ("def f(s: str):\n    return s.startswith(('http:', 'ftp:'))\n", {"f('http:')", "f('ftp:a')"}),
        ("def f(s: str):\n    return s.split('=')\n", {"f('a=b')", "f('a=b=c')", "f('=')", "f('a')"}),
        ("def f(x):\n    return isinstance(x, (int, str)) or x is None\n", {"f(3)", "f('abc')", "f(None)"}),
        ("def f(s: str):\n    return int(s) > 5\n", {"f('12')", "f('x')", "f('5')", "f('6')"}),
        ("import re\ndef f(s: str):\n    return re.fullmatch(r'\\d+-[a-z]', s)\n", {"f('7-a')", "f('~7-a~')"}),
        ("import re\nWORD = re.compile('[A-Z]+')\ndef f(s: str):\n    return WORD.match(s)\n", {"f('A')", "f('ZZZ')"}),
        ("def f(n: int):\n    return n % 3 == 1\n", {"f(1)", "f(4)", "f(7)", "f(5)"}),
        ("def f(a: int, b: int):\n    return a < b\n", {"f(1, 1)", "f(1, 2)", "f(2, 1)"}),
        ("def f(d: dict[str, int]):\n    return d.get('size') == 4\n", {"f({'size': 4})", "f({'size': 5})"}),
        ("def f(x: int):\n    match x:\n        case 1 | 2:\n            return 1\n        case 30:\n"
         "            return 2\n",
         {"f(1)", "f(2)", "f(30)"}),
        ("def f(s: str):\n    match s.split():\n        case ['go', x]:\n            return x\n", {"f('a b')"}),
        ("from datetime import datetime\ndef f(s: str):\n    return datetime.strptime(s, '%Y-%m')\n",
         {"f('2024-02')", "f('x')"}),
        ("def f(a: int, *, b: bool = False):\n    if b:\n        return 1\n", {"f(2)", "f(2, b=True)"}),
        ("def f(items: list[str] | None = None):\n    if not items:\n        return 1\n", {"f()", "f([])", "f(None)"}),
        ("def f(*names: str, **more: int): ...\n", {"f()", "f('abc', '')"}),
    ],
)  # fmt: skip
def test_values_at_which_conditions_turn(tmp_path: Path, text: str, expected: set[str]) -> None:
    assert expected <= set(acts(tmp_path, text))


def test_methods_have_an_object_made_with_boundaries(tmp_path: Path) -> None:
    text = """
    class BoundedQueue:
        def __init__(self, size: int, name: str = "q") -> None:
            if size < 1:
                raise ValueError(size)
            self._limit = size

        def put(self, item: str) -> bool:
            return self._limit > 4

        def __len__(self) -> int:
            return self._limit

        def __eq__(self, other):
            return isinstance(other, BoundedQueue)

        @property
        def full(self) -> bool:
            return self._limit == 2

        @classmethod
        def of(cls, text: str):
            return cls(int(text))

        @staticmethod
        def check(n: int):
            return n > 3
    """
    found = set(acts(tmp_path, text))
    assert {
        "BoundedQueue(1)", "BoundedQueue(0)", "bounded_queue = BoundedQueue(5); bounded_queue.put('abc')",
        "bounded_queue = BoundedQueue(3); bounded_queue.full", "bounded_queue = BoundedQueue(2); len(bounded_queue)",
        "bounded_queue = BoundedQueue(2); bounded_queue == BoundedQueue(2)",
        "bounded_queue = BoundedQueue(2); bounded_queue == None",
        "BoundedQueue.of('12')", "BoundedQueue.check(4)",
    } <= found  # fmt: skip


def test_plain_values_of_annotated_types(tmp_path: Path) -> None:
    text = """
    import enum
    from dataclasses import dataclass
    from pathlib import Path

    class Mode(enum.Enum):
        FAST = 1

    @dataclass
    class Point:
        x: int
        mode: Mode

    def f(a: Point, b: "dict[str, list[int]]", c: Path, d: Mode | None): ...
    def unknown(a: Elsewhere): ...
    """
    found = acts(tmp_path, text)
    assert "from pathlib import Path; f(Point(2, Mode.FAST), {'abc': [1, 2, 3]}, Path('a.txt'), Mode.FAST)" in found
    assert not [one for one in found if "unknown" in one]


def test_later_rounds_combine_what_is_missing(tmp_path: Path) -> None:
    text = "def f(a: int, b: str):\n    return a > 5 and b == 'x'\ndef g(a: int):\n    return a > 5\n"
    missing = Goals(branches=(Branch(1, "f", 2, "true"),), round=1)
    found = acts(tmp_path, text, missing)
    assert "f(6, 'x')" in found
    assert not [one for one in found if one.startswith("g")]
    assert acts(tmp_path, text, Goals(round=2)) == []


def test_all_of_it_can_be_compiled_and_is_the_same_again(tmp_path: Path) -> None:
    text = Path(textwrap.__file__).read_text()
    module = subject(tmp_path, text)
    first, second = proposed(Boundaries(), module), proposed(Boundaries(), module)
    assert lines(first) == lines(second)
    for one in first:
        compile("\n".join((*one.imports, *one.arrange)), "arrange", "exec")
        compile(one.act, "act", "eval")


@pytest.mark.parametrize(
    "pattern",
    [r"\d{2,4}", r"^([a-z]+)@(\w+)\.com$", r"(a|bc)*?x", r"[^\w\s]{2,3}", r"(?i)foo\b", r"(.)\1", r"[A-Z0-9._%+-]+",
     r"(?P<y>\d{4})-(?P<m>0[1-9]|1[0-2])", r"\s*#.*", r"(?:ab)?c+", r"[^a-z]", r"(?(1)a|b)", r"x{0}y"],
)  # fmt: skip
def test_patterns_match_what_is_written_for_them(pattern: str) -> None:
    texts = matching(pattern)
    if pattern.startswith("(?(1)"):
        assert texts == []  # no pattern
        return
    assert texts
    assert all(re.search(pattern, one) for one in texts)


def test_what_is_no_pattern_has_no_texts() -> None:
    assert matching("(") == []
    assert matching("a" * 1000) == []


def test_objects_are_made_as_documentation_or_patterns_say(tmp_path: Path) -> None:
    text = '''
    import re

    class Version:
        """A version.

        >>> Version("1.2.3").major
        1
        """

        def __init__(self, text: str, strict: bool = True) -> None:
            self.strict = strict

        def major(self) -> int:
            return 1 if self.strict else 0

    DIGITS = r"\\d+"

    class Serial:
        _form = re.compile("^no " + DIGITS + "$", re.IGNORECASE)

        def __init__(self, text: str) -> None:
            if not self._form.match(text):
                raise ValueError(text)

        def number(self) -> int: ...

    def older(one: Version, other: Version) -> bool: ...
    '''
    found = acts(tmp_path, text)
    assert "version = Version('1.2.3'); version.major()" in found
    assert "version = Version('1.2.3', False); version.major()" in found
    assert "serial = Serial('no 7'); serial.number()" in found
    assert "older(Version('1.2.3'), Version('1.2.3'))" in found

import json
from pathlib import Path

import pytest

from aigc_plugins.testgen.analysis import analyse
from aigc_plugins.testgen.proposers.examples import Examples
from aigc_plugins.testgen.scenario import Goals

from .helpers import lines, proposed, subject

BUGS = Path(__file__).parents[1] / "fixtures" / "bugs"
REPORTED = json.loads((BUGS / "reported.json").read_text())


def documented(folder: Path, text: str) -> list[str]:
    return lines(proposed(Examples(), subject(folder, text)))


@pytest.mark.parametrize("name", sorted(REPORTED))
def test_what_documentation_promises_wrongly_is_proposed(name: str) -> None:
    path = BUGS / f"{name}.py"
    found = proposed(Examples(), analyse(path, path.read_text(), root=BUGS))
    promising = {(one.target, one.act): one.raises or one.expected for one in found}
    for bug in REPORTED[name]:
        assert bug["promised"] in promising[bug["target"], bug["call"]]


def test_there_is_a_planted_bug_of_each_kind() -> None:
    assert len(REPORTED) >= 10
    assert {path.stem for path in BUGS.glob("*.py")} == set(REPORTED)


def test_a_doctest_needs_what_stands_before_it(tmp_path: Path) -> None:
    text = '''
    import math

    def area(shape):
        """Return an area.

        >>> from decimal import Decimal
        >>> unused = 3
        >>> shape = {"r": Decimal(1)}
        >>> shape["s"] = math.pi
        >>> area(shape)
        Decimal('3.14')
        >>> area({})  # doctest: +ELLIPSIS
        3...
        >>> area(None)
        <Area 3>
        >>> print(area(1), 2)
        3 2
        """
    '''
    assert documented(tmp_path, text) == [
        "area: from decimal import Decimal; import math; shape = {'r': Decimal(1)}; shape['s'] = math.pi; area(shape)"
        " -> Decimal('3.14')",
        "area: area({})",
        "area: area(None)",
        "area: print(area(1), 2)",
    ]


def test_names_of_the_module_are_bare(tmp_path: Path) -> None:
    text = '''
    def parse(text):
        """Parse.

        >>> import shop
        >>> shop.parse("a")
        1
        >>> from shop import parse as p
        >>> p("b")
        2
        """
    '''
    assert documented(tmp_path, text) == ["parse: parse('a') -> 1", "parse: parse('b') -> 2"]


def test_comparisons_and_prints_are_what_they_say(tmp_path: Path) -> None:
    text = '''
    def parse(text):
        """Parse.

        >>> parse("a") == {1: 2}
        True
        >>> parse("b") is None
        True
        >>> parse("c") != 3
        True
        >>> print(parse("d"))
        one
        two
        >>> print("".join(parse("e")), end="")
        e
        >>> value = parse("f")
        >>> value
        'f'
        >>> for one in parse("g"):
        ...     print(one)
        g
        """
    '''
    assert documented(tmp_path, text) == [
        "parse: parse('a') -> {1: 2}",
        "parse: parse('b') -> None",
        "parse: parse('c') != 3 -> True",
        "parse: str(parse('d')) -> 'one\\ntwo'",
        "parse: ''.join(parse('e')) -> 'e\\n'",
        "parse: parse('f')",
        "parse: parse('f') -> 'f'",
    ]


@pytest.mark.parametrize(
    ("block", "expected"),
    [
        ('    ```python\n    parse("a")  # => 1\n    ```', "parse('a') -> 1"),
        ('    ```\n    assert parse("a") == 1\n    ```', "parse('a') -> 1"),
        ("    Example:\n        parse('a')  # 1\n", "parse('a') -> 1"),
        ("    Examples:\n        parse('a')\n        # returns [1, 2]\n", "parse('a') -> [1, 2]"),
        ("    Example::\n\n        parse('a')  # raises ValueError\n", "parse('a') -> ValueError"),
        ("    Example:\n        parse('a') -> 1\n", "parse('a') -> 1"),
        ("    Usage::\n\n        x = parse('a')  # the result is nice\n", "parse('a')"),
        ("    .. code-block:: python\n       :linenos:\n\n       parse('a') == 1\n", "parse('a') -> 1"),
        (
            "    Examples\n    --------\n    parse('a')  # -> 1\n\n    Notes\n    -----\n    Some text.\n",
            "parse('a') -> 1",
        ),
    ],
)
def test_blocks_of_code(tmp_path: Path, block: str, expected: str) -> None:
    text = f'def parse(text):\n    """Parse.\n\n{block}\n    """\n'
    assert documented(tmp_path, text) == [f"parse: {expected}"]


def test_what_is_no_example_is_none(tmp_path: Path) -> None:
    text = '''
    def parse(text):
        """Parse.

        >>> parse(undefined)
        1
        >>> open("file")
        >>> parse(
        1
        """

    def other(text):
        """Example:
            Call it with a text, as in parse.
        """
    '''
    assert documented(tmp_path, text) == []


def test_of_examples_that_are_skipped_nothing_is_promised(tmp_path: Path) -> None:
    text = '''
    def parse(text):
        """Parse.

        >>> parse("a")  # doctest: +SKIP
        1
        >>> parse("b")  # doctest: +SKIP
        Traceback (most recent call last):
        ValueError: bad
        >>> parse("c")
        3
        """
    '''
    assert documented(tmp_path, text) == ["parse: parse('a')", "parse: parse('b')", "parse: parse('c') -> 3"]


def test_only_what_is_wanted_and_only_once(tmp_path: Path) -> None:
    text = '"""Text.\n\n>>> f()\n1\n>>> g()\n2\n"""\ndef f():\n    """F.\n\n    >>> f()\n    1\n    """\ndef g(): ...\n'
    found = subject(tmp_path, text)
    assert lines(proposed(Examples(), found)) == ["f: f() -> 1", "g: g() -> 2"]
    wanted = analyse(found.path, found.text, root=found.root, names=["g"])
    assert lines(proposed(Examples(), wanted)) == ["g: g() -> 2"]
    assert proposed(Examples(), found, Goals(round=1)) == []

"""Documentation and annotations are only contradicted by what surely disagrees."""

from __future__ import annotations

import collections
import typing
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import pytest

from aigc_plugins.testgen.inside.promises import as_documented, fits


@pytest.mark.parametrize(
    ("value", "hint", "expected"),
    [
        (1, int, True),
        (True, int, True),
        ("1", int, False),
        (1, float, True),
        (None, int, False),
        (None, None, True),
        (None, int | None, True),
        ("a", typing.Union[int, str], True),  # noqa: UP007
        (1.5, int | None, False),
        ([1], list[int], True),
        (["a"], list[int], False),
        ([["a"]], list[list[str]], True),
        ((1, "a"), tuple[int, str], True),
        ((1,), tuple[int, str], False),
        ((1, 2, 3), tuple[int, ...], True),
        ((), tuple[()], True),
        ({"a": 1}, dict[str, int], True),
        ({1: 1}, dict[str, int], False),
        (collections.Counter("a"), collections.Counter[str], True),
        ([1], Sequence[int], True),
        (iter([1]), Iterator[int], True),
        ([1], Iterator[int], False),
        ("a", typing.Literal["a", "b"], True),
        ("c", typing.Literal["a", "b"], False),
        (3, Any, True),
        (3, typing.TypeVar("T"), True),
        (3, Callable[[], int], True),
        (3, typing.IO[str], True),
        (3, "Unknown", True),
        (NotImplemented, bool, True),
    ],
)
def test_values_fit_their_annotation(value: Any, hint: Any, expected: bool) -> None:
    assert fits(value, hint) is expected


@pytest.mark.parametrize(
    ("expected", "value", "printed", "kept"),
    [
        ("3", 3, "", True),
        ("3", 4, "", False),
        ("'a'", "a", "", True),
        (r"'A\na'", "a", "A\n", True),
        (r"'A\nb'", "a", "A\n", False),
        ("{2, 1}", {1, 2}, "", True),
        ("0.33", 1 / 3, "", True),
        ("0.34", 1 / 3, "", False),
        ("0.3333333333333333", 1 / 3, "", True),
        ("[0.5, 1]", [0.5, 1], "", True),
        ("<Box ...>", type("Box", (), {"__repr__": lambda self: "<Box 3>"})(), "", True),
        ("<Box 3>", 3, "", False),
        ("[1,\n 2]", [1, 2], "", True),
        ("hello", None, "hello\n", True),
        ("size * 2", 6, "", True),
        ("None", None, "", True),
        ("3", None, "", False),
    ],
)
def test_values_are_what_an_example_says(expected: str, value: Any, printed: str, kept: bool) -> None:
    assert as_documented(expected, value, printed, {"size": 3}) is kept

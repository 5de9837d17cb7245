"""A comma at the end of a suggestion: kept where it belongs, dropped where it would be an error."""

from __future__ import annotations

import pytest

from .helpers import play


@pytest.mark.parametrize(
    ("language", "marked", "answer", "expected"),
    [
        ("json", '{\n  "version": ‸\n}\n', '"1.0",\n  "more": 1\n}\n', '"1.0"'),
        ("json", '{\n  "a": 1,\n  ‸\n}\n', '"b": 2,\n  "c": 3\n', '"b": 2'),
        ("json", '{\n  "a": ‸\n  "b": 2\n}\n', "1,\n", "1,"),
        ("python", "x = [\n    1,\n    ‸\n]\n", "2,\n]\n", "2,"),
    ],
)
def test_a_comma_before_a_closing_bracket_goes_where_it_is_an_error(
    language: str, marked: str, answer: str, expected: str
) -> None:
    assert play(language, marked, answer).text == expected

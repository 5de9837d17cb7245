"""A suggestion is written as the file is: its quotes, its step of indentation; the line below is not said twice."""

from __future__ import annotations

import pytest

from .helpers import play

SINGLE = "a = 'one'\nb = 'two'\nc = 'three'\nd = 'four'\n"
DOUBLE = SINGLE.replace("'", '"')


@pytest.mark.parametrize(
    ("file", "answer", "text"),
    [
        (SINGLE, 'print("x", "y")\n', "print('x', 'y')"),
        (DOUBLE, "print('x')\n", 'print("x")'),
        (SINGLE, "print('x')\n", "print('x')"),
        # What says something else with other quotes stays as it is.
        (SINGLE, 'print("it\'s")\n', 'print("it\'s")'),
        (SINGLE, 'print("a\\n")\n', 'print("a\\n")'),
        (SINGLE, 'print(f"{d[0]}")\n', 'print(f"{d[0]}")'),
        (SINGLE, 'x = """a"""\n', 'x = """a"""'),
        (SINGLE, 'x = 1  # say "x"\n', 'x = 1  # say "x"'),
        # A file without a habit is not given one.
        ("a = 'one'\n", 'print("x")\n', 'print("x")'),
        ("a = 'one'\nb = \"two\"\nc = 'x'\nd = \"y\"\n", 'print("x")\n', 'print("x")'),
    ],
)
def test_quotes_are_those_of_the_file(file: str, answer: str, text: str) -> None:
    assert play("python", f"{file}‸\n", answer).text == text


def test_a_string_that_was_begun_keeps_its_quote() -> None:
    assert play("python", SINGLE + 'e = "f‸', 'ive"\n').text == 'ive"'


@pytest.mark.parametrize("language", ["go", "c", "rust", "java", "ruby"])
def test_quotes_that_mean_something_else_stay(language: str) -> None:
    line = {"ruby": 'x = "b"\n'}.get(language, 'x = "b";\n')
    file = "'a';\n" * 6 if language != "ruby" else "y = 'a'\n" * 6
    played = play(language, f"{file}‸\n", line)
    assert played.text is None or '"b"' in played.text


def test_two_columns_a_step_where_the_file_has_two() -> None:
    file = "function a() {\n  if (x) {\n    y();\n  }\n}\n\nfunction b() {‸\n"
    played = play("javascript", file, "\n  for (const z of x) {\n      z();\n  }\n}\n", trigger="invoked")
    assert played.text == "\n  for (const z of x) {\n    z();\n  }\n}"


def test_tabs_where_the_file_has_tabs() -> None:
    file = "package a\n\nfunc A() {\n\tx()\n}\n\nfunc B() {‸\n"
    played = play("go", file, "\n\tif y {\n\t    z()\n\t}\n}\n", trigger="invoked")
    assert played.text == "\n\tif y {\n\t\tz()\n\t}\n}"


def test_a_last_line_that_stands_below_already_is_left_out() -> None:
    file = "def f(x):\n    if x:\n        ‸\n    total  = x + 1\n    return total\n"
    played = play("python", file, "x = 2\n    total = x + 1\n", multiline="always")
    assert played.text == "x = 2"


def test_a_line_that_becomes_the_one_below_is_withheld() -> None:
    played = play("python", "def f(x):\n    total = ‸\n    total =  x + 1\n", "x + 1\n")
    assert played.withheld == "repeats the line below"

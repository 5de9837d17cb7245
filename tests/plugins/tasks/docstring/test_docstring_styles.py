"""The style of a file's documentation, and the layouts in it."""

from __future__ import annotations

import pytest

from aigc_plugins.tasks.docstring.known import default_text
from aigc_plugins.tasks.docstring.layout import quoted
from aigc_plugins.tasks.docstring.style import Style, style_of, unit_of, width_of
from aigc_plugins.tasks.docstring.words import third_person
from aigc_plugins.tasks.functions import definitions, parameters
from task_helpers import place

GOOGLE = '"""Read it.\n\n    Args:\n        a: One.\n    """'
NUMPY = '"""Read it.\n\n    Parameters\n    ----------\n    a : int\n        One.\n    """'
REST = '"""Read it.\n\n    :param a: One.\n    :type a: int\n    """'
PLAIN = '"""Reads it."""'


def style(*docstrings):
    text = (
        "".join(f"def f{at}(a):\n    {one}\n    return a\n\n\n" for at, one in enumerate(docstrings))
        + "def new(b): ...\n"
    )
    snapshot = place(text).snapshot
    return style_of(snapshot, "python")


@pytest.mark.parametrize(
    ("docstrings", "layout"),
    [
        ([GOOGLE], "google"),
        ([NUMPY, PLAIN, PLAIN], "numpy"),
        ([REST], "rest"),
        ([REST, GOOGLE, GOOGLE], "google"),
        ([PLAIN] * 3, "plain"),
        ([PLAIN] * 2, "google"),
        ([], "google"),
    ],
)
def test_the_layout_is_the_one_of_the_file(docstrings, layout):
    assert style(*docstrings).layout == layout


def test_a_style_is_more_than_a_layout():
    found = style(*["'''\n    Reads it.\n    '''"] * 3)
    assert (found.quotes, found.own_line, found.third_person) == ("'''", True, True)
    assert style(REST).types
    assert not style(GOOGLE).types


@pytest.mark.parametrize(("longest", "width"), [(60, 79), (85, 88), (99, 100), (200, 120)])
def test_the_width_is_a_usual_one(longest, width):
    assert width_of(("x" * longest + "\n") * 30) == width
    assert width_of("x\n") == 88


def test_the_unit_of_indentation():
    assert unit_of("def f():\n\tif x:\n\t\ty\n") == "\t"
    assert unit_of("if a:\n  b\n") == "  "
    assert unit_of("") == "    "


@pytest.mark.parametrize(
    ("imperative", "third"),
    [
        ("Copy the file", "Copies the file"),
        ("Push and return it", "Pushes and returns it"),
        ("Recursively walk a tree", "Recursively walks a tree"),
        ("Play, and stop the music", "Plays, and stops the music"),
    ],
)
def test_the_third_person(imperative, third):
    assert third_person(imperative) == third


def test_backslashes_make_a_raw_string_and_quotes_end_none():
    assert quoted(["A \\n."], Style("google"), "    ", one_line=True) == 'r"""A \\n."""'
    assert quoted(['A """ b.'], Style("google"), "    ", one_line=True) == "'''A \"\"\" b.'''"


@pytest.mark.parametrize(
    ("default", "told"),
    [("3", "3"), ("None", ""), ("'x'", "'x'"), ("False", "False"), ("object()", ""), ("'" + "x" * 40 + "'", "")],
)
def test_defaults_worth_telling(default, told):
    [parameter] = parameters(definitions(place(f"def f(a={default}): ...\n").snapshot)[0])
    assert default_text(parameter) == told

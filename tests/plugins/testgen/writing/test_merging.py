"""Existing test files keep all they hold, and get what is missing in the right places."""

from __future__ import annotations

from dataclasses import replace
from textwrap import dedent

import pytest

from aigc_plugins.action import WithheldError
from aigc_plugins.testgen.writing import write

from .shop import checked, raised, returned, subject

ROW = returned("same([1])", "[1]")
TEST = """\
def test_same_single_value():
    assert same([1]) == [1]
"""


def code(text):
    return dedent(text).lstrip("\n")


def merged(text, *rows, **options):
    return write(subject(code(text), **options), rows or [ROW]).text


def test_a_test_is_added_at_the_end_and_its_import_where_it_belongs():
    before = """
        # Copyright of somebody.
        import os
        from pathlib import Path

        import pytest  # for rows

        from shop.boxes import Box


        def test_old():  # keep
            assert Box( ).get() == None
        # the end
        """
    expected = code(before).replace("import Box\n", "import Box, same\n") + "\n\n" + TEST
    assert merged(before) == expected


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("import shop.other\n", "import shop.other\nfrom shop.boxes import same\n"),
        ("import os\n", "import os\n\nfrom shop.boxes import same\n"),
        (
            "import os\n\nfrom shop.zebra import x\n",
            "import os\n\nfrom shop.boxes import same\nfrom shop.zebra import x\n",
        ),
        ("from shop.zebra import x\n", "from shop.boxes import same\nfrom shop.zebra import x\n"),
        ("from . import helper\n", "from shop.boxes import same\n\nfrom . import helper\n"),
        ("from shop.boxes import (\n    Box,\n)\n", "from shop.boxes import (\n    Box,\n    same,\n)\n"),
        ("from shop.boxes import Box  # mine\n", "from shop.boxes import Box  # mine\nfrom shop.boxes import same\n"),
        ('"""Tests."""\n', '"""Tests."""\n\nfrom shop.boxes import same\n'),
        ("# Tests.\n\nx = 1\n", "# Tests.\n\nfrom shop.boxes import same\n\nx = 1\n"),
        (
            "import sys\n\nsys.path.insert(0, '.')\n\nimport helper\n",
            "import sys\n\nsys.path.insert(0, '.')\n\nimport helper\n\nfrom shop.boxes import same\n",
        ),
    ],
)
def test_imports_go_where_formatters_put_them(before, after):
    assert merged(before) == f"{after}\n\n{TEST}"


def test_several_new_imports_are_put_in_their_sections():
    row = checked("same(1)", "result == pytest.approx(1)", "math.pi > result", imports=("import math",))
    text = merged("import os\n\nfrom shop.boxes import same\n", row)
    assert text.startswith("import math\nimport os\n\nimport pytest\n\nfrom shop.boxes import same\n\n\ndef test")


def test_what_a_file_imports_already_is_used_as_it_is_named():
    assert "assert shop_same([1]) == [1]" in merged("from shop.boxes import same as shop_same\n")
    assert "assert boxes.same([1]) == [1]" in merged("from shop import boxes\n")
    assert "assert b.same([1]) == [1]" in merged("import shop.boxes as b\n")
    assert merged("from shop import boxes\n").count("import") == 1


def test_names_that_mean_something_else_in_the_file_stay_so():
    text = merged("def same(x):\n    return x\n\n\ndef boxes():\n    pass\n")
    assert "from shop import boxes as boxes_module\n" in text
    assert "assert boxes_module.same([1]) == [1]" in text


def test_the_block_that_runs_the_file_stays_last():
    before = "from shop.boxes import same\n\n\n# Run it.\nif __name__ == '__main__':\n    print(same)\n"
    assert merged(before) == before.replace("# Run", TEST + "\n\n# Run")


def test_line_endings_marks_and_tabs_are_those_of_the_file():
    before = "\ufefffrom shop.boxes import same\r\n\r\n\r\ndef test_old():\r\n\tassert same\r\n"
    text = merged(before)
    assert text.startswith(before)
    assert text[len(before) :] == "\r\n\r\n" + TEST.replace("    ", "\t").replace("\n", "\r\n")


def test_a_last_line_without_an_end_gets_one():
    assert merged("from shop.boxes import same\nx = same") == f"from shop.boxes import same\nx = same\n\n\n{TEST}"


def test_names_of_tests_are_not_taken_twice():
    text = merged(
        "from shop.boxes import same\n\n\nclass TestIt:\n    def test_same_single_value(self):\n        pass\n"
    )
    assert "def test_same_single_value_returns_1_item():" in text


@pytest.mark.parametrize(
    "test",
    [
        "def test_it():\n    assert same([1]) == [1]\n",
        "def test_it():\n    result = same([1])\n\n    assert result == [1]\n",
        "def test_it():\n    '''Text.'''\n    assert same([2]) == [2]\n    assert same([ 1 ]) == [1,]\n",
        "class TestIt:\n    def test_it(self):\n        assert same([1]) == [1]\n",
        "@pytest.mark.parametrize('a, b', [(1, 2), ([1], [1])])\ndef test_it(a, b):\n    assert same(a) == b\n",
        "@pytest.mark.parametrize('a', [pytest.param([1], id='x')])\ndef test_it(a):\n    assert same(a) == a\n",
    ],
)
def test_what_a_test_says_already_is_not_said_again(test):
    before = f"import pytest\n\nfrom shop.boxes import same\n\n\n{test}"
    written = write(subject(before), [ROW])
    assert written.text == before
    assert not written.tests


@pytest.mark.parametrize("match", ['r"^a\\(b\\)$"', 'f"^{re.escape(message)}$"'])
def test_the_same_message_is_not_expected_again(match):
    before = (
        "import re\n\nimport pytest\n\nfrom shop.boxes import fail\n\n\n"
        "def test_it():\n    message = 'a(b)'\n"
        f"    with pytest.raises(ValueError, match={match}):\n        fail('a(b)')\n"
    )
    before = before if "message)" in match else before.replace("    message = 'a(b)'\n", "")
    assert write(subject(before), [raised("fail('a(b)')", "ValueError", "a(b)")]).text == before


def test_another_value_is_not_the_same_test():
    before = (
        "from shop.boxes import same\n\n\ndef test_it():\n    assert same([1]) == [2]\n    assert same([True]) == [1]\n"
    )
    assert write(subject(before), [ROW]).tests


def test_annotations_are_those_of_the_other_tests():
    text = merged("def test_a() -> None:\n    pass\n\n\ndef test_b() -> None:\n    pass\n\n\ndef test_c():\n    pass\n")
    assert "def test_same_single_value() -> None:" in text


def test_a_file_in_another_encoding_gets_plain_characters():
    text = merged("# -*- coding: latin-1 -*-\nfrom shop.boxes import same\n", returned("same('日')", "'日'"))
    assert 'same("\\u65e5") == "\\u65e5"' in text


def test_a_file_that_cannot_be_parsed_is_left_alone():
    with pytest.raises(WithheldError, match=r"^test_boxes\.py cannot be parsed"):
        merged("def broken(:\n")


def test_nothing_to_write_changes_nothing():
    assert write(subject("import os\n"), []).text == "import os\n"


@pytest.mark.parametrize("line", ["from .boxes import same", "from shop.boxes import same", "from .boxes import *"])
def test_what_the_package_passes_on_is_the_modules(line, tmp_path):
    (tmp_path / "shop").mkdir()
    (tmp_path / "shop" / "__init__.py").write_text(f"{line}\n")
    before = "from shop import same\n\n\ndef test_it():\n    assert same(1) == 1\n"
    assert write(subject(before, root=tmp_path), [returned("same(1)", "1")]).text == before
    assert write(subject(before, root=tmp_path), [ROW]).text == f"{before}\n\n{TEST}"


def test_what_a_package_makes_itself_is_not_the_modules(tmp_path):
    (tmp_path / "shop").mkdir()
    (tmp_path / "shop" / "__init__.py").write_text("from .other import same\n")
    text = write(subject("from shop import same\n", root=tmp_path), [ROW]).text
    assert text.startswith("from shop import boxes, same\n")
    assert "assert boxes.same([1]) == [1]" in text


def test_relative_imports_go_by_the_place_of_the_file():
    made = subject("from .boxes import same\n")
    file = made.root / "shop" / "test_boxes.py"
    written = write(replace(made, conventions=replace(made.conventions, file=file)), [ROW])
    assert written.text == f"from .boxes import same\n\n\n{TEST}"

"""What a new test file reads like."""

from __future__ import annotations

import ast
from textwrap import dedent

from aigc_plugins.testgen.writing import write

from .shop import checked, raised, returned, subject


def body(*rows, **options):
    """Return the text of a file after its docstring."""
    text = write(subject(**options), rows).text
    first, _, rest = text.partition("\n\n")
    assert first == '"""Tests of `shop.boxes`."""'
    return rest


def code(text):
    return dedent(text).lstrip("\n")


def test_a_short_act_stands_in_its_assertion():
    assert body(returned("same('a')", "'a'")) == code(
        """
        from shop.boxes import same


        def test_same_returns_text_unchanged():
            assert same("a") == "a"
        """
    )


def test_arrange_act_and_assert_stand_apart():
    row = checked("box.put('x', 2)", "result is box", "box.value == ['x', 'x']", arrange=("box = Box()",))
    assert body(row) == code(
        """
        from shop.boxes import Box


        def test_box_put_with_times_changes_value():
            box = Box()

            result = box.put("x", 2)

            assert result is box
            assert box.value == ["x", "x"]
        """
    )


def test_rows_that_differ_in_values_are_one_test():
    rows = [returned(f"pair({left!r}, 2)", repr((left, 2))) for left in (1, None, "a")]
    assert body(*rows) == code(
        """
        import pytest

        from shop.boxes import pair


        @pytest.mark.parametrize(
            ("left", "expected"),
            [
                (1, (1, 2)),
                (None, (None, 2)),
                ("a", ("a", 2)),
            ],
        )
        def test_pair_with_right(left, expected):
            assert pair(left, 2) == expected
        """
    )


def test_a_value_that_comes_back_unchanged_is_one_column():
    assert body(*(returned(f"same({text!r})", repr(text)) for text in ("a", "b"))) == code(
        """
        import pytest

        from shop.boxes import same


        @pytest.mark.parametrize("value", ["a", "b"])
        def test_same_returns_text_unchanged(value):
            assert same(value) == value
        """
    )


def test_exceptions_have_a_table_of_their_own_and_whole_messages():
    rows = [raised(f"fail({text!r})", "ValueError", text) for text in ("a (b)", "c")]
    assert body(*rows, raised("expected('x y')", "KeyError", "'x y'")) == code(
        """
        import re

        import pytest

        from shop.boxes import expected, fail


        @pytest.mark.parametrize(
            ("message", "expected_message"),
            [
                ("a (b)", "a (b)"),
                ("c", "c"),
            ],
        )
        def test_fail_raises_value_error(message, expected_message):
            with pytest.raises(ValueError, match=f"^{re.escape(expected_message)}$"):
                fail(message)


        def test_expected_raises_key_error():
            with pytest.raises(KeyError, match=r"^'x y'$"):
                expected("x y")
        """
    )


def test_a_message_that_makes_no_readable_pattern_is_escaped():
    assert body(raised("fail('one\\ntwo')", "ValueError", "one\ntwo")) == code(
        """
        import re

        import pytest

        from shop.boxes import fail


        def test_fail_multiline_message_raises_value_error():
            message = "one\\ntwo"

            with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
                fail("one\\ntwo")
        """
    )


def test_what_is_printed_is_captured():
    assert body(checked("show('Hi')", "result is None", "printed == 'Hi\\n'")) == code(
        """
        from shop.boxes import show


        def test_show_prints(capsys):
            result = show("Hi")
            printed = capsys.readouterr().out

            assert result is None
            assert printed == "Hi\\n"
        """
    )


def test_what_arranging_prints_is_not_what_the_act_prints():
    text = body(checked("show('b')", "printed == 'b\\n'", arrange=("show('a')",)))
    assert (
        '    show("a")\n    capsys.readouterr()\n\n    show("b")\n\n    assert capsys.readouterr().out == "b\\n"'
        in text
    )


def test_paths_and_fixtures_are_arguments():
    row = returned("same(tmp_path / shelf)", "tmp_path / 'a'", fixtures=("shelf",))
    assert '(shelf, tmp_path):\n    assert same(tmp_path / shelf) == tmp_path / "a"\n' in body(row)


def test_imports_come_from_where_things_are_made():
    row = returned(
        "same((Decimal('1'), Path('a'), dt.date(2020, 1, 2)))",
        "(Decimal('1'), Path('a'), dt.date(2020, 1, 2))",
        imports=("import datetime as dt", "from decimal import Decimal, Context"),
    )
    assert body(row).startswith(
        "import datetime as dt\nfrom decimal import Decimal\nfrom pathlib import Path\n\nfrom shop.boxes import same\n"
    )


def test_names_that_would_be_mistaken_are_taken_of_the_module():
    rows = [
        returned("type([1], 2)", "[[1], 2]"),  # Python's own name
        returned("test_it(3)", "3"),  # what pytest would run
        returned("TestThing(4).run()", "4"),
        checked("same(pair)", "result == (1, None)", arrange=("pair = pair(1)",)),  # a variable of the test
    ]
    text = body(*rows)
    assert "from shop import boxes\nfrom shop.boxes import same\n" in text
    for line in (
        "assert boxes.type([1], 2) == [[1], 2]",
        "assert boxes.test_it(3) == 3",
        "assert boxes.TestThing(4).run() == 4",
        "pair = boxes.pair(1)",
    ):
        assert line in text


def test_names_of_comprehensions_functions_and_keywords_are_not_imported():
    act = "same([(lambda left, *, key=expected: left)(box) for box in range(2) if (name := box) is not None])"
    text = body(returned(act, "[0, 1]"))
    assert "from shop.boxes import expected, same\n" in text


def test_code_that_is_none_is_left_out():
    rows = [
        returned("same(", "1"),
        returned("same(1)", "1 +"),
        returned("same(2)", "2", arrange=("return 1",)),
        returned("same(3)", "3", imports=("from os import *",)),
        checked("same(4)"),
        returned("same(5)", "5"),
    ]
    written = write(subject(), rows)
    assert [test.rows for test in written.tests] == [(rows[5],)]


def test_long_lines_are_broken_as_formatters_do():
    words = "some words " * 12
    text = body(returned(f"same({words!r})", f"[{words!r}, 1]"), line_length=60)
    assert text == code(
        """
        from shop.boxes import same


        def test_same_long_value():
            result = same(
                "some words some words some words some words some "
                "words some words some words some words some words "
                "some words some words some words "
            )

            assert result == [
                (
                    "some words some words some words some words "
                    "some words some words some words some words "
                    "some words some words some words some words "
                ),
                1,
            ]
        """
    )


def test_numbers_stay_as_they_are_written_and_texts_keep_what_they_say():
    text = body(
        returned("same((0xff, 1_000, 1e-7, -2, '2 ** 3', \"'\", 'x' 'y'))", "2**3 + b ** 2", arrange=("b = 1",))
    )
    assert 'same((0xFF, 1_000, 1e-7, -2, "2 ** 3", "\'", "xy"))' in text
    assert "== 2**3 + b**2" in text


def test_tests_stand_in_the_order_of_the_module():
    rows = [raised("fail('a')", "ValueError", "a"), returned("same(1)", "1"), returned("Box(1).get()", "1")]
    names = [test.name for test in write(subject(), rows).tests]
    assert names == ["test_box_get_with_value", "test_same", "test_fail_raises_value_error"]


def test_long_rows_have_names():
    rows = [returned(f"pair({text!r}, 1)", "2") for text in ("long text " * 10, "a")]
    text = body(*rows)
    assert 'id="long-left"' in text
    assert '\n        "a",\n' in text


def test_all_tests_are_functions_of_their_own():
    tree = ast.parse(write(subject(), [returned(f"same([{n}][0])", str(n)) for n in range(4)]).text)
    names = [one.name for one in tree.body if isinstance(one, ast.FunctionDef)]
    assert len(names) == len(set(names)) == 4

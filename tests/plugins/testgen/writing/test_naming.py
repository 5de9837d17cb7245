"""Names of tests say what is tested, with what, and what comes of it."""

from __future__ import annotations

import pytest

from aigc_plugins.testgen.writing import write
from aigc_plugins.testgen.writing.wording import snake

from .shop import checked, raised, returned, subject


def names(*rows, **options):
    return [test.name for test in write(subject(**options), rows).tests]


@pytest.mark.parametrize(
    ("row", "name"),
    [
        (checked("same('')", "result is None"), "test_same_empty_value_returns_none"),
        (returned("same(0)", "[]"), "test_same_zero_value_returns_empty_list"),
        (returned("same(-1)", "7"), "test_same_negative_value"),
        (returned("same(float('nan'))", "''"), "test_same_nan_value_returns_empty_text"),
        (returned("same('AB')", "'ab'"), "test_same_lowercases"),
        (returned("same(' a ')", "'a'"), "test_same_strips"),
        (returned("same('é')", "'é'"), "test_same_non_ascii_value_returns_text_unchanged"),
        (returned("pair(1, None, swap=True)", "(None, 1)"), "test_pair_none_right_with_swap"),
        (returned("pair(3, 4, swap=5)", "(4, 3)"), "test_pair_with_right_and_swap"),
        (raised("fail('x')", "json.JSONDecodeError"), "test_fail_raises_json_decode_error"),
        (checked("show('a')", "printed == 'a\\n'"), "test_show_prints"),
        (
            checked("box.put(1)", "box.value == [1]", arrange=("box = Box([])",)),
            "test_box_put_empty_value_changes_value",
        ),
        (checked("same(tmp_path)", "(tmp_path / 'a').exists()"), "test_same_writes_file"),
        (returned("_private(1)", "(1, (), {})"), "test_private"),
    ],
)
def test_a_name_says_what_is_special(row, name):
    assert names(row) == [name]


def test_names_get_more_words_before_they_get_numbers():
    rows = [returned(f"same([{act}][0])", value) for act, value in [("1", "1"), ("2", "2"), ("3", "2")]]
    assert names(*rows) == ["test_same", "test_same_returns_2", "test_same_3_0"]


@pytest.mark.parametrize(("value", "word"), [("1.4142135623730951", "number"), ("1.5", "1_point_5")])
def test_an_approximation_is_named_for_its_number(value, word):
    rows = [returned("same([1][0])", "1"), checked("same([2][0])", f"result == pytest.approx({value})")]
    assert names(*rows) == ["test_same", f"test_same_returns_{word}"]


def test_earlier_names_do_not_depend_on_later_tests():
    rows = [returned(f"same([{number}][0])", str(number)) for number in range(9)]
    for count in range(9):
        assert names(*rows[:count]) == names(*rows)[:count]


def test_names_are_of_bearable_length():
    target = "a_very_long_name_of_a_function_that_goes_on"
    module = f"def {target}(x): pass"
    assert names(raised(f"{target}('')", "ValueError"), module=module) == [f"test_{target}_raises_value_error"]
    assert len(names(raised("pair(None, '', swap=None)", "ZeroDivisionError"))[0]) <= 70


@pytest.mark.parametrize(
    ("name", "words"),
    [("HTTPServer.do_GET", "http_server_do_get"), ("__len__", "len"), ("parseURL2", "parse_url2"), ("a__b", "a_b")],
)
def test_words_of_names(name, words):
    assert snake(name) == words

"""Which of many scenarios become tests: few, cheap to read, each under the name of what it tests."""

from __future__ import annotations

from aigc_plugins.testgen.scenario import Recorded, Scenario
from aigc_plugins.testgen.select import Wish, select


def recorded(
    act: str, branches=(), kills=(), target="f", exception="", message="", checks=("result == 1",)
) -> Recorded:
    return Recorded(
        Scenario(target, act), () if exception else checks, exception, message, frozenset(branches), frozenset(kills)
    )


def chosen(all_of_them, branches=(), kills=(), depth=1, owner="f", owners=None) -> list[str]:
    whose = {("branch", one): owner for one in branches} | {("kill", one): owner for one in kills}
    found = select(all_of_them, Wish(set(branches), set(kills), whose | (owners or {}), depth))
    return [one.scenario.act for one in found]


def test_one_that_reaches_all_is_enough():
    many = [recorded("f(1)", [1], [1]), recorded("f(2)", [2], [2]), recorded("f(3)", [1, 2], [1, 2])]
    assert chosen(many, [1, 2], [1, 2]) == ["f(3)"]


def test_of_equals_the_cheapest_is_taken():
    assert chosen([recorded("f('a long text')", [1], [1]), recorded("f('')", [1], [1])], [1], [1]) == ["f('')"]


def test_what_kills_nothing_or_asserts_nothing_is_no_test():
    assert chosen([recorded("f(1)", [1], []), recorded("f(2)", [1], [1], checks=())], [1], [1]) == []


def test_a_depth_asks_for_as_many_tests_as_there_are():
    many = [recorded(f"f({number})", [1], [1]) for number in range(4)]
    assert len(chosen(many, [1], [1], depth=2)) == 2
    assert len(chosen(many[:1], [1], [1], depth=2)) == 1


def test_what_only_strengthens_others_has_to_be_cheap_to_read():
    long = recorded(f"f({'x' * 100!r})", [1], [1])
    assert chosen([recorded("f(1)", [1], [1]), long], [1], [1], depth=2) == ["f(1)"]
    assert chosen([recorded("f(1)", [1], [2]), long], [1], [1, 2], depth=2) == ["f(1)", long.scenario.act]


def test_plain_characters_read_better():
    assert chosen([recorded("f('é')", [1], [1]), recorded("f('a b c')", [1], [1])], [1], [1]) == ["f('a b c')"]


def test_a_function_is_tested_under_its_own_name_though_its_caller_reaches_as_much():
    many = [recorded("g(1)", [1, 2], [1, 2], target="g"), recorded("f(1)", [1], [1], target="f")]
    owners = {("branch", 2): "g", ("kill", 2): "g"}
    found = select(many, Wish({1, 2}, {1, 2}, {("branch", 1): "f", ("kill", 1): "f", **owners}))
    assert [one.scenario.act for one in found] == ["g(1)", "f(1)"]


def test_helpers_are_left_to_whoever_calls_them():
    many = [recorded("f(1)", [1], [1, 9]), recorded("f(2)", [1], [1])]
    wish = Wish({1}, {1, 9}, {("branch", 1): "f", ("kill", 1): "f", ("kill", 9): None})
    assert [one.scenario.act for one in select(many, wish)] == ["f(1)"]


def test_errors_of_wrong_kinds_are_for_targets_without_anything_else():
    misuse = recorded("f(None)", [2], [2], exception="TypeError", message="'NoneType' object is not iterable")
    assert chosen([misuse, recorded("f([])", [1], [1])], [1, 2], [1, 2]) == ["f([])"]
    assert chosen([misuse], [1, 2], [1, 2]) == ["f(None)"]


def test_an_error_that_code_raises_itself_is_a_test():
    raised = recorded("f(-1)", [2], [2], exception="TypeError", message="only positive numbers")
    assert chosen([raised, recorded("f([])", [1], [1])], [1, 2], [1, 2]) == ["f(-1)", "f([])"]

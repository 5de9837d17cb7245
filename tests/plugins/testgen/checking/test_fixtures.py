"""Scenarios that use the project's fixtures are recorded under pytest, each with fresh ones."""

from __future__ import annotations

from aigc_plugins.testgen import checking
from aigc_plugins.testgen.scenario import Scenario

from .made import never, project

CONFTEST = """
    import pytest

    COUNT = []

    @pytest.fixture
    def prices():
        made = [1, 2]
        yield made
        made.clear()

    @pytest.fixture
    def numbered():
        COUNT.append(1)
        return len(COUNT)

    @pytest.fixture(scope="session")
    def shared():
        return []

    @pytest.fixture
    def broken():
        raise RuntimeError("no")
    """
MODULE = """
    def total(prices, rate=0.0):
        if not prices:
            return 0
        total = sum(prices)
        return total + total * rate


    def pop(prices):
        if len(prices) > 1:
            return prices.pop()
        raise LookupError("nothing")
    """


def recorded(tmp_path, *scenarios):
    subject, copy = project(tmp_path, MODULE, **{"tests__conftest.py": CONFTEST})
    found = checking.record_with_fixtures(subject, copy, scenarios, seconds=20.0, cancelled=never)
    assert sorted(one.name for one in (copy / "tests").iterdir()) == ["conftest.py"]
    return found


def test_what_the_code_does_with_a_fixture_becomes_a_test(tmp_path):
    (one,) = recorded(tmp_path, Scenario("total", "total(prices, 1)", fixtures=("prices",)))
    assert one.scenario.act == "total(prices, 1)"
    assert one.scenario.fixtures == ("prices",)
    assert one.checks == ("result == 6",)
    assert one.branches
    assert one.kills


def test_each_run_has_a_fresh_fixture(tmp_path):
    (one,) = recorded(tmp_path, Scenario("pop", "pop(prices)", fixtures=("prices",)))
    assert "result == 2" in one.checks
    assert one.kills


def test_exceptions_and_arranging(tmp_path):
    scenario = Scenario("pop", "pop(prices)", arrange=("prices.clear()",), fixtures=("prices",))
    (one,) = recorded(tmp_path, scenario)
    assert (one.exception, one.message) == ("LookupError", "nothing")


def test_what_changes_or_cannot_be_set_up_is_left_out(tmp_path):
    assert not recorded(
        tmp_path,
        Scenario("total", "total([numbered])", fixtures=("numbered",)),
        Scenario("total", "total([len(shared), shared.append(1) or 1])", fixtures=("shared",)),
        Scenario("total", "total(broken)", fixtures=("broken",)),
        Scenario("total", "total(missing)", fixtures=("missing",)),
        Scenario("total", "total([1])", fixtures=("prices=print()",)),
        Scenario("total", "total([1])"),
    )


def test_one_that_ends_the_interpreter_does_not_spoil_the_others(tmp_path):
    found = recorded(
        tmp_path,
        Scenario("total", "total([__import__('os')._exit(0)])", fixtures=("prices",)),
        Scenario("total", "total(prices)", fixtures=("prices",)),
    )
    assert [one.scenario.act for one in found] == ["total(prices)"]

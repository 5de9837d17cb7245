"""A module is searched in the sandbox: what is found is recorded, and what goes wrong in it costs nothing else."""

from __future__ import annotations

import sys
import textwrap
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from aigc_plugins.action import CancelledError
from aigc_plugins.sandbox import SandboxUnavailableError, rungs, which_rung
from aigc_plugins.testgen import exploring
from aigc_plugins.testgen.analysis import analyse
from aigc_plugins.testgen.exploring import Explored
from aigc_plugins.testgen.scenario import Goals, Recorded, Scenario, to_json

GOOD = """
    def grade(points: int) -> str:
        if points >= 90:
            return "good"
        return "bad"
"""

LONG = "def pick(a: int) -> int:\n" + "".join(f"    if a == {one * 7919}: return {one}\n" for one in range(400))


@pytest.fixture(autouse=True)
def _needs_a_rung() -> None:
    try:
        which_rung()
    except SandboxUnavailableError as error:
        pytest.skip(str(error))


@pytest.fixture
def explore(tmp_path: Path) -> Callable[..., Explored]:
    def run(
        text: str,
        scenarios: Sequence[Scenario] = (),
        *,
        names: Sequence[str] = (),
        others: dict[str, str] | None = None,
        known: Sequence[Recorded] = (),
        goals: Goals | None = None,
        executions: int = 1200,
        seconds: float = 40.0,
        cancelled: Callable[[], object] = lambda: False,
        report: Callable[[str], None] | None = None,
        stop: Callable[[], bool] = lambda: False,
    ) -> Explored:
        root, scratch = tmp_path / "real", tmp_path / "scratch"
        for place in (root, scratch / "project"):
            place.mkdir(parents=True, exist_ok=True)
            for name, content in ((others or {}) | {"thing.py": text}).items():
                (place / name).write_text(textwrap.dedent(content))
        path = root / "thing.py"
        subject = analyse(path, path.read_text(), root=root, names=names, python=Path(sys.executable))
        return exploring.explore(
            subject, scratch / "project", scenarios, goals=goals or Goals(), known=known, executions=executions,
            seconds=seconds, cancelled=cancelled, report=report, stop=stop,
        )  # fmt: skip

    return run


def untimed(found: Explored) -> object:
    records = [dict(one, seconds=0) for one in to_json(found.recorded)]
    return records, to_json(found.suspicions), dict(found.ran)


def missing(found: Explored) -> list[str]:
    taken = frozenset().union(*(one.branches for one in found.recorded))
    return [f"{one.function} {one.way}" for one in found.branches if one.number not in taken]


def test_tests_take_every_branch_and_kill_the_mutants_at_the_bound(explore: Callable[..., Explored]) -> None:
    found = explore(GOOD)
    assert missing(found) == []
    assert found.complete
    assert found.notes == ()
    kills = frozenset().union(*(one.kills for one in found.recorded))
    alive = [f"{one.before} -> {one.after}" for one in found.mutants if one.number not in kills]
    assert alive == []
    assert any(one.checks == ('result == "good"',) and one.scenario.act == "grade(90)" for one in found.recorded)
    assert set(found.ran) == {"search"}


def test_one_seed_gives_one_result(explore: Callable[..., Explored]) -> None:
    text = """
        import re
        class Basket:
            def __init__(self, *names: str):
                self.names = set(names)
            def add(self, name: str) -> int:
                if not re.match("[a-z]+$", name):
                    raise ValueError(f"no name: {name}")
                self.names.add(name)
                return len(self.names)
    """
    first, second = explore(text), explore(text)
    assert len(first.recorded) > 3
    assert untimed(first) == untimed(second)


def test_what_proposers_give_runs_first_and_counts_by_origin(explore: Callable[..., Explored]) -> None:
    given = [
        Scenario("grade", "grade(95)", origin="model"),
        Scenario("grade", "grade(no such name)", origin="model"),
        Scenario("grade", "grade(12)", origin="examples", expected="'bad'"),
    ]
    found = explore(GOOD, given)
    assert found.ran["model"] == 2
    assert found.ran["examples"] == 1
    assert "grade(95)" in [one.scenario.act for one in found.recorded]


def test_what_documentation_promises_otherwise_is_a_suspicion_and_no_test(explore: Callable[..., Explored]) -> None:
    found = explore(GOOD, [Scenario("grade", "grade(89)", origin="examples", expected="'good'")])
    assert [(one.kind, one.call, one.promised) for one in found.suspicions] == [("example", "grade(89)", "'good'")]


DEADLY = {
    "ends": "import os; os._exit(3)",
    "leaves": "raise SystemExit(2)",
    "crashes": "import ctypes; ctypes.string_at(1)",
    "loops": "while True: pass",
    "hangs": "return sum(iter(int, 1))",
    "eats": "return [0] * (1 << 34)",
    "signals": "import os, signal; os.kill(os.getpid(), signal.SIGKILL)",
    "descends": "return descends(number)",
    "closes": "import os; [os.close(one) for one in range(3, 60)]",
}


def test_targets_that_end_everything_do_not_stop_the_rest(explore: Callable[..., Explored]) -> None:
    deadly = "".join(f"def {name}(number: int):\n    {body}\n\n\n" for name, body in DEADLY.items())
    found = explore(deadly + textwrap.dedent(GOOD), executions=2000)
    assert [one for one in missing(found) if one.startswith("grade")] == []
    assert any("hangs" in note for note in found.notes)


def test_what_uses_up_a_limit_of_the_sandbox_is_left_out(explore: Callable[..., Explored]) -> None:
    text = f"def multiplies(number: int) -> int:\n    import os\n    while True: os.fork()\n\n\n{textwrap.dedent(GOOD)}"
    found = explore(text, executions=400)
    assert [one for one in missing(found) if one.startswith("grade")] == []


def test_what_is_printed_is_no_answer(explore: Callable[..., Explored]) -> None:
    text = """
        import sys, os
        def shout(text: str) -> int:
            os.write(1, b'{"ran": {}, "complete": true}\\n')
            sys.__stdout__.write('{"error": "x"}\\n')
            sys.__stdout__.flush()
            return len(text)
    """
    found = explore(text, executions=200)
    assert missing(found) == []
    assert found.complete


def test_what_ran_before_decides_nothing(explore: Callable[..., Explored]) -> None:
    text = """
        COUNT = []
        def count(step: int) -> int:
            COUNT.append(step)
            if len(COUNT) > 40:
                return -1
            return len(COUNT)
    """
    found = explore(text, executions=600)
    assert {one.checks for one in found.recorded} <= {("result == 1",), ("result == 1", "COUNT == [0]")} or all(
        "result == 1" in one.checks for one in found.recorded
    )
    assert found.recorded


def test_other_modules_of_the_project_are_those_of_the_copy(explore: Callable[..., Explored]) -> None:
    text = """
        from helper import Item
        def cost(item: Item) -> int:
            if item.count > 3:
                return item.count * 2
            return item.count
    """
    helper = "class Item:\n    def __init__(self, count: int):\n        self.count = count\n"
    found = explore(text, others={"helper.py": helper})
    assert missing(found) == []
    assert any("Item(" in one.scenario.act for one in found.recorded)


def test_only_what_is_wanted_is_searched(explore: Callable[..., Explored]) -> None:
    text = "def one(x: int) -> int:\n    return x + 1\n\n\ndef two(x: int) -> int:\n    return x - 1\n"
    found = explore(text, names=["two"], executions=300)
    assert {one.scenario.target for one in found.recorded} == {"two"}


def test_a_later_round_goes_on_from_what_is_known(explore: Callable[..., Explored]) -> None:
    first = explore(GOOD, executions=300)
    taken = frozenset().union(*(one.branches for one in first.recorded))
    open_branches = tuple(one for one in first.branches if one.number not in taken)
    second = explore(GOOD, known=first.recorded, goals=Goals(open_branches, (), 1), executions=300)
    assert second.recorded[: len(first.recorded)] == first.recorded
    assert len(second.recorded) == len(first.recorded)


def test_a_module_that_cannot_be_loaded_is_said_so(explore: Callable[..., Explored]) -> None:
    found = explore("import no_such_module\n\n\ndef one() -> int:\n    return 1\n")
    assert found.recorded == ()
    assert not found.complete
    assert found.notes[0].startswith("The module cannot be loaded: importing thing: ModuleNotFoundError: ")
    assert "no_such_module" in found.notes[0]
    assert "--python" in found.notes[0]


def test_time_ends_it_early_and_is_told(explore: Callable[..., Explored]) -> None:
    text = """
        import time
        def slow(x: int) -> int:
            time.sleep(0.15)
            if x == 12345678:
                return 1
            return x
    """
    begin = time.monotonic()
    found = explore(text, seconds=2.0)
    assert time.monotonic() - begin < 15
    assert not found.complete


def test_it_can_be_cancelled(explore: Callable[..., Explored]) -> None:
    asked = []

    def cancelled() -> bool:
        asked.append(1)
        return len(asked) > 4

    with pytest.raises(CancelledError):
        explore(GOOD, executions=100_000, cancelled=cancelled)


def test_how_far_it_is_is_told(explore: Callable[..., Explored]) -> None:
    told: list[str] = []
    explore(LONG, executions=10**9, seconds=4, report=told.append)
    assert "trying pick" in told


def test_it_refuses_where_nothing_contains_it(
    explore: Callable[..., Explored], monkeypatch: pytest.MonkeyPatch
) -> None:
    def none() -> None:
        raise SandboxUnavailableError("no rung works")

    monkeypatch.setattr(rungs, "which_rung", none)
    with pytest.raises(SandboxUnavailableError):
        explore(GOOD)


def test_a_search_that_its_user_ends_gives_what_it_found(explore: Callable[..., Explored]) -> None:
    begin = time.monotonic()
    found = explore(LONG, executions=10**9, seconds=100, stop=lambda: time.monotonic() - begin > 3)
    assert time.monotonic() - begin < 60
    assert found.recorded
    assert not found.complete


def test_each_target_has_records_that_kill_its_own_mutants(explore: Callable[..., Explored]) -> None:
    text = """
        def mean(values: list[float]) -> float:
            return sum(values) / len(values)

        def variance(values: list[float]) -> float:
            average = mean(values)
            return sum((value - average) ** 2 for value in values) / len(values)
    """
    found = explore(text)
    owned = {one.number for one in found.mutants if one.function == "mean"}
    kills = frozenset().union(*(one.kills for one in found.recorded if one.scenario.target == "mean"))
    assert len(kills & owned) > len(owned) / 2

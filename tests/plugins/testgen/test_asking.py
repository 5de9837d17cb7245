"""How proposers are asked: each thing once, the model beside the work, and one that fails costs only itself."""

from __future__ import annotations

import threading
import time
from pathlib import Path

import pytest

from aigc_models.types import EngineUnavailableError
from aigc_plugins.action import CancelledError
from aigc_plugins.testgen.analysis import analyse
from aigc_plugins.testgen.asking import Asking
from aigc_plugins.testgen.parts import Subject, TestProposer
from aigc_plugins.testgen.scenario import Goals, Scenario
from task_helpers import FakeJob


class Proposer(TestProposer):
    """Gives some scenarios, or raises."""

    def __init__(self, name: str, *acts: str, model: bool = False, error: Exception | None = None) -> None:
        self.name, self.acts, self.model, self.error, self.asked = name, acts, model, error, 0

    def propose(self, subject, goals, job):
        self.asked += 1
        for act in self.acts:
            yield Scenario("f", act, origin=self.name)
        if self.error is not None:
            raise self.error


@pytest.fixture
def subject(tmp_path: Path) -> Subject:
    path = tmp_path / "one.py"
    path.write_text("def f(a):\n    return a + 1\n")
    return analyse(path, path.read_text(), root=tmp_path)


def asking(subject: Subject, *proposers: TestProposer, model: bool = True) -> Asking:
    return Asking(subject, FakeJob(test_proposers=proposers), model=model)


def acts(scenarios) -> list[str]:
    return [one.act for one in scenarios]


def test_nothing_is_tried_twice_whoever_proposes_it(subject: Subject) -> None:
    one = asking(subject, Proposer("a", "f(1)", "f(2)"), Proposer("b", "f(2)", "f(3)", "f(3)"))
    assert acts(one.programs(Goals())) == ["f(1)", "f(2)", "f(3)"]
    assert acts(one.programs(Goals(round=1))) == []
    assert dict(one.proposed) == {"a": 2, "b": 1}


def test_scenarios_of_other_targets_are_left_out(subject: Subject) -> None:
    class Stray(TestProposer):
        name = "stray"

        def propose(self, subject, goals, job):
            return [Scenario("g", "g(1)")]

    assert asking(subject, Stray()).programs(Goals()) == []


def test_one_that_fails_is_noted_and_not_asked_again_and_what_it_gave_before_is_lost_to_nobody(
    subject: Subject,
) -> None:
    broken, sound = Proposer("broken", "f(1)", error=KeyError("x")), Proposer("sound", "f(2)")
    one = asking(subject, broken, sound)
    assert acts(one.programs(Goals())) == ["f(2)"]
    one.programs(Goals(round=1))
    assert (broken.asked, sound.asked) == (1, 2)
    assert one.notes == ["broken failed: KeyError: 'x'"]


def test_the_model_is_asked_beside_the_work_and_an_engine_that_is_away_is_said_once(subject: Subject) -> None:
    talks = Proposer("talks", "f(1)", "f(2)", model=True)
    silent = Proposer("silent", model=True, error=EngineUnavailableError("no engine"))
    one = asking(subject, talks, silent)
    assert one.programs(Goals()) == []
    for number in range(2):
        one.begin_model(Goals(round=number), lambda: False)
        found, done = one.end_model(10)
        assert done
        assert acts(found) == ([] if number else ["f(1)", "f(2)"])
    assert one.notes == ["silent: no engine"]
    assert silent.asked == 1


def test_without_a_model_none_is_asked(subject: Subject) -> None:
    talks = Proposer("talks", "f(1)", model=True)
    one = asking(subject, talks, model=False)
    one.begin_model(Goals(), lambda: False)
    assert one.end_model(1) == ([], True)
    assert talks.asked == 0


def test_a_slow_model_is_not_waited_for_and_not_asked_twice_at_once(subject: Subject) -> None:
    go = threading.Event()

    class Slow(Proposer):
        def propose(self, subject, goals, job):
            self.asked += 1
            yield Scenario("f", "f(1)", origin=self.name)
            go.wait(30)
            yield Scenario("f", "f(2)", origin=self.name)

    slow = Slow("slow", model=True)
    one = asking(subject, slow)
    one.begin_model(Goals(), lambda: False)
    found, done = one.end_model(0.3)
    assert (acts(found), done) == (["f(1)"], False)
    one.begin_model(Goals(round=1), lambda: False)
    go.set()
    found, done = one.end_model(10)
    assert done
    assert slow.asked == 1


def test_waiting_for_the_model_ends_when_the_user_takes_it_back(subject: Subject) -> None:
    class Waiting(Proposer):
        def propose(self, subject, goals, job):
            time.sleep(2)
            return iter(())

    class Job(FakeJob):
        def check(self) -> None:
            raise CancelledError

    one = Asking(subject, Job(test_proposers=[Waiting("waiting", model=True)]), model=True)
    one.begin_model(Goals(), lambda: False)
    begun = time.monotonic()
    with pytest.raises(CancelledError):
        one.end_model(60)
    assert time.monotonic() - begun < 60

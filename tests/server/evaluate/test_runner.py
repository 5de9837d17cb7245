"""Cases along the user's path: what counts as shown, as right, as broken; two sides in turn; what is interrupted."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from aigc_lsp.completion import Outcome
from aigc_lsp.evaluate.cases import Case
from aigc_lsp.evaluate.guard import SYNTAX
from aigc_lsp.evaluate.runner import Options, Recorder, Side, applied, judged, run
from aigc_lsp.evaluate.summary import summary
from aigc_lsp.settings import CompletionSettings, Settings
from aigc_models.types import CompletionRequest, EngineRequestError, EngineUnavailableError
from aigc_plugins.api import Suggestion
from evaluate_helpers import Engine, line_case, side


def measure(cases: Sequence[Case], *sides: Side, **options: Any) -> dict[str, Any]:
    asyncio.run(run(cases, sides, Options(**options)))
    return summary(cases, sides, resamples=50, ks=(1, 2))


def right(number: int) -> str:
    return f"return result * {number}\n"


def number_of(request: Any) -> int:
    return int(request.prefix.split("def f")[1].split("(")[0])


def test_what_is_shown_counts_and_what_is_withheld_is_a_miss() -> None:
    cases = [line_case(number) for number in range(1, 5)]
    says = {1: right(1), 2: "return result\n", 3: "", 4: "return (result\n"}
    data = measure(cases, side(Engine(lambda request: says[number_of(request)])))
    [found] = data["variants"]
    assert found["metrics"]["exact"]["value"] == 0.25
    assert found["metrics"]["shown"]["value"] == 0.5
    assert sum(found["withheld"].values()) == 2
    assert all(reason and not reason.startswith("withheld") for reason in found["withheld"])
    assert found["broken"] == {}


def test_perplexity_is_that_of_the_reference_and_absent_where_the_engine_does_not_tell() -> None:
    cases = [line_case(1), line_case(2)]
    data = measure(cases, side(Engine(lambda _: "x\n", logprob=-0.6931471805599453)))
    assert data["variants"][0]["metrics"]["perplexity"]["value"] == pytest.approx(2, abs=1e-4)
    silent = Engine(lambda _: "x\n", logprob=None)
    data = measure(cases, side(silent))
    assert data["variants"][0]["metrics"]["perplexity"] is None


def test_perplexity_is_that_behind_the_prompt_itself_however_requests_come() -> None:
    recorder = Recorder(Engine(lambda _: "x"))

    async def ask(*prefixes: str) -> None:
        for prefix in prefixes:
            async for _ in recorder.complete(CompletionRequest(prefix)):
                pass

    asyncio.run(ask("x = f(", "x = ", "x = g"))
    assert recorder.request is not None
    assert recorder.request.prefix == "x = "
    recorder.begin(1)
    assert recorder.request is None


def test_samples_are_seeded_so_that_a_run_repeats() -> None:
    settings = Settings(completion=CompletionSettings(temperature=0.7))
    engines = [Engine(lambda request: right(1) if (request.seed or 0) % 2 else "return 0\n") for _ in range(2)]
    cases = [line_case(1)]
    found = [measure(cases, side(engine, settings=settings), samples=4, seed=5) for engine in engines]
    assert found[0] == {**found[1], "variants": found[0]["variants"]}
    seeds = [[request.seed for request in engine.requests] for engine in engines]
    assert seeds[0] == seeds[1]
    assert len(set(seeds[0])) == 4
    figures = found[0]["variants"][0]["metrics"]
    assert figures["exact"]["value"] == 0.5
    assert figures["exact@1"]["value"] == 0.5
    assert figures["exact@2"]["value"] == pytest.approx(1 - 1 / 6, abs=1e-4)


def test_two_sides_take_turns_and_their_difference_is_counted_in_pairs() -> None:
    order: list[str] = []

    def engine(name: str, good: set[int]) -> Engine:
        def say(request: Any) -> str:
            order.append(name)
            return right(number_of(request)) if number_of(request) in good else "return 0\n"

        return Engine(say)

    cases = [line_case(number) for number in range(1, 5)]
    data = measure(cases, side(engine("A", {1, 2, 3}), "A"), side(engine("B", {3}), "B"))
    assert order == ["A", "B", "B", "A", "A", "B", "B", "A"]
    compared = data["comparison"]
    assert compared["difference"]["exact"]["value"] == 0.5
    assert compared["exact_ratio"]["value"] == 3
    assert compared["exact_pairs"] == {"only_a": 2, "only_b": 0, "p": 0.5}


def test_tests_are_run_only_when_that_is_asked_for(tmp_path: Path) -> None:
    mark = tmp_path / "ran"
    case = line_case(2, test=f"def check(f):\n    open({str(mark)!r}, 'w')\n    assert f(1) == 6\n", entry_point="f2")
    engine = Engine(lambda _: "return (value + 2) * 2\n")
    data = measure([case], side(engine))
    assert "pass@1" not in data["variants"][0]["metrics"]
    assert not mark.exists()
    data = measure([case], side(engine), run_tests=True)
    assert data["variants"][0]["metrics"]["pass@1"]["value"] == 1
    assert data["variants"][0]["metrics"]["exact"]["value"] == 0
    assert mark.exists()


def test_a_refused_request_costs_its_case_alone() -> None:
    says = {1: EngineRequestError("too long"), 2: right(2)}
    data = measure([line_case(1), line_case(2)], side(Engine(lambda request: says[number_of(request)])))
    assert data["variants"][0]["withheld"] == {"refused: too long": 1}
    assert data["variants"][0]["metrics"]["exact"]["value"] == 0.5


def test_an_engine_that_stays_away_ends_the_run_and_what_was_done_is_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("aigc_lsp.evaluate.runner._RETRIES_S", (0.0, 0.0))
    says = {1: right(1), 2: EngineUnavailableError("gone")}
    cases, one = [line_case(1), line_case(2)], side(Engine(lambda request: says[number_of(request)]))
    with pytest.raises(EngineUnavailableError, match="gone"):
        asyncio.run(run(cases, [one], Options()))
    data = summary(cases, [one], resamples=10)
    assert (data["cases"], data["asked"]) == (1, 2)
    assert data["variants"][0]["metrics"]["exact"]["value"] == 1


def test_an_engine_that_comes_back_is_asked_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("aigc_lsp.evaluate.runner._RETRIES_S", (0.0,))
    answers = [EngineUnavailableError("restarting"), right(1)]
    data = measure([line_case(1)], side(Engine(lambda _: answers.pop(0))))
    assert data["variants"][0]["metrics"]["exact"]["value"] == 1


CASE = Case("c", "call", "python", "x = f(", ")\n", "a, b")


@pytest.mark.parametrize(
    ("suggestion", "inserted"),
    [
        (Suggestion("a, b", 6, 6), "a, b"),
        (Suggestion("a, b)", 6, 7), "a, b"),  # the editor's closing bracket is replaced by the same
        (Suggestion("x = f(a, b", 0, 6), "a, b"),  # a whole line, as some editors want it
        (Suggestion("a, b].c", 6, 7), "a, b].c"),
    ],
)
def test_what_stands_between_the_two_texts_is_what_was_inserted(suggestion: Suggestion, inserted: str) -> None:
    assert applied(CASE, suggestion)[0] == inserted


def test_a_suggestion_that_breaks_a_guarantee_is_counted() -> None:
    answer = judged(CASE, Outcome(Suggestion("(a", 6, 6)), run_tests=False)
    assert answer.broken == (SYNTAX,)
    one = side(Engine(lambda _: ""))
    from aigc_lsp.evaluate.runner import Result

    one.results[0] = Result((answer,))
    assert summary([CASE], [one], resamples=10)["variants"][0]["broken"] == {SYNTAX: 1}

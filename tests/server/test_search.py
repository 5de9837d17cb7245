"""Several answers compared: by the text below, with what the engine tells, and what happens when it does not."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest

from aigc_lsp import search
from aigc_lsp.asking import Answer
from aigc_lsp.completion import CompletionService
from aigc_lsp.settings import CompletionSettings
from aigc_models.types import CompletionChunk, CompletionRequest, EngineUnavailableError, Score
from aigc_plugins.api import Suggestion
from aigc_plugins.document import Document
from aigc_plugins.inline import InlineCompletionTask

TEXT = "def f(a):\n    \n    return total\n"
OFFSET = TEXT.index("\n    return")
SETTINGS = CompletionSettings()


class Model:
    """Says `print(a)` by itself, something else when sampled, and finishes a begun declaration; likes `liked` best."""

    def __init__(self, liked="total = 0", fills=False, logprob=-0.1):
        self.liked, self.fills, self.logprob = liked, fills, logprob
        self.asked = []
        self.scored = []

    async def complete(self, request):
        self.asked.append(request)
        if request.prefix.endswith("total = "):
            yield CompletionChunk("0\n", logprobs=(self.logprob,))
        elif request.seed is not None:
            yield CompletionChunk(f"a = {request.seed}\n", logprobs=(self.logprob,))
        else:
            yield CompletionChunk("print(a)\n", logprobs=(self.logprob,) * 2)
        yield CompletionChunk("", "stop")

    async def sees_suffix(self):
        return self.fills

    async def compares(self):
        return not self.fills

    async def score(self, request, continuations):
        self.scored.append(tuple(continuations))
        return [Score((-1.0 if text.startswith(self.liked) else -9.0,)) for text in continuations]


def suggest(model, text=TEXT, offset=OFFSET, settings=SETTINGS, **options):
    snapshot = Document("file:///a.py", "python", text, 1).snapshot()
    service = CompletionService(model, InlineCompletionTask())
    return asyncio.run(service.suggest(snapshot, offset, settings=settings, **options))


def test_the_answer_after_which_the_text_below_is_likeliest_wins():
    model = Model()
    outcome = suggest(model)
    assert outcome.suggestion.text == "total = 0"
    assert len(model.asked) == SETTINGS.candidates
    assert all(text.endswith("\n    return total\n") for text in model.scored[0])
    assert suggest(Model(liked="print")).suggestion.text == "print(a)"


def test_the_others_are_alternatives_when_they_were_asked_for():
    outcome = suggest(Model())
    texts = [one.text for one in outcome.alternatives]
    assert "total = 0" not in texts
    assert len(texts) == len(set(texts)) == 3
    assert suggest(Model(), trigger="automatic").alternatives == ()


def test_while_typing_only_what_the_text_below_asks_for_is_compared():
    model = Model()
    assert suggest(model, trigger="automatic").suggestion.text == "total = 0"
    assert [request.seed for request in model.asked] == [None, None]
    model = Model()
    assert suggest(model, TEXT.replace("total", "a"), trigger="automatic").suggestion.text == "print(a)"
    assert len(model.asked) == 1


@pytest.mark.parametrize(
    "options",
    [
        {"settings": CompletionSettings(candidates=1)},
        {"model": Model(fills=True)},  # it knows the text below already
        {"settings": CompletionSettings(temperature=0.5)},
    ],
)
def test_where_it_would_not_help_the_model_is_asked_once(options):
    model = options.pop("model", None) or Model()
    assert suggest(model, **options).suggestion.text == "print(a)"
    assert len(model.asked) == 1
    assert model.scored == []


def test_without_text_below_the_likeliest_answer_stands():
    model = Model()
    text = "def f(a):\n    "
    assert suggest(model, text, len(text)).suggestion.text == "print(a)"
    assert len(model.asked) == 1


def test_an_engine_that_cannot_compare_still_suggests():
    class Broken(Model):
        async def score(self, request, continuations):
            raise EngineUnavailableError("gone")

    assert suggest(Broken()).suggestion.text == "print(a)"


def test_an_answer_that_fails_is_left_out():
    class Busy(Model):
        async def complete(self, request):
            if request.seed is not None:
                raise EngineUnavailableError("busy")
            async for chunk in super().complete(request):
                yield chunk

    assert suggest(Busy()).suggestion.text == "total = 0"


def test_an_unlikely_suggestion_is_withheld_unless_it_was_asked_for():
    unsure = {"settings": CompletionSettings(min_logprob=-1.0, candidates=1)}
    outcome = suggest(Model(logprob=-1.5), trigger="automatic", **unsure)
    assert (outcome.suggestion, outcome.reason) == (None, "withheld: the model is not sure enough")
    assert suggest(Model(logprob=-1.5), trigger="invoked", **unsure).suggestion is not None
    assert suggest(Model(logprob=-0.5), trigger="automatic", **unsure).suggestion is not None


def test_the_outcome_tells_the_log_probabilities_of_its_answer():
    assert suggest(Model()).logprobs == (-0.1,)
    assert suggest(Model(liked="print")).logprobs == (-0.1, -0.1)


def test_given_beginnings_come_before_sampled_answers_and_leave_room_for_some():
    request = CompletionRequest("p")
    starts = [f"s{n}" for n in range(9)]
    wanted = search.variants(request, starts, 7, sample=True)
    assert [start for _, start in wanted] == ["s0", "s1", "s2", "", "", "", ""]
    assert wanted[0][0] == replace(request, prefix="ps0")
    assert len({one.seed for one, start in wanted if not start}) == 4
    assert [start for _, start in search.variants(request, starts, 4, sample=False)] == starts[:4]
    assert search.variants(request, starts, 0, sample=True) == []


def test_the_same_text_is_scored_once_and_what_is_replaced_is_not_below():
    snapshot = Document("file:///a.py", "python", "f(x)\r\ny\r\n", 1).snapshot()
    answers = [
        Answer(Suggestion("1)", 2, 4)),
        Answer(Suggestion("1)", 2, 4)),
        Answer(Suggestion("2", 2, 2)),
        Answer(None),
    ]
    model = Model(liked="2")
    best = asyncio.run(search.ranked(model, CompletionRequest("f("), snapshot, 2, answers))
    assert model.scored == [("1)\ny\n", "2x)\ny\n")]
    assert [answer.suggestion.text for answer in best] == ["2", "1)"]


def test_when_most_answers_are_there_the_others_get_little_more_time():
    async def answer(seconds):
        await asyncio.sleep(seconds)
        return Answer(None, str(seconds))

    asked = [answer(0.1), answer(0.1), answer(0.1), answer(30)]
    assert [one.reason for one in asyncio.run(search.gather(asked))] == ["0.1"] * 3


def test_late_answers_are_not_waited_for(monkeypatch):
    monkeypatch.setattr(search, "_PATIENCE_S", 0.05)
    ended = []

    async def late():
        try:
            await asyncio.sleep(30)
        finally:
            ended.append(True)
        return Answer(None)

    async def quick():
        return Answer(None, "quick")

    assert [one.reason for one in asyncio.run(search.gather([late(), quick()]))] == ["quick"]
    assert ended == [True]

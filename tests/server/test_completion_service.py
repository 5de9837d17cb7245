"""One suggestion from start to end: what is asked, what is stopped, what is told."""

from __future__ import annotations

import asyncio

import pytest

from aigc_lsp.completion import CompletionService
from aigc_lsp.settings import CompletionSettings
from aigc_models.types import CompletionChunk, EngineRequestError, EngineUnavailableError, Score, Usage
from aigc_plugins.api import Snippet
from aigc_plugins.document import Document
from aigc_plugins.inline import InlineCompletionTask
from lsp_helpers.fakes import Counters, FakeClient, FakeTask

SNAPSHOT = Document("file:///a.py", "python", "x = ", 1).snapshot()
SETTINGS = CompletionSettings()


class Recording(FakeTask):
    def __init__(self, enough_after=10**6):
        super().__init__()
        self.asked = None
        self.truncated = None
        self._enough_after = enough_after

    def prepare(self, snapshot, offset, **how):
        self.asked = how
        prepared = super().prepare(snapshot, offset)
        judge = prepared.judge()
        take, give = judge.feed, judge.finish
        seen = []

        def feed(piece):
            seen.append(piece)
            take(piece)
            return len(seen) >= self._enough_after

        def finish(truncated=False):
            self.truncated = truncated
            return give()

        judge.feed, judge.finish = feed, finish
        prepared.judge = lambda: judge
        return prepared


class Chunks:
    def __init__(self, *chunks):
        self.chunks = chunks
        self.request = None

    async def complete(self, request):
        self.request = request
        for chunk in self.chunks:
            if isinstance(chunk, Exception):
                raise chunk
            yield chunk


def suggest(client, task, **options):
    settings = options.pop("settings", SETTINGS)
    return asyncio.run(CompletionService(client, task).suggest(SNAPSHOT, 4, settings=settings, **options))


def test_the_outcome_holds_the_suggestion_its_usage_and_its_times():
    usage = Usage(5, 2, 1)
    outcome = suggest(Chunks(CompletionChunk("1"), CompletionChunk("", "stop", usage=usage)), FakeTask())
    assert (outcome.suggestion.text, outcome.suggestion.start) == ("1", 4)
    assert outcome.usage == usage
    assert 0 < outcome.first_token_s <= outcome.total_s


def test_the_task_gets_budget_trigger_and_lines_from_the_settings():
    task = Recording()
    settings = CompletionSettings(max_tokens=7, prefix_tokens=70, suffix_tokens=17, multiline="never", temperature=0.5)
    client = Chunks(CompletionChunk("1"))
    suggest(client, task, settings=settings, trigger="automatic")
    budget = task.asked["budget"]
    assert (budget.max_tokens, budget.prefix_tokens, budget.suffix_tokens) == (7, 70, 17)
    assert (task.asked["trigger"], task.asked["multiline"]) == ("automatic", "never")
    assert client.request.temperature == 0.5


def test_the_stream_is_closed_as_soon_as_the_judge_has_enough():
    counters = Counters()
    outcome = suggest(FakeClient(counters, lambda _: "abcdef", 0), Recording(enough_after=3))
    assert outcome.suggestion.text == "abc"
    assert (counters.tokens, counters.closed, counters.finished) == (3, 1, 0)


@pytest.mark.parametrize(("reason", "truncated"), [("stop", False), ("length", True)])
def test_the_judge_is_told_whether_the_answer_was_cut_off(reason, truncated):
    task = Recording()
    suggest(Chunks(CompletionChunk("a"), CompletionChunk("", reason)), task)
    assert task.truncated is truncated


def test_no_place_to_suggest_is_no_request():
    task = FakeTask()
    task.prepare = lambda *_, **__: None
    client = Chunks(CompletionChunk("a"))
    outcome = suggest(client, task)
    assert outcome.suggestion is None
    assert client.request is None


def test_an_engine_that_is_away_is_an_outcome_and_no_error():
    outcome = suggest(Chunks(EngineUnavailableError("gone")), FakeTask())
    assert (outcome.unavailable, outcome.reason) == (True, "gone")


def test_a_refused_request_is_an_error():
    with pytest.raises(EngineRequestError):
        suggest(Chunks(EngineRequestError("bad")), FakeTask())


def test_cancelling_closes_the_stream():
    counters = Counters()

    async def play():
        service = CompletionService(FakeClient(counters, lambda _: "x" * 1000, 0.01), FakeTask())
        begun = asyncio.Event()
        work = asyncio.create_task(service.suggest(SNAPSHOT, 4, settings=SETTINGS, on_text=lambda _: begun.set()))
        await begun.wait()
        work.cancel()
        with pytest.raises(asyncio.CancelledError):
            await work
        return counters.closed

    assert asyncio.run(play()) == 1


class Stubborn:
    """Says one thing greedily, another when it may choose."""

    def __init__(self, greedy, sampled):
        self.says = {True: greedy, False: sampled}
        self.requests = []

    async def complete(self, request):
        self.requests.append(request)
        yield CompletionChunk(self.says[request.temperature == 0])
        yield CompletionChunk("", "stop")


def test_an_answer_that_must_be_withheld_is_followed_by_one_other_when_the_user_asked():
    client = Stubborn("", "1")
    outcome = suggest(client, FakeTask(), trigger="invoked")
    assert outcome.suggestion.text == "1"
    assert [request.seed for request in client.requests] == [None, 1]


def test_there_is_no_second_try_while_typing_and_none_after_a_good_answer():
    client = Stubborn("", "1")
    outcome = suggest(client, FakeTask(), trigger="automatic")
    assert outcome.suggestion is None
    assert outcome.reason.startswith("withheld")
    assert len(client.requests) == 1
    client = Stubborn("2", "1")
    assert suggest(client, FakeTask(), trigger="invoked").suggestion.text == "2"
    assert len(client.requests) == 1


def test_a_chat_model_is_asked_by_a_conversation():
    class Talking(Chunks):
        async def chat(self, request):
            async for chunk in self.complete(request):
                yield chunk

    client = Talking(CompletionChunk("```py"), CompletionChunk("thon\n1\n``"), CompletionChunk("`\nDone", "stop"))
    outcome = suggest(client, FakeTask(), settings=CompletionSettings(prompt="chat"))
    assert outcome.suggestion.text.split("\n")[0] == "1"
    assert [message.role for message in client.request.messages] == ["system", "user"]
    assert client.request.messages[1].content.endswith("x = ")


def test_other_files_are_in_the_prompt_and_their_kinds_in_the_outcome():
    class Assembler:
        def collect(self, snapshot, offset, max_chars, window):
            self.asked = (snapshot, offset, max_chars, window)
            return (Snippet("a.py", "A = 1", kind="definitions"), Snippet("b.py", "B", kind="definitions"))

    assembler, client = Assembler(), Chunks(CompletionChunk("1"))
    service = CompletionService(client, FakeTask(), assembler)
    outcome = asyncio.run(service.suggest(SNAPSHOT, 4, settings=SETTINGS, context_tokens=100))
    assert [(file.path, file.text) for file in client.request.context] == [("a.py", "A = 1"), ("b.py", "B")]
    assert (client.request.comment, client.request.path) == ("#", "a.py")
    assert outcome.context == ("definitions",)
    assert assembler.asked[2] == 300
    asyncio.run(service.suggest(SNAPSHOT, 4, settings=SETTINGS))
    assert client.request.context == ()


def test_calls_that_the_context_suggests_are_compared_when_asked_for():
    class Comparing(Chunks):
        def __init__(self):
            super().__init__(CompletionChunk("1)\n"))
            self.prefixes = []

        async def complete(self, request):
            self.prefixes.append(request.prefix)
            async for chunk in super().complete(request):
                yield chunk

        async def compares(self):
            return True

        async def sees_suffix(self):
            return False

        async def score(self, request, continuations):
            return [Score((-1.0 if text.startswith("area(") else -5.0,)) for text in continuations]

    class Assembler:
        def collect(self, snapshot, offset, max_chars, window):
            return (Snippet("a.py", "def area(side):\n    return side * side\n", kind="definitions"),)

    text = "x = \nprint(x)\n"
    snapshot = Document("file:///a.py", "python", text, 1).snapshot()
    for trigger, expected in (("invoked", "area(1)"), ("automatic", "1")):
        client = Comparing()
        service = CompletionService(client, InlineCompletionTask(), Assembler())
        outcome = asyncio.run(service.suggest(snapshot, 4, settings=SETTINGS, context_tokens=100, trigger=trigger))
        assert ("x = area(" in client.prefixes) == (trigger == "invoked")
        assert (outcome.suggestion and outcome.suggestion.text) == expected

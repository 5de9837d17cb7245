"""What a running task gets from its host: the model without secrets, programs that end, and being taken back."""

from __future__ import annotations

import asyncio
import threading
import time

import psutil
import pytest

from aigc_lsp.tasks import Host, run_task
from aigc_models.types import AigcError, ChatMessage, ChatRequest, CompletionChunk, CompletionRequest, ContextFile
from aigc_plugins.api import ActionTask, Edit, Page, Place, WithheldError
from aigc_plugins.document import Document

KEY = "ghp_" + "a1B2" * 9


class Client:
    """An engine that records what it is asked."""

    def __init__(self, text="x = 2\n", delay=0.0):
        self.text, self.delay, self.asked, self.closed = text, delay, [], 0

    async def complete(self, request):
        self.asked.append(request)
        try:
            for character in self.text:
                await asyncio.sleep(self.delay)
                yield CompletionChunk(character)
        finally:
            self.closed += 1

    chat = complete


class Doing(ActionTask):
    name = "do"
    title = "Do it"

    def __init__(self, run):
        self._run = run

    def run(self, place, job):
        return self._run(place, job)


def play(run, *, client=None, text="x = 1\n", uri="file:///a.py", cancel_after=None, **host):
    client = client or Client()

    async def engine():
        return client

    async def main():
        snapshot = Document(uri, "python", text, 1).snapshot()
        place = Place(snapshot, 0, len(text))
        running = asyncio.ensure_future(run_task(Doing(run), place, {}, Host(engine, **host)))
        if cancel_after is not None:
            await asyncio.sleep(cancel_after)
            running.cancel()
        return await running

    return asyncio.run(main())


def test_the_answer_ends_where_the_task_has_enough():
    client = Client("one two three")

    def run(place, job):
        return Page("t", job.ask(CompletionRequest("p"), until=lambda answer: answer.endswith("two")))

    assert play(run, client=client).text == "one two"
    assert client.closed == 1


def test_an_endless_answer_is_cut():
    class Endless(Client):
        async def complete(self, request):
            while True:
                yield CompletionChunk("x" * 10_000)

    assert len(play(lambda place, job: Page("t", job.ask(CompletionRequest("p"))), client=Endless()).text) == 100_000


def test_secrets_never_reach_the_model():
    client = Client()

    def run(place, job):
        job.ask(CompletionRequest(f"a = '{KEY}'", f"b = '{KEY}'", context=(ContextFile("c", f"c = '{KEY}'"),)))
        job.ask(ChatRequest((ChatMessage("user", f"what is {KEY}?"),)))
        return [Edit(0, 0, "y = 1\n")]

    play(run, client=client)
    assert KEY not in repr(client.asked)
    assert "***" in repr(client.asked)


@pytest.mark.parametrize("name", [".env", "ignored.py", "secret.py"])
def test_a_secret_or_ignored_document_is_not_given_to_a_model(tmp_path, name):
    (tmp_path / ".git").mkdir()
    (tmp_path / ".gitignore").write_text("ignored.py\n")
    (tmp_path / ".aigcignore").write_text("secret.py\n")
    (tmp_path / name).write_text("x = 1\n")
    client = Client()
    with pytest.raises(WithheldError, match=name):
        play(
            lambda place, job: Page("t", job.ask(CompletionRequest("p"))),
            client=client, uri=(tmp_path / name).as_uri(), roots=(tmp_path,),
        )  # fmt: skip
    assert client.asked == []


def test_two_threads_of_a_task_ask_without_taking_each_others_answer_away():
    answers = []

    def run(place, job):
        def ask():
            answers.append(job.ask(CompletionRequest("x = ")))

        threads = [threading.Thread(target=ask) for _ in range(2)]
        for one in threads:
            one.start()
            time.sleep(0.05)
        for one in threads:
            one.join()
        return [Edit(0, 1, "y")]

    play(run, client=Client("1", delay=0.2))
    assert answers == ["1", "1"]


def test_a_shown_prompt_is_not_sent():
    client, shown = Client(), []
    with pytest.raises(WithheldError):
        play(lambda place, job: Page("t", job.ask(CompletionRequest("p"))), client=client, show_prompt=shown.append)
    assert [one.prefix for one in shown] == ["p"]
    assert client.asked == []


def test_programs_get_no_keys_and_their_input(monkeypatch):
    monkeypatch.setenv("OPENAI_API_KEY", KEY)

    def run(place, job):
        done = job.run(["/bin/sh", "-c", "cat; env; echo oops >&2; exit 3"], stdin="hello\n")
        assert done.stderr == "oops\n"
        return Page(str(done.status), done.stdout)

    page = play(run)
    assert page.title == "3"
    assert page.text.startswith("hello\n")
    assert KEY not in page.text


def test_a_program_that_is_not_there_is_named():
    with pytest.raises(WithheldError, match="no-such-program"):
        play(lambda place, job: Page("t", job.run(["no-such-program"]).stdout))


def test_a_program_out_of_time_ends_with_its_children(tmp_path):
    def run(place, job):
        done = job.run(["/bin/sh", "-c", f"sleep 60 & echo $! > {tmp_path}/pid; wait"], timeout_s=0.5)
        return Page(str(done.status), "")

    assert play(run).title == "None"
    assert gone(int((tmp_path / "pid").read_text()))


def test_a_task_taken_back_ends_its_program_within_a_second(tmp_path):
    def run(place, job):
        job.run(["/bin/sh", "-c", f"sleep 60 & echo $! > {tmp_path}/pid; wait"])

    start = time.monotonic()
    with pytest.raises(asyncio.CancelledError):
        play(run, cancel_after=0.5)
    assert gone(int((tmp_path / "pid").read_text()))
    assert time.monotonic() - start < 2.5


def gone(pid):
    for _ in range(50):
        if not psutil.pid_exists(pid) or psutil.Process(pid).status() == psutil.STATUS_ZOMBIE:
            return True
        time.sleep(0.02)
    return False


def test_a_task_taken_back_asks_nothing_any_more():
    ended = threading.Event()

    def run(place, job):
        try:
            while True:
                job.ask(CompletionRequest("p"))
        finally:
            ended.set()

    client = Client("abc", delay=0.02)
    with pytest.raises(asyncio.CancelledError):
        play(run, client=client, cancel_after=0.2)
    assert ended.wait(2)
    asked = len(client.asked)
    time.sleep(0.1)
    assert len(client.asked) == asked


def test_the_result_has_the_documents_line_endings():
    change = play(lambda place, job: [Edit(0, 0, "a = 1\nb = 2\r")], text="x = 1\r\ny = 2\r\n")
    assert change.edits[0].text == "a = 1\r\nb = 2\r\n"


def test_an_error_of_the_task_is_told_by_its_name():
    def run(place, job):
        raise KeyError("lost")

    with pytest.raises(AigcError, match="KeyError"):
        play(run)


def test_a_page_is_cut_before_it_chokes_the_editor():
    assert len(play(lambda place, job: Page("t", "x" * 3_000_000)).text) == 1_000_000

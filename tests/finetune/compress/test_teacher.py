"""A teacher's texts become a corpus; a stop loses nothing, and what goes wrong is told without a secret."""

from __future__ import annotations

import json
from pathlib import Path

import httpx
import pytest

from aigc_finetune.compress.teacher import Asking, TeacherError, TeacherServer, write_teacher_corpus
from aigc_finetune.layout import RunFolder
from aigc_finetune.types import CorpusFile, corpus_line, read_corpus

TEXT = "def one():\n    return 1\n\n\ndef two():\n    return 2\n"
SERVER = TeacherServer("http://localhost:9/v1", "wise", "very-secret")


@pytest.fixture
def source(tmp_path: Path) -> RunFolder:
    run = RunFolder(tmp_path / "source")
    run.corpus.mkdir(parents=True)
    line = corpus_line(CorpusFile("a.py", "src", "python", TEXT, "0", "MIT"))
    (run.corpus / "train.jsonl").write_text(line)
    (run.corpus / "eval.jsonl").write_text(line.replace("a.py", "b.py"))
    return run


class Server:
    def __init__(self, fail_after: int = 10**6, status: int = 500) -> None:
        self.bodies: list[dict[str, object]] = []
        self.fail_after, self.status = fail_after, status

    def __call__(self, request: httpx.Request) -> httpx.Response:
        if len(self.bodies) >= self.fail_after:
            return httpx.Response(self.status)
        assert request.url.path == "/v1/completions"
        assert request.headers["authorization"] == "Bearer very-secret"
        self.bodies.append(json.loads(request.content))
        return httpx.Response(200, json={"choices": [{"text": f"# answer {len(self.bodies)}\n"}]})


def ask(source: RunFolder, target: RunFolder, server: Server, count: int = 12) -> int:
    transport = httpx.MockTransport(server)
    return write_teacher_corpus(source, target, SERVER, asking=Asking(count), transport=transport)


def test_what_the_teacher_writes_is_a_corpus(source: RunFolder, tmp_path: Path) -> None:
    target, server = RunFolder(tmp_path / "target"), Server()
    count = ask(source, target, server)
    files = list(read_corpus(target.corpus, "train"))
    assert len(files) == count > 5
    for file in files:
        prompt, _, answer = file.text.partition("# answer")
        assert TEXT.startswith(prompt)
        assert prompt.endswith("\n")
        assert answer
        assert file.licence == "MIT"
    assert [file.path for file in read_corpus(target.corpus, "eval")] == ["b.py"]
    assert server.bodies[0]["model"] == "wise"
    assert sorted(path.name for path in target.corpus.iterdir()) == ["eval.jsonl", "train.jsonl"]


@pytest.mark.parametrize("status", [500, 401])
def test_a_stop_loses_nothing(source: RunFolder, tmp_path: Path, status: int) -> None:
    target = RunFolder(tmp_path / "target")
    with pytest.raises(TeacherError, match=f"localhost:9.*HTTP {status}") as caught:
        ask(source, target, Server(fail_after=3, status=status))
    assert "very-secret" not in str(caught.value)
    partial = next(target.corpus.glob(".*partial"))
    with partial.open("a") as stream:
        stream.write('{"key": "cut sh')  # as a kill leaves it
    again = Server()
    ask(source, target, again)
    whole = Server()
    ask(source, RunFolder(tmp_path / "other"), whole)
    assert len(again.bodies) == len(whole.bodies) - 3
    assert len(list(read_corpus(target.corpus, "train"))) == len(list(read_corpus(tmp_path / "other/corpus", "train")))


@pytest.mark.parametrize(
    ("server", "text"),
    [
        (TeacherServer("ftp://host/v1"), "no URL"),
        (TeacherServer("http://example.org/v1", api_key="k"), "use https"),
        (TeacherServer("http://me:word@example.org/v1"), "use https"),
    ],
)
def test_a_server_that_must_not_be_asked_is_refused(source: RunFolder, server: TeacherServer, text: str) -> None:
    with pytest.raises(TeacherError, match=text):
        write_teacher_corpus(source, RunFolder(source.root / "x"), server)


def test_what_is_told_of_a_server_holds_no_secret() -> None:
    server = TeacherServer("https://me:pass-word@example.org/v1?token=pass-word", "big", "the-key")
    assert server.place == "https://example.org/v1"
    assert "the-key" not in repr(server)


def test_an_answer_of_another_kind_is_told(source: RunFolder, tmp_path: Path) -> None:
    transport = httpx.MockTransport(lambda _: httpx.Response(200, json={"error": "x"}))
    with pytest.raises(TeacherError, match="does not answer as an OpenAI-compatible server"):
        write_teacher_corpus(source, RunFolder(tmp_path / "t"), SERVER, transport=transport)

"""The typing benchmark's own logic: keys that write the file, and what counts as a wait."""

from __future__ import annotations

import asyncio
import random
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

BENCH = Path(__file__).parents[1] / "bench"


@pytest.fixture
def bench(monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.syspath_prepend(str(BENCH))
    import keystrokes_screen
    import keystrokes_trace
    import keystrokes_typist

    return SimpleNamespace(screen=keystrokes_screen, trace=keystrokes_trace, typist=keystrokes_typist)


def test_the_keys_write_the_files(bench: Any) -> None:
    for segment in bench.trace.make_trace(600, 1):
        text = segment.text
        for event in segment.events:
            if event.text is not None:
                text = text[: event.start] + event.text + text[event.end :]
            before, after = text[: event.cursor], text[event.cursor :]
            if event.truth is not None and event.kind != "jump":
                assert before.endswith(event.typed)
                assert event.truth[:1] or not after
        files = [path for group in bench.trace._files() for path in group if path.name == segment.name]
        originals = [path.read_text(encoding="utf-8").replace("\r\n", "\n") for path in files]
        assert text.expandtabs(8) in [original.expandtabs(8) for original in originals]


def test_a_trace_follows_from_its_seed(bench: Any) -> None:
    first, again, other = (bench.trace.digest(bench.trace.make_trace(300, seed)) for seed in (1, 1, 2))
    assert first == again != other


def test_closers_that_the_editor_put_are_typed_over_and_a_block_is_left_downwards(
    bench: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bench.typist, "_TYPO", 0)
    site = bench.typist.Site("\n  f({\n    a: 1\n  })", "x {", "\n}\n", "  ")
    typist = bench.typist.Typist(random.Random(1))
    typist.fill(site, 3, len(site.goal))
    assert site.typed == site.goal
    kinds = [event.kind for event in typist.events if event.kind != "type"]
    assert kinds == ["newline", "pair", "pair", "newline", "move", "overtype"]


def event(typed: str = "", truth: str | None = "truth", kind: str = "type") -> Any:
    return SimpleNamespace(typed=typed, truth=truth, kind=kind)


def test_ghost_text_stays_while_it_is_typed_through(bench: Any) -> None:
    through = bench.screen.typed_through
    assert through("abc", event("a")) == "bc"
    assert through("abc", event("b")) is None
    assert through("abc", event("")) is None


def test_valid_is_the_beginning_right_the_first_line(bench: Any) -> None:
    assert bench.screen.valid("abx", "abxyz")
    assert bench.screen.valid("abxQ", "abxyz")
    assert not bench.screen.valid("aQ", "abxyz")
    assert bench.screen.right("ab\nQ", "ab\ncd")
    assert not bench.screen.right("abQ", "ab\ncd")


@pytest.fixture
def clock(bench: Any, monkeypatch: pytest.MonkeyPatch) -> Any:
    now = SimpleNamespace(s=0.0)
    monkeypatch.setattr(bench.screen.time, "perf_counter", lambda: now.s)
    return now


def test_a_wait_goes_on_over_further_keys_until_ghost_text_comes(bench: Any, clock: Any) -> None:
    screen = bench.screen.Screen()
    screen.key(event("a"), None)
    clock.s = 0.2
    screen.key(event("b"), None)
    clock.s = 0.25
    screen.show(None, asked=False)
    clock.s = 0.3
    screen.show("ghost")
    clock.s = 0.4
    screen.key(event("g"), "host")
    found = bench.screen.figures([screen, screen])
    assert found["wait_ms"]["p50"] == 300
    assert found["waits"] == {"answered": 2, "nothing": 0, "unfinished": 0}
    assert found["asked_key_to_ghost_ms"]["p50"] == 100
    assert found["on_screen"] == pytest.approx(2 / 3, abs=0.001)


def test_an_answer_that_there_is_nothing_ends_a_wait_without_a_figure(bench: Any, clock: Any) -> None:
    screen = bench.screen.Screen()
    screen.key(event("a"), None)
    clock.s = 0.1
    screen.show(None)
    clock.s = 5.0
    screen.key(event("b"), None)
    clock.s = 5.1
    screen.show("x")
    found = bench.screen.figures([screen, screen])
    assert found["waits"] == {"answered": 2, "nothing": 2, "unfinished": 0}
    assert found["wait_ms"]["p50"] == 100
    assert found["stretch_ms"]["p50"] == 5100


class Server:
    """Answers what the test says, when it says so."""

    def __init__(self, *answers: str) -> None:
        self.answers = list(answers)
        self.prompts: list[str] = []
        self.go = asyncio.Event()
        self.go.set()

    async def __call__(self, prompt: str, seconds: float, indent: int) -> str:
        self.prompts.append(prompt)
        await self.go.wait()
        return self.answers.pop(0) if self.answers else ""


@pytest.fixture
def vim(monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.syspath_prepend(str(BENCH))
    import keystrokes_vim

    def start(server: Server, text: str, cursor: int) -> Any:
        editor = keystrokes_vim.LlamaVim(server, lambda language, before, after: before)
        editor.open(SimpleNamespace(text=text, cursor=cursor, language="python"))
        return editor

    return start


def typed(at: int, text: str, truth: str = "") -> Any:
    return SimpleNamespace(start=at, end=at, text=text, cursor=at + len(text), typed=text, truth=truth, kind="type")


async def settle() -> None:
    for _ in range(20):
        await asyncio.sleep(0)


def test_the_peer_shows_the_rest_of_a_cached_answer_and_asks_for_what_follows(vim: Any) -> None:
    async def play() -> None:
        server = Server("abc")
        editor = vim(server, "x = \n", 4)
        editor.key(typed(4, " "))
        await settle()
        assert editor.screen.ghost == "abc"
        editor.key(typed(5, "a"))
        assert editor.screen.ghost == "bc"
        await settle()
        assert server.prompts[:2] == ["x =  ", "x =  abc"]
        await editor.rest()

    asyncio.run(play())


def test_the_peer_lets_a_request_run_and_asks_again_a_while_later(vim: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    async def play() -> None:
        server = Server("zzz", "right")
        server.go.clear()
        editor = vim(server, "x = ", 4)
        editor.key(typed(4, "a"))
        await settle()
        editor.key(typed(5, "b"))
        await settle()
        assert server.prompts == ["x = a"]
        server.go.set()
        async with asyncio.timeout(5):
            while editor.screen.ghost is None:
                await asyncio.sleep(0.01)
        assert server.prompts[1] == "x = ab"
        assert editor.screen.ghost == "right"
        await editor.rest()

    asyncio.run(play())


@pytest.mark.parametrize(("answer", "shown"), [("    b = 2", None), ("    c = 3", "c = 3"), ("\n", None)])
def test_the_peer_hides_what_is_below_already_and_trims_indentation(vim: Any, answer: str, shown: str | None) -> None:
    async def play() -> None:
        server = Server(answer)
        editor = vim(server, "a = 1:\n   \n    b = 2\n    d\n", 10)
        editor.key(typed(10, " "))
        await settle()
        assert server.prompts[0] == "a = 1:\n", "without the blank line's indentation"
        assert editor.screen.ghost == shown
        await editor.rest()

    asyncio.run(play())


def test_the_benchmarks_name_hides_no_module_of_the_standard_library() -> None:
    code = "import sys; sys.path.insert(0, 'bench'); sys.modules.pop('typing', None); import typing; print(typing.Any)"
    root = Path(__file__).parents[1]
    done = subprocess.run([sys.executable, "-c", code], cwd=root, capture_output=True, text=True, check=True)
    assert done.stdout == "typing.Any\n"
    told = subprocess.run(
        [sys.executable, "bench/typing.py", "--help"], cwd=root, capture_output=True, text=True, check=True
    )
    assert "llama.vim" in told.stdout

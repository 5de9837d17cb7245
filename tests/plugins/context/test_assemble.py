"""The budgeter: packs within its room, changes nothing while a line is typed, and survives any provider."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Iterable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aigc_plugins.api import Snippet
from aigc_plugins.context import ContextAssembler, Counters
from aigc_plugins.context.budget import Window, choose, cost, ranked, stripped
from aigc_plugins.document import Document, Snapshot
from aigc_plugins.workspace import Workspace

from .memory import ROOT, MemoryWorkspace

PATH = "app.py"
EMPTY = Window(None, frozenset(), frozenset())
Answer = Callable[[str], Iterable[Snippet]]


class Canned:
    """A provider that answers what it is told, given the text before the cursor."""

    def __init__(self, name: str, answer: Answer) -> None:
        self.name = name
        self.answer = answer
        self.asked = 0
        self.workspace: Workspace | None = None

    def attach(self, workspace: Workspace) -> None:
        self.workspace = workspace

    def snippets(self, snapshot: Snapshot, offset: int, max_chars: int) -> list[Snippet]:
        self.asked += 1
        return list(self.answer(snapshot.text[:offset]))


def snippet(name: str, score: float = 0.5, lines: int = 3, path: str | None = None) -> Snippet:
    return Snippet(path or f"{name}.py", "\n".join(f"{name}_{number} = {number}" for number in range(lines)), score)


def fixed(*snippets: Snippet) -> Answer:
    return lambda text: snippets


def assembler(*providers: object, workspace: MemoryWorkspace | None = None, **options: object) -> ContextAssembler:
    given = workspace or MemoryWorkspace({})
    return ContextAssembler(providers, given, **{"deadline_s": 5.0, **options})  # type: ignore[arg-type]


def collect(
    made: ContextAssembler, text: str, max_chars: int = 2000, *, path: str = PATH, window: tuple[int, int] = (0, 0)
) -> tuple[Snippet, ...]:
    document = Document(f"file://{ROOT}{path}", "python", text)
    return made.collect(document.snapshot(), len(text), max_chars, window)


def names(snippets: Iterable[Snippet]) -> list[str]:
    return [one.path.removesuffix(".py") for one in snippets]


# Packing


def test_the_most_relevant_comes_last_and_says_who_found_it() -> None:
    made = assembler(Canned("similar-code", fixed(snippet("low", 0.2), snippet("high", 0.9))))
    got = collect(made, "x = ")
    assert names(got) == ["low", "high"]
    assert {one.kind for one in got} == {"similar-code"}


def test_the_room_is_never_exceeded_and_the_better_ones_are_kept() -> None:
    many = [snippet(f"s{number:02d}", number / 30, lines=number % 7 + 1) for number in range(30)]
    for room in (0, 10, 100, 300, 1000):
        got = collect(assembler(Canned("similar-code", fixed(*many))), "x = ", room)
        assert sum(map(cost, got)) <= room
    assert "s29" in names(got)


def test_the_same_question_has_the_same_answer() -> None:
    def both(reverse: bool) -> tuple[Snippet, ...]:
        found = [snippet("a", 0.5), snippet("b", 0.5), snippet("c", 0.5)]
        providers = [Canned("similar-code", fixed(*found)), Canned("open-files", fixed(snippet("d"), snippet("e")))]
        return collect(assembler(*(reversed(providers) if reverse else providers)), "x = ")

    assert both(False) == both(True)


def test_what_the_window_shows_already_is_left_out() -> None:
    text = "first_0 = 0\nfirst_1 = 1\nfirst_2 = 2\nx = "
    provider = Canned("similar-code", fixed(snippet("first"), snippet("second")))
    assert names(collect(assembler(provider), text, window=(0, len(text)))) == ["second"]
    assert set(names(collect(assembler(provider), text, window=(30, len(text))))) == {"first", "second"}


def test_repeated_lines_are_sent_once() -> None:
    twice = [snippet("a", 0.9, 6), Snippet("copy.py", snippet("a", lines=5).text, 0.8), snippet("b", 0.1)]
    assert names(collect(assembler(Canned("similar-code", fixed(*twice))), "x = ")) == ["b", "a"]


def test_a_signature_that_is_shown_with_its_body_is_not_sent_again() -> None:
    whole = Snippet("lib.py", "def foo(a, b):\n    total = a + b\n    return total", 0.9)
    stub = Snippet("lib.py", "def foo(a, b):\n    # ...", 0.8)
    assert collect(assembler(Canned("similar-code", fixed(whole, stub))), "x = ") == (
        Snippet("lib.py", whole.text, 0.9, "similar-code"),
    )


def test_text_that_the_own_file_lost_never_comes_back() -> None:
    lost = [Snippet(PATH, "masked_answer(1, 2)", 1.0), Snippet(PATH, "still_here = 1", 0.9)]
    made = assembler(Canned("similar-code", fixed(*lost)))
    got = collect(made, "still_here = 1\n" + "\n" * 50 + "x = ", window=(40, 60))
    assert [one.text for one in got] == ["still_here = 1"]


def test_texts_are_cleaned() -> None:
    dirty = Snippet("a\nb.py", "    x = 1\r\n    y\u202e = '<|fim_middle|>'\r\n    z = '" + "q" * 500 + "'\r\n", 0.9)
    (got,) = collect(assembler(Canned("similar-code", fixed(dirty))), "x = ")
    lines = got.text.split("\n")
    assert lines[:2] == ["x = 1", "y = '<|fim_middle|>'"]
    assert 190 < len(lines[2]) <= 200
    assert got.path == "a b.py"


@given(
    st.dictionaries(
        st.sampled_from(["definitions", "similar-code", "mine"]),
        st.lists(st.builds(Snippet, st.text(max_size=9), st.text(max_size=60), st.floats()), max_size=6),
    ),
    st.integers(0, 300),
    st.text(max_size=40),
)
def test_any_snippets_are_packed_within_the_room(answers: dict[str, list[Snippet]], room: int, shown: str) -> None:
    window = Window("a", stripped(shown), stripped(shown))
    chosen = choose(ranked(answers), room, window)
    assert sum(map(cost, chosen)) <= room
    assert chosen == choose(ranked(dict(reversed(answers.items()))), room, window)
    assert all(one.text.strip() and 0 <= one.score <= 1 for one in chosen)


# Stability


def test_nothing_is_asked_or_changed_while_a_line_is_typed() -> None:
    provider = Canned("similar-code", lambda text: [snippet(f"for_{len(text)}")])
    made = assembler(provider)
    first = collect(made, "value = ")
    for typed in ("value = f", "value = fo", "value = foo(", "value = foo(a)"):
        assert collect(made, typed) is first
    assert provider.asked == 1
    assert made.counters == Counters(reused=4, extended=0, rebuilt=1)


def test_a_new_line_that_needs_no_new_definition_changes_nothing() -> None:
    definitions = Canned("definitions", fixed(snippet("foo", 0.9)))
    similar = Canned("similar-code", lambda text: [snippet(f"for_{len(text)}")])
    made = assembler(definitions, similar)
    first = collect(made, "def f():\n    x = 1")
    assert collect(made, "def f():\n    x = 1\n    y = 2") is first
    assert similar.asked == 1
    assert made.counters.reused == 1


def test_a_definition_needed_on_a_new_line_is_added_at_the_end() -> None:
    def definitions(text: str) -> list[Snippet]:
        return [snippet("foo", 0.9), *([snippet("bar", 0.9)] if "bar" in text else [])]

    made = assembler(Canned("definitions", definitions), Canned("similar-code", fixed(snippet("near"))))
    first = collect(made, "def f():\n    foo()")
    second = collect(made, "def f():\n    foo()\n    bar(")
    assert second[: len(first)] == first
    assert names(second[len(first) :]) == ["bar"]
    assert made.counters.extended == 1


def test_room_for_a_new_definition_is_made_from_the_end() -> None:
    def definitions(text: str) -> list[Snippet]:
        return [snippet("bar", 0.9, 4)] if "bar" in text else []

    similar = [snippet(f"s{number}", number / 10, 4) for number in range(1, 9)]
    made = assembler(Canned("definitions", definitions), Canned("similar-code", fixed(*similar)))
    first = collect(made, "def f():\n    foo()", 300)
    second = collect(made, "def f():\n    foo()\n    bar(", 300)
    assert "bar" in names(second)
    assert sum(map(cost, second)) <= 300
    assert second[0] == first[0]


def test_another_definition_keeps_what_is_still_wanted_in_its_place() -> None:
    def similar(text: str) -> list[Snippet]:
        here = "two" if "def two" in text else "one"
        return [snippet("both", 0.8), snippet(here, 0.9)]

    made = assembler(Canned("similar-code", similar))
    first = collect(made, "def one():\n    x", 2000)
    second = collect(made, "def one():\n    x\n\n\ndef two():\n    y", 2000)
    assert names(first) == ["both", "one"]
    assert names(second)[:1] == ["both"]
    assert names(second)[-1] == "two"
    assert made.counters.rebuilt == 2


def test_leaving_a_definition_for_the_one_around_it_changes_nothing() -> None:
    provider = Canned("similar-code", lambda text: [snippet(f"for_{len(text)}")])
    made = assembler(provider)
    first = collect(made, "class A:\n    def one(self):\n        x = 1")
    assert collect(made, "class A:\n    def one(self):\n        x = 1\n    ") is first


def test_parameters_that_are_typed_do_not_make_it_another_definition() -> None:
    made = assembler(Canned("similar-code", lambda text: [snippet(f"for_{len(text)}")]))
    first = collect(made, "def one():\n    x = 1")
    assert collect(made, "def one(a, b):\n    x = 1\n    y") is first


def test_a_pack_whose_own_text_was_deleted_is_made_anew() -> None:
    made = assembler(Canned("similar-code", lambda text: [Snippet(PATH, "gone_soon = 1", 0.9)]))
    body = "def f():\n    x = 1\n"
    assert len(collect(made, "gone_soon = 1\n" + body + "    y")) == 1
    assert collect(made, body + "    y\n    z") == ()


def test_a_room_that_wavers_changes_nothing_as_long_as_the_pack_fits() -> None:
    made = assembler(Canned("similar-code", lambda text: [snippet(f"for_{len(text)}", lines=9)]))
    first = collect(made, "x", 1000)
    assert collect(made, "x = ", 1200) is first
    assert collect(made, "x = 1", 700) is first
    assert collect(made, "x = 12", 20) == ()
    assert names(collect(made, "x = 123", 1000)) == ["for_7"]


def test_each_document_has_its_own_pack_and_another_budget_a_new_one() -> None:
    made = assembler(Canned("similar-code", lambda text: [snippet(f"for_{len(text)}")]))
    first = collect(made, "x")
    other = collect(made, "xyz", path="b.py")
    assert first != other
    assert collect(made, "x = 1") is first
    assert collect(made, "x = 1", 4000) != first
    made.forget(f"file://{ROOT}b.py")
    assert names(collect(made, "a longer text", path="b.py")) == ["for_13"]


def test_an_edit_elsewhere_refreshes_a_definition_only_with_the_next_choice() -> None:
    bodies = ["old = 1"]
    made = assembler(Canned("definitions", lambda text: [Snippet("lib.py", f"def foo():\n    {bodies[-1]}", 0.9)]))
    collect(made, "def f():\n    foo()")
    bodies.append("new = 2")
    assert "old" in collect(made, "def f():\n    foo()\n    foo(")[0].text
    assert "new" in collect(made, "def f():\n    foo()\n\n\ndef g():\n    foo(")[0].text


def test_a_file_that_is_typed_key_by_key_keeps_its_pack_within_each_function() -> None:
    made = assembler(Canned("similar-code", lambda text: [snippet(text.rpartition("def ")[2][:3])]))
    text = (
        "def one(a):\n    x = 1\n\n    return x\n\n\ndef two(b):\n    y = 2\n    if y:\n        y = 3\n    return y\n"
    )
    packs = [collect(made, text[:end]) for end in range(text.index("\n") + 2, len(text) + 1)]
    assert len(set(packs)) == 2
    assert made.counters.rebuilt == 2


def test_a_choice_that_comes_out_the_same_is_the_same_object() -> None:
    made = assembler(Canned("similar-code", fixed(snippet("same"))))
    first = collect(made, "def one():\n    x")
    assert collect(made, "def one():\n    x\n\n\ndef two():\n    y") is first


# Providers that misbehave


def test_providers_are_attached_once_and_switched_off_by_name() -> None:
    on, off = Canned("on", fixed(snippet("a"))), Canned("off", fixed(snippet("b")))
    workspace = MemoryWorkspace({})
    made = assembler(on, off, workspace=workspace, enabled={"off": False})
    assert names(collect(made, "x = ")) == ["a"]
    assert on.workspace is workspace
    assert off.workspace is None


def broken(text: str) -> list[Snippet]:
    raise RuntimeError("no luck")


@pytest.mark.parametrize("answer", [broken, lambda text: ["text"], lambda text: [Snippet("a", None)]])  # type: ignore
def test_a_provider_that_raises_or_gives_rubbish_is_blocked_with_one_line(
    answer: Answer, caplog: pytest.LogCaptureFixture
) -> None:
    bad = Canned("bad", answer)
    made = assembler(bad, Canned("good", lambda text: [snippet(f"ok{len(text)}")]))
    with caplog.at_level(logging.WARNING):
        for number in range(3):
            assert len(collect(made, f"def f{number}():\n    x")) >= 1
    assert bad.asked == 1
    assert list(made.blocked) == ["bad"]
    assert [record.message for record in caplog.records if "bad" in record.message] == [
        f"context provider bad is not asked any more: {made.blocked['bad']}"
    ]


def test_a_provider_that_hangs_is_left_behind_and_the_others_go_on(caplog: pytest.LogCaptureFixture) -> None:
    release = threading.Event()

    def hang(text: str) -> list[Snippet]:
        release.wait(20)
        return []

    made = assembler(Canned("hangs", hang), Canned("good", fixed(snippet("ok"))), deadline_s=5.0, patience_s=0.2)
    try:
        with caplog.at_level(logging.WARNING):
            assert names(collect(made, "x = ")) == ["ok"]
            assert names(collect(made, "x = ", path="b.py")) == ["ok"]
        assert "hangs" in made.blocked
        assert len([record for record in caplog.records if "hangs" in record.message]) == 1
    finally:
        release.set()


def test_who_is_late_contributes_with_the_next_key() -> None:
    release = threading.Event()

    def slow(text: str) -> list[Snippet]:
        release.wait(20)
        return [snippet("late")]

    made = assembler(Canned("quick", fixed(snippet("early"))), Canned("slow", slow), deadline_s=0.1, patience_s=30.0)
    assert names(collect(made, "x = ")) == ["early"]
    assert names(collect(made, "x = 1")) == ["early"]
    release.set()
    end = time.monotonic() + 10
    while len(collect(made, "x = 12")) < 2 and time.monotonic() < end:
        time.sleep(0.01)
    assert names(collect(made, "x = 12")) == ["early", "late"]


def test_no_providers_no_room_and_no_text_are_fine() -> None:
    assert collect(assembler(), "x = ") == ()
    assert collect(assembler(Canned("a", fixed(snippet("a")))), "", 0) == ()
    assert names(collect(assembler(Canned("a", fixed(snippet("a")))), "")) == ["a"]


def test_the_thread_ends_when_nobody_asks_and_comes_back(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("aigc_plugins.context.ask._REST_S", 0.05)
    made = assembler(Canned("a", lambda text: [snippet(f"for_{len(text)}")]))
    before = {thread for thread in threading.enumerate() if thread.name == "aigc-context"}
    assert names(collect(made, "x = ")) == ["for_4"]
    mine = {thread for thread in threading.enumerate() if thread.name == "aigc-context"} - before
    for thread in mine:
        thread.join(10)
        assert not thread.is_alive()
    assert names(collect(made, "xyz", path="b.py")) == ["for_3"]

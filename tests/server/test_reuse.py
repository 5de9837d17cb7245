"""What is remembered of a suggestion, and when it fits."""

from __future__ import annotations

import pytest

from aigc_lsp.reuse import ReuseCache
from aigc_plugins.api import Suggestion
from aigc_plugins.document import Snapshot

BEFORE, AFTER = "def f(", ")\n"


def snapshot(text, uri="file:///a"):
    return Snapshot(uri, "x", text, 1)


@pytest.fixture
def cache():
    """`a, b` was suggested in the brackets."""
    cache = ReuseCache()
    cache.remember(snapshot(BEFORE + AFTER), 6, Suggestion("a, b", 6, 6), "model")
    return cache


def find(cache, typed, *, before=BEFORE, after=AFTER, profile="model", uri="file:///a"):
    found = cache.find(snapshot(before + typed + after, uri), len(before) + len(typed), profile)
    return None if found is None else (found.text, found.start, found.end)


@pytest.mark.parametrize(("typed", "rest"), [("", "a, b"), ("a", ", b"), ("a, ", "b")])
def test_the_rest_of_the_suggestion_fits_while_it_is_typed(cache, typed, rest):
    assert find(cache, typed) == (rest, 6 + len(typed), 6 + len(typed))


def test_going_back_over_it_fits_again(cache):
    assert find(cache, "a, ") is not None
    assert find(cache, "a") == (", b", 7, 7)


@pytest.mark.parametrize(
    "other",
    [
        {"typed": "b"},
        {"typed": "a, b"},
        {"typed": "a", "before": "def g("},
        {"typed": "a", "after": "):\n"},
        {"typed": "a", "profile": "other model"},
        {"typed": "a", "uri": "file:///b"},
    ],
)
def test_anything_else_does_not_fit(cache, other):
    assert find(cache, **other) is None


def test_a_suggestion_that_takes_in_what_follows_keeps_doing_so():
    cache = ReuseCache()
    cache.remember(snapshot("f()"), 2, Suggestion("a)", 2, 3), "m")
    found = cache.find(snapshot("f(a)"), 3, "m")
    assert found is None, "what is left would only replace the bracket by itself"
    cache.remember(snapshot("g()"), 2, Suggestion("a, b);", 2, 3), "m")
    found = cache.find(snapshot("g(a,)"), 4, "m")
    assert (found.text, found.start, found.end) == (" b);", 4, 5)


def test_a_suggestion_that_starts_before_the_cursor_is_reused_from_the_cursor_on():
    cache = ReuseCache()
    cache.remember(snapshot("ret"), 3, Suggestion("return", 0, 3), "m")
    found = cache.find(snapshot("retu"), 4, "m")
    assert (found.text, found.start, found.end) == ("rn", 4, 4)


def test_a_suggestion_that_changes_what_was_typed_is_not_reused():
    cache = ReuseCache()
    cache.remember(snapshot("rte"), 3, Suggestion("return", 0, 3), "m")
    assert cache.find(snapshot("rte"), 3, "m") is None


def test_what_was_asked_in_vain_is_known_for_just_that_text(cache):
    cache.remember_nothing(snapshot("a"), 1, "m")
    assert cache.knows_nothing(snapshot("a"), 1, "m")
    assert not cache.knows_nothing(snapshot("a"), 0, "m")
    assert not cache.knows_nothing(snapshot("ab"), 1, "m")
    assert not cache.knows_nothing(snapshot("a"), 1, "other model")
    assert not cache.knows_nothing(snapshot("a", "file:///b"), 1, "m")
    for number in range(100):
        cache.remember_nothing(snapshot(str(number)), 1, "m")
    assert not cache.knows_nothing(snapshot("a"), 1, "m")


def test_memory_is_bounded_and_can_be_emptied():
    cache = ReuseCache(per_document=2, documents=2)
    for number in range(5):
        cache.remember(snapshot(str(number), "file:///x"), 1, Suggestion("s", 1, 1), "m")
    assert cache.find(snapshot("2", "file:///x"), 1, "m") is None
    assert cache.find(snapshot("4", "file:///x"), 1, "m") is not None
    for uri in ("file:///y", "file:///z"):
        cache.remember(snapshot("t", uri), 1, Suggestion("s", 1, 1), "m")
    assert cache.find(snapshot("4", "file:///x"), 1, "m") is None
    cache.forget("file:///y")
    assert cache.find(snapshot("t", "file:///y"), 1, "m") is None
    cache.clear()
    assert cache.find(snapshot("t", "file:///z"), 1, "m") is None


def test_a_lookup_in_a_megabyte_takes_less_than_5_ms():
    import time

    text = "x = 1\n" * 180_000
    cache = ReuseCache()
    cache.remember(snapshot(text), 600_000, Suggestion("y = 2", 600_000, 600_000), "m")
    typed = snapshot(text[:600_000] + "y" + text[600_000:])
    times = []
    for _ in range(20):
        start = time.perf_counter()
        assert cache.find(typed, 600_001, "m") is not None
        times.append(time.perf_counter() - start)
    assert sorted(times)[10] < 0.005


@pytest.mark.parametrize(
    ("typed", "closed", "rest"),
    [
        ("print(", ")", 'd["k"], (1))'),
        ("print(d[", "])", '"k"], (1))'),
        ('print(d["', '"])', 'k"], (1))'),
        ('print(d["k', '"])', '"], (1))'),
        ('print(d["k"', "])", "], (1))"),
        ('print(d["k"', ")", None),  # the inner one is gone: what the user wants is not known
        ('print(d["k"], (1)', ")", None),  # the rest would only replace the bracket by itself
        ("print(", "]", None),
        ("print(d", "))", None),
    ],
)
def test_what_the_editor_closed_by_itself_is_taken_in(typed, closed, rest):
    cache = ReuseCache()
    cache.remember(snapshot("x\ny"), 1, Suggestion('print(d["k"], (1))', 1, 1), "m")
    found = cache.find(snapshot("x" + typed + closed + "\ny"), 1 + len(typed), "m")
    end = 1 + len(typed) + len(closed)
    assert (found and (found.text, found.start, found.end)) == (rest and (rest, 1 + len(typed), end))


def test_all_that_fit_are_found_each_once_the_newest_first(cache):
    for text in ("c", "a, b", "a"):
        cache.remember(snapshot(BEFORE + AFTER), 6, Suggestion(text, 6, 6), "model")
    found = cache.find_all(snapshot(BEFORE + AFTER), 6, "model")
    assert [suggestion.text for suggestion in found] == ["a", "a, b", "c"]
    assert [suggestion.text for suggestion in cache.find_all(snapshot(BEFORE + "a" + AFTER), 7, "model")] == [", b"]


def test_it_tells_whether_the_model_was_asked_for_all_that_it_has_to_say(cache):
    here = snapshot(BEFORE + AFTER)
    assert not cache.knows_all(here, 6, "model")
    cache.remember(here, 6, Suggestion("a, c", 6, 6), "model", thorough=True)
    assert cache.knows_all(here, 6, "model")
    assert cache.knows_all(snapshot(BEFORE + "a" + AFTER), 7, "model"), "typed through, too"
    assert not cache.knows_all(here, 6, "other model")

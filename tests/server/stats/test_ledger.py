"""From the offer of a suggestion to its end, as a document and an editor's reports tell it."""

from __future__ import annotations

import pytest

from aigc_lsp.stats.features import SuggestionFeatures
from aigc_lsp.stats.ledger import Ledger
from aigc_lsp.stats.record import OfferFacts

URI = "file:///a.py"


class World:
    """A ledger, a document with a cursor, and the entries that would be written, the newest of each suggestion."""

    def __init__(self, text: str = "x = ▏\nprint(x)\n") -> None:
        self.offset = text.index("▏")
        self.text = text.replace("▏", "")
        self.now = 1000.0
        self.entries = {}
        self.ledger = Ledger("s", self._changed, clock=lambda: self.now)
        self._number = 0

    def _changed(self, record):
        self.entries[record.number] = record.entry

    def offer(self, insert, *, back=0, ahead=0, request=None, uri=URI, trigger="automatic"):
        """Offer `insert` in place of `back` characters left and `ahead` right of the cursor; return its id."""
        self._number += 1
        facts = OfferFacts(
            uri, self.text, self.offset - back, self.offset + ahead, insert, request or object(), trigger, "python",
            model="m", made=SuggestionFeatures.of(insert, [-0.5, -1.5]),
        )  # fmt: skip
        self.record = self.ledger.offered(self._number, facts)
        return self._number

    def edit(self, insert, *, behind="", moved=None):
        """Write at the cursor; `behind` is what the editor puts behind it by itself."""
        self.text = self.text[: self.offset] + insert + behind + self.text[self.offset :]
        self.offset += len(insert)
        self.ledger.edited(URI, self.text)

    @property
    def outcomes(self):
        return {number: entry.outcome for number, entry in self.entries.items()}


@pytest.fixture
def world():
    return World()


def test_shown_and_accepted_is_one_entry_with_its_times(world):
    number = world.offer("compute(1)")
    world.now = 1001.0
    world.ledger.shown(number)
    world.now = 1003.0
    world.edit("compute(1)")
    world.ledger.accepted(number)
    (entry,) = world.entries.values()
    assert (entry.outcome, entry.accepted_chars, entry.length_chars, entry.told) == ("accepted", 10, 10, True)
    assert (entry.offered_at, entry.shown_at, entry.ended_at) == (1000.0, 1001.0, 1003.0)
    assert (entry.mean_logprob, entry.min_logprob, entry.first_logprob, entry.tokens) == (-1.0, -1.5, -0.5, 2)


def test_what_was_never_shown_leaves_no_entry(world):
    world.offer("compute(1)")
    world.edit("z")
    assert world.entries == {}


@pytest.mark.parametrize("typed", ["z", "cz", "compute(2"])
def test_something_else_typed_dismisses(world, typed):
    world.ledger.shown(world.offer("compute(1)"))
    for character in typed:
        world.edit(character)
    assert world.outcomes == {1: "dismissed"}
    assert world.entries[1].accepted_chars == 0


def test_rests_of_a_suggestion_are_the_same_suggestion(world):
    world.ledger.shown(world.offer("compute(1)"))
    world.edit("com")
    second = world.offer("pute(1)")
    world.ledger.shown(second)
    world.edit("pu")
    third = world.offer("te(1)")
    world.ledger.shown(third)
    world.edit("te(1)")
    world.ledger.accepted(third)
    assert world.outcomes == {1: "accepted"}
    assert world.entries[1].accepted_chars == len("te(1)")


def test_typed_to_the_end_by_hand_is_its_own_outcome(world):
    world.ledger.shown(world.offer("abc"))
    for character in "abc":
        world.edit(character)
    assert world.outcomes == {1: "typed"}


def test_brackets_that_the_editor_closes_are_typed_through(world):
    world.ledger.shown(world.offer("f(a[0])"))
    world.edit("f")
    world.edit("(", behind=")")
    assert world.entries[1].outcome == "shown"
    assert world.offer("a[0])", ahead=1) == 2
    assert world.record.number == 1
    world.edit("b")
    assert world.outcomes == {1: "dismissed"}


def test_the_acceptance_that_follows_the_edit_counts_more_than_the_edit(world):
    number = world.offer("abc")
    world.ledger.shown(number)
    world.edit("abc")
    assert world.outcomes == {1: "typed"}
    world.offer("something else")
    world.ledger.accepted(number)
    assert world.outcomes == {1: "accepted"}


def test_partly_accepted_then_left(world):
    number = world.offer("alpha.beta.gamma")
    world.ledger.shown(number)
    world.edit("alpha")
    world.ledger.partially_accepted(number, 5)
    rest = world.offer(".beta.gamma")
    world.edit(".beta")
    world.ledger.partially_accepted(rest, 5)
    world.edit("!")
    assert world.outcomes == {1: "partial"}
    assert world.entries[1].accepted_chars == 10


def test_partly_accepted_then_wholly(world):
    number = world.offer("alpha.beta")
    world.edit("alpha")
    world.ledger.partially_accepted(number, 5)
    world.edit(".beta")
    world.ledger.accepted(number)
    assert (world.entries[1].outcome, world.entries[1].accepted_chars) == ("accepted", 10)


def test_partial_lengths_are_utf16(world):
    number = world.offer("'🙂🙂'")
    world.edit("'🙂")
    world.ledger.partially_accepted(number, 3)
    assert world.entries[1].accepted_chars == 2


def test_what_was_typed_by_hand_was_not_accepted(world):
    # Some editors keep one item all the way.
    number = world.offer("alpha.beta.gamma")
    for character in "alp":
        world.edit(character)
    world.edit("ha")
    world.ledger.partially_accepted(number, 5)
    assert world.entries[1].accepted_chars == 2
    world.edit(".beta.gamma")
    world.ledger.accepted(number)
    assert world.entries[1].accepted_chars == 13


def test_a_report_may_come_before_the_edit(world):
    number = world.offer("alpha.beta")
    world.edit("al")
    world.ledger.partially_accepted(number, 5)
    world.edit("pha")
    assert world.entries[1].accepted_chars == 3
    world.ledger.accepted(number)
    world.edit(".beta")
    assert (world.entries[1].outcome, world.entries[1].accepted_chars) == ("accepted", 8)


def test_another_suggestion_at_the_same_place_dismisses_the_one_before(world):
    world.ledger.shown(world.offer("one"))
    world.ledger.shown(world.offer("two"))
    assert world.outcomes == {1: "dismissed", 2: "shown"}


def test_the_same_suggestion_again_is_not_counted_again(world):
    world.ledger.shown(world.offer("one"))
    world.ledger.shown(world.offer("one"))
    assert world.outcomes == {1: "shown"}


def test_alternatives_stand_beside_each_other_until_one_is_taken(world):
    request = object()
    first, second = world.offer("one", request=request), world.offer("two", request=request)
    world.ledger.shown(first)
    world.ledger.shown(second)
    assert world.outcomes == {1: "shown", 2: "shown"}
    world.ledger.accepted(second)
    assert world.outcomes == {1: "dismissed", 2: "accepted"}


def test_leaving_for_another_place_or_document_dismisses(world):
    world.ledger.shown(world.offer("one"))
    world.ledger.moved(URI, world.offset)
    assert world.outcomes == {1: "shown"}
    world.ledger.moved(URI, 0)
    assert world.outcomes == {1: "dismissed"}
    world.ledger.shown(world.offer("two"))
    world.ledger.moved("file:///b.py")
    assert world.outcomes[2] == "dismissed"


@pytest.mark.parametrize("end", ["closed", "end"])
def test_the_end_of_the_document_or_session_dismisses(world, end):
    world.ledger.shown(world.offer("one"))
    world.ledger.closed(URI) if end == "closed" else world.ledger.end()
    assert world.outcomes == {1: "dismissed"}


def test_acceptance_without_a_report_of_showing_says_so(world):
    number = world.offer("one")
    world.edit("one")
    world.ledger.accepted(number)
    entry = world.entries[1]
    assert (entry.outcome, entry.told, entry.shown_at) == ("accepted", False, None)


def test_text_that_repeats_what_stands_left_of_the_cursor_is_not_counted():
    world = World("def f():\n  ▏\n")
    number = world.offer("    return", back=2)
    world.ledger.shown(number)
    assert world.entries[1].length_chars == len("  return")
    world.edit("  re")
    assert world.outcomes == {1: "shown"}
    world.edit("turn")
    world.ledger.accepted(number)
    assert world.entries[1].accepted_chars == len("turn")


def test_line_ends_of_the_document_do_not_matter():
    world = World("a\r\n▏\r\n")
    number = world.offer("if x:\n    y")
    world.ledger.shown(number)
    world.edit("if x:\r\n")
    assert world.outcomes == {1: "shown"}
    world.ledger.moved(URI, world.offset)
    assert world.outcomes == {1: "shown"}
    world.edit("    y")
    assert world.outcomes == {1: "typed"}


def test_ids_of_nobody_are_ignored(world):
    world.ledger.shown(99)
    world.ledger.accepted(99)
    world.ledger.partially_accepted(99, 3)
    assert world.entries == {}


def test_texts_are_let_go_of(world):
    records = []
    for number in range(20):
        world.ledger.shown(world.offer(f"s{number}"))
        records.append(world.record)
    world.ledger.end()
    assert [record.before for record in records[:8]] == [""] * 8
    assert all(record.forgotten for record in records[:8])

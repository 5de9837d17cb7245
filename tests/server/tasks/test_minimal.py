"""Edits become the smallest ones, and mean the same."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from aigc_lsp.tasks.minimal import minimal
from aigc_plugins.api import Edit, applied

LINES = st.lists(st.sampled_from(["a", "b = 1", "", "  c", "é😀", "\r", "x\r"]), max_size=12).map("\n".join)


@given(LINES, LINES)
def test_the_effect_is_the_same(old, new):
    found = minimal(old, [Edit(0, len(old), new)])
    assert applied(old, found) == new
    assert all(a.end <= b.start for a, b in pairwise(found))
    if old == new:
        assert found == ()


@given(LINES, LINES)
def test_what_stays_the_same_is_not_replaced(old, new):
    for edit in minimal(old, [Edit(0, len(old), new)]):
        replaced = old[edit.start : edit.end]
        whole_line_ends = ("\r", "\n")
        if replaced and edit.text:
            assert replaced[0] != edit.text[0] or replaced[0] in whole_line_ends
            assert replaced[-1] != edit.text[-1] or replaced[-1] in whole_line_ends


def test_one_changed_line_of_many_is_one_small_edit():
    old = "".join(f"line {i}\n" for i in range(100))
    new = old.replace("line 50\n", "line fifty\n")
    (edit,) = minimal(old, [Edit(0, len(old), new)])
    assert (old[edit.start : edit.end], edit.text) == ("50", "fifty")


def test_several_edits_stay_in_order():
    text = "one\ntwo\nthree\n"
    found = minimal(text, [Edit(8, 13, "THREE"), Edit(0, 3, "ONE")])
    assert applied(text, found) == "ONE\ntwo\nTHREE\n"
    assert [edit.start for edit in found] == sorted(edit.start for edit in found)

"""How much of an accepted text is still there, after edits in it and around it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aigc_lsp.stats.kept import kept

BEFORE, ACCEPTED, AFTER = "def f():\n    ", "return compute(1, 2)", "\n\nx = 1\n"


@pytest.mark.parametrize(
    ("now", "count"),
    [
        (BEFORE + ACCEPTED + AFTER, 20),
        (BEFORE + AFTER, 0),
        (BEFORE + "pass" + AFTER, 0),
        (BEFORE + "return compute(1)" + AFTER, 17),
        ("import a\n" + BEFORE + ACCEPTED + AFTER + "more\n", 20),
        ("import a\n" + BEFORE + "return compute(3, 2)" + AFTER + "more\n", 19),
        ("", 0),
    ],
)
def test_kept_characters(now, count):
    assert kept(BEFORE, ACCEPTED, AFTER, now) == count


def test_a_large_document_with_edits_everywhere_is_quick_and_right():
    line = "value = compute(value)\n"
    now = "# new\n" + line * 20_000 + "return answer\n" + line * 20_000 + "# end\n"
    assert kept(line * 20_000, "return answer\n", line * 20_000, now) == 14


@given(st.text("ab\n", max_size=8), st.text("ab\n", max_size=8), st.text("ab\n", max_size=8), st.text("ab\n"))
def test_never_more_than_was_accepted_nor_less_than_nothing(before, accepted, after, now):
    assert 0 <= kept(before, accepted, after, now) <= len(accepted)
    assert kept(before, accepted, after, before + accepted + after) == len(accepted)

"""What no result may do, by a table: each line is a text before, a text after, and the fault that is found."""

from __future__ import annotations

import pytest

from aigc_lsp.tasks.checks import faults, misplaced
from aigc_plugins.api import Edit, applied
from aigc_plugins.document import Document

BEFORE = "def f(a):\n    return a\n"


def fault(after, before=BEFORE, language="python", **options):
    snapshot = Document("file:///a", language, before, 1).snapshot()
    return faults(snapshot, [Edit(0, len(before), after)], **options)


HOSTILE = {
    "the same": (BEFORE, "nothing would change"),
    "broken": ("def f(a:\n    return a\n", "syntax errors"),
    "prose": ("Sure! Here is the function you asked for:\n" + BEFORE, "syntax errors"),
    "a fence": ("```python\ndef f(a):\n    return a + 1\n```\n", "fence"),
    "existing code": ("def f(a):\n    # ... existing code ...\n    return a\n", "placeholder"),
    "rest of the code": ("def f(a):\n    # rest of the code remains unchanged\n    return 1\n", "placeholder"),
    "an ellipsis in a comment": ("def f(a):\n    # ...\n    return 1\n", "placeholder"),
    "a typographic ellipsis": ("def f(a):\n    # … unchanged …\n    return 1\n", "placeholder"),
    "your code here": ("def f(a):\n    # your code here\n    return 1\n", "placeholder"),
    "an insertion mark": ('def f(a):\n    return "<insert name>"\n', "placeholder"),
    "a chat mark": ("def f(a):\n    return a  # <|im_end|>\n", "mark of a prompt"),
    "a fill-in mark": ("def f(a):\n    return a  # <fim_middle>\n", "mark of a prompt"),
    "an instruction mark": ("def f(a):\n    return a  # [INST]\n", "mark of a prompt"),
    "a mark of direction": ("def f(a):\n    return a  # \u202e\n", "hidden character"),
    "an invisible letter": ("def f(a):\n    return a\u200b\n", "hidden character"),
    "a tag": ("def f(a):\n    return a  # \U000e0041\n", "hidden character"),
    "a control character": ('def f(a):\n    return "\x1b[2J"\n', "hidden character"),
    "a lone surrogate": ('def f(a):\n    return "\ud800"\n', "hidden character"),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_result_is_found_out(name):
    after, says = HOSTILE[name]
    assert says in (fault(after) or "")


GOOD = {
    "a change": "def f(a):\n    return a + 1\n",
    "a comment": "def f(a):\n    # add one\n    return a + 1\n",
    "the ellipsis as code": "def f(a):\n    ...\n    return a\n",
    "a text with dots": 'def f(a):\n    return "loading ..."\n',
    "spread": "def f(*a):\n    return [*a]\n",
    "emoji": 'def f(a):\n    return "😀"\n',
}


@pytest.mark.parametrize("name", GOOD)
def test_a_good_result_passes(name):
    assert fault(GOOD[name]) is None


def test_javascript_spreads_are_no_placeholders():
    assert fault("const a = [\n  ...rest,\n];\nf(...a);\n", "const a = rest;\n", "javascript") is None


def test_what_stood_there_before_is_nobodys_fault():
    before = "def f(a):\n    # ... existing code ...\n    x = '\u200b<|im_end|>'\n    return (\n"
    assert fault(before.replace("x =", "y ="), before) is None


def test_prose_may_have_dots_and_fences():
    assert fault("Later ... more\n\n```\ncode\n```\n", "Later\n", "markdown") is None


def test_a_masked_secret_would_overwrite_the_real_one():
    before, after = 'key = "abcdef"\n', 'key = "***"\nx = 1\n'
    assert "secret" in (fault(after, before, redacted=True) or "")
    assert fault(after, before) is None


@pytest.mark.parametrize(
    ("edits", "says"),
    [
        ([Edit(0, 99, "")], "outside"),
        ([Edit(-1, 0, "")], "outside"),
        ([Edit(3, 2, "")], "outside"),
        ([Edit(0, 3, "a"), Edit(2, 4, "b")], "overlap"),
        ([Edit(0, 0, "x" * 300_000)], "longer"),
        ([Edit(0, 0, None)], "no text"),
        ("text", "no list"),
        (None, "no list"),
        ([(0, 1, "x")], "no list"),
    ],
)
def test_edits_without_form_or_place_are_refused(edits, says):
    assert says in (misplaced(BEFORE, edits) or "")


def test_edits_at_one_place_are_applied_in_their_order():
    assert misplaced(BEFORE, [Edit(0, 0, "a"), Edit(0, 0, "b"), Edit(0, 1, "c")]) is None
    assert applied("xy", [Edit(0, 0, "a"), Edit(0, 0, "b"), Edit(0, 1, "c")]) == "abcy"

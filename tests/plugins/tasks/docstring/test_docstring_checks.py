"""What a model's words have to be, and the proof that documentation changed no code."""

from __future__ import annotations

import pytest

from aigc_plugins.api import WithheldError
from aigc_plugins.syntax import language_for
from aigc_plugins.tasks.docstring.check import check_unchanged
from aigc_plugins.tasks.docstring.phrases import borne_out, grounding, phrase
from aigc_plugins.tasks.docstring.words import content_words
from task_helpers import place

CODE = "def f(a):\n    return a\n\n\ndef g(b):\n    '''Old.'''\n    return b\n"


def check(before, after, language="python"):
    check_unchanged(before, after, place(before, language).snapshot.language)


@pytest.mark.parametrize(
    "after",
    [
        CODE.replace("f(a):\n", 'f(a):\n    """New."""\n'),
        CODE.replace("'''Old.'''", '"""New, with "quotes"."""'),
    ],
)
def test_one_docstring_may_change(after):
    check(CODE, after)


@pytest.mark.parametrize(
    "after",
    [
        CODE,  # nothing
        CODE.replace("return a", "return b"),
        CODE.replace("f(a):\n", 'f(a):\n    """New."""\n    import os\n'),
        CODE.replace("f(a):\n", 'f(a):\n    """New."""\n    """More."""\n'),
        CODE.replace("f(a):\n", 'f(a):\n    f"""{a}"""\n'),
        CODE.replace("f(a):\n", 'f(a):\n    """New."""\n').replace("Old", "Other"),
        CODE.replace("f(a):\n    return a", 'f(a):\n    """New."""'),
        CODE.replace("f(a):\n", 'f(a):\n    """New.""\n'),
        '"""New."""\n' + CODE.replace("'''Old.'''", "pass"),
    ],
)
def test_anything_else_is_refused(after):
    with pytest.raises(WithheldError):
        check(CODE, after)


def test_behind_a_byte_order_mark_statements_are_compared_too():
    after = "\ufeff" + CODE.replace("f(a):\n", 'f(a):\n    """New."""\n')
    check("\ufeff" + CODE, after)
    with pytest.raises(WithheldError, match="definition alone"):
        check("\ufeff" + CODE, after.replace("Old", "Other"))


def test_unfinished_code_elsewhere_is_compared_by_its_tokens():
    broken = CODE + "\n\ndef h(:\n    x = = 1\n"
    documented = broken.replace("f(a):\n", 'f(a):\n    """New."""\n')
    check(broken, documented)
    with pytest.raises(WithheldError):
        check(broken, documented.replace("return b", "return 1"))
    with pytest.raises(WithheldError):
        check(broken, documented.replace("    return a", "return a"))


def test_comments_are_no_code_in_other_languages():
    check("f(1);\n", "/** New. */\nf(1);\n", "javascript")
    with pytest.raises(WithheldError):
        check("f(1);\n", "/** New. */ g();\nf(1);\n", "javascript")
    assert language_for("go", None) is not None


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        (" limit the value to a range.\nMore text.", "limit the value to a range"),
        (' limit the value."""\n', "limit the value"),
        (" limit the value. It also does other things.", "limit the value"),
        (" the\n", ""),
        (" limit limit the value\n", ""),
        (" limit the value of the\n", ""),
        (" return `a\n", ""),
        ("```python\ndef f(): pass\n```", ""),
        (" limit the number of elements, which is a parameter that {x}\n", "limit the number of elements"),
        (" copy a file to the place and copy a file to the place and copy\n", "copy a file to the place"),
        ("", ""),
    ],
)
def test_one_clean_phrase_or_none(answer, expected):
    assert phrase(answer) == expected


def test_what_the_code_does_not_bear_out_is_cut_or_counts_less():
    source = frozenset(content_words("def shorten(text, width): return fill(text)"))
    assert borne_out("Shorten a text by purchasing flowers", source) == "Shorten a text"
    assert borne_out("Shorten a text to the width", source) == "Shorten a text to the width"
    assert borne_out("Parse JSON documents", source) == ""
    assert borne_out("Fill the text of a Wikipedia page", source) == ""
    assert borne_out("Fill a text and return with roses", source) == "Fill a text"
    assert borne_out("Shorten the `os.path` text", source) == ""
    assert grounding("Shorten a text", source) > 0.9 > 0.1 > grounding("Water some flowers", source)

"""Documentation that is there already: what of it stays when it is written anew."""

from __future__ import annotations

import re

import pytest

from aigc_plugins.api import WithheldError
from aigc_plugins.tasks.docstring import DocstringTask
from task_helpers import FakeJob, applied, place, prompt_text


def says(request):
    """Answer by what is asked."""
    text = prompt_text(request)
    if "\nIt " in text:
        return " limited value.\n"
    return " value to limit.\n" if "Parameters:" in text else " limit a value to a low one.\n"


SECTIONS = {
    "google": "Args:\n        value (int): What is\n            limited: all of it.\n        low: Old.",
    "numpy": "Parameters\n    ----------\n    value : int\n        What is\n        limited: all of it.\n    low\n"
    "        Old.",
}


@pytest.mark.parametrize("layout", SECTIONS)
def test_rewriting_keeps_what_a_person_said_of_a_parameter(layout):
    text = f'def limit(value):\n    """Old.\n\n    {SECTIONS[layout]}\n    """\n    return value\n'
    job = FakeJob(says)
    where = place(text, at="limit|")
    after = applied(where, DocstringTask().run(where, job))
    kept = {"google": "        value (int): What is", "numpy": "    value : int\n        What is"}
    assert kept[layout] + " limited: all of it.\n" in after
    assert "Old." in prompt_text(job.asked[0])
    assert "Old" not in after


def test_rewriting_a_doc_comment_keeps_what_it_said_of_a_parameter():
    text = (
        "/**\n * Old.\n *\n * @param {number} value - What is limited.\n */\nfunction limit(value) { return value; }\n"
    )
    where = place(text, "javascript", at="limit|(")
    after = applied(where, DocstringTask().run(where, FakeJob(says, language="javascript")))
    assert "@param {number} value - What is limited.\n" in after
    assert "Old" not in after


@pytest.mark.parametrize(
    ("language", "text", "kept"),
    [
        ("python", 'def f(total):\n    """Old.\n\n    >>> f(1)\n    1\n    """\n    return total\n', ">>>"),
        (
            "python",
            'def f(total):\n    """Old.\n\n    .. deprecated:: 1.2\n    """\n    return total\n',
            ".. deprecated::",
        ),
        ("javascript", "/** @template T */\nfunction f(total) { return total }\n", "@template"),
        ("javascript", "/**\n * Old.\n * @deprecated\n */\nfunction f(total) { return total }\n", "@deprecated"),
        ("java", "class A {\n  /** @param <T> any */\n  <T> int f(int total) { return total; }\n}\n", "@param <T>"),
        (
            "go",
            "package a\n\n// F is old.\n//\n// Deprecated: use G.\nfunc f(total int) int { return 1 }\n",
            "Deprecated",
        ),
        ("rust", "/// Old.\n///\n/// # Safety\n/// None.\nfn f(total: i32) -> i32 { 1 }\n", "# Safety"),
    ],
)
def test_what_tools_read_in_documentation_is_not_lost(language, text, kept):
    here = place(text, language, at="|f(" if language != "go" else "func |f")
    with pytest.raises(WithheldError, match=f"has `{re.escape(kept)}`"):
        DocstringTask().run(here, FakeJob("the total\n"))


def test_what_is_written_anew_anyway_is_no_obstacle():
    text = "/**\n * Old.\n *\n * @param {number} total - x\n * @returns y\n */\nfunction f(total) { return total }\n"
    here = place(text, "javascript", at="|f(")
    assert "Old" not in applied(here, DocstringTask().run(here, FakeJob("return the total of f\n")))

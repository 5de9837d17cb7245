"""Which languages tests are generated for, on the command line and in editors alike."""

from __future__ import annotations

import pytest

from aigc_plugins.action import WithheldError
from aigc_plugins.syntax import language_for
from aigc_plugins.tasks.testgen import GenerateTestsTask
from aigc_plugins.testgen import script, tools
from aigc_plugins.testgen.languages import LANGUAGES, parts_for
from task_helpers import place


@pytest.mark.parametrize("name", LANGUAGES)
def test_each_language_has_its_parts(name):
    analyse, generate = parts_for(language_for(name))
    expected = {"go": tools, "java": tools, "javascript": script, "typescript": script, "tsx": script}.get(name)
    if expected is not None:
        assert (analyse, generate) == (expected.analyse, expected.generate)
    else:
        assert analyse.__module__.startswith("aigc_plugins.testgen.analysis")


def test_other_languages_are_named():
    with pytest.raises(WithheldError, match="not for Rust"):
        parts_for(language_for("rust"))
    with pytest.raises(WithheldError, match="not for this"):
        parts_for(None)


@pytest.mark.parametrize(
    ("language", "text", "file", "title"),
    [
        ("typescript", "export class Queue {\n  p|eek() { return 1; }\n}\n", "queue.ts", "Generate tests for `peek`"),
        ("javascript", "export const ha|lf = (n) => n / 2;\n", "half.js", "Generate tests for `half`"),
        ("go", "package a\n\nfunc H|alf(n int) int { return n / 2 }\n", "half.go", "Generate tests for `Half`"),
        ("java", "class A {\n  int h|alf(int n) { return n / 2; }\n}\n", "A.java", "Generate tests for `half`"),
        ("typescript", "export const ha|lf = (n) => n / 2;\n", "half.test.ts", False),
        ("go", "package a\n\nfunc H|alf(n int) int { return n / 2 }\n", "half_test.go", False),
        ("java", "class A {\n  int h|alf(int n) { return n / 2; }\n}\n", "ATest.java", False),
    ],
)
def test_the_task_is_offered_in_these_languages_but_not_in_tests(language, text, file, title):
    at = text[: text.index("|")].rpartition("\n")[2] + "|"
    here = place(text.replace("|", ""), language, at=at, uri=f"file:///project/{file}")
    assert GenerateTestsTask().applies(here) == title

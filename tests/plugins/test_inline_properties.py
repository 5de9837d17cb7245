"""Whatever the file and whatever the model writes: no crash, no new errors, nothing hidden, one line is replaced."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aigc_plugins.document import Document
from aigc_plugins.inline import InlineCompletionTask
from aigc_plugins.syntax import SyntaxTree, language_for

PIECES = [
    "x", "y = 1", "def f():", "if x:", "else:", "return x", "for a in b {", "}", "{", "(", ")", "[", "]",
    "'", '"', '"""', "\n",
    "\n    ", "\n        ", "\n\t", "\r\n", "\r", " ", "    ", "# note", "// note", "/*", "*/", "end", "do |x|",
    "é😀", "\ud800", "\u202e", "\x00", "<|endoftext|>", "```", ",", ":", ";", "=", "=>", "\\", "`${", "fi", "then",
]  # fmt: skip
SOUP = st.lists(st.sampled_from(PIECES), max_size=25).map("".join)


@pytest.mark.parametrize("language", ["python", "typescript", "go", "rust", "ruby", "bash", "json", "klingon"])
@settings(max_examples=60, deadline=None)
@given(before=SOUP, after=SOUP, answer=SOUP, mode=st.sampled_from(["auto", "never", "always"]), size=st.integers(1, 9))
def test_any_answer_in_any_file(language: str, before: str, after: str, answer: str, mode: str, size: int) -> None:
    document = Document("untitled:x", language, before + after)
    snapshot = document.snapshot()
    at = min(len(before), len(snapshot.text))
    prepared = InlineCompletionTask().prepare(snapshot, at, trigger="invoked", multiline=mode)  # type: ignore[arg-type]
    assert prepared is not None
    prepared.request.prefix.encode()
    judge = prepared.judge()
    for i in range(0, len(answer), size):
        if judge.feed(answer[i : i + size]):
            break
    found = judge.finish()
    if found is None:
        assert judge.withheld
        return
    assert found.text.strip()
    assert found.start == at
    assert not set(snapshot.text[found.start : found.end]) & {"\r", "\n"}
    assert not set(found.text) & {"\x00", "\u202e", "\ud800"}
    assert "<|endoftext|>" not in found.text
    known = language_for(language)
    if known is not None:
        changed = snapshot.text[: found.start] + found.text + snapshot.text[found.end :]
        assert SyntaxTree(known, changed).errors() <= SyntaxTree(known, snapshot.text).errors()

"""A chat model asked for the middle: what it is shown, and what of its answer is code."""

from __future__ import annotations

import pytest

from aigc_models.fill_by_chat import ChatAnswer, chat_request
from aigc_models.types import CompletionRequest, ContextFile


def test_the_cursor_comes_last_and_other_files_first() -> None:
    request = CompletionRequest("x = ", "\ny = 1\n", (ContextFile("a.py", "A = 1\n"),), path="b.py", max_tokens=7)
    asked = chat_request(request)
    system, user = asked.messages
    assert (system.role, user.role, asked.max_tokens) == ("system", "user", 7)
    assert system.content.endswith("From a.py:\nA = 1")
    assert user.content == "Text after the cursor:\n\ny = 1\n\n\nText of b.py before the cursor:\nx = "


def test_a_key_more_leaves_what_stands_before_as_it_is() -> None:
    first, second = (chat_request(CompletionRequest(prefix, "\ny\n")).messages for prefix in ("x = ", "x = 1"))
    assert first[0] == second[0]
    assert second[1].content.startswith(first[1].content)


@pytest.mark.parametrize("size", [1, 2, 5, 100])
@pytest.mark.parametrize(
    ("prefix", "answer", "code"),
    [
        ("x = ", "1 + 2", "1 + 2"),
        ("x = ", "```python\n1 + 2\n```\nThat is it.", "1 + 2"),
        ("x = ", "```\n1 + 2\n```", "1 + 2"),
        ("    return a", "return a + b", " + b"),
        ("    return a", "```python\n    return a + b\n```", " + b"),
        ("    return a", " + b", " + b"),
        ("def f():\n    ", "return 1\nx = `a`", "return 1\nx = `a`"),
        ("a ", "`", "`"),
        ("a ", "", ""),
    ],
)
def test_code_is_what_is_no_fence_and_no_repetition(prefix: str, answer: str, code: str, size: int) -> None:
    taker = ChatAnswer(prefix)
    pieces = [answer[at : at + size] for at in range(0, len(answer), size)]
    given = "".join(taker.feed(piece) for piece in pieces) + taker.feed("", final=True)
    # A closing fence may come in pieces: what of it slipped through is cut where answers are cleaned.
    assert given.split("\n`")[0] == code.split("\n`")[0]

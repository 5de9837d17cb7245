"""Plays a canned model answer to the inline-completion task and shows the text that an editor would then hold."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from aigc_plugins.api import Suggestion
from aigc_plugins.document import Document
from aigc_plugins.inline import InlineCompletionTask

CURSOR = "‸"


@dataclass(frozen=True)
class Played:
    """What came of an answer: the suggestion, the text with it, why it was withheld, how much was read."""

    suggestion: Suggestion | None
    result: str
    withheld: str | None
    read: str
    request_prefix: str

    @property
    def text(self) -> str | None:
        """The suggested text, None if withheld."""
        return self.suggestion.text if self.suggestion else None


def play(language: str, marked: str, answer: str, *, piece: int = 3, truncated: bool = False, **options: Any) -> Played:
    """Ask for a completion at the cursor mark of `marked`, answered by `answer` in pieces of `piece` characters."""
    at = marked.index(CURSOR)
    snapshot = Document("untitled:x", language, marked.replace(CURSOR, "")).snapshot()
    prepared = InlineCompletionTask().prepare(snapshot, at, **options)
    assert prepared is not None
    judge, read = prepared.judge(), ""
    for i in range(0, len(answer), piece):
        read += answer[i : i + piece]
        if judge.feed(answer[i : i + piece]):
            break
    suggestion = judge.finish(truncated)
    text = snapshot.text
    if suggestion is not None:
        text = text[: suggestion.start] + suggestion.text + text[suggestion.end :]
    assert (suggestion is None) == (judge.withheld is not None)
    return Played(suggestion, text, judge.withheld, read, prepared.request.prefix)

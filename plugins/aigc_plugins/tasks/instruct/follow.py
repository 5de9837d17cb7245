"""Feeds an answer that grows, as a job tells it, to inline completion's judge, which wants the new piece alone."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from aigc_plugins.inline.judge import CompletionJudge


class Follow:
    """Tells whether the answer so far is enough."""

    def __init__(self, judge: CompletionJudge) -> None:
        self._judge = judge
        self._seen = 0

    def __call__(self, answer: str) -> bool:
        piece, self._seen = answer[self._seen :], len(answer)
        return self._judge.feed(piece)

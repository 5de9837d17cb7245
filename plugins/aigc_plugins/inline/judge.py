"""Follows an answer as it streams in, stops it when it is enough, and makes a suggestion of it or withholds it."""

from __future__ import annotations

from dataclasses import dataclass

from aigc_plugins.api import Multiline, SelectedText, Suggestion, Trigger
from aigc_plugins.inline.check import SyntaxCheck
from aigc_plugins.inline.clean import cut_special, hide_partial_special, plain_newlines, strip_hidden
from aigc_plugins.inline.fit import Fit, fit, without_loops
from aigc_plugins.inline.situation import Situation
from aigc_plugins.inline.style import NO_STYLE, FileStyle, restyled
from aigc_plugins.inline.unit import UnitFinder

MAX_CHARS = 20_000


@dataclass(frozen=True, slots=True)
class Case:
    """What a judge has to know: where the cursor stands, how to check, what is being replaced."""

    situation: Situation
    check: SyntaxCheck
    start: int
    end: int
    selected: SelectedText | None = None
    multiline: Multiline = "auto"
    trigger: Trigger = "automatic"
    line_ending: str = "\n"
    style: FileStyle = NO_STYLE


class CompletionJudge:
    """Judges one answer. After `finish`, `withheld` is None or the reason why there is no suggestion."""

    def __init__(self, case: Case) -> None:
        self._case = case
        self._finder = UnitFinder(case.situation, case.multiline, case.trigger, self._acceptable)
        self._known: dict[str, bool] = {}
        self._text = ""
        self._done = False
        self._withheld: str | None = None

    @property
    def withheld(self) -> str | None:
        """Why nothing is offered; for logs."""
        return self._withheld

    def feed(self, piece: str) -> bool:
        """Take the next piece of the answer; True means that it is enough and the stream can be closed."""
        if self._done or not piece:
            return self._done
        line_known = "\n" in piece or not self._text.rpartition("\n")[2].strip()
        self._text += piece
        _, special = cut_special(self._text[-len(piece) - 64 :])
        if special or len(self._text) > MAX_CHARS:
            self._done = True
        elif line_known:
            text = self._clean()
            self._done = without_loops(text) != text or self._finder.extent(text, final=False).done
        elif len(self._text) % 64 < len(piece):
            self._done = without_loops(self._text) != self._text
        return self._done

    def finish(self, truncated: bool = False) -> Suggestion | None:
        """Return the suggestion, or None with `withheld` set; `truncated` says that the answer hit its token limit."""
        text = self._clean()
        if not text.strip():
            ended = "\n" in text and not self._case.situation.fresh
            return self._withhold("the line is complete" if ended else "empty answer")
        text = without_loops(text)
        if not text.strip():
            return self._withhold("repeats itself")
        lines = text.split("\n")
        keep = self._finder.extent(text, final=True).keep
        if truncated and not self._done and 1 < keep == len(lines):
            keep -= 1  # the last line is not whole
        if keep < 1:
            return self._withhold("nothing of it belongs here")
        reason: str | None = None
        for count in range(keep, 0, -1):
            if count < keep and not lines[count - 1].strip():
                continue
            result = self._fit("\n".join(lines[:count]))
            if result.fault is None:
                return self._suggestion(result)
            reason = reason or result.fault
        return self._withhold(reason or "nothing to insert")

    def _clean(self) -> str:
        text, special = cut_special(self._text)
        return strip_hidden(plain_newlines(text if special else hide_partial_special(text)))

    def _fit(self, text: str) -> Fit:
        case = self._case
        header_alone = case.multiline == "never" or not case.situation.fresh
        return fit(case.situation, case.check, text, header_alone=header_alone)

    def _acceptable(self, text: str) -> bool:
        if text not in self._known:
            self._known[text] = self._fit(text).fault is None
        return self._known[text]

    def _suggestion(self, result: Fit) -> Suggestion | None:
        case = self._case
        text = restyled(case.situation, case.style, result.text)
        if text != result.text and case.check.errors(text, result.replaced) > 0:
            text = result.text
        if not case.situation.right.strip():  # what stands on the right needs the blanks before it
            text = "\n".join(line.rstrip() for line in text.split("\n")).rstrip()
        if case.line_ending != "\n" and "\n" in text:
            text = text.replace("\n", case.line_ending)
            if case.check.errors(text, result.replaced) > 0:  # not every grammar knows a lone CR as the end of a line
                return self._withhold("new syntax errors")
        if case.selected is not None:
            text = case.selected.text + text
        return Suggestion(text, case.start, case.end + result.replaced)

    def _withhold(self, reason: str) -> Suggestion | None:
        self._withheld = reason
        return None

"""The inline-completion task: from a cursor in a snapshot to a request for the engine and a judge of its answer."""

from __future__ import annotations

import logging
from dataclasses import dataclass

from aigc_models.types import CompletionRequest
from aigc_plugins.api import Budget, Multiline, SelectedText, Trigger
from aigc_plugins.document import Snapshot
from aigc_plugins.inline.check import SyntaxCheck
from aigc_plugins.inline.judge import Case, CompletionJudge
from aigc_plugins.inline.situation import Situation, read_situation
from aigc_plugins.inline.starts import starts
from aigc_plugins.inline.style import read_style
from aigc_plugins.inline.window import prefix_text, suffix_text
from aigc_plugins.syntax import PLAIN, Region, SyntaxTree
from aigc_plugins.text import line_ending, line_span

log = logging.getLogger(__name__)
_PLAIN_CONTEXT = 8000  # characters looked at around the cursor where there is no grammar


@dataclass(frozen=True, slots=True)
class Options:
    """How the task works. `multiline`: `auto` by what the cursor stands in, `never` one line, `always` whole blocks."""

    multiline: Multiline = "auto"


@dataclass(frozen=True, slots=True)
class PreparedCompletion:
    """A request, how its answer is to be judged, and how else the text below would have it begin."""

    request: CompletionRequest
    case: Case
    starts: tuple[str, ...] = ()

    def judge(self) -> CompletionJudge:
        """Return a new judge for one answer."""
        return CompletionJudge(self.case)


class InlineCompletionTask:
    """Suggests how the text goes on at the cursor."""

    name = "inline-completion"
    title = "Complete at the cursor"

    def __init__(self, options: Options | None = None) -> None:
        self.options = options or Options()

    def prepare(
        self,
        snapshot: Snapshot,
        offset: int,
        *,
        trigger: Trigger = "automatic",
        budget: Budget | None = None,
        selected: SelectedText | None = None,
        multiline: Multiline | None = None,
    ) -> PreparedCompletion | None:
        """Return what to ask at `offset` (code points), None where there is nothing to suggest.

        `multiline` overrules the task's option. Raises ValueError for an offset or a selected range outside the text,
        or one that goes over a line's end.
        """
        budget = budget or Budget()
        site = _site(snapshot, offset, selected)
        text, cursor = site.text, site.cursor
        language = snapshot.language or PLAIN
        situation = read_situation(language, site.tree, site.part, cursor - site.base)
        if not _worth_asking(text, cursor, situation, trigger) or budget.prefix_tokens <= 0 or budget.max_tokens <= 0:
            return None
        request = CompletionRequest(
            prefix=prefix_text(language, text, cursor, budget.chars(budget.prefix_tokens)),
            suffix=suffix_text(text, cursor, budget.chars(budget.suffix_tokens)),
            max_tokens=budget.max_tokens,
        )
        check = SyntaxCheck(site.tree, cursor - site.base)
        mode = multiline or self.options.multiline
        style = read_style(language, text, cursor, situation.unit)
        case = Case(situation, check, site.start, site.end, selected, mode, trigger, line_ending(text), style)
        return PreparedCompletion(
            request, case, starts(situation, request.prefix, request.suffix or site.text[cursor:])
        )


@dataclass(frozen=True, slots=True)
class _Site:
    """Where the text goes: [start, end) of the snapshot; `text` has the selected entry applied, `cursor` is behind it.

    `part` is what is parsed of `text`, from `base` on.
    """

    start: int
    end: int
    text: str
    cursor: int
    base: int
    part: str
    tree: SyntaxTree | None


def _site(snapshot: Snapshot, offset: int, selected: SelectedText | None) -> _Site:
    text = snapshot.text
    if not 0 <= offset <= len(text):
        raise ValueError(f"offset {offset} in a text of {len(text)} characters")
    start = end = offset
    added = ""
    if selected is not None:
        start, end, added = selected.start, selected.end, selected.text
        if not 0 <= start <= end <= len(text) or line_span(text, start)[1] < end:
            raise ValueError(f"selected range [{start}, {end}) is not within one line of the text")
    region = _parsed_region(snapshot, start)
    base = region.start if region is not None else max(start - _PLAIN_CONTEXT, 0)
    tree = region.tree if region is not None else None
    part = tree.text if tree is not None else text[base : end + _PLAIN_CONTEXT]
    if selected is not None:
        text = text[:start] + added + text[end:]
        tree = tree.edited(start - base, end - base, added) if tree is not None else None
        part = part[: start - base] + added + part[end - base :]
    return _Site(start, end, text, start + len(added), base, part, tree)


def _parsed_region(snapshot: Snapshot, offset: int) -> Region | None:
    """Return the region around `offset`, None where its grammar cannot be used: the text alone has to do then."""
    try:
        region = snapshot.region(offset)
        if region is not None:
            _ = region.tree.root
    except (ImportError, AttributeError, ValueError) as error:  # a plugin's grammar: absent, misnamed, too old or new
        log.warning("no syntax for %s: %s", snapshot.language_id, error)
        return None
    return region


def _worth_asking(text: str, cursor: int, situation: Situation, trigger: Trigger) -> bool:
    """Whether a suggestion may help here; in the middle of a word only when it was asked for."""
    if not text.strip():
        return trigger == "invoked"
    return (
        trigger == "invoked"
        or situation.fresh
        or not (_word(text[cursor - 1 : cursor]) and _word(text[cursor : cursor + 1]))
    )


def _word(char: str) -> bool:
    return char.isalnum() or char == "_"

"""The task that writes what a comment or a signature announces, as a completion at the place where the code belongs.

Where that is, `gap` says; what of an answer belongs there, inline completion's judge.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from aigc_plugins.api import ActionTask, Budget, Change, Edit, WithheldError, sampled
from aigc_plugins.document import Document
from aigc_plugins.inline import InlineCompletionTask
from aigc_plugins.inline.scan import code_of
from aigc_plugins.inline.situation import indent_width
from aigc_plugins.syntax import PLAIN
from aigc_plugins.tasks.functions import definition_at
from aigc_plugins.tasks.instruct.follow import Follow
from aigc_plugins.tasks.instruct.gap import STUB, Gap, gap_at
from aigc_plugins.tasks.signatures import return_type

if TYPE_CHECKING:
    from aigc_plugins.api import Job, Place, Result
    from aigc_plugins.document import Snapshot
    from aigc_plugins.syntax import Language

_BUDGET = Budget(prefix_tokens=1200, suffix_tokens=200, max_tokens=320)
_ATTEMPTS = 4
_NOTHING = frozenset(("", "None", "void", "()", "Promise<void>", "Self", "NoReturn", "never", "asserts"))
_GIVES = re.compile(r"\b(?:return|yield|raise|throw|panic)\b")


class GenerateTask(ActionTask):
    """Writes the code that a comment describes, or a body for a signature."""

    name = "generate"
    title = "Write the code for this comment or signature"
    kind = "refactor.rewrite.aigc"
    languages = ("python", "typescript", "tsx", "javascript", "go", "java", "rust")
    model = True
    cost = "seconds"
    verified = "parses, ends where the block ends, is no stub, returns where the signature says so"

    def applies(self, place: Place) -> bool | str:
        """Offer it at a comment with no code below, and at a function without a body."""
        gap = gap_at(place.snapshot, place.start) if place.start == place.end else None
        return f"Write {gap.what}" if gap is not None else False

    def run(self, place: Place, job: Job) -> Result:
        """Complete at the gap until an answer holds."""
        snapshot = place.snapshot
        gap = gap_at(snapshot, place.start)
        if gap is None:
            raise WithheldError("Put the cursor on a comment with no code below it, or on a function without a body.")
        opened = snapshot.text[: gap.start] + gap.insert + gap.tail + snapshot.text[gap.end :]
        draft = Document(snapshot.uri, snapshot.language_id, opened).snapshot()
        prepared = InlineCompletionTask().prepare(
            draft, gap.start + len(gap.insert), trigger="invoked", budget=_BUDGET, multiline="always"
        )
        if prepared is None:
            raise WithheldError("There is nothing to go on from here.")
        reason = "the model wrote nothing"
        for attempt in range(_ATTEMPTS):
            job.report(f"Attempt {attempt + 1} of {_ATTEMPTS}")
            judge = prepared.judge()
            follow = Follow(judge)
            follow(job.ask(sampled(prepared.request, attempt), until=follow))
            suggestion = judge.finish(truncated=True)
            if suggestion is None:
                reason = judge.withheld or reason
                continue
            language = snapshot.language or PLAIN
            written = suggestion.text if gap.name else first_unit(suggestion.text, gap.insert, language)
            new = Edit(gap.start, gap.end, gap.insert + written + gap.tail)
            fault = _fault(snapshot, gap, written, new)
            if fault is None:
                return Change((new,), note=f"Wrote {gap.what}. Checked: it parses. Read it before you keep it.")
            reason = fault
        raise WithheldError(f"No code is offered: {reason}.")


def first_unit(text: str, insert: str, language: Language) -> str:
    """Return the lines up to where something else begins: at the same indentation, below a blank line or a comment."""
    base = indent_width(insert.rpartition("\n")[2] + "x")
    lines = text.split("\n")
    seen_code = False
    for i, line in enumerate(lines):
        if i == 0 or (line.strip() and indent_width(line) > base):
            seen_code = seen_code or bool(code_of(line, language))
            continue
        below = next((other for other in lines[i:] if other.strip()), "")
        comment = bool(language.line_comment) and line.strip().startswith(language.line_comment)
        if seen_code and (not line.strip() or comment) and indent_width(below) <= base:
            return "\n".join(lines[:i])
        seen_code = seen_code or bool(code_of(line, language))
    return text


def _fault(snapshot: Snapshot, gap: Gap, written: str, edit: Edit) -> str | None:
    """Tell why what was written may not be offered; None: it may."""
    language, tree = snapshot.language or PLAIN, snapshot.tree
    code = [line.strip() for line in written.split("\n") if code_of(line, language)]
    if not code:
        return "the model wrote no code"
    if STUB.fullmatch(" ".join(code)) or STUB.fullmatch(code[-1]):
        return "the model left the work undone"
    if tree is None:
        return None
    edited = tree.edited(edit.start, edit.end, edit.text)
    if edited.errors() > tree.errors():
        return "what the model wrote has syntax errors"
    if not gap.name:
        return None
    if len(code) == 1 and re.search(rf"\b{re.escape(gap.name)}\(", code[0]):
        return "the function would do nothing but call itself"
    draft = Document(snapshot.uri, snapshot.language_id, edited.text).snapshot()
    at = edit.start + len(gap.insert)
    function = definition_at(draft, at, at)
    if function is None or function.name != gap.name:
        return "what the model wrote does not stand in the function"
    result = return_type(function)
    if language.name != "rust" and result not in _NOTHING and not _GIVES.search(written):
        return f"the function would not return its {result}"
    return None

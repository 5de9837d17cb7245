"""What no result of a task may do, whoever wrote the task and whatever a model said. What else it promises, it checks
itself.

Each check compares the text before with the text after: what stood there already is nobody's fault.
"""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING

from aigc_plugins.api import Edit, applied

if TYPE_CHECKING:
    from collections.abc import Sequence

    from aigc_plugins.document import Snapshot

_MOST_CHARS = 200_000  # of new text in one result
_MASK = "***"
_MARKERS = re.compile(
    r"<\|?(?:im_start|im_end|im_sep|endoftext|eot_id|begin_of_text|end_of_text|start_header_id|end_header_id|file_sep"
    r"|file_separator|repo_name|reponame|filename|fim[_▁-]?(?:prefix|suffix|middle|hole|begin|end|pad))\|?>"
    r"|</?s>|<(?:PRE|SUF|MID|EOT)>|\[/?INST\]|<</?SYS>>|<｜|\[(?:PREFIX|SUFFIX|MIDDLE)\]"
)
# What a model writes in place of code: an ellipsis in a comment, or a hint to code that it leaves out.
_COMMENT = r"(?:#|//|/\*+|--|<!--|\{/\*|;+|%|\"\"\"|''')"
_PLACEHOLDERS = re.compile(
    r"^\s*(?:\.\.\.|…)\s+[\w(].*$"  # with a blank: `...rest` spreads
    rf"|{_COMMENT}\s*(?:\.\.\.|…)"
    rf"|{_COMMENT}.*(?:\.\.\.|…)\s*(?:\*/|-->|\*/\}})?\s*$"
    r"|\b(?:existing|remaining|previous|unchanged|original|omitted|(?:the )?rest of (?:the|your|this))\s+"
    r"(?:code|implementation|method|function|class|file|logic|body|content)s?\b\s*"
    r"(?:\.\.\.|…|here|unchanged|goes|remains|stays|as (?:before|is)|omitted|\)|\]|$)"
    r"|\b(?:your|insert|add|put|write|implement|place)\s+(?:\w+\s+)?(?:code|implementation|logic)\s+(?:goes\s+)?here\b"
    r"|<(?:insert|your|existing|rest|placeholder)\b[^<>\n]*>|\[\s*(?:insert|your code|rest of|existing)\b[^\]\n]*\]",
    re.IGNORECASE | re.MULTILINE,
)
# Marks of direction, invisible letters, tags, and control characters: they make code look like what it is not.
_HIDDEN = re.compile(
    "[\u202a-\u202e\u2066-\u2069\u200b-\u200f\u2060-\u2064\u180e\u061c\u00ad\ufeff\ufff9-\ufffb"
    "\U000e0000-\U000e007f\ufe00-\ufe0f\x00-\x08\x0b\x0e-\x1f\x7f-\x84\x86-\x9f\u2028\u2029\ud800-\udfff]"
)
_FENCE = re.compile(r"^\s*(?:```|~~~)|^\s*(?:```|~~~)\s*\Z", re.MULTILINE)


def misplaced(text: str, edits: object) -> str | None:
    """Tell what is wrong with the form and the places of edits; None: nothing."""
    if not isinstance(edits, list | tuple) or not all(isinstance(edit, Edit) for edit in edits):
        return f"the task returned {type(edits).__name__}, which is no list of edits"
    at = 0
    for edit in sorted(edits, key=lambda edit: (edit.start, edit.end)):
        if not isinstance(edit.text, str):
            return "an edit's text is no text"
        if not at <= edit.start <= edit.end <= len(text):
            return "an edit lies outside of the text, or two overlap"
        at = edit.end
    if sum(len(edit.text) for edit in edits) > _MOST_CHARS:
        return f"the result is longer than {_MOST_CHARS:,} characters"
    return None


def faults(snapshot: Snapshot, edits: Sequence[Edit], *, redacted: bool = False) -> str | None:
    """Tell why edits that are well placed may not be offered; None: they may.

    `redacted` says that the model saw `***` in place of secrets.
    """
    old, new = snapshot.text, applied(snapshot.text, edits)
    if old == new:
        return "nothing would change"
    written = _written(old, new)
    text = unwanted(old, new, written, prose=_is_prose(snapshot), redacted=redacted)
    return text or syntax_faults(snapshot, new)


def unwanted(old: str, new: str, written: str, *, prose: bool = False, redacted: bool = False) -> str | None:
    """Tell what a text holds that nobody asked for; `written` are the lines that `old` did not have."""
    if found := _more(_HIDDEN, old, new):
        return f"the result has a hidden character (U+{ord(found):04X})"
    if found := _more(_MARKERS, old, new):
        return f"the result has a mark of a prompt ({found})"
    if not prose and (hole := _PLACEHOLDERS.search(written)):
        return f"the result has a placeholder in place of code ({' '.join(hole[0].split())[:60]})"
    if not prose and _FENCE.match(written.lstrip("\n")) and len(_FENCE.findall(new)) > len(_FENCE.findall(old)):
        return "the result has a Markdown fence in it"
    if redacted and new.count(_MASK) > old.count(_MASK):
        return "the code has a secret that the model may not see, and would not keep"
    return None


def syntax_faults(snapshot: Snapshot, new: str) -> str | None:
    """Tell whether a new text of the document has more syntax errors than the old one."""
    if snapshot.tree is None:
        return None
    from aigc_plugins.syntax import SyntaxTree

    if SyntaxTree(snapshot.tree.language, new).errors() > snapshot.tree.errors():
        return "the result would have syntax errors"
    return None


def _is_prose(snapshot: Snapshot) -> bool:
    return snapshot.language_id in ("markdown", "plaintext", "restructuredtext", "git-commit", "gitcommit", "")


def _more(pattern: re.Pattern[str], old: str, new: str) -> str:
    """Return something that `pattern` finds more often in `new` than in `old`."""
    grown = Counter(pattern.findall(new)) - Counter(pattern.findall(old))
    return next(iter(grown), "")


def _written(old: str, new: str) -> str:
    """Return the lines of `new` that `old` does not have."""
    known = {line.strip() for line in old.splitlines()}
    return "\n".join(line for line in new.splitlines() if line.strip() not in known)

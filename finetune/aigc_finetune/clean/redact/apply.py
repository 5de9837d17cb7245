"""Puts the rules together: what they find is replaced, in a way that leaves the text as parseable as it was."""

from __future__ import annotations

import re
from collections.abc import Iterable
from itertools import chain
from typing import NamedTuple

from aigc_finetune.clean.redact.assigned import find_assigned
from aigc_finetune.clean.redact.detectors import find_detected
from aigc_finetune.clean.redact.found import Found
from aigc_finetune.clean.redact.keys import find_keys
from aigc_finetune.clean.redact.personal import find_personal
from aigc_finetune.clean.redact.scan import long_runs

_QUOTES = frozenset("\"'`")
_AGAIN = re.compile(r"(?:<redacted-private-key>(?:\\[nr]|[\s])*)+(?=<redacted-private-key>)")
_ROUNDS = 3


class Redaction(NamedTuple):
    """What was replaced: its kind, and the line (from 1) of the text where it stood."""

    kind: str
    line: int


class Redacted(NamedTuple):
    """A text without secrets and personal data, and what was replaced, in order."""

    text: str
    redactions: list[Redaction]


def redact(text: str, *, marks: bool = True) -> Redacted:
    """Return a text with secrets and personal data replaced.

    A secret becomes `<redacted-KIND>`, or, with `marks` false or outside of quotes, `redacted-KIND`, which is a word in
    every language. Personal data become what is reserved for examples. What comes to light only then is replaced, too.
    """
    redactions: list[Redaction] = []
    for _ in range(_ROUNDS):
        found = find_all(text)
        if not found:
            break
        redactions += [Redaction(one.kind, text.count("\n", 0, one.start) + 1) for one in found]
        text = _replaced(text, found, marks)
    text = _AGAIN.sub("", text) if "<redacted-private-key>" in text else text
    return Redacted(text, sorted(_once(redactions), key=lambda one: (one.line, one.kind)))


def find_all(text: str) -> list[Found]:
    """Return the secrets and personal data of a text, in order and without overlaps; what they hide comes later."""
    runs = long_runs(text)
    return _apart(chain(find_keys(text, runs), find_assigned(text), find_detected(text, runs), find_personal(text)))


def _apart(found: Iterable[Found]) -> list[Found]:
    """Return what was found without overlaps: of those that overlap, the first rule's."""
    kept: list[Found] = []
    for _, one in sorted(enumerate(found), key=lambda item: (item[1].start, item[0])):
        if not kept or one.start >= kept[-1].end:
            kept.append(one)
        elif one.end > kept[-1].end:
            kept[-1] = kept[-1]._replace(end=one.end)
    return kept


def _replaced(text: str, found: list[Found], marks: bool) -> str:
    parts, at = [], 0
    for one in found:
        parts += [text[at : one.start], one.replacement or _mark(text, one, marks)]
        at = one.end
    return "".join(parts) + text[at:]


def _mark(text: str, one: Found, marks: bool) -> str:
    bare = one.kind in ("url-password",) or text[one.start - 1 : one.start] == "="
    return f"redacted-{one.kind}" if bare or not marks else f"<redacted-{one.kind}>"


def _once(redactions: list[Redaction]) -> list[Redaction]:
    """Return the redactions with a private key's many lines counted once for each stretch of lines."""
    kept: list[Redaction] = []
    last = -2
    for one in redactions:
        if one.kind == "private-key":
            adjoining, last = one.line - last <= 1, one.line
            if adjoining:
                continue
        kept.append(one)
    return kept

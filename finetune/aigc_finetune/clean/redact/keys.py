"""Keys and tokens that are known by their form, wherever they stand: of cloud providers, forges, services."""

from __future__ import annotations

import re
from collections.abc import Iterator

from aigc_finetune.clean.redact.forms import FORMS
from aigc_finetune.clean.redact.found import Found, is_placeholder, is_random
from aigc_finetune.clean.redact.scan import Span, lines_with

# Keys that begin with nothing that tells: looked for in the runs of characters that are long enough.
_SHAPES = (
    ("discord-token", re.compile(r"[MNO][A-Za-z0-9_\-]{23,25}\.[A-Za-z0-9_\-]{6}\.[A-Za-z0-9_\-]{27,}")),
    ("twilio-key", re.compile(r"(?:AC|SK)[0-9a-f]{32}(?![A-Za-z0-9])")),
)
_COMPILED = tuple(
    (kind, hints.split(), re.compile(rf"(?<![A-Za-z0-9_])(?:{form})(?![A-Za-z0-9])")) for kind, hints, form in FORMS
)
# Kinds whose form alone tells too little: words joined by hyphens look like them.
_DOUBTFUL = frozenset(
    ("openai-key", "discord-token", "gitlab-token", "slack-token", "vault-token", "pypi-token", "huggingface-token")
)
_BEGIN = re.compile(r"-----BEGIN (?P<what>[A-Z0-9 ]*PRIVATE KEY(?: BLOCK)?)-----|PuTTY-User-Key-File-\d:")
_LONGEST_BLOCK = 12_000  # characters of a private key
_RUN = re.compile(r"[A-Za-z0-9+/]{40,}={0,2}")
_WHOLE_LINE = re.compile(r"(?m)(?<=[\s\"'`n])[A-Za-z0-9+/]{2,}={0,2}(?=[\"'`\\\s,)]|$)")


def find_keys(text: str, runs: list[Span]) -> Iterator[Found]:
    """Yield the keys of a text; `runs` are its `long_runs`."""
    if "PRIVATE KEY" in text or "PuTTY-User-Key" in text:
        yield from _blocks(text)
    for kind, hints, pattern in _COMPILED:
        if any(hint in text for hint in hints):
            for start, end in lines_with(text, hints):
                yield from (_found(kind, m) for m in pattern.finditer(text, start, end) if _is_key(kind, m[0]))
    for start, _ in runs:
        for kind, pattern in _SHAPES:
            if text[start] in "MNOAS" and (match := pattern.match(text, start)) and _is_key(kind, match[0]):
                yield _found(kind, match)


def _found(kind: str, match: re.Match[str]) -> Found:
    return Found(match.start(), match.end(), kind)


def _is_key(kind: str, value: str) -> bool:
    if is_placeholder(value.partition("-")[2] or value):
        return False
    return kind not in _DOUBTFUL or is_random(value) or _tail_is_random(value)


def _tail_is_random(value: str) -> bool:
    """Tell whether the longest part between separators is random."""
    return is_random(max(re.split(r"[-_.]", value), key=len), 10)


def _blocks(text: str) -> Iterator[Found]:
    """Yield what is between the marks of a private key: whole where it stands raw, piece by piece within literals."""
    for begin in _BEGIN.finditer(text):
        what = begin["what"]
        end = text.find(f"-----END {what}-----", begin.end()) if what else -1
        closed = 0 <= end - begin.end() <= _LONGEST_BLOCK
        end = end if closed else min(len(text), begin.end() + _LONGEST_BLOCK)
        if _RUN.search(text, begin.end(), end) is None:
            continue  # somebody speaks about keys
        pattern = _WHOLE_LINE if closed else _RUN
        for match in pattern.finditer(text, begin.end(), end):
            yield Found(match.start(), match.end(), "private-key")

"""Cleans what a model wrote before anything looks at it: special tokens, hidden characters, line endings, loops."""

from __future__ import annotations

import re

# Special tokens of known model families and of most others; text from one on is not part of the answer.
_SPECIAL = re.compile(
    r"<\|[^\s|<>]{2,40}\|>|<｜[^\s<>]{2,40}｜>|</?(?:fim_|file_sep|repo_name|reponame|filename|gh_stars|jupyter_|issue_)\w*>"
    r"|<(?:PRE|SUF|MID|EOT|EOD|EOS|END)>|▁<(?:PRE|SUF|MID|EOT)>|</s>|<s>|<pad>|<unk>|<eos>|<bos>|\[(?:SUFFIX|PREFIX|MIDDLE|/?INST)\]"
    r"|^[ \t]*```\w*$",
    re.MULTILINE,
)
_SPECIAL_STARTS = ("<|", "<｜", "<fim", "</s", "<file", "<repo", "[SUF", "[PRE", "[MID", "[INST")
# Placeholders by which a model leaves code out.
PLACEHOLDER = re.compile(
    r"(?:\.\.\.|…)\s*(?:existing|rest of|remaining|your|previous)\b.*|\b(?:existing|rest of the) code\b.*(?:\.\.\.|…)",
    re.I,
)

_HIDDEN = re.compile(
    "[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f\u00ad\u061c\u180e\u200b\u200e\u200f\u2028\u2029"
    "\u202a-\u202e\u2060-\u2069\ufeff\ufff9-\ufffb\U000e0000-\U000e0fff\ud800-\udfff]"
)
_JOINERS = re.compile("(?<![^\u0000-\u007f])[\u200c\u200d]+")


def cut_special(text: str) -> tuple[str, bool]:
    """Return the text before the first special token or Markdown fence, and whether there was one."""
    found = _SPECIAL.search(text)
    return (text[: found.start()], True) if found else (text, False)


def hide_partial_special(text: str) -> str:
    """Return the text without an unfinished special token at its end, for a stream that stopped inside one."""
    at = text.rfind("<", max(len(text) - 40, 0))
    if at >= 0 and any(text.startswith(start, at) for start in _SPECIAL_STARTS) and ">" not in text[at:]:
        return text[:at]
    return text


def strip_hidden(text: str) -> str:
    """Remove characters that do not show: controls, bidi, zero-width, tags; joiners stay inside non-ASCII text."""
    if text.isascii() and text.isprintable():
        return text
    return _JOINERS.sub("", _HIDDEN.sub("", text))


def plain_newlines(text: str) -> str:
    """Return the text with LF for CRLF and CR."""
    return text.replace("\r\n", "\n").replace("\r", "\n") if "\r" in text else text


def loops_at_end(text: str) -> bool:
    """Return whether `text` ends in four equal pieces or more that are 48 characters together."""
    tail = text[-400:]
    for size in range(1, len(tail) // 4 + 1):
        copies = max(4, -(-48 // size))
        if any(char.isalnum() for char in tail[-size:]) and tail.endswith(tail[-size:] * copies):
            return True
    return False


def repeated_lines(lines: list[str]) -> int | None:
    """Return the index of the first line that a loop of lines at the end repeats for the second time, else None."""
    count = len(lines)
    for size in range(1, count // 2 + 1):
        block = [line.strip() for line in lines[count - size :]]
        if sum(len(line) for line in block) < 6:
            continue
        copies = 1
        while count >= size * (copies + 1) and _stripped(lines, count - size * (copies + 1), size) == block:
            copies += 1
        if copies >= 3 or (copies == 2 and sum(len(line) for line in block) >= 24):
            return count - size * (copies - 1)
    return None


def _stripped(lines: list[str], start: int, size: int) -> list[str]:
    return [line.strip() for line in lines[start : start + size]]

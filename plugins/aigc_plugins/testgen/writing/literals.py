"""Texts and numbers as people write them in source: double quotes, no invisible character, pieces that fit a line."""

from __future__ import annotations

import re
import unicodedata

_NAMED = {"\\": "\\\\", "\n": "\\n", "\r": "\\r", "\t": "\\t"}
_SPECIAL = re.compile(r"[.^$*+?{}\[\]|()\\]")
_MOST_ESCAPES = 8


def width_of(text: str) -> int:
    """Return how many columns a text takes; some characters take two, some none."""
    if text.isascii():
        return len(text)
    return sum(map(_columns, text))


def _columns(character: str) -> int:
    if unicodedata.category(character) in ("Mn", "Me", "Cf"):
        return 0
    return 2 if unicodedata.east_asian_width(character) in "WF" else 1


def quoted(value: str, *, ascii_only: bool = False) -> str:
    """Return a text as a string literal on one line."""
    quote = "'" if value.count('"') > value.count("'") else '"'
    return quote + "".join(_escaped(one, quote, ascii_only) for one in value) + quote


def _escaped(character: str, quote: str, ascii_only: bool) -> str:
    if character in _NAMED:
        return _NAMED[character]
    if character == quote:
        return "\\" + quote
    if character.isprintable() and (character.isascii() or not ascii_only):
        return character
    code = ord(character)
    if code < 0x100:
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"


def quoted_bytes(value: bytes) -> str:
    """Return bytes as a literal on one line."""
    quote = "'" if value.count(b'"') > value.count(b"'") else '"'
    return "b" + quote + "".join(_escaped(chr(one), quote, True) for one in value) + quote


def number(text: str) -> str:
    """Return a number's literal as formatters write it: digits of hexadecimal ones large, all other letters small."""
    text = text.lower()
    return "0x" + text[2:].upper() if text.startswith("0x") else text.replace("e+", "e")


def pieces(value: str, width: int, *, ascii_only: bool = False) -> list[str]:
    """Return a text in parts whose literals are at most `width` long where that can be: at newlines, else at spaces."""
    found: list[str] = []
    for line in re.findall(r"[^\n]*\n|[^\n]+$", value):
        part = ""
        for word in re.findall(r"[^ ]* +|[^ ]+$", line):
            if part and width_of(quoted(part + word, ascii_only=ascii_only)) > width:
                found.append(part)
                part = ""
            part += word
            while width_of(quoted(part, ascii_only=ascii_only)) > width and len(part) > 1:
                size = _fitting(part, width, ascii_only)
                found.append(part[:size])
                part = part[size:]
        if part:
            found.append(part)
    return found


def _fitting(text: str, width: int, ascii_only: bool) -> int:
    size = min(len(text) - 1, max(width - 2, 1))
    while size > 1 and width_of(quoted(text[:size], ascii_only=ascii_only)) > width:
        size -= 1
    return size


def pattern(message: str) -> str | None:
    """Return a raw string literal of the expression that a whole message matches; None if it would be unreadable."""
    if '"' in message or not message.isprintable() or len(_SPECIAL.findall(message)) > _MOST_ESCAPES:
        return None
    return 'r"^' + escaped(message) + '$"'


def escaped(message: str) -> str:
    """Return a regular expression for a text, with backslashes only where they are needed."""
    return _SPECIAL.sub(r"\\\g<0>", message)


def message_of(expression: str) -> str | None:
    """Return the message that a regular expression as `pattern` writes it stands for; None for other ones."""
    inner = expression.removeprefix("^").removesuffix("$")
    text = re.sub(r"\\(.)", r"\1", inner, flags=re.DOTALL)
    return text if expression == f"^{inner}$" and inner in (escaped(text), re.escape(text)) else None

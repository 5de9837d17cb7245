"""From the bytes of a source file to its text: byte order marks, UTF-8, PEP 263, UTF-16, Latin-1; or why not."""

from __future__ import annotations

import codecs
import re
from typing import NamedTuple

# The longer mark first: UTF-32 LE begins as UTF-16 LE does.
_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
# PEP 263, which editors read in other languages, too.
_DECLARED = re.compile(rb"^[ \t\f]*(?:#|//|/\*|--).*?coding[:=][ \t]*([-\w.]+)")
_BINARY = re.compile(rb"[\x00-\x06\x0e-\x1a\x1c-\x1f\x7f]")  # control characters that no source has
_CONTROL_SHARE = 0.003
_C1 = re.compile("[\x80-\x9f]")  # in a text read as Latin-1: it is no Latin-1


class Undecodable(NamedTuple):
    """Why bytes are no text that is taken: a reason as in `Rejected`, and a detail."""

    reason: str
    detail: str


class Decoded(NamedTuple):
    """A text without a byte order mark, and the encoding that it was in."""

    text: str
    encoding: str


def decode(data: bytes) -> Decoded | Undecodable:
    """Return the text of a file."""
    for mark, encoding in _MARKS:
        if data.startswith(mark):
            return _strict(data[len(mark) :], encoding)
    wide = _without_mark(data)
    if wide:
        return _strict(data, wide)
    if b"\0" in data or len(_BINARY.findall(data)) > _CONTROL_SHARE * len(data):
        return Undecodable("binary", "it has bytes that no text has")
    declared = _declaration(data)
    if declared and declared not in ("utf-8", "utf_8"):
        return _strict(data, declared)
    try:
        return Decoded(data.decode(), "utf-8")
    except UnicodeDecodeError as error:
        if declared:
            return Undecodable("encoding", f"it says it is UTF-8 and is not, at byte {error.start}")
    return _latin(data)


def _declaration(data: bytes) -> str:
    """Return what the first two lines say of the encoding, as Python calls it, or empty."""
    for line in data[:400].splitlines()[:2]:
        found = _DECLARED.match(line)
        if found:
            name = found[1].decode("ascii", "replace").lower()
            try:
                return codecs.lookup(name).name
            except LookupError:
                return "" if name.startswith("utf-8") else name
        if line.strip() and not line.lstrip().startswith((b"#", b"/", b"-")):
            break
    return ""


def _strict(data: bytes, encoding: str) -> Decoded | Undecodable:
    try:
        text = data.decode(encoding)
    except LookupError:
        return Undecodable("encoding", f"it says it is {encoding[:40]!a}, which is none of a text")
    except (UnicodeError, ValueError) as error:
        return Undecodable("encoding", f"it is no {encoding}: {getattr(error, 'reason', 'wrong bytes')}")
    if "\0" in text:
        return Undecodable("binary", f"as {encoding} it is no text")
    return Decoded(text.removeprefix("\ufeff"), encoding)


def _without_mark(data: bytes) -> str:
    """Return the UTF-16 that a text without a mark is in, judged by where its zero bytes are, or empty."""
    head = data[:2000]
    if len(head) < 8 or len(data) % 2 or b"\0" not in head:
        return ""
    even, odd, half = head[::2].count(0), head[1::2].count(0), len(head) / 2
    if odd > 0.7 * half and even == 0:
        return "utf-16-le"
    return "utf-16-be" if even > 0.7 * half and odd == 0 else ""


def _latin(data: bytes) -> Decoded | Undecodable:
    """Read what is no UTF-8: Latin-1, or Windows-1252 where it has what Latin-1 lacks."""
    text = data.decode("latin-1")
    if not _C1.search(text):
        return Decoded(text, "latin-1")
    try:
        return Decoded(data.decode("cp1252"), "cp1252")
    except UnicodeDecodeError:
        return Undecodable("encoding", "it is neither UTF-8 nor Latin-1 nor Windows-1252, and does not say what it is")

"""Finds the lines that a rule could apply to, with searches that cost next to nothing: most lines of code are none."""

from __future__ import annotations

from collections.abc import Iterable

Span = tuple[int, int]
LEAST_RUN = 20  # characters of a key
_LETTERS = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/_-="
_RUNS = bytes(code if code in _LETTERS else 32 for code in range(256))


def lines_with(text: str, hints: Iterable[str], searched: str = "") -> list[Span]:
    """Return the lines of `text` that hold one of the hints, as offsets, in order and each once.

    `searched` is a text of the same length that is searched instead, such as `lowered(text)`.
    """
    where = searched or text
    found: set[Span] = set()
    for hint in hints:
        at = where.find(hint)
        while at >= 0:
            span = line_at(text, at)
            found.add(span)
            at = where.find(hint, span[1])
    return sorted(found)


def line_at(text: str, at: int) -> Span:
    """Return the line that an offset lies in, without its end."""
    end = text.find("\n", at)
    return text.rfind("\n", 0, at) + 1, len(text) if end < 0 else end


def lowered(text: str) -> str:
    """Return a text in lower case, of the same length, which `str.lower` does not promise beyond ASCII."""
    return text.lower() if text.isascii() else text.translate(_LOWER)


_LOWER = {code: code + 32 for code in range(ord("A"), ord("Z") + 1)}


def long_runs(text: str, least: int = LEAST_RUN) -> list[Span]:
    """Return the runs of at least `least` letters, digits and `+/_-=` of ASCII, as offsets, in order."""
    # Splitting bytes is several times faster than a regular expression, which tries again at each character.
    words = text.encode("latin-1", "replace").translate(_RUNS).split()
    found: list[Span] = []
    at = 0
    for word in [word for word in words if len(word) >= least]:
        at = text.find(word.decode("ascii"), at)
        found.append((at, at + len(word)))
        at += len(word)
    return found

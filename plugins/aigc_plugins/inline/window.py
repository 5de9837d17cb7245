"""Chooses which part of a file goes into a prompt. Its start is anchored: a keystroke finds its prefix cached."""

from __future__ import annotations

from aigc_plugins.inline.clean import plain_newlines, strip_hidden
from aigc_plugins.syntax import Language

_STEPS = 6  # the anchor moves once in so many parts of the window, not at every key


def anchor(language: Language, text: str, offset: int, max_chars: int) -> int:
    """Return where the prefix starts: a definition boundary at most `max_chars` before `offset`, else a line.

    It depends only on the text before it and on which of the fixed steps the cursor is in, so typing moves it rarely.
    """
    if offset <= max_chars:
        return 0
    step = max(max_chars // _STEPS, 1)
    low = -(-(offset - max_chars) // step) * step
    high = min(low + step, offset)
    starts = language.definitions(text, low, high)
    if starts:
        return next((at for at in starts if not text[at].isspace()), starts[0])
    line = text.find("\n", low, high)
    return line + 1 if line >= 0 else low


def prefix_text(language: Language, text: str, offset: int, max_chars: int) -> str:
    """Return the text from the anchor up to the cursor, LF only; nothing is trimmed off its end."""
    return strip_hidden(plain_newlines(text[anchor(language, text, offset, max_chars) : offset]))


def suffix_text(text: str, offset: int, max_chars: int) -> str:
    """Return about `max_chars` of the text after the cursor, LF only, whole lines where there are several."""
    piece = text[offset : offset + max_chars]
    if offset + max_chars < len(text) and "\n" in piece:
        piece = piece[: piece.rfind("\n") + 1]
    return strip_hidden(plain_newlines(piece))

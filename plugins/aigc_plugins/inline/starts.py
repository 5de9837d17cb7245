"""How a missing line may begin, told by the text below: names used there without a value, a block without its head.

A model that sees only the text above cannot know them. What becomes of such a beginning, and whether it is better than
what the model says by itself, is for who asks.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from aigc_plugins.inline.scan import code_of
from aigc_plugins.inline.situation import Situation, indent_width
from aigc_plugins.syntax import Language

_BELOW = 600  # characters of the text below that are looked at
_MOST_NAMES = 3
_NAME = re.compile(r"(?<![\w.$@])[A-Za-z_]\w*(?!\w)")
_WORDS = re.compile(r"\w+")
_GIVEN_BEFORE = re.compile(
    r"\b(?:for|def|fn|func|function|class|struct|import|from|with|let|const|var|local|auto|as|catch|lambda)\b[^=;{]*$"
)
_GIVEN_AFTER = re.compile(r"\s*(?:,\s*\w+\s*)*(?::?=(?!=)|:=)")


def starts(at: Situation, before: str, after: str) -> tuple[str, ...]:
    """Return beginnings of a whole line, with their indentation; none where the cursor stands in a line's text.

    `before` and `after` are the text around the cursor. The likeliest first.
    """
    if not at.fresh or at.content != "code" or at.in_brackets or not at.after or at.before_text:
        return ()
    names = missing_names(at.language, before, after)
    needs_header = at.following is not None and at.following > _deepest(at)
    found = _headers(at.language, names) if needs_header else _declarations(at.language, names)
    lead = _lead(at, header=needs_header)
    return tuple(dict.fromkeys(lead + start for start in found)) if lead is not None else ()


def missing_names(language: Language, before: str, after: str) -> tuple[str, ...]:
    """Return names that the code below uses before it gives them a value, and that do not occur in the code above."""
    known = {*_WORDS.findall(_code(language, before)), *(language.reserved if language.has_grammar else ())}
    below = _code(language, after[:_BELOW])
    found: list[str] = []
    for match in _NAME.finditer(below):
        name = match.group()
        if name in known:
            continue
        known.add(name)
        line_start = below.rfind("\n", 0, match.start()) + 1
        called = below.startswith("(", match.end())
        given = _GIVEN_BEFORE.search(below, line_start, match.start()) or _GIVEN_AFTER.match(below, match.end())
        looped = re.search(rf"\bfor\b[^\n]*?\b{name}\b[^\n]*?\b(?:in|of|range)\b", below[match.start() :])
        if not (called or given or looped):
            found.append(name)
    return tuple(found[:_MOST_NAMES])


def _code(language: Language, text: str) -> str:
    """Return the text without comments and the contents of strings, line by line."""
    for quotes in language.multiline_quotes:
        text = re.sub(f"{re.escape(quotes)}.*?(?:{re.escape(quotes)}|\\Z)", "", text, flags=re.DOTALL)
    return "\n".join(code_of(line, language) for line in text.split("\n"))


def _deepest(at: Situation) -> int:
    if at.deeper:
        return indent_width(at.above) + len(at.unit.expandtabs(4))
    return at.indents[-1] if at.indents else 0


def _lead(at: Situation, *, header: bool) -> str | None:
    """Return the indentation that is missing before the new line, None where there is too much of it already."""
    width = _deepest(at)
    if not header and not at.deeper and at.following in at.indents:
        width = at.following or 0
    missing = width - len(at.left.expandtabs(4))
    if missing < 0:
        return None
    return "\t" * (missing // 4) if at.unit == "\t" else " " * missing


def _headers(language: Language, names: tuple[str, ...]) -> Iterator[str]:
    if language.loop and names:
        several = [names[:1], names[:2], names[:2][::-1]] if len(names) > 1 else [names[:1]]
        for some in several:
            yield language.loop.format(names=", ".join(some))
        yield language.loop.format(names=f"i, {names[0]}") if language.style == "indent" else language.headers[0]
    yield from language.headers


def _declarations(language: Language, names: tuple[str, ...]) -> Iterator[str]:
    if language.declare:
        for name in names:
            yield language.declare.format(name=name)

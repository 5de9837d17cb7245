"""Reads what is around the cursor: the definitions it stands in, and which names are used near. It resolves nothing.

Everything goes by lines and indentation, not by the syntax tree: half-typed code must not change what a line needs.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from aigc_plugins.context.words import chains, names
from aigc_plugins.inline.situation import indent_width
from aigc_plugins.syntax import PLAIN, Language
from aigc_plugins.text import line_span

if TYPE_CHECKING:
    from aigc_plugins.document import Snapshot

Chain = tuple[str, ...]

_LOOK_BACK = 24_000  # characters above the cursor in which its definitions are looked for
_ABOVE, _BELOW = 60, 15  # lines on each side whose names count
_WIDEST = 1000  # characters of the line on each side that are looked at
_NEAR = 12  # lines above that count more
_HEADER_LINES = 6  # of the innermost definition: its parameters and documentation
_HERE, _CLOSE, _HEADER, _OUTER, _FAR = 4.0, 2.5, 2.0, 1.5, 0.4  # weights of a name by where it stands


@dataclass(frozen=True, slots=True)
class Place:
    """A cursor in a document. `scope` holds the first lines of the definitions around it, the outermost first.

    `chains` says how much each dotted name near the cursor weighs; `line` is the whole line, `typed` the half-typed
    word left of the cursor.
    """

    language: Language
    text: str
    offset: int
    number: int
    line: str
    typed: str
    scope: tuple[str, ...]
    scope_start: int
    chains: dict[Chain, float]
    words: tuple[str, ...]


class Spot(NamedTuple):
    """A line, known by its number and the line above it, and the definitions around it.

    These are their first lines without parameters, which are typed while the cursor is inside.
    """

    line: tuple[int, str]
    scope: tuple[str, ...]


def read_place(snapshot: Snapshot, offset: int) -> Place:
    """Return what is around `offset` (code points) of a snapshot."""
    text = snapshot.text
    offset = min(max(offset, 0), len(text))
    language = snapshot.language or PLAIN
    start, end = line_span(text, offset)
    line = text[max(start, offset - _WIDEST) : min(end, offset + _WIDEST)]
    typed = _tail(text[start:offset])
    low = max(start - _LOOK_BACK, 0)
    above = _lines(text[low:start])
    below = _lines(text[end : end + 4000])[1 : _BELOW + 1]
    scope, scope_line = _scope(language, above, line, text[start:offset])
    weights: dict[Chain, float] = {}
    for piece, weight in _weighted(language, above, scope, scope_line, line, below):
        for chain in chains(piece):
            weights[chain] = weights.get(chain, 0.0) * 0.5 + weight
    if typed and (typed,) in weights and line.count(typed) == 1:
        weights[(typed,)] = min(weights[(typed,)], _FAR)  # not a name yet
    depth = len(above) - scope_line if scope else 0
    scope_start = start - sum(len(one) + 1 for one in above[len(above) - depth :]) if scope else 0
    return Place(
        language,
        text,
        offset,
        text.count("\n", 0, start),
        line,
        typed,
        scope,
        max(scope_start, 0),
        weights,
        _words(above, scope_line if scope else None, line),
    )


def read_spot(snapshot: Snapshot, offset: int) -> Spot:
    """Return which line `offset` is in, and in which definitions; the quick part of `read_place`."""
    text = snapshot.text
    start, end = line_span(text, offset)
    above = _lines(text[max(start - _LOOK_BACK, 0) : start])
    scope, _ = _scope(snapshot.language or PLAIN, above, text[start:end], text[start:offset])
    line = (text.count("\n", 0, start), above[-1] if above else "")
    return Spot(line, tuple(header.split("(", 1)[0].strip() for header in scope))


def _lines(text: str) -> list[str]:
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    return lines[:-1] if lines and not lines[-1] else lines


def _tail(left: str) -> str:
    at = len(left)
    while at > 0 and (left[at - 1].isalnum() or left[at - 1] == "_"):
        at -= 1
    return left[at:]


def _scope(language: Language, above: list[str], line: str, left: str) -> tuple[tuple[str, ...], int]:
    """Return the headers of the definitions around, and the index in `above` of the innermost one."""
    indent = indent_width(line) if line.strip() else _fresh_indent(language, above, left)
    found: list[str] = []
    innermost = len(above)
    for number in range(len(above) - 1, -1, -1):
        if indent == 0:
            break
        one = above[number]
        lead = one.lstrip()
        if not lead or lead[0] == "@" or indent_width(one) >= indent:
            continue
        if language.matches("definition", one):
            found.append(one.strip())
            innermost = number if len(found) == 1 else innermost
            indent = indent_width(one)
        elif indent_width(one) == 0 and language.style != "brace" and lead[0] not in ")]}":
            break
    return tuple(reversed(found)), innermost


def _fresh_indent(language: Language, above: list[str], left: str) -> int:
    """Return the indent of a blank line; one without any goes on as the line above does, if that is not blank too."""
    if left or not above or not above[-1].strip():
        return indent_width(left)
    return indent_width(above[-1]) + language.matches("opener", above[-1].rstrip())


def _weighted(
    language: Language, above: list[str], scope: tuple[str, ...], scope_line: int, line: str, below: list[str]
) -> list[tuple[str, float]]:
    """Return the pieces of text whose names count, with what they count, the lightest first."""
    pieces = [(one, _FAR) for one in below]
    first = max(len(above) - _ABOVE, 0)
    for number in range(first, len(above)):
        distance = len(above) - number
        near = distance <= _NEAR and (not scope or number >= scope_line or distance <= 3)
        pieces.append((above[number], _CLOSE / (1 + 0.12 * distance) if near else _FAR))
    pieces += [(one, _OUTER) for one in scope[:-1]]
    if scope:
        pieces += [(one, _HEADER) for one in above[scope_line : scope_line + 2]]
    pieces.append((line, _HERE))
    mark = language.line_comment
    return [(piece, weight) for piece, weight in pieces if not mark or not piece.lstrip().startswith(mark)]


def _words(above: list[str], scope_line: int | None, line: str) -> tuple[str, ...]:
    """Return the names that say what happens here, the nearest first: this line's, those above, the definition's."""
    found = names(line)
    for one in reversed(above[-8:]):
        found += names(one)
    if scope_line is not None:
        for one in above[scope_line : scope_line + _HEADER_LINES]:
            found += names(one)
    return tuple(dict.fromkeys(found))

"""Where a middle lies: whole syntax nodes, line ends as an editor produces them, random characters."""

from __future__ import annotations

import random
import re
from bisect import bisect_right
from dataclasses import dataclass
from typing import TYPE_CHECKING

from aigc_finetune.augment.source import Source
from aigc_plugins.syntax import ancestors

if TYPE_CHECKING:
    import tree_sitter

_TRIES = 12  # positions tried before a file counts as having no such middle
_MOST_LINES = 8
_TOKEN = re.compile(r"\w+|[^\w\s]+")
_CLOSERS = re.compile(r"[)\]}\"',:;]*$")


@dataclass(frozen=True, slots=True)
class Middle:
    """The characters [start, end) of a source, never only white space. `kind` is `node`, `line`, `lines` or `span`."""

    kind: str
    start: int
    end: int


def node_middle(source: Source, rng: random.Random, most: int) -> Middle | None:
    """Return a whole node of the syntax tree with at most `most` characters (Gong et al. 2025, AST-FIM).

    A random character chooses the branch, so that code of each depth is met by its length. Of the nodes above it, from
    a token to the largest block that fits, one is chosen with the logarithm of its length as weight.
    """
    root = source.root
    if root is None:
        return None
    for _ in range(_TRIES):
        byte = source.byte_of(rng.randrange(len(source.text)))
        leaf = root.descendant_for_byte_range(byte, byte + 1)
        spans: dict[tuple[int, int], None] = {}
        for node in ancestors(leaf):
            if node.end_byte - node.start_byte > 4 * most or node.parent is None:
                break
            span = _usable(source, node, most)
            if span is not None:
                spans[span] = None
        if spans:
            found = list(spans)
            start, end = rng.choices(found, [(last - first).bit_length() for first, last in found])[0]
            return Middle("node", start, end)
    return None


def _usable(source: Source, node: tree_sitter.Node, most: int) -> tuple[int, int] | None:
    """Return the span of a node that can be a middle: named, sound, more than a character."""
    if not node.is_named or node.has_error or node.is_missing:
        return None
    start, end = source.offset_of(node.start_byte), source.offset_of(node.end_byte)
    if not 2 <= end - start <= most or not source.text[start:end].strip():
        return None
    return start, end


def line_middle(source: Source, rng: random.Random, most: int) -> Middle | None:
    """Return a middle that ends with a line, as an editor asks for it.

    Half begin before the indentation (else a model at the start of a line writes a new definition: Falcon-H1-Tiny),
    the others behind it, behind a token, or inside a word. Some leave out what editors close by themselves, some go on
    over several lines.
    """
    starts = source.line_starts
    for _ in range(_TRIES):
        number = bisect_right(starts, rng.randrange(len(source.text))) - 1
        start = starts[number]
        end = starts[number + 1] - 1 if number + 1 < len(starts) else len(source.text)
        if not source.text[start:end].strip():
            continue
        kind = "line"
        if rng.random() < 0.2:
            last = min(number + rng.randint(1, _MOST_LINES), len(starts) - 1)
            longer = starts[last + 1] - 1 if last + 1 < len(starts) else len(source.text)
            longer = start + len(source.text[start:longer].rstrip())
            kind, end = ("lines", longer) if longer > end else (kind, end)
        begin = _cursor(source.text, start, end if kind == "line" else source.text.index("\n", start), rng)
        if kind == "line" and rng.random() < 0.1:
            end = _before_closers(source.text, begin, end)
        if 0 < end - begin <= most and source.text[begin:end].strip():
            return Middle(kind, begin, end)
    return None


def _cursor(text: str, start: int, end: int, rng: random.Random) -> int:
    """Return where in the line [start, end) the cursor stands."""
    line = text[start:end]
    indentation = len(line) - len(line.lstrip())
    choice = rng.random()
    if choice < 0.5:
        return start
    if choice < 0.65:
        return start + indentation
    tokens = [found.span() for found in _TOKEN.finditer(line)]
    if not tokens:
        return start + indentation
    first, last = rng.choice(tokens)
    if choice < 0.85:
        # Behind the token; half of the time behind the space that follows, as after `=`.
        behind = last + 1 if line[last : last + 1] == " " and rng.random() < 0.5 else last
        return start + (behind if behind < len(line.rstrip()) else first)
    return start + (rng.randrange(first + 1, last) if last - first > 1 else first)


def _before_closers(text: str, begin: int, end: int) -> int:
    """Return the end of the line without the brackets and quotes at its end, which editors write by themselves."""
    found = _CLOSERS.search(text, begin, end)
    return found.start() if found is not None and found.start() > begin else end


def span_middle(source: Source, rng: random.Random, most: int) -> Middle | None:
    """Return random characters (Bavarian et al. 2022: what makes random spans work); short ones are as likely as long.

    The length is drawn evenly on a logarithmic scale.
    """
    length = len(source.text)
    for _ in range(_TRIES):
        size = min(int(2 ** rng.uniform(0, max(most, 2).bit_length() - 0.001)), most, length)
        start = rng.randint(0, length - size)
        if source.text[start : start + size].strip():
            return Middle("span", start, start + size)
    return None


def tail_middle(source: Source, rng: random.Random, most: int) -> Middle | None:
    """Return the rest of the file from a line near its end on: nothing, or white space only, stands behind it."""
    end = len(source.text.rstrip())
    starts = [at for at in source.line_starts[-_MOST_LINES * 2 :] if 0 < end - at <= most]
    return Middle("line", rng.choice(starts), end) if starts else None

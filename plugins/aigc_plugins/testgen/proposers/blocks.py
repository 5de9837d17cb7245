"""Finds the examples in documentation: doctests, and blocks of code whose comments say what comes of them."""

from __future__ import annotations

import ast
import re
import textwrap
import tokenize
from collections.abc import Iterator
from dataclasses import dataclass
from io import StringIO

from aigc_plugins.testgen.proposers import promises

_FENCE = re.compile(r"^( *)(```+|~~~+) *(?:python|py|pycon|python3)?[^\S\n]*\n(.*?)^\1\2 *$", re.MULTILINE | re.DOTALL)
_HEADING = re.compile(
    r"^( *)(?:Examples?|Usage|Example usage|Usage examples?|For example|E\.g\.|e\.g\.)"
    r"(?: *::?|(?= *\n *[-=~^]{3,} *$))[^\S\n]*$",
    re.MULTILINE,
)
_LITERAL = re.compile(r"^( *)(?:\.\. +(?:code-block|code|sourcecode|ipython)::.*|(?!\.\.).*::)[^\S\n]*$", re.MULTILINE)
_ARROW = re.compile(r"\s*(?:=>|->|→|⇒|==>|\breturns\b|\bgives\b)\s*")
_RULE = re.compile(r" *[-=~^]{3,} *$")


@dataclass(frozen=True, slots=True)
class Example:
    """A statement of an example, with the text that documentation says comes of it, or the exception's name.

    `loose` tells that the text's blanks and line ends are not meant.
    """

    node: ast.stmt
    want: str = ""
    raises: str = ""
    loose: bool = False


def doctests(text: str) -> list[list[Example]]:
    """Return the doctests in a documentation's text: they share their names, so they are one list."""
    if ">>>" not in text:
        return []
    from doctest import NORMALIZE_WHITESPACE, SKIP, DocTestParser

    try:
        found = DocTestParser().get_examples(text)
    except ValueError:  # indented such that doctest refuses it
        return []
    examples = []
    for one in found:
        nodes = _statements(one.source)
        promised = not one.options.get(SKIP, False)  # else nobody ever saw whether it holds
        raises = promises.exception(one.exc_msg) if one.exc_msg and promised else ""
        want = "" if one.exc_msg or not promised else one.want
        loose = one.options.get(NORMALIZE_WHITESPACE, False)
        examples += [*map(Example, nodes[:-1]), *(Example(node, want, raises, loose) for node in nodes[-1:])]
    return [examples]


def code_blocks(text: str) -> list[list[Example]]:
    """Return the examples in the blocks of code of a documentation's text, without doctests."""
    found = [_commented(one) or _arrows(one) for one in dict.fromkeys(_blocks(text)) if ">>>" not in one]
    return [one for one in found if one]


def _blocks(text: str) -> Iterator[str]:
    for match in _FENCE.finditer(text):
        yield textwrap.dedent(match[3])
    lines = text.splitlines()
    for pattern in (_HEADING, _LITERAL):
        for match in pattern.finditer(text):
            first = text.count("\n", 0, match.start()) + 1
            yield from _indented(lines[first:], len(match[1]))


def _indented(lines: list[str], depth: int) -> Iterator[str]:
    """Yield the block below a heading: what is indented more, or, under a ruled heading, as much."""
    if lines and _RULE.match(lines[0]):
        lines, depth = lines[1:], depth - 1
    taken: list[str] = []
    for line, following in zip(lines, [*lines[1:], ""], strict=True):
        if _RULE.match(following):
            break
        if line.strip() and len(line) - len(line.lstrip()) <= depth:
            break
        if not re.match(r"\s*:\w+:", line):  # an option of a directive
            taken.append(line)
    block = textwrap.dedent("\n".join(taken)).strip("\n")
    if block:
        yield block


def _commented(block: str) -> list[Example]:
    """Return the statements of a block that is Python, with what the comments after them say."""
    nodes = _statements(block)
    comments = _comments(block) if nodes else {}
    examples = []
    for place, node in enumerate(nodes):
        last = node.end_lineno or node.lineno
        following = nodes[place + 1].lineno if place + 1 < len(nodes) else last + 2
        said = comments.get(last, "") or (comments.get(last + 1, "") if last + 1 < following else "")
        want, raises = promises.comment(said) if said else ("", "")
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Compare) and not said:
            want = "True"  # what else would it stand there for
        examples.append(Example(node, want, raises))
    return examples


def _arrows(block: str) -> list[Example]:
    """Return the lines of a block that are a call, an arrow and a value."""
    examples = []
    for line in block.splitlines():
        parts = _ARROW.split(line.strip(" \t*-`"), maxsplit=1)
        nodes = _statements(parts[0].strip("` ")) if len(parts) == 2 else []
        if len(nodes) == 1 and isinstance(nodes[0], ast.Expr):
            want, raises = promises.comment(f"# => {parts[1].strip('` ')}")
            examples.append(Example(nodes[0], want, raises))
    return examples


def _statements(source: str) -> list[ast.stmt]:
    try:
        return ast.parse(source).body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return []


def _comments(block: str) -> dict[int, str]:
    """Return the comments of a block by line."""
    try:
        tokens = list(tokenize.generate_tokens(StringIO(block).readline))
    except (tokenize.TokenError, SyntaxError):
        return {}
    return {one.start[0]: one.string for one in tokens if one.type == tokenize.COMMENT}

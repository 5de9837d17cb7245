"""Makes texts that code may look for: from its own literals, from its regular expressions, and the usual special cases.

Everything comes from one random generator, so that the same generator gives the same texts.
"""

from __future__ import annotations

import random
import re
import string
import time
from collections.abc import Sequence
from re import _parser  # type: ignore[attr-defined]
from typing import Any

USUAL = (
    "", "a", "b", "abc", "Hello World", " padded ", "1", "42", "-3", "3.5", "a,b,c", "key=value", "x: y", "UPPER",
    "été", "a b", "line\nbreak", "tab\t", "snake_case", "camelCase", "kebab-case", "a/b/c.txt", "user@example.org",
    "[x]", "(a)", "true", "no", "%", "aaa", "2024-02-29", "#", "0x1f", "a.b.c", "'q'", "{}", '{"a": [1, 2.5, null]}',
    "1.2.3", "https://example.org/a?b=1#c", "<a href='b'>c</a>", "one two three four", "# title\n\ntext\n", "12:30",
    "a: 1\nb: 2\n", "*", "?", "!a", "a/**/b", "\\", "-", "--name", "/", "x=1;y=2", "$a", "1e5", "nan", "\u0660", "\0",
)  # fmt: skip
_BY_NAME: tuple[tuple[str, tuple[str, ...]], ...] = (
    (r"path|file|dir|folder", ("a.txt", "a/b.py", "/x/y", "../up", ".", "a/b/c.tar.gz")),
    (r"url|uri|link|host|domain", ("https://example.org/a?b=1#c", "example.org", "http://u:p@h:80/x", "/a/b")),
    (r"version|spec|release", ("1.0", "1.2.3", ">=1.0,<2", "2.0rc1", "1!2.0.post1.dev3+local", "v3")),
    (r"mail", ("user@example.org", "bad", "a.b+c@d.co")),
    (r"date|time|day", ("2024-02-29", "2024-02-29T12:30:00", "12:30", "31/12/2023")),
    (r"json", ('{"a": 1}', "[1, 2]", "null", "{")),
    (r"html|xml|markup", ("<a>b</a>", "<p class='x'>text</p>", "a &amp; b", "<br/>")),
    (r"name|key|ident|attr", ("name", "a_b", "B", "x1", "_private")),
    (r"code|source|text|src", ("x = 1\n", "def f(a):\n    return a\n", "a\n\nb  c\n", "import os\n")),
    (r"pattern|regex|glob", ("*.py", "a*", "[a-z]+", "**/b", "!x", r"\d+")),
    (r"fmt|format|template", ("{}", "%s", "{0:>5}", "%Y-%m-%d", "$name", "{a}")),
    (r"color|colour", ("red", "#ff0000", "#abc", "ansired")),
    (r"mode", ("r", "w", "rb", "strict")),
    (r"encoding|charset|codec", ("utf-8", "ascii", "latin-1")),
    (r"sep|delim|char|quote", (",", ";", " ", "'", '"', "\n")),
)
_LETTERS = "abcABC019 _-.,:;=/\\'\"()[]{}\n\té"
_CATEGORIES = {
    "CATEGORY_DIGIT": "0123456789", "CATEGORY_SPACE": " \t\n", "CATEGORY_WORD": "abzAZ09_",
    "CATEGORY_NOT_DIGIT": "ab -", "CATEGORY_NOT_SPACE": "ab1-", "CATEGORY_NOT_WORD": " -.,",
}  # fmt: skip
# Of other scripts and directions, combining, wide, joined, of several digits and cases.
_WIDE = "ßéİΩжאبあア中ﬁＡ٣²½\u0301\u200c\u200d\u2028\u00a0😀"
_LONGEST = 200
_FIXED = time.struct_time((2024, 2, 29, 12, 30, 5, 3, 60, 0))


def fragments(literals: Sequence[Any]) -> tuple[str, ...]:
    """Return the pieces that texts among literals consist of: words, and what stands between them."""
    found: dict[str, None] = {}
    for one in literals:
        if isinstance(one, str) and 1 < len(one) <= _LONGEST:
            for piece in re.findall(r"\w+|[^\w\s]+|\s+", one)[:20]:
                found.setdefault(piece)
    return tuple(found)


def by_name(name: str) -> tuple[str, ...]:
    """Return texts that a parameter of this name is likely to take."""
    return tuple(text for pattern, texts in _BY_NAME if re.search(pattern, name.lower()) for text in texts)


def formatted(template: str) -> str:
    """Return an example of a template with the directives of `strftime`, empty where it has none."""
    if not re.search(r"%[YmdHMSjybBaAp]", template):
        return ""
    try:
        return time.strftime(template, _FIXED)
    except ValueError:
        return ""


class Texts:
    """Makes texts: `literals` are those of the code, `patterns` the regular expressions that it uses."""

    def __init__(self, generator: random.Random, literals: Sequence[str], patterns: Sequence[re.Pattern[Any]]) -> None:
        self._random = generator
        self.literals = [one for one in dict.fromkeys(literals) if len(one) <= _LONGEST]
        self.dynamic: list[str] = []
        self.characters: list[str] = []
        self._pieces = fragments(self.literals)
        self._patterns = patterns
        self._parsed: dict[re.Pattern[Any], Any] = {}
        self._examples = [text for one in self.literals if (text := formatted(one))]

    def one(self, name: str = "") -> str:
        """Return some text, for a parameter of this name."""
        way = self._random.random()
        if way < 0.16 and self.literals:
            return self._random.choice(self.literals)
        if way < 0.28 and self.dynamic:
            return self._random.choice(self.dynamic)
        if way < 0.42 and self._patterns:
            return self.matching(self._random.choice(self._patterns))
        if way < 0.52 and (likely := by_name(name)):
            return self._random.choice(likely)
        if way < 0.68:
            return self.composed()
        if way < 0.72:
            return self.lines()
        if way < 0.75 and self._examples:
            return self._random.choice(self._examples)
        if way < 0.93:
            return self._random.choice(USUAL)
        return "".join(self._random.choice(_LETTERS) for _ in range(self._random.randint(0, 12)))

    def piece(self) -> str:
        """Return a short text to put into another one."""
        way = self._random.random()
        if way < 0.3 and self._pieces:
            return self._random.choice(self._pieces)
        if way < 0.45 and self.literals:
            return self._random.choice(self.literals)
        if way < 0.6 and self.dynamic:
            return self._random.choice(self.dynamic)
        if way < 0.7 and self._patterns:
            return self.matching(self._random.choice(self._patterns))[:40]
        if way < 0.78:
            return self._random.choice(self.characters or _WIDE)
        if way < 0.82:
            return self._random.choice(_WIDE)
        return self._random.choice(_LETTERS)

    def composed(self) -> str:
        """Return a few pieces beside each other: what small languages are made of."""
        words = (*(self._pieces or USUAL), *self.literals[:20])
        made = []
        for _ in range(self._random.randint(1, 6)):
            made.append(self._random.choice(words) if self._random.random() < 0.6 else self.piece())
            if self._random.random() < 0.3:
                made.append(self._random.choice((" ", "\n", "a", "1", ".", ",")))
        return "".join(made)[:_LONGEST]

    def lines(self) -> str:
        """Return some lines, indented more or less, some of them empty."""
        indent = self._random.choice(("", "", "  ", "    ", "\t"))
        made = []
        for _ in range(self._random.randint(1, 4)):
            text = self.piece() + self._random.choice(("", " ", "a", " b"))
            made.append(self._random.choice(("", " ", indent + text, indent + text, indent + "  " + text, text)))
        return "\n".join(made) + self._random.choice(("", "\n"))

    def matching(self, pattern: re.Pattern[Any]) -> str:
        """Return a text that a regular expression is likely to match; look-around is not obeyed."""
        try:
            if pattern not in self._parsed:
                text = pattern.pattern if isinstance(pattern.pattern, str) else pattern.pattern.decode("latin-1")
                self._parsed[pattern] = _parser.parse(text, pattern.flags & ~re.DEBUG & ~re.LOCALE)
            made: list[str] = []
            self._emit(self._parsed[pattern], made, {}, 0)
            return "".join(made)[:_LONGEST]
        except (re.error, RecursionError, ValueError, OverflowError):
            return ""

    def _emit(self, parsed: Any, made: list[str], groups: dict[int, str], depth: int) -> None:
        for operator, argument in parsed:
            if len(made) > _LONGEST:
                return
            name = str(operator)
            if name in ("MAX_REPEAT", "MIN_REPEAT", "POSSESSIVE_REPEAT"):
                low, high, inner = argument
                most = min(int(high), low + 3)
                count = self._random.choice((low, most, self._random.randint(low, most)))
                for _ in range(count):
                    self._emit(inner, made, groups, depth + 1)
            elif name == "BRANCH":
                self._emit(self._random.choice(argument[1]), made, groups, depth + 1)
            elif name in ("SUBPATTERN", "ATOMIC_GROUP"):
                before = len(made)
                self._emit(argument[-1] if name == "SUBPATTERN" else argument, made, groups, depth + 1)
                if name == "SUBPATTERN" and argument[0] is not None:
                    groups[argument[0]] = "".join(made[before:])
            else:
                made.append(self._single(name, argument, groups))

    def _single(self, name: str, argument: Any, groups: dict[int, str]) -> str:
        if name == "LITERAL":
            return chr(argument)
        if name == "NOT_LITERAL":
            return self._other({chr(argument)})
        if name == "ANY":
            return self._random.choice("abx1 .")
        if name == "GROUPREF":
            return groups.get(argument, "")
        if name == "IN":
            return self._of_set(argument)
        return ""

    def _of_set(self, items: Any) -> str:
        negated = str(items[0][0]) == "NEGATE"
        chars: list[str] = []
        for operator, argument in items[1:] if negated else items:
            name = str(operator)
            if name == "LITERAL":
                chars.append(chr(argument))
            elif name == "RANGE":
                low, high = argument
                chars += [chr(low), chr(high), chr(self._random.randint(low, high))]
            elif name == "CATEGORY":
                chars += _CATEGORIES.get(str(argument), "a")
        if negated:
            return self._other(set(chars))
        return self._random.choice(chars) if chars else ""

    def _other(self, excluded: set[str]) -> str:
        return self._random.choice([one for one in "abx1 .-_" + string.punctuation if one not in excluded] or [""])

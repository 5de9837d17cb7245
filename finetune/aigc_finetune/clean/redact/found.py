"""What a rule finds, and what can be said of a value by itself: random or a word, a placeholder or not."""

from __future__ import annotations

import re
from itertools import pairwise
from typing import NamedTuple

from aigc_plugins.index.secrets import entropy


class Found(NamedTuple):
    """A piece of text, [start, end), to be replaced. `personal`: the replacement is a whole value, not a mark."""

    start: int
    end: int
    kind: str
    replacement: str = ""  # empty: a mark that names the kind


_TEMPLATE = re.compile(r"[\W_xX]*|.*(?:\{.*\}|\$\{|\$\w|%\(|%s|<[\w -]+>|\.\.\.|\[\w+\]|(?:x|X|\*|0){6,}).*", re.DOTALL)
_STAND_IN = re.compile(r"(?i)example|placeholder|dummy|change.?me|your[_-]|redacted|foobar|sample|optional|required")
_WORDS = re.compile(r"[^\W\d]+(?:[ _.:/\-][^\W\d]+)*|(?:[A-Z]?[a-z]{3,}\d{0,2})+|[A-Z]{2,}(?:_(?:[A-Z]+|\d{1,3}))*")
_HEX = re.compile(r"(?:0x)?[0-9a-fA-F]+")
_UUID = re.compile(r"[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}", re.IGNORECASE)


def is_placeholder(value: str) -> bool:
    """Tell whether a value stands for another: `xxxx`, `{password}`, `<token>`, `your-key`, `redacted-key`."""
    if _TEMPLATE.fullmatch(value) is not None:
        return True
    return _STAND_IN.search(value) is not None and is_words(value)


def is_words(value: str) -> bool:
    """Tell whether a value is made of words as names are: `user_name`, `some.module`, `camelCase`, `CONSTANT_2`."""
    return _WORDS.fullmatch(value) is not None


def is_hex(value: str) -> bool:
    """Tell whether a value is a hexadecimal number or a UUID, as checksums and ids are."""
    return _HEX.fullmatch(value) is not None or _UUID.fullmatch(value) is not None


def is_random(value: str, least: int = 16) -> bool:
    """Tell whether a value looks as if it came from a random generator.

    Random characters change between upper case, lower case and digits at every other place; words do not.
    """
    if len(value) < least or not any(map(str.isdigit, value)) or " " in value or "," in value:
        return False
    if is_words(value) or is_placeholder(value):
        return False
    if is_hex(value):
        return entropy(value) >= 2.8
    turns = sum(_class(left) != _class(right) for left, right in pairwise(value))
    return entropy(value) >= 3.2 and turns >= 0.25 * len(value)


def _class(char: str) -> int:
    return 0 if char.islower() else 1 if char.isupper() else 2 if char.isdigit() else 3

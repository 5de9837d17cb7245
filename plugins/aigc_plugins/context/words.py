"""Names in code: which a text holds, and of which words they are made. It knows no language's syntax."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Container, Iterable

NAME = re.compile(r"[^\W\d]\w*")
# a.b.c, this?.b, Vec::new, node->next
CHAIN = re.compile(r"[^\W\d]\w*(?:\s*(?:\?\.|\.|::|->)\s*[^\W\d]\w*)*")
_LINK = re.compile(r"\s*(?:\?\.|\.|::|->)\s*")
_PART = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[^\W\d_A-Za-z]+")

# What says nothing about a piece of code, in any language; names of one or two letters are left out beside these.
COMMON = frozenset(
    """
    and any args array as assert async await bool boolean break case catch class const continue def default del
    dict elif else enum except export extends false final finally float fn for from func function global if impl
    implements import in int interface is kwargs lambda len let list local match mod mut namespace new nil none
    nonlocal not null number object or package pass private protected pub public raise range return self set
    static str string struct super switch then this throw true try tuple type typeof undefined use var void while
    with yield
    """.split()  # noqa: SIM905
)


def names(text: str) -> list[str]:
    """Return the names in `text`, in their order, each as often as it occurs; common words are left out."""
    return [name for name in NAME.findall(text) if len(name) > 2 and name.lower() not in COMMON]


def chains(text: str) -> list[tuple[str, ...]]:
    """Return the dotted names in `text`, each as its parts: `os.path.join` is `("os", "path", "join")`."""
    return [tuple(_LINK.split(found)) for found in CHAIN.findall(text)]


def parts(name: str) -> list[str]:
    """Return the words in a name, lower case: `parseHTTPHeader` and `parse_http_header` alike."""
    return [part.lower() for part in _PART.findall(name)]


def common_share(lines: Iterable[str], known: Container[str]) -> float:
    """Return the share of `lines` that `known` holds; blank ones and mere brackets do not count."""
    telling = [line for line in (line.strip() for line in lines) if len(line) > 3]
    return sum(line in known for line in telling) / len(telling) if telling else 0.0

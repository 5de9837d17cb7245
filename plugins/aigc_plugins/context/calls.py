"""Which calls the code from elsewhere in a prompt suggests at a cursor: beginnings of answers, to be compared."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from aigc_plugins.api import Snippet
    from aigc_plugins.syntax import Language

_MEMBER = re.compile(r"[\w)\]]\s*(?:\?\.|\.|->|::)$")
_WORDS = "return|await|yield|in|not|and|or|if|elif|else|while|assert|raise|throw|case|new|go|defer"
_EXPRESSION = re.compile(rf"(?:^[ \t]+|[=(\[{{,:!?<>+*/%&|-]\s*|\b(?:{_WORDS})\s+)$")
_CALLED = re.compile(r"(?P<member>(?:\.|->|::)\s*)?(?P<name>[^\W\d]\w+)\(")
_NEAREST = 2.0  # how much more a name in the last snippet counts, which stands next to the cursor, than in the first


def call_starts(snippets: Sequence[Snippet], left: str, language: Language | None, most: int = 4) -> tuple[str, ...]:
    """Return how a call at the end of `left` may begin, the line up to the cursor: names that snippets call or define.

    Behind a dot these are members, elsewhere other names. The most frequent first, those near the cursor counting more.
    """
    member = _MEMBER.search(left) is not None
    if not member and _EXPRESSION.search(left) is None:
        return ()
    reserved = language.reserved if language is not None and language.has_grammar else frozenset()
    counts: dict[str, float] = {}
    for place, snippet in enumerate(snippets, 1):
        weight = 1 + (_NEAREST - 1) * place / len(snippets)
        for found in _CALLED.finditer(snippet.text):
            name = found["name"]
            if name not in reserved and (bool(found["member"]) == member or _defined(snippet.text, found.start())):
                counts[name] = counts.get(name, 0.0) + weight
    best = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    return tuple(f"{name}(" for name, _ in best[:most])


def _defined(text: str, at: int) -> bool:
    """Tell whether the name at `at` is being defined there."""
    line = text[text.rfind("\n", 0, at) + 1 : at]
    return re.search(r"\b(?:def|func|function|fn|class)\s+$", line) is not None

"""Chooses which snippets go into a prompt and in which order: by score, without repetition, within a number of
characters. It asks nobody and remembers nothing."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from aigc_plugins.api import Snippet
from aigc_plugins.context.render import tidy
from aigc_plugins.context.words import common_share

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

# What a provider's best snippet is worth beside another provider's best.
WEIGHTS: Mapping[str, float] = {
    "similar-code": 1.0,
    "definitions": 0.7,
    "imports": 0.9,
    "recent-edits": 0.7,
    "sibling": 0.5,
    "open-files": 0.5,
}
OTHER = 0.6  # of a plugin's provider
OVERHEAD = 8  # characters around a snippet in the prompt, its path not counted
_SHOWN, _REPEATED = 0.5, 0.7  # shares of lines that are in the window, or in better snippets


@dataclass(frozen=True, slots=True)
class Window:
    """What a prompt shows of the document itself: its path, every line it has, and the lines shown."""

    path: str | None
    lines: frozenset[str]
    shown: frozenset[str]


def ranked(answers: Mapping[str, Iterable[Snippet]]) -> list[Snippet]:
    """Return the providers' snippets cleaned, scores made comparable, the best first, in an order always the same."""
    found: dict[tuple[str, str], Snippet] = {}
    for name, snippets in answers.items():
        for one in snippets:
            score = one.score if isinstance(one.score, int | float) and math.isfinite(one.score) else 0.0
            score = min(max(score, 0.0), 1.0) * WEIGHTS.get(name, OTHER)
            clean = Snippet(tidy(one.path).replace("\n", " "), tidy(one.text), round(score, 6), name)
            key = (clean.path, clean.text)
            if clean.text and (key not in found or (found[key].score, name) < (clean.score, found[key].kind)):
                found[key] = clean
    return sorted(found.values(), key=lambda one: (-one.score, one.kind, one.path, one.text))


def choose(
    candidates: Iterable[Snippet], max_chars: int, window: Window, chosen: Sequence[Snippet] = ()
) -> list[Snippet]:
    """Return the candidates to add to `chosen` so that all of them take `max_chars` at most, the best first."""
    room = max_chars - sum(map(cost, chosen))
    known = {line for one in chosen for line in _lines(one)}
    added: list[Snippet] = []
    for one in candidates:
        if cost(one) > room or not fits(one, window) or common_share(_lines(one), known) >= _REPEATED:
            continue
        added.append(one)
        known.update(_lines(one))
        room -= cost(one)
    return added


def fits(snippet: Snippet, window: Window) -> bool:
    """Tell whether a snippet says something that the window does not, and nothing that its own document lost."""
    lines = _lines(snippet)
    if snippet.path == window.path and not all(_in_document(line, window.lines) for line in lines):
        return False
    return common_share(lines, window.shown) < _SHOWN


def cost(snippet: Snippet) -> int:
    """Return how many characters a snippet takes in a prompt."""
    return len(snippet.text) + len(snippet.path) + OVERHEAD


def stripped(text: str) -> frozenset[str]:
    """Return a text's lines without the space around them."""
    return frozenset(line.strip() for line in text.splitlines())


def _lines(snippet: Snippet) -> list[str]:
    lines = (line.strip() for line in snippet.text.split("\n"))
    return [line for line in lines if line and not (len(line) < 12 and line.endswith(("...", "... */")))]


def _in_document(line: str, lines: frozenset[str]) -> bool:
    return line in lines or line.endswith(("…", "...", "... */")) or len(line) < 4

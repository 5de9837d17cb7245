"""Finds out how a file documents its code: layout, width, quotes, mood. It reads the documentation that is there."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, TypeAlias

from aigc_plugins.tasks.docstring.places import spot_of
from aigc_plugins.tasks.docstring.words import VERBS
from aigc_plugins.tasks.functions import definitions
from aigc_plugins.tasks.signatures import parameters

if TYPE_CHECKING:
    from aigc_plugins.document import Snapshot

Layout: TypeAlias = Literal["google", "numpy", "rest", "plain", "jsdoc", "javadoc", "go", "rust"]

_WIDTHS = (79, 88, 100, 120)
_SECTIONS: dict[Layout, re.Pattern[str]] = {
    "numpy": re.compile(r"^[ \t]*(?:Parameters|Returns|Yields|Raises|Attributes)[ \t]*\r?\n[ \t]*-{3,}", re.MULTILINE),
    "google": re.compile(r"^[ \t]*(?:Args|Arguments|Returns|Yields|Raises|Attributes):[ \t]*\r?$", re.MULTILINE),
    "rest": re.compile(r"^[ \t]*:(?:param|parameter|arg|returns?|raises?|type|rtype)\b[^:\n]*:", re.MULTILINE),
}
_TYPED: dict[Layout, str] = {
    "google": r"^[ \t]+\*{0,2}\w+ \([^)\n]+\):",
    "rest": r"^[ \t]*:(?:type|rtype)\b",
    "jsdoc": r"@(?:param|returns?)\s+\{",
}
_FEW = 3  # documented functions that are needed before a file without sections says anything


@dataclass(frozen=True, slots=True)
class Style:
    """How documentation is written: `width` of a line, `unit` of indentation.

    `own_line`: the summary starts below the quotes. `third_person`: "Returns", not "Return". `types`: the layout
    names types beside parameters. `dash`: JSDoc's ` - ` before a description.
    """

    layout: Layout
    width: int = 88
    unit: str = "    "
    quotes: str = '"""'
    own_line: bool = False
    third_person: bool = False
    types: bool = False
    dash: bool = True


def style_of(snapshot: Snapshot, language: str) -> Style:
    """Return the style of a file's documentation."""
    text, unit = snapshot.text, unit_of(snapshot.text)
    texts: list[tuple[str, bool]] = []
    for one in definitions(snapshot):
        spot = spot_of(one, unit)
        if spot is not None and spot.existing:
            told = any(p.kind != "receiver" for p in parameters(one)) if one.kind == "function" else False
            texts.append((spot.existing, told))
    layout = _layout(language, texts)
    joined = "\n".join(existing for existing, _ in texts)
    pattern = _TYPED.get(layout)
    return Style(
        layout,
        width_of(text),
        unit,
        "'''" if sum(existing.lstrip("rRuU").startswith("'''") for existing, _ in texts) * 2 > len(texts) else '"""',
        sum(re.match(r"[rRuU]?(?:\"\"\"|''')[ \t]*\r?\n", existing) is not None for existing, _ in texts) * 2
        > len(texts),
        _third_person([existing for existing, _ in texts], default=language != "python"),
        bool(pattern and re.search(pattern, joined, re.MULTILINE)),
        not re.search(r"@param\s+(?:\{[^}\n]*\}\s+)?[\w.\[\]]+\s+\w", joined),
    )


def width_of(text: str) -> int:
    """Return the width that a file's lines keep to: one of the usual ones."""
    lengths = sorted(len(line) for line in text.splitlines() if line.strip())
    if len(lengths) < 20:
        return 88
    longest = lengths[int(len(lengths) * 0.99)]
    return next((width for width in _WIDTHS if longest <= width), _WIDTHS[-1])


def unit_of(text: str) -> str:
    """Return one step of a file's indentation."""
    steps: Counter[str] = Counter()
    before = ""
    for line in text.splitlines()[:2000]:
        if line.strip():
            indent = line[: len(line) - len(line.lstrip(" \t"))]
            if len(indent) > len(before) and indent.startswith(before):
                steps[indent[len(before) :]] += 1
            before = indent
    [(unit, _)] = steps.most_common(1) or [("    ", 0)]
    return unit if len(unit) <= 8 else "    "


def _layout(language: str, texts: list[tuple[str, bool]]) -> Layout:
    fixed: dict[str, Layout] = {"java": "javadoc", "go": "go", "rust": "rust"}
    if language != "python":
        return fixed.get(language, "jsdoc")
    votes: Counter[Layout] = Counter()
    for existing, _ in texts:
        votes.update(layout for layout, pattern in _SECTIONS.items() if pattern.search(existing))
    if votes:
        return votes.most_common(1)[0][0]
    return "plain" if sum(told for _, told in texts) >= _FEW else "google"


def _third_person(texts: list[str], *, default: bool) -> bool:
    third = base = 0
    for existing in texts:
        words = re.findall(r"[A-Za-z]+", existing)[:2]
        word = next((one.lower() for one in words if len(one) > 1), "")
        base += word in VERBS
        third += word not in VERBS and any(word.removesuffix(ending) in VERBS for ending in ("s", "es"))
    return third > base if third + base >= 2 else default

"""Tells what a change did to a checker's reports, whatever lines they moved to. It runs nothing."""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from aigc_plugins.api import Diagnostic

_LINE = re.compile(r"\b(lines?|column) \d+(?:[:,-]\d+)?")


def key(diagnostic: Diagnostic) -> tuple[str, str]:
    """Return what makes two reports the same one: the rule and the message, without line numbers."""
    return normal_code(diagnostic.code), " ".join(_LINE.sub(r"\1 N", diagnostic.message).split())


def normal_code(code: str) -> str:
    """Return a rule's code as all write it: `TS2304` is `2304`."""
    return re.sub(r"^TS(?=\d)", "", code.strip(), flags=re.IGNORECASE)


def appeared(before: Iterable[Diagnostic], after: Iterable[Diagnostic]) -> list[Diagnostic]:
    """Return the reports of `after` that `before` lacks, counted."""
    left = Counter(key(one) for one in before)
    new = []
    for one in after:
        if left[key(one)] > 0:
            left[key(one)] -= 1
        else:
            new.append(one)
    return new


def is_gone(target: Diagnostic, before: Iterable[Diagnostic], after: Iterable[Diagnostic]) -> bool:
    """Tell whether there are fewer reports like `target` than there were."""
    wanted = key(target)
    return sum(key(one) == wanted for one in after) < sum(key(one) == wanted for one in before)


def matching(target: Diagnostic, text: str, reports: Iterable[Diagnostic]) -> Diagnostic | None:
    """Return the report that an editor shows as `target`: the same rule on the same line, by preference its message."""
    code, message = key(target)
    line = text.count("\n", 0, target.start)
    near = []
    for one in reports:
        first, last = text.count("\n", 0, one.start), text.count("\n", 0, one.end)
        if first <= line <= last:
            near.append(one)
    for same in (
        [one for one in near if key(one) == (code, message)],
        [one for one in near if code and key(one)[0] == code],
        [one for one in near if key(one)[1] and (key(one)[1] in message or message in key(one)[1])],
    ):
        if same:
            return min(same, key=lambda one: abs(one.start - target.start))
    return None

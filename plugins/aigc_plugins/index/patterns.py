"""The patterns of one ignore file, as gitignore(5) has them. Which file's rules win over which is `ignore`'s business.

A path is matched by itself, never through a folder above it: the caller asks for those first, as git does. That is
why `pathspec` is not used here: it judges a path in one go, and `*` with `!*/` then hides everything.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

_CLASSES = {
    "alnum": r"0-9A-Za-z", "alpha": r"A-Za-z", "blank": r" \t", "digit": r"0-9", "lower": r"a-z", "upper": r"A-Z",
    "space": r"\s", "xdigit": r"0-9A-Fa-f", "punct": r"!-/:-@\[-`{-~", "cntrl": r"\x00-\x1f\x7f",
    "graph": r"!-~", "print": r" -~",
}  # fmt: skip


class Patterns:
    """The patterns of one file; paths are relative to its folder, with `/`."""

    def __init__(self, lines: Iterable[str]) -> None:
        found = [one for line in lines if (one := _parse(line)) is not None]
        self._folders = [(re.compile(regex), hides) for regex, hides, _ in reversed(found)]
        self._files = [(re.compile(regex), hides) for regex, hides, folders in reversed(found) if not folders]
        self._any = re.compile("|".join(f"(?:{regex})" for regex, _, _ in found) or r"(?!)")

    def __bool__(self) -> bool:
        return bool(self._folders)

    def hides(self, path: str, *, folder: bool) -> bool | None:
        """Tell whether the last pattern that fits hides the path (True) or takes it back (False); None: none fits."""
        if self._any.fullmatch(path) is None:
            return None
        for regex, hides in self._folders if folder else self._files:
            if regex.fullmatch(path) is not None:
                return hides
        return None


def _parse(line: str) -> tuple[str, bool, bool] | None:
    """Return a line's regular expression, whether it hides, whether it is for folders alone; None for no pattern."""
    line = re.sub(r"(?<!\\) +$", "", line.rstrip("\r\n"))
    if not line or line.startswith("#"):
        return None
    hides = not line.startswith("!")
    line = line if hides else line[1:]
    only_folders = line.endswith("/")
    line = line[:-1] if only_folders else line
    anchored = "/" in line
    body = _translate(line.removeprefix("/"))
    if not line or body is None:
        return None
    return ("" if anchored else "(?:.*/)?") + body, hides, only_folders


def _translate(pattern: str) -> str | None:
    """Return the regular expression of a pattern, None where git would never match it."""
    out: list[str] = []
    at, size = 0, len(pattern)
    while at < size:
        rest = pattern[at:]
        start = at == 0 or pattern[at - 1] == "/"
        char = pattern[at]
        at += 1
        if start and rest.startswith("**/"):
            out.append("(?:.*/)?")
            at += 2
        elif start and rest == "**":
            out.append(".+" if len(pattern) > 2 else ".*")
            at += 1
        elif char == "*":
            out.append("[^/]*")
            at += len(rest) - len(rest.lstrip("*")) - 1
        elif char == "?":
            out.append("[^/]")
        elif char == "[":
            found = _class(pattern, at)
            if found is None:
                return None
            text, at = found
            out.append(text)
        elif char == "\\":
            if at >= size:
                return None
            out.append(re.escape(pattern[at]))
            at += 1
        else:
            out.append(re.escape(char))
    return "(?s:" + "".join(out) + ")"


def _class(pattern: str, at: int) -> tuple[str, int] | None:
    """Return a bracket expression whose first character is at `at`, and where it ends; None where it does not."""
    out: list[str] = []
    negated = pattern[at : at + 1] in ("!", "^")
    at += negated
    first = at
    while at < len(pattern) and (pattern[at] != "]" or at == first):
        name = re.match(r"\[:(\w+):\]", pattern[at:])
        if name is not None:
            if name[1] not in _CLASSES:
                return None
            out.append(_CLASSES[name[1]])
            at += name.end()
            continue
        low, at = _member(pattern, at)
        if pattern[at : at + 1] == "-" and pattern[at + 1 : at + 2] not in ("", "]"):
            high, at = _member(pattern, at + 1)
            out.append(f"{re.escape(low)}-{re.escape(high)}" if low <= high else "")
        else:
            out.append(re.escape(low))
    if at >= len(pattern):
        return None
    inside = "".join(out)
    if not inside:
        return ("[^/]" if negated else "(?!)"), at + 1
    return (f"[^/{inside}]" if negated else f"(?!/)[{inside}]"), at + 1


def _member(pattern: str, at: int) -> tuple[str, int]:
    if pattern[at] == "\\" and at + 1 < len(pattern):
        return pattern[at + 1], at + 2
    return pattern[at], at + 1

"""Names tests after what they show: what comes out, for which arguments, after which calls."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

from aigc_plugins.testgen.script.acts import call_of

if TYPE_CHECKING:
    from aigc_plugins.testgen.scenario import Recorded

_LONGEST_TITLE = 36


def title_of(one: Recorded) -> str:
    """Return what a test shows, in words."""
    scenario = one.scenario
    _, arguments = call_of(
        scenario.act.removeprefix("[...").removesuffix("]") if scenario.act[:1] == "[" else scenario.act
    )
    values = {found[1]: found[2] for line in scenario.arrange if (found := re.match(r"const (\w+) = (.*);$", line))}
    given = _short(", ".join(values.get(value, value) for value in arguments))
    lines = [line for line in scenario.arrange if not line.startswith(("const ", "let "))]
    steps = [re.sub(r"^(?:await )?[\w$]+\.", "", line).rstrip(";") for line in lines]
    before = _short(", ".join(steps))
    when = (f" for {given}" if given else "") + (f" after {before}" if before else "")
    if one.exception:
        return f"throws {one.exception}{when}"
    left, right = pair(one.checks[0])
    if left == "result":
        return f"returns {_short(right)}{when}"
    if left.startswith(("result", "{ ...result", "typeof result")):
        name = right if left.endswith("instanceof") else "a function" if left.startswith("typeof") else "an instance"
        return f"returns {name}{when}" if scenario.act[:4] != "new " else f"makes one{when}"
    look = left.partition(".")[2] or left
    return f"makes {look}{' return' if look.endswith(')') else ''} {_short(right)}{when}"


def quoted(text: str) -> str:
    """Return a text in quotes: single ones where that saves backslashes."""
    if '"' in text and "'" not in text and "\\" not in text:
        return f"'{text}'"
    return json.dumps(text, ensure_ascii=False)


def _short(text: str) -> str:
    flat = re.sub(r"\s+", " ", text.strip())
    return flat if len(flat) <= _LONGEST_TITLE else flat[: _LONGEST_TITLE - 1] + "…"


def pair(check: str) -> tuple[str, str]:
    """Return a check as what is looked at and what it is."""
    left, _, right = check.partition(" = ")
    return left, right

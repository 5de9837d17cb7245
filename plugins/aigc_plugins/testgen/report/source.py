"""The source of a module, line by line, with what tests reach: covered or missed, mutants killed or alive."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from aigc_plugins.testgen.report.markup import shown

if TYPE_CHECKING:
    from collections.abc import Iterable

    from aigc_plugins.testgen.parts import Generated
    from aigc_plugins.testgen.scenario import Mutant


_LINE_END = re.compile(r"\r\n|\r|\n")


def picture(number: int, one: Generated) -> str:
    """Return the source as a table; line 12 of the module has the anchor `m<number>L12`."""
    killed, alive = _by_line(one.killed), _by_line(one.alive)
    missing: dict[int, list[str]] = {}
    for branch in one.missing:
        missing.setdefault(branch.line, []).append(branch.way)
    lines = []
    for at, text in enumerate(_LINE_END.split(one.subject.text.rstrip("\r\n")), start=1):
        state, mark, title = _state(at, one)
        lines.append(
            f'<tr id=m{number}L{at} class={state} title="{title}"><td class=number>{at}</td><td class=mark>{mark}</td>'
            f"<td><pre>{shown(text)}</pre></td>"
            f"<td class=mutants>{_missing(missing.get(at, []))}"
            f"{_mutants(killed.get(at, []), alive.get(at, []))}</td></tr>\n"
        )
    return f"<table class=source>{''.join(lines)}</table>"


def _state(line: int, one: Generated) -> tuple[str, str, str]:
    if line in one.missed:
        return "miss", "✗", "no test runs this line"
    return ("hit", "✓", "tests run this line") if line in one.covered else ("none", "", "")


def _missing(ways: Iterable[str]) -> str:
    text = ", ".join(ways)
    return f"<div class=bad>never: {shown(text)}</div>" if text else ""


def _mutants(killed: list[Mutant], alive: list[Mutant]) -> str:
    if not killed and not alive:
        return ""
    words = [f"<span class=bad>{len(alive)} alive</span>"] if alive else []
    words += [f"<span class=good>{len(killed)} killed</span>"] if killed else []
    listed = "".join(
        f"<li class={style}>{word}: <code>{shown(one.before)}</code> → <code>{shown(one.after)}</code></li>"
        for style, word, mutants in (("bad", "alive", alive), ("good", "killed", killed))
        for one in mutants
    )
    return f"<details><summary>{', '.join(words)}</summary><ul>{listed}</ul></details>"


def _by_line(mutants: Iterable[Mutant]) -> dict[int, list[Mutant]]:
    found: dict[int, list[Mutant]] = {}
    for one in mutants:
        found.setdefault(one.line, []).append(one)
    return found

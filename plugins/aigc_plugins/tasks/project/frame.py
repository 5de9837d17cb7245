"""Fills the templates of generated files: `$name` stands for a value, lines between `#if` and `#end` for some projects.

`#if NAME` keeps what follows where that condition holds, `#if NAME only` where it is the only one that does. Which
files a project has, and their values, is not known here.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from importlib.resources import files
from string import Template

_IMPORT = re.compile(r"(?:from \S+ )?import .+")
_FROM = re.compile(r"from (\S+) import (.+)")
_MOST = 120  # characters of a line


def fill(name: str, values: Mapping[str, str], conditions: Collection[str]) -> str:
    """Return the file that a template makes of `values`; `conditions` are those that hold."""
    text = (files(__package__) / "frame" / f"{name}.txt").read_text(encoding="utf-8")
    text = Template(_chosen(text, conditions)).substitute(values)
    if name.endswith(".py"):
        text = _tidied(text)
    return re.sub(r"\n{4,}", "\n\n\n", text).strip("\n") + "\n"


def _chosen(text: str, conditions: Collection[str]) -> str:
    kept, wanted = [], True
    for line in text.splitlines():
        if line.startswith("#if "):
            _, name, *only = line.split()
            wanted = name in conditions and (not only or len(conditions) == 1)
        elif line == "#end":
            wanted = True
        elif wanted:
            kept.append(line)
    return "\n".join(kept)


def _tidied(text: str) -> str:
    """Return a module with the imports of each paragraph merged and sorted."""
    lines, out = text.split("\n"), []
    block: list[str] = []
    for line in [*lines, ""]:
        if _IMPORT.fullmatch(line):
            block.append(line)
            continue
        out += _sorted(block)
        block = []
        out.append(line)
    return "\n".join(out[:-1])


def _sorted(block: list[str]) -> list[str]:
    plain = sorted({line for line in block if not line.startswith("from ")})
    named: dict[str, set[str]] = {}
    for line in block:
        found = _FROM.fullmatch(line)
        if found is not None:
            named.setdefault(found[1], set()).update(found[2].split(", "))
    froms = []
    for module in sorted(named):
        line = f"from {module} import {', '.join(sorted(named[module], key=_rank))}"
        if len(line) > _MOST:
            inner = "".join(f"    {one},\n" for one in sorted(named[module], key=_rank))
            line = f"from {module} import (\n{inner})"
        froms.append(line)
    return [*plain, *froms]


def _rank(name: str) -> tuple[int, str]:
    """Order constants before classes before functions, as import sorters do."""
    return (0 if name.isupper() else 1 if name[:1].isupper() else 2, name)

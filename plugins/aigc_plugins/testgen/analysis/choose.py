"""Chooses the targets that a user wants: by name, by changed lines, or all that are public."""

from __future__ import annotations

import difflib
from collections.abc import Collection, Sequence

from aigc_plugins.action import WithheldError
from aigc_plugins.testgen.analysis.targets import Found
from aigc_plugins.testgen.scenario import Target


def chosen(found: Sequence[Found], names: Sequence[str], lines: Collection[int], file: str) -> tuple[Target, ...]:
    """Return the targets with these names, and of those the ones that these lines touch; no lines are all.

    Raises:
        WithheldError: there are none; the text says why.
    """
    if not found:
        raise WithheldError(f"{file} defines no function or class that could be tested.")
    picked = _named(found, names, file) if names else [one for one in found if not one.private]
    if not picked:
        raise WithheldError(f"{file} has private functions only; name those that tests are wanted of.")
    if lines:
        picked = _touched(picked, found, lines)
        if not picked:
            raise WithheldError(f"The changed lines of {file} belong to no function that could be tested.")
    targets = tuple(one.target for one in picked)
    if all(one.untestable for one in targets):
        reasons = "; ".join(f"{one.name}: {one.untestable}" for one in targets[:5])
        raise WithheldError(f"Nothing of {file} can be tested without effects on the outside ({reasons}).")
    return targets


def _named(found: Sequence[Found], names: Sequence[str], file: str) -> list[Found]:
    wanted: dict[str, Found] = {}
    for name in names:
        matching = _matching(found, name.strip())
        if not matching:
            raise WithheldError(_unknown(found, name.strip(), file))
        wanted |= {one.target.name: one for one in matching}
    return [one for one in found if one.target.name in wanted]


def _matching(found: Sequence[Found], name: str) -> list[Found]:
    """Return what a name means: a function, a method, or a class (also `Queue.*`) with what is public in it."""
    plain = name.removesuffix(".*").removesuffix("()")
    exact = [one for one in found if one.target.name == plain and not name.endswith(".*")]
    if exact and exact[0].target.kind != "constructor":
        return exact
    if plain.endswith(".__init__"):
        return [one for one in found if one.target.name == plain.removesuffix(".__init__")]
    inside = [one for one in found if one.target.name.startswith(f"{plain}.") or one.target.name == plain]
    public = [one for one in inside if not _private_in(one.target.name, plain)]
    return public or inside


def _private_in(name: str, around: str) -> bool:
    inner = name.removeprefix(around).strip(".")
    return any(part.startswith("_") and not part.endswith("__") for part in inner.split("."))


def _unknown(found: Sequence[Found], name: str, file: str) -> str:
    known = [one.target.name for one in found]
    classes = {one.rpartition(".")[0] for one in known if "." in one}
    every = sorted({*known, *classes})
    folded = {one.lower(): one for one in every}
    near = [folded[one] for one in difflib.get_close_matches(name.lower(), list(folded), 3, 0.6)]
    near += [one for one in every if one.rpartition(".")[2] == name.rpartition(".")[2] and one not in near]
    hint = f" Did you mean {' or '.join(near[:3])}?" if near else f" It has {', '.join(every[:8])}."
    return f"{file} has no function, class or method {name}.{hint}"


def _touched(picked: Sequence[Found], found: Sequence[Found], lines: Collection[int]) -> list[Found]:
    """Return the targets whose lines these are; where they are a helper's, the targets that call it, however far."""
    direct = {
        one.target.name for one in found if any(first <= line <= last for first, last in one.spans for line in lines)
    }
    wanted = {one.target.name for one in picked}
    reached = set(direct)
    waiting = [name for name in direct if name not in wanted]
    while waiting:
        name = waiting.pop()
        for one in found:
            if name in one.calls and one.target.name not in reached:
                reached.add(one.target.name)
                waiting += [one.target.name] if one.target.name not in wanted else []
    return [one for one in picked if one.target.name in reached]

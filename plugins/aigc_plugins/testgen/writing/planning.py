"""Decides which tests a file gets: no two alike, none that it has, in the order of the module, with their names."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence

from aigc_plugins.testgen.parts import Subject, Written
from aigc_plugins.testgen.scenario import Recorded
from aigc_plugins.testgen.writing.code import Code, Planned
from aigc_plugins.testgen.writing.existing import Existing, key_of, parsed
from aigc_plugins.testgen.writing.grouping import Cut, Group, Signatures, cut, grouped
from aigc_plugins.testgen.writing.layout import Layout
from aigc_plugins.testgen.writing.naming import Namer
from aigc_plugins.testgen.writing.packages import Packages, package_of
from aigc_plugins.testgen.writing.pytest_style import function
from aigc_plugins.testgen.writing.reading import ModuleNames, read
from aigc_plugins.testgen.writing.unittest_style import UntranslatableError, method_of
from aigc_plugins.testgen.writing.wording import snake

_COOKIE = re.compile(r"^[ \t\f]*#.*?coding[:=][ \t]*([-\w.]+)", re.MULTILINE)


def layout_of(subject: Subject) -> Layout:
    """Return how the subject's test file is laid out."""
    head = "\n".join((subject.conventions.text or "").split("\n")[:2])
    cookie = _COOKIE.search(head)
    plain = cookie is not None and cookie[1].lower().replace("_", "-") not in ("utf-8", "utf8")
    return Layout(subject.conventions.line_length, plain)


def existing_of(subject: Subject) -> Existing:
    """Read the subject's test file, an empty one where there is none."""
    conventions = subject.conventions
    return parsed(conventions.text or "", conventions.file.name, package_of(subject), Packages(subject).source)


def coded(subject: Subject, one: Planned, layout: Layout) -> Code:
    """Return a planned test's function in the style of the file."""
    return function(one, layout) if subject.conventions.style == "pytest" else method_of(one, layout)


def planned(subject: Subject, recorded: Sequence[Recorded]) -> list[Planned]:
    """Return the tests for what was recorded."""
    existing, signatures = existing_of(subject), Signatures(subject)
    cuts = _new(subject, recorded, existing, signatures)
    places = {target.name: place for place, target in enumerate(subject.all_targets)}
    cuts.sort(key=lambda one: places.get(one.case.recorded.scenario.target, len(places)))
    together = subject.conventions.style == "pytest"
    groups = grouped(cuts) if together else [Group([one]) for one in cuts]
    groups.sort(key=lambda one: places.get(_target(one), len(places)))
    namer = Namer(signatures, set(existing.names))
    owners: dict[str, str] = {}
    found = []
    for group in groups:
        target = _target(group)
        owner = "" if together else owners.setdefault(_owner(target), _free(_owner(target), existing, owners))
        part = target.rpartition(".")[2] if owner and "." in target else target
        name = namer.name(group, f"test_{snake(part) or 'it'}")
        found.append(Planned(name, tuple(group.cuts), tuple(group.columns), owner))
    return sorted(found, key=lambda one: list(owners.values()).index(one.owner)) if owners else found


def _new(subject: Subject, recorded: Sequence[Recorded], existing: Existing, signatures: Signatures) -> list[Cut]:
    names, layout = ModuleNames.of(subject), layout_of(subject)
    seen = set(existing.keys)
    cuts = []
    for one in recorded:
        case = read(one, names, layout)
        if case is None:
            continue
        made = cut(case, signatures)
        try:
            key = key_of(coded(subject, Planned("", (made,)), layout))
        except UntranslatableError:
            continue
        if key not in seen:
            seen.add(key)
            cuts.append(made)
    return cuts


def _target(group: Group) -> str:
    return group.cuts[0].case.recorded.scenario.target


def _owner(target: str) -> str:
    top = target.partition(".")[0].strip("_")
    return "Test" + "".join(part[:1].upper() + part[1:] for part in top.split("_"))


def _free(name: str, existing: Existing, owners: dict[str, str]) -> str:
    taken = existing.names | set(owners.values())
    stem, number = name, 2
    if name in taken:
        stem = name = f"{name}More"
    while name in taken:
        name, number = f"{stem}{number}", number + 1
    return name


def kept(subject: Subject, written: Written, dropped: Collection[tuple[str, int]]) -> list[Planned]:
    """Return the tests of a written file without some rows."""
    names, layout, signatures = ModuleNames.of(subject), layout_of(subject), Signatures(subject)
    found = []
    for test in written.tests:
        rows = [row for place, row in enumerate(test.rows) if (test.name, place) not in dropped]
        cases = [case for row in rows if (case := read(row, names, layout)) is not None]
        if cases:
            group = Group([cut(one, signatures) for one in cases])
            owner, _, name = test.name.rpartition("::")
            found.append(Planned(name, tuple(group.cuts), tuple(group.columns), owner))
    return found

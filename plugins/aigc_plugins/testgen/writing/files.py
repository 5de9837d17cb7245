"""Makes a whole test file of planned tests: settles names, prints functions and classes, and puts them in place."""

from __future__ import annotations

import ast
from collections.abc import Sequence

from aigc_plugins.testgen.parts import Subject, Written
from aigc_plugins.testgen.writing import imports
from aigc_plugins.testgen.writing.bindings import Bindings
from aigc_plugins.testgen.writing.code import Code, Planned, outside
from aigc_plugins.testgen.writing.layout import Layout
from aigc_plugins.testgen.writing.merging import merged
from aigc_plugins.testgen.writing.planning import coded, existing_of, layout_of

_STEP = 4


def file_of(subject: Subject, tests: Sequence[Planned]) -> Written:
    """Return the subject's test file with these tests in it."""
    existing, layout = existing_of(subject), layout_of(subject)
    text = subject.conventions.text
    if not tests:
        return Written(text or "", ())
    codes = [coded(subject, one, layout) for one in tests]
    owners = list(dict.fromkeys(one.planned.owner for one in codes))
    bases = {owner: Code(codes[0].planned, [[ast.Expr(outside("unittest", "TestCase"))]]) for owner in owners if owner}
    reserved = existing.names | {one.name for one in tests} | set(owners)
    bindings = Bindings(existing.imports, reserved)
    bindings.settle([*bases.values(), *codes])
    for code in (*bases.values(), *codes):
        bindings.named(code)
    lines: list[str] = []
    for owner in owners:
        parts = [_function(code, layout, existing.annotated) for code in codes if code.planned.owner == owner]
        if owner:
            base = layout.flat(bases[owner].blocks[0][0])
            parts = [[f"class {owner}({base}):", *_joined(parts, 1)]]
        lines += [*(["", ""] if lines else []), *_joined(parts, 2)]
    if text is None or not text.strip():
        found = imports.statements(bindings.added, subject, layout.width)
        return _written("\n".join([*_docstring(subject), *imports.block(found), "", "", *lines, ""]), tests)
    return _written(merged(text, existing, bindings.added, lines, subject), tests)


def _written(text: str, tests: Sequence[Planned]) -> Written:
    return Written(text, tuple(one.written() for one in tests))


def _docstring(subject: Subject) -> list[str]:
    return [f'"""Tests of `{subject.name}`."""', ""]


def _joined(parts: list[list[str]], blank: int) -> list[str]:
    lines: list[str] = []
    for part in parts:
        lines += [*([""] * blank if lines else []), *part]
    return lines


def _function(code: Code, layout: Layout, annotated: bool) -> list[str]:
    """Return the lines of a test function, or of a method where it has a class."""
    depth = _STEP if code.planned.owner else 0
    arguments = (["self"] if code.planned.owner else []) + code.arguments
    returns = " -> None" if annotated else ""
    lines = [line for one in code.decorators for line in layout.decorator(one, depth)]
    lines += _signature(code.planned.name, arguments, returns, depth, layout)
    for place, block in enumerate(code.blocks):
        lines += [*([""] if place else []), *layout.statements(block, depth + _STEP)]
    return lines


def _signature(name: str, arguments: list[str], returns: str, depth: int, layout: Layout) -> list[str]:
    start = " " * depth
    one = f"{start}def {name}({', '.join(arguments)}){returns}:"
    if len(one) <= layout.width or not arguments:
        return [one]
    inner = f"{start}    {', '.join(arguments)}"
    middle = [inner] if len(inner) <= layout.width else [f"{start}    {argument}," for argument in arguments]
    return [f"{start}def {name}(", *middle, f"{start}){returns}:"]

"""Makes pytest's test functions of planned tests: arrange, act, assert, with a table where there are several rows."""

from __future__ import annotations

import ast
import keyword

from aigc_plugins.testgen.writing.code import (
    Code,
    Planned,
    assign,
    call,
    method,
    outside,
    pattern_of,
    performed,
    reads,
    substituted,
)
from aigc_plugins.testgen.writing.expressions import exploded
from aigc_plugins.testgen.writing.grouping import filled
from aigc_plugins.testgen.writing.layout import Layout
from aigc_plugins.testgen.writing.naming import described
from aigc_plugins.testgen.writing.reading import BUILTINS

_LONG = 60
_ALIKE = frozenset("lIO")  # what linters forbid as names
_INDENT = 4


def function(planned: Planned, layout: Layout) -> Code:
    """Return the function of a planned test."""
    first = planned.cuts[0]
    labels = _column_names(planned)
    arrange = [filled(first, one, labels) for one in first.arrange]
    act = filled(first, first.act, labels)
    checks = [filled(first, one, labels) for one in first.checks]
    case = first.case
    arguments = [*dict.fromkeys(labels.values()), *case.fixtures]
    arguments += ["tmp_path"] if case.uses("tmp_path") and "tmp_path" not in arguments else []
    blocks = [arrange] if arrange else []
    names = case.names | {"result", "printed", "capsys", "message", "expected_message", *arguments}
    if case.exception is not None:
        before, message = pattern_of(
            case, next((name for place, name in labels.items() if first.holes[place].message), "")
        )
        blocks = [[*arrange, *before]] if arrange or before else []
        keywords = {"match": message} if message is not None else {}
        raises = call(outside("pytest", "raises"), case.exception, **keywords)
        blocks.append([ast.With([ast.withitem(raises)], [performed(act)], lineno=0)])
        if checks:
            blocks.append([ast.Assert(one) for one in checks])
    else:
        blocks = _acted(arrange, act, checks, layout)
    printed = any(reads(one, "capsys") for block in blocks for one in block)
    if printed and "capsys" not in arguments:
        arguments.append("capsys")
    code = Code(planned, blocks, arguments, names=frozenset(names))
    if labels:
        code.decorators.append(_parametrised(planned, labels, layout))
    return code


def _acted(arrange: list[ast.stmt], act: ast.expr, checks: list[ast.expr], layout: Layout) -> list[list[ast.stmt]]:
    used = any(reads(one, "result") for one in checks)
    prints = any(reads(one, "printed") for one in checks)
    if len(checks) == 1 and used and not prints and not arrange:
        folded = substituted(checks[0], "result", act)
        if folded is not None and _INDENT + len(layout.flat(ast.Assert(folded))) <= layout.width:
            return [[ast.Assert(folded)]]
    acting = [assign("result", act) if used else performed(act)]
    text: ast.expr = ast.Attribute(method("capsys", "readouterr"), "out", ast.Load())
    if prints:
        if any(isinstance(one, ast.Expr) for one in arrange):
            arrange = [*arrange, ast.Expr(method("capsys", "readouterr"))]
        folded = substituted(checks[0], "printed", text) if len(checks) == 1 else None
        if folded is not None:
            checks = [folded]
        else:
            acting.append(assign("printed", text))
    blocks: list[list[ast.stmt]] = [arrange, acting, [ast.Assert(one) for one in checks]]
    return [one for one in blocks if one]


def _column_names(planned: Planned) -> dict[int, str]:
    """Return names of parameters for the columns, that no other name of the test is."""
    first = planned.cuts[0]
    case = first.case
    avoided = case.taken | BUILTINS | {"request", "result", "printed", "capsys", "tmp_path", "re", "pytest", "_"}
    names: dict[int, str] = {}
    for place in planned.columns:
        label = first.holes[place].label.lstrip("_") or "value"
        if label in avoided or label in _ALIKE or keyword.iskeyword(label):
            label = f"{label}_value"
        if first.holes[place].message and label in names.values():
            label = "expected_message"
        same = next((one for one in names if _is_same(planned, one, place)), None)
        if same is not None:
            names[place] = names[same]
            continue
        name, number = label, 2
        while name in avoided or name in names.values():
            name, number = f"{label}_{number}", number + 1
        names[place] = name
    return names


def _is_same(planned: Planned, one: int, other: int) -> bool:
    """Tell whether what is expected in each row is what is given there: a plain value, that nothing can change."""
    holes = [(cut.holes[one], cut.holes[other]) for cut in planned.cuts]
    return all(
        expected.expected
        and not (expected.message or given.expected)
        and isinstance(given.value, ast.Constant)
        and ast.dump(given.value) == ast.dump(expected.value)
        for given, expected in holes
    )


def _parametrised(planned: Planned, labels: dict[int, str], layout: Layout) -> ast.expr:
    columns = {name: place for place, name in reversed(labels.items())}  # the first of those that are the same
    places = sorted(columns.values())
    names: list[ast.expr] = [ast.Constant(labels[place]) for place in places]
    rows = [[cut.holes[place].value for place in places] for cut in planned.cuts]
    single = len(names) == 1
    items: list[ast.expr] = [row[0] if single else ast.Tuple(row, ast.Load()) for row in rows]
    for number, name in enumerate(_identifiers(planned)):
        if _identifier_length(rows[number]) > _LONG:
            items[number] = call(outside("pytest", "param"), *rows[number], id=ast.Constant(name))
    argument = names[0] if single else ast.Tuple(names, ast.Load())
    table: ast.expr = ast.List(items, ast.Load())
    made = call(outside("pytest", "mark"), argument, table)
    made.func = ast.Attribute(made.func, "parametrize", ast.Load())
    if single and len(layout.flat(made)) < layout.width:
        return made
    exploded(table)
    return exploded(made)


def _identifier_length(row: list[ast.expr]) -> int:
    return sum(len(one.value) for one in row if isinstance(one, ast.Constant) and isinstance(one.value, str | bytes))


def _identifiers(planned: Planned) -> list[str]:
    found: list[str] = []
    for cut in planned.cuts:
        words = described(cut, planned.columns)
        name, number = words, 2
        while name in found:
            name, number = f"{words}-{number}", number + 1
        found.append(name)
    return found

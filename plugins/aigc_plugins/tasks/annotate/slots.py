"""Where a function lacks annotations, and the edits that fill them in. Which types these are, it does not know."""

from __future__ import annotations

import ast
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from aigc_plugins.api import Edit
from aigc_plugins.syntax import ancestors
from aigc_plugins.tasks.annotate.module import decorators, parameters_of
from aigc_plugins.tasks.annotate.types import parsed

if TYPE_CHECKING:
    from collections.abc import Sequence

    from aigc_plugins.document import Snapshot
    from aigc_plugins.tasks.annotate.module import Function, Module
    from aigc_plugins.text import LineIndex

RETURN = "return"


@dataclass(frozen=True, slots=True)
class Slot:
    """A parameter or a return without its type; `name` is `return` for the latter, `at` where the type is inserted."""

    function: Function
    name: str
    kind: Literal["plain", "vararg", "kwarg", "return"]
    at: int
    default: ast.expr | None = None
    tight: bool = False  # `x=1`, to become `x: int = 1`

    @property
    def is_filled(self) -> bool:
        """Whether the function, as it is known by now, has a type there."""
        if self.kind == "return":
            return self.function.returns is not None
        return any(one.annotation is not None for one in parameters_of(self.function) if one.arg == self.name)

    def fill(self, type_: str | None) -> None:
        """Have the function as it is known say a type there, or none again, so that more follows from it."""
        node = parsed(type_) if type_ is not None else None
        if self.kind == "return":
            self.function.returns = node
            return
        for one in parameters_of(self.function):
            if one.arg == self.name:
                one.annotation = node

    def edit(self, type_: str) -> Edit:
        """Return the edit that writes a type there."""
        if self.kind == "return":
            return Edit(self.at, self.at, f" -> {type_}")
        return Edit(self.at, self.at + self.tight, f": {type_}{' = ' if self.tight else ''}")


@dataclass(frozen=True, slots=True)
class Proposal:
    """A type for a slot, and where it is from."""

    slot: Slot
    type: str
    reason: str
    by_model: bool = False


def slots_of(function: Function, module: Module, snapshot: Snapshot, lines: LineIndex) -> list[Slot]:
    """Return what is not annotated of a function; nothing of one whose overloads say it, or with type comments."""
    text = snapshot.text
    if not _may_be_annotated(function, module, text, lines):
        return []
    args = function.args
    positional = [*args.posonlyargs, *args.args]
    defaults: dict[str, ast.expr | None] = {}
    for one, value in zip(positional[len(positional) - len(args.defaults) :], args.defaults, strict=True):
        defaults[one.arg] = value
    defaults.update({one.arg: value for one, value in zip(args.kwonlyargs, args.kw_defaults, strict=True)})
    bound = module.owners.get(id(function)) is not None and "staticmethod" not in decorators(function)
    found = []
    for one in parameters_of(function):
        if one.annotation is not None or (bound and positional and one is positional[0]):
            continue
        kind: Literal["plain", "vararg", "kwarg"] = "plain"
        kind = "vararg" if one is args.vararg else "kwarg" if one is args.kwarg else kind
        at = lines.offset((one.end_lineno or 1) - 1, one.end_col_offset or 0, "utf-8")
        tight = text[at : at + 1] == "=" and not text[at + 1 : at + 2].isspace()
        found.append(Slot(function, one.arg, kind, at, defaults.get(one.arg), tight))
    closing = _after_parameters(function, snapshot, lines) if function.returns is None else None
    if closing is not None:
        found.append(Slot(function, RETURN, "return", closing))
    return found


def functions_in(module: Module, lines: LineIndex, start: int, end: int) -> list[Function]:
    """Return the functions within [start, end), else the smallest one around it; decorators belong to a function."""
    inside: list[Function] = []
    around: list[tuple[int, Function]] = []
    for node in ast.walk(module.tree):
        if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            continue
        line = min([node.lineno, *(one.lineno for one in node.decorator_list)]) - 1
        first, _ = lines.span(line)
        code = lines.offset(line, node.col_offset, "utf-8")
        last = lines.offset((node.end_lineno or 1) - 1, node.end_col_offset or 0, "utf-8")
        if start <= code and last <= end and start < end:
            inside.append(node)
        elif first <= start and end <= last:
            around.append((last - first, node))
    if inside:
        return sorted(inside, key=lambda one: one.lineno)
    return [min(around, key=lambda one: one[0])[1]] if around else []


def same_statements(before: str, after: str, imports: Sequence[str]) -> bool:
    """Tell whether two texts are the same program but for annotations of functions and the imports of `imports`."""
    try:
        return _bare(before, imports) == _bare(after, imports)
    except (SyntaxError, ValueError, RecursionError):
        return False


def _bare(text: str, imports: Sequence[str]) -> str:
    tree = ast.parse(text)
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            node.returns = None
            for one in parameters_of(node):
                one.annotation = None
    body: list[ast.stmt] = []
    for statement in tree.body:
        if isinstance(statement, ast.ImportFrom):
            full = f"{statement.module}."
            kept = [one for one in statement.names if one.asname or full + one.name not in imports]
            if not kept:
                continue
            statement.names = kept
        body.append(statement)
    tree.body = body
    return ast.dump(tree)


def _may_be_annotated(function: Function, module: Module, text: str, lines: LineIndex) -> bool:
    if "overload" in decorators(function) or "no_type_check" in decorators(function):
        return False
    first, _ = lines.span(function.lineno - 1)
    _, last = lines.span(max(function.body[0].lineno - 1, function.lineno - 1))
    if "# type:" in text[first:last]:
        return False
    owner = module.owners.get(id(function))
    beside = owner.node.body if owner is not None else module.tree.body
    return not any(
        isinstance(one, ast.FunctionDef | ast.AsyncFunctionDef)
        and one.name == function.name
        and "overload" in decorators(one)
        for one in beside
    )


def _after_parameters(function: Function, snapshot: Snapshot, lines: LineIndex) -> int | None:
    """Return where the list of parameters ends."""
    tree = snapshot.tree
    if tree is None:
        return None
    start = lines.offset(function.lineno - 1, function.col_offset, "utf-8")
    for node in ancestors(tree.node_at(start, start + 3)):
        if node.type == "function_definition":
            parameters = node.child_by_field_name("parameters")
            return tree.offset_of(parameters.end_byte) if parameters is not None else None
    return None

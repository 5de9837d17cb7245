"""Reads scenarios from Python that somebody wrote as tests or calls: a model, a project. It believes no assertion."""

from __future__ import annotations

import ast
import builtins
import textwrap
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from aigc_plugins.testgen.scenario import Scenario, Target

if TYPE_CHECKING:
    from aigc_plugins.testgen.parts import Subject

_BUILTINS = frozenset(dir(builtins)) - {"input", "exit", "quit", "breakpoint", "exec", "eval", "open", "help"}
_GIVEN = frozenset(("tmp_path",))
_MOST_LINES = 12


class Reader:
    """Reads scenarios for the targets of one subject; `origin` is whose they are."""

    def __init__(self, subject: Subject, origin: str) -> None:
        self._origin = origin
        self._module = subject.name
        self._targets = {target.name: target for target in subject.targets}
        self._defined = _top_level_names(subject.text)
        self._classes = {name.partition(".")[0] for name in self._targets if "." in name} | {
            target.name for target in subject.targets if target.kind == "constructor"
        }
        self._methods: dict[str, list[Target]] = {}
        for target in subject.targets:
            if "." in target.name:
                self._methods.setdefault(target.name.rpartition(".")[2], []).append(target)

    def tests(self, text: str) -> Iterator[Scenario]:
        """Yield the scenarios of the test functions in a text; what does not parse at its end is left out."""
        tree = _parsed(text)
        imports = [node for node in tree.body if isinstance(node, ast.Import | ast.ImportFrom)]
        for node in ast.walk(tree):
            if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) or not node.name.startswith("test"):
                continue
            if not [one for one in node.args.args if one.arg not in ("self", *_GIVEN)]:
                yield from self._statements(node.body, imports)

    def statements(self, text: str) -> Iterator[Scenario]:
        """Yield the scenarios of statements that stand in a row."""
        yield from self._statements(_parsed(text).body, [])

    def call(self, text: str) -> Iterator[Scenario]:
        """Yield the scenario of a single expression."""
        try:
            node = ast.parse(text.strip(), mode="eval").body
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            return
        yield from self._acts(node, [], {}, [])

    def _statements(self, body: Sequence[ast.stmt], imports: Sequence[ast.stmt]) -> Iterator[Scenario]:
        arranged: list[ast.stmt] = []
        types: dict[str, str] = {}
        used = list(imports)
        for statement in body:
            match statement:
                case ast.Import() | ast.ImportFrom():
                    used.append(statement)
                    continue
                case ast.Assert(test=expression):
                    yield from self._acts(expression, arranged, types, used)
                    continue
                case ast.With(items=[item], body=[*before, last]) if _expects_error(item):
                    if isinstance(last, ast.Expr | ast.Assign):
                        yield from self._acts(last.value, [*arranged, *before], types, used)
                    continue
                case ast.Expr(value=expression) | ast.Assign(value=expression):
                    yield from self._acts(expression, arranged, types, used)
                    if isinstance(statement, ast.Assign):
                        self._learn(statement, types)
                case ast.Expr() | ast.Assign() | ast.AugAssign() | ast.AnnAssign() | ast.For() | ast.If():
                    pass
                case _:
                    return
            arranged.append(statement)
            if len(arranged) > _MOST_LINES:
                return

    def _learn(self, statement: ast.Assign, types: dict[str, str]) -> None:
        match statement:
            case ast.Assign(targets=[ast.Name(id=name)], value=ast.Call(func=function)):
                called = self._bare(function)
                if called.partition(".")[0] in self._classes:
                    types[name] = called.partition(".")[0]

    def _acts(
        self, node: ast.expr, arranged: Sequence[ast.stmt], types: dict[str, str], imports: Sequence[ast.stmt]
    ) -> Iterator[Scenario]:
        """Yield a scenario for each call of a target in an expression."""
        for one in ast.walk(node):
            target = self._target_of(one, types)
            if target is not None:
                found = self._scenario(target, one, arranged, imports)
                if found is not None:
                    yield found

    def _target_of(self, node: ast.AST, types: dict[str, str]) -> Target | None:
        if isinstance(node, ast.Call):
            called = self._bare(node.func)
            if called in self._targets:
                return self._targets[called]
            node = node.func
            properties = False
        else:
            properties = True
        if not isinstance(node, ast.Attribute):
            return None
        found = [one for one in self._methods.get(node.attr, ()) if (one.kind == "property") == properties]
        holder = self._holder(node.value, types)
        exact = [one for one in found if one.name.rpartition(".")[0] == holder]
        if not exact and holder == "" and len(found) == 1:
            exact = found
        return exact[0] if exact else None

    def _holder(self, node: ast.expr, types: dict[str, str]) -> str:
        """Return the class of an object, empty where it cannot be said."""
        match node:
            case ast.Name(id=name):
                return types.get(name, name if name in self._classes else "")
            case ast.Call(func=function):
                return self._bare(function).partition(".")[0]
        return ""

    def _bare(self, node: ast.expr) -> str:
        """Return the dotted name in an expression, without the module's own name before it."""
        text = ast.unparse(node) if isinstance(node, ast.Name | ast.Attribute) else ""
        for prefix in (self._module, self._module.rpartition(".")[2]):
            if text.startswith(f"{prefix}."):
                return text.removeprefix(f"{prefix}.")
        return text

    def _scenario(
        self, target: Target, act: ast.AST, arranged: Sequence[ast.stmt], imports: Sequence[ast.stmt]
    ) -> Scenario | None:
        rename = _Unqualified(self._module)
        act = rename.visit(_copy(act))
        needed, names = _needed(act, [rename.visit(_copy(one)) for one in arranged])
        lines = tuple(line for one in imports for line in self._import_of(one, names))
        bound = {name for line in lines for name in _bound_by(line)}
        unknown = names - self._defined - _BUILTINS - _GIVEN - bound - {target.name.partition(".")[0]}
        if unknown - {name for one in needed for name in _stored(one)}:
            return None
        texts = [ast.unparse(one) for one in (*needed, act)]
        return Scenario(target.name, texts[-1], tuple(texts[:-1]), lines, origin=self._origin)

    def _import_of(self, node: ast.stmt, names: set[str]) -> Iterator[str]:
        """Yield the import of a name that is used, unless it is the module's own."""
        if isinstance(node, ast.Import):
            for alias in node.names:
                if (alias.asname or alias.name.partition(".")[0]) in names and alias.name != self._module:
                    yield ast.unparse(ast.Import([alias]))
        elif isinstance(node, ast.ImportFrom) and not node.level and node.module != self._module:
            for alias in node.names:
                if (alias.asname or alias.name) in names and alias.name not in self._defined:
                    yield ast.unparse(ast.ImportFrom(node.module, [alias], 0))


def _expects_error(item: ast.withitem) -> bool:
    match item.context_expr:
        case ast.Call(func=ast.Attribute(attr="raises" | "assertRaises" | "assertRaisesRegex")):
            return True
    return False


class _Unqualified(ast.NodeTransformer):
    """Writes `parse` for `shop.text.parse` and `text.parse`."""

    def __init__(self, module: str) -> None:
        self._names = (module, module.rpartition(".")[2])

    def visit_Attribute(self, node: ast.Attribute) -> ast.AST:
        """Take the module's name away."""
        if ast.unparse(node.value) in self._names:
            return ast.Name(node.attr, node.ctx)
        return self.generic_visit(node)


def _parsed(text: str) -> ast.Module:
    """Return the longest beginning of a text that is Python, line by line from its end."""
    lines = textwrap.dedent(text).splitlines()
    while lines:
        try:
            return ast.parse("\n".join(lines))
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            lines.pop()
    return ast.Module([], [])


def _copy(node: ast.AST) -> ast.AST:
    text = ast.unparse(node)
    return ast.parse(text).body[0] if isinstance(node, ast.stmt) else ast.parse(text, mode="eval").body


def _needed(act: ast.AST, arranged: Sequence[ast.stmt]) -> tuple[list[ast.stmt], set[str]]:
    """Return the arranged statements that an act depends on, and all names that these and the act read."""
    names = _loaded(act)
    needed: list[ast.stmt] = []
    for statement in reversed(arranged):
        touched = _stored(statement) | ({name for name in _loaded(statement) if name in names and _changes(statement)})
        if touched & names:
            needed.insert(0, statement)
            names |= _loaded(statement)
    return needed, names


def _changes(statement: ast.stmt) -> bool:
    """Tell whether a statement may change what it reads: a call on its own, or an assignment into something."""
    return isinstance(statement, ast.Expr | ast.AugAssign | ast.For | ast.If) or (
        isinstance(statement, ast.Assign) and not isinstance(statement.targets[0], ast.Name)
    )


def _loaded(node: ast.AST) -> set[str]:
    inner = {one.arg for one in ast.walk(node) if isinstance(one, ast.arg)}
    bound = {
        name.id
        for one in ast.walk(node)
        if isinstance(one, ast.comprehension)
        for name in ast.walk(one.target)
        if isinstance(name, ast.Name)
    }
    names = {one.id for one in ast.walk(node) if isinstance(one, ast.Name) and isinstance(one.ctx, ast.Load)}
    return names - inner - bound


def _stored(node: ast.AST) -> set[str]:
    return {one.id for one in ast.walk(node) if isinstance(one, ast.Name) and isinstance(one.ctx, ast.Store)}


def _bound_by(line: str) -> set[str]:
    (node,) = ast.parse(line).body
    assert isinstance(node, ast.Import | ast.ImportFrom)  # noqa: S101 - these lines are written above
    return {alias.asname or alias.name.partition(".")[0] for alias in node.names}


def _top_level_names(text: str) -> set[str]:
    """Return the names that a module defines or imports."""
    try:
        tree = ast.parse(text)
    except (SyntaxError, ValueError):
        return set()
    found: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            found.add(node.name)
        elif isinstance(node, ast.Import | ast.ImportFrom):
            found |= {alias.asname or alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            found.add(node.id)
    return found

"""Reads a recorded scenario as syntax trees, and says of each name it takes from outside where that comes from."""

from __future__ import annotations

import ast
import builtins
from collections.abc import Iterator
from dataclasses import dataclass

from aigc_plugins.testgen.parts import Subject
from aigc_plugins.testgen.scenario import Recorded, Scenario
from aigc_plugins.testgen.writing.expressions import UnwritableError
from aigc_plugins.testgen.writing.layout import Layout
from aigc_plugins.testgen.writing.parsing import conjuncts, expression, is_unfit, parsed, without_unused
from aigc_plugins.testgen.writing.scopes import bound, taken

BUILTINS = frozenset(dir(builtins))


@dataclass(frozen=True, slots=True, order=True)
class Origin:
    """What a name stands for: the module `module` (`name` is empty), or what that module calls `name`.

    `local` is the name that source code prefers for it.
    """

    module: str
    name: str = ""
    local: str = ""

    @property
    def path(self) -> str:
        """The same for whatever way it is imported by."""
        return f"{self.module}.{self.name}" if self.name else self.module


@dataclass(frozen=True, slots=True)
class Case:
    """A recorded scenario, parsed. Nodes of names from outside have an attribute `origin`."""

    recorded: Recorded
    arrange: tuple[ast.stmt, ...]
    act: ast.expr
    checks: tuple[ast.expr, ...]
    exception: ast.expr | None
    fixtures: tuple[str, ...]
    names: frozenset[str]
    module: str

    @property
    def read(self) -> list[ast.Name]:
        """All places where it reads or binds a name."""
        nodes = (*self.arrange, self.act, *self.checks, *((self.exception,) if self.exception is not None else ()))
        return [one for node in nodes for one in ast.walk(node) if isinstance(one, ast.Name)]

    @property
    def taken(self) -> frozenset[str]:
        """Names that mean something in it already."""
        return self.names | {one.id for one in self.read}

    def uses(self, name: str) -> bool:
        """Tell whether a name is read anywhere in it."""
        return any(one.id == name for one in self.read)


@dataclass(frozen=True, slots=True)
class ModuleNames:
    """The names that a module binds: those it makes, and those it imports in one certain way from elsewhere."""

    module: str
    made: frozenset[str]
    imported: dict[str, Origin]

    @staticmethod
    def of(subject: Subject) -> ModuleNames:
        """Read them from the subject's text, which may be broken."""
        try:
            body = ast.parse(subject.text).body
        except (SyntaxError, ValueError):
            body = []
        times: dict[str, int] = {}
        origins: dict[str, Origin] = {}
        for statement in body:
            for name in bound([statement]):
                times[name] = times.get(name, 0) + 1
            origins.update(imported(statement))
        plain = {name: one for name, one in origins.items() if times[name] == 1 and one.module != "__future__"}
        return ModuleNames(subject.name, frozenset(times.keys() - plain.keys()), plain)

    def origin(self, name: str, imports: dict[str, Origin]) -> Origin | None:
        """Return where a name of a scenario comes from; None for Python's own."""
        if name in imports:
            return imports[name]
        if name == "pytest":
            return Origin(name, "", name)
        if name in self.made:
            return Origin(self.module, name, name)
        if name in self.imported:
            return self.imported[name]
        return None if name in BUILTINS else Origin(self.module, name, name)


def imported(statement: ast.stmt, package: str = "") -> dict[str, Origin]:
    """Return what an import statement binds; of relative ones only those in a known package."""
    found = {}
    if isinstance(statement, ast.Import):
        for alias in statement.names:
            local = alias.asname or alias.name.partition(".")[0]
            found[local] = Origin(alias.name, "", local)
    elif isinstance(statement, ast.ImportFrom):
        module = _absolute(statement, package)
        for alias in statement.names if module else ():
            found[alias.asname or alias.name] = Origin(module, alias.name, alias.asname or alias.name)
    return found


def _absolute(statement: ast.ImportFrom, package: str) -> str:
    if not statement.level:
        return statement.module or ""
    parts = package.split(".") if package else []
    if len(parts) < statement.level:
        return ""
    return ".".join([*parts[: len(parts) - statement.level + 1], *([statement.module] if statement.module else [])])


def read(recorded: Recorded, names: ModuleNames, layout: Layout) -> Case | None:
    """Return the scenario as trees; None if it is no code, or code that cannot stand in a test."""
    scenario = recorded.scenario
    try:
        imports, statements = _imports(scenario)
        arrange = [one for line in scenario.arrange for one in parsed(line)]
        act = expression(scenario.act)
        checks = [part for check in recorded.checks for part in conjuncts(expression(check))]
        exception = expression(recorded.exception) if recorded.exception else None
        for one in arrange:
            imports.update(imported(one))
        arrange = statements + [one for one in arrange if not isinstance(one, ast.Import | ast.ImportFrom)]
        for node in (*arrange, act, *checks):
            layout.flat(node)
    except (SyntaxError, ValueError, RecursionError, MemoryError, UnwritableError):
        return None
    if (exception is None and not checks) or any(is_unfit(one) for one in (*arrange, act)):
        return None
    arrange = without_unused(arrange, [act, *checks])
    local = _mark(scenario, arrange, act, checks, exception, names, imports)
    return Case(recorded, tuple(arrange), act, tuple(checks), exception, scenario.fixtures, local, names.module)


def _imports(scenario: Scenario) -> tuple[dict[str, Origin], list[ast.stmt]]:
    origins: dict[str, Origin] = {}
    others: list[ast.stmt] = []
    for line in scenario.imports:
        for statement in parsed(line):
            if not isinstance(statement, ast.Import | ast.ImportFrom):
                others.append(statement)
                continue
            made = imported(statement)
            if "*" in made or (isinstance(statement, ast.ImportFrom) and statement.level):
                raise UnwritableError("an import that names nothing")
            origins.update(made)
    return origins, others


def _mark(
    scenario: Scenario,
    arrange: list[ast.stmt],
    act: ast.expr,
    checks: list[ast.expr],
    exception: ast.expr | None,
    names: ModuleNames,
    imports: dict[str, Origin],
) -> frozenset[str]:
    """Mark the names that come from outside; return those that the test binds itself."""
    seen = {"tmp_path", *scenario.fixtures}
    made = seen | bound([*arrange, act])
    for node, extra in _in_order(arrange, act, checks, exception):
        simple = isinstance(node, ast.Assign | ast.AnnAssign | ast.AugAssign | ast.Expr | ast.expr)
        before = seen | extra if simple else seen | extra | bound([node])
        for name in taken([node], before, made):
            origin = names.origin(name.id, imports)
            if origin is not None:
                name.origin = origin  # type: ignore[attr-defined]
        seen |= bound([node])
    return frozenset(made)


def _in_order(
    arrange: list[ast.stmt], act: ast.expr, checks: list[ast.expr], exception: ast.expr | None
) -> Iterator[tuple[ast.AST, set[str]]]:
    yield from ((one, set()) for one in arrange)
    yield act, set()
    yield from ((one, {"result", "printed"}) for one in checks)
    if exception is not None:
        yield exception, set()


def origin_of(node: ast.AST) -> Origin | None:
    """Return where a name comes from, if it was marked."""
    found = getattr(node, "origin", None)
    return found if isinstance(found, Origin) else None

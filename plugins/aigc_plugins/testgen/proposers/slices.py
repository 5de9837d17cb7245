"""Makes scenarios of code that somebody wrote: the expression that acts, and of what stands before it what it needs."""

from __future__ import annotations

import ast
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from aigc_plugins.testgen.proposers.known import BUILTINS, Known
from aigc_plugins.testgen.proposers.names import bound, changes, free
from aigc_plugins.testgen.scenario import Scenario

_LONGEST, _MOST_ARRANGED = 400, 12
_NOT_FOR_TESTS = frozenset(
    ("input", "exit", "quit", "breakpoint", "help", "exec", "globals", "locals", "vars", "self", "cls")
)
_GIVEN = frozenset(("tmp_path",))


@dataclass(frozen=True, slots=True)
class Code:
    """Code around an act, written with the module's names bare: the statements before it, and where names come from.

    `fixtures` are those that may be asked for by name.
    """

    before: Sequence[ast.stmt]
    imports: Mapping[str, str]
    fixtures: Collection[str] = ()


def needed(act: ast.expr, before: Sequence[ast.stmt], known: frozenset[str]) -> tuple[list[ast.stmt], set[str]]:
    """Return the statements that an act depends on, in order, and the names that none of them binds.

    `known` are names that are there anyway.
    """
    wanted = free(act) - known
    taken: list[ast.stmt] = []
    for statement in reversed(before):
        if wanted and changes(statement, wanted):
            taken.insert(0, statement)
            if isinstance(statement, ast.Assign | ast.AnnAssign):
                wanted = (wanted - bound(statement)) | (free(statement) - known)
            elif isinstance(statement, ast.AugAssign | ast.Expr):
                wanted |= free(statement) - known
            else:  # what it binds, it binds before it reads it
                wanted |= free(statement) - known - bound(statement)
    blocks = (ast.For, ast.While, ast.If, ast.With, ast.Try, ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
    return taken, wanted - {name for one in taken if isinstance(one, blocks) for name in bound(one)}


def scenario(
    known: Known, target: str, act: ast.expr, code: Code, *, origin: str, expected: str = "", raises: str = ""
) -> Scenario | None:
    """Return what an act with what it needs tries of a target, None where it needs something that tests have not."""
    there = (BUILTINS - _NOT_FOR_TESTS) | known.names | frozenset(code.imports)
    arranged, missing = needed(act, code.before, there)
    nodes = (*arranged, act)
    if missing - _GIVEN - frozenset(code.fixtures) or len(arranged) > _MOST_ARRANGED or not _plain(nodes):
        return None
    used = {name for one in nodes for name in free(one)}
    stored = {name for one in arranged for name in bound(one)}
    # A name that the module has, and that stands for something else here, would be taken for the module's.
    if stored & known.names or (used & known.names & frozenset(code.imports)):
        return None
    try:
        lines = [ast.unparse(one) for one in nodes]
    except ValueError:  # a text with quotes and backslashes in an f-string
        return None
    if any(len(one) > _LONGEST for one in lines):
        return None
    imports = sorted({code.imports[name] for name in used - stored if name in code.imports})
    fixtures = tuple(sorted(missing & frozenset(code.fixtures)))
    return Scenario(target, lines[-1], tuple(lines[:-1]), tuple(imports), fixtures, origin, expected, raises)


def kinds(before: Sequence[ast.stmt], known: Known) -> dict[str, str]:
    """Return the classes of the module that names have after these statements; '' for names of other values."""
    found: dict[str, str] = {}
    for statement in before:
        for one in ast.walk(statement):
            match one:
                case (
                    ast.Assign(targets=[ast.Name(id=name)], value=value)
                    | ast.AnnAssign(target=ast.Name(id=name), value=ast.expr() as value)
                ):
                    found[name] = known.class_of(value, found)
                case ast.With(items=items):
                    for item in items:
                        if isinstance(item.optional_vars, ast.Name):
                            found[item.optional_vars.id] = known.class_of(item.context_expr, found)
                case ast.Name(id=name, ctx=ast.Store()):
                    found.setdefault(name, "")
    return found


def _plain(nodes: Sequence[ast.AST]) -> bool:
    """Tell whether code can stand in a test: nothing waits, yields or returns."""
    forbidden = (ast.Await, ast.Yield, ast.YieldFrom, ast.Return, ast.AsyncFor, ast.AsyncWith, ast.Global, ast.Nonlocal)
    own = (ast.FunctionDef, ast.AsyncFunctionDef)
    return not any(isinstance(inner, forbidden) for one in nodes if not isinstance(one, own) for inner in ast.walk(one))

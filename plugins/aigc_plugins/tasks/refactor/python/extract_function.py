"""Python: statements or an expression become a function; only where data and control flow stay what they were."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from rope.refactor.extract import ExtractMethod

from aigc_plugins.tasks.refactor.python.errors import RefusedError
from aigc_plugins.tasks.refactor.python.extracted import Host, Piece, check_definition, in_order
from aigc_plugins.tasks.refactor.python.flow import Flow, exits
from aigc_plugins.tasks.refactor.python.outcome import Outcome
from aigc_plugins.tasks.refactor.python.project import changed, project
from aigc_plugins.tasks.refactor.python.reduced import reduced, restored
from aigc_plugins.tasks.refactor.python.scopes import Scopes
from aigc_plugins.tasks.refactor.python.source import Function, Source, parsed, trimmed

if TYPE_CHECKING:
    from aigc_plugins.tasks.refactor.python.worker import Request

# What looks at the frame that it is called in, or at the class that a function is written in.
_FRAME = frozenset(
    ("locals", "vars", "eval", "exec", "dir", "super", "__class__", "_getframe", "currentframe", "stacklevel", "stack")
)
_DECORATORS = frozenset(
    (
        "property", "setter", "getter", "deleter", "cached_property", "cache", "lru_cache", "wraps", "contextmanager",
        "abstractmethod", "override", "final", "overload", "total_ordering", "singledispatch", "fixture",
    )
)  # fmt: skip
_IMPLICIT = frozenset(("__new__", "__init_subclass__", "__class_getitem__"))


def extract_function(request: Request) -> Outcome:
    """Return the new text of the file. Raises RefusedError."""
    source = Source(request.text)
    start, end = trimmed(request.text, request.start, request.end)
    piece = _piece(source, start, end)
    function = source.function_of(piece.statement)
    if function is None:
        raise RefusedError("The selection is in no function.")
    host = _host(source, function)
    scopes = Scopes(source.tree)
    flow = Flow(source, scopes, function)
    _check_piece(piece)
    inside, own = {id(node) for node in piece.walk()}, scopes.of(function)
    for one in scopes.occurrences:
        if id(one.node) in inside and one.stores and one.scope is own and scopes.binding(one) is not own:
            raise RefusedError(f"The selection sets `{one.name}`, which is not the function's own.")
    _check_flow(source, flow, piece)
    if piece.expression is not None:
        start, end = source.span(piece.expression)
    else:  # whole lines: rope takes a comment behind the last statement for a part of it
        start = source.text.rfind("\n", 0, start) + 1
        end = (source.text + "\n").find("\n", end)
    small = reduced(source, function)
    with project({request.path: small}) as rope:
        refactoring = ExtractMethod(rope, rope.get_resource(request.path), start, end)
        new = restored(request.text, small, changed(refactoring.get_changes(request.name)).get(request.path, small))
    new = in_order(new, piece, host.first, request.name)
    if isinstance(host.block.owner, ast.Module):  # two empty lines around functions, as everywhere in Python
        new = new.replace(f"\n\ndef {request.name}(", f"\n\n\ndef {request.name}(")
    check_definition(source, flow, piece, host, parsed(new), request.name)
    # A subclass in another file must not have that name.
    return Outcome({request.path: new}, outside=(request.name,) if host.first else ())


def _piece(source: Source, start: int, end: int) -> Piece:
    found = source.statements(start, end)
    if found is not None:
        block, first, last = found
        chosen = block.statements[first:last]
        if not all(source.alone(one) for one in chosen):
            raise RefusedError("The selected statements share lines with others.")
        following = block.statements[last : last + 1]
        if following and not source.alone(following[0]):
            raise RefusedError("The selected statements share lines with others.")
        documented = isinstance(block.owner, ast.FunctionDef | ast.AsyncFunctionDef) and ast.get_docstring(block.owner)
        if documented and first == 0:
            raise RefusedError("The selection starts with the docstring, which belongs to the function.")
        return Piece(chosen[0], block, first, last)
    target = source.expression(start, end)
    if target is None:
        raise RefusedError("The selection is neither whole statements of one block nor one whole expression.")
    statement = source.statement(target)
    block, at = source.block_of(statement)
    return Piece(statement, block, at, at + 1, target)


def _host(source: Source, function: Function) -> Host:
    """Return where the function is, whether it is a method, and what its first parameter is called."""
    for one in function.decorator_list:
        name = one.func if isinstance(one, ast.Call) else one
        plain = name.attr if isinstance(name, ast.Attribute) else getattr(name, "id", "")
        if plain in ("staticmethod", "classmethod"):
            raise RefusedError("It is not offered in static methods and class methods.")
        if plain not in _DECORATORS:
            raise RefusedError("The function has a decorator that might call it before the new one is defined.")
    block, at = source.block_of(function)
    if not isinstance(block.owner, ast.ClassDef):
        return Host(function, block, at, "")
    given = [*function.args.posonlyargs, *function.args.args]
    bases = {one.attr if isinstance(one, ast.Attribute) else getattr(one, "id", "") for one in block.owner.bases}
    if function.name in _IMPLICIT or not given or "Protocol" in bases:
        raise RefusedError("The method is of a kind that takes no helper beside it.")
    for node in ast.walk(source.tree):
        by_class = isinstance(node, ast.Attribute) and getattr(node.value, "id", "") == block.owner.name
        if by_class and getattr(node, "attr", "") == function.name:
            raise RefusedError("The method is also used by way of its class, with objects that may be others.")
    return Host(function, block, at, given[0].arg)


def _check_piece(piece: Piece) -> None:
    """Refuse what a function of its own cannot do for the one around it."""
    for node in piece.walk():
        if isinstance(node, ast.Yield | ast.YieldFrom | ast.Await | ast.AsyncFor | ast.AsyncWith | ast.NamedExpr):
            raise RefusedError("The selection yields, awaits or sets a name inside of an expression.")
        if isinstance(node, ast.Global | ast.Nonlocal):
            raise RefusedError("The selection declares names as global or nonlocal.")
        named = getattr(node, "id", None) or getattr(node, "attr", None) or getattr(node, "arg", None)
        if named in _FRAME:
            raise RefusedError(f"The selection uses `{named}`, which depends on the function that it is in.")
        if isinstance(named, str) and named.startswith("__") and not named.endswith("__"):
            raise RefusedError(f"The selection uses the private name `{named}`.")
        if isinstance(node, ast.comprehension) and node.is_async:
            raise RefusedError("The selection awaits.")
    if piece.expression is not None:
        _check_value(piece.expression, piece.statement)


def _check_value(target: ast.expr, statement: ast.stmt) -> None:
    if isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef | ast.Import | ast.ImportFrom):
        raise RefusedError("The selection is in the header of a definition.")
    if isinstance(statement, ast.AnnAssign) and any(one is target for one in ast.walk(statement.annotation)):
        raise RefusedError("The selection is in an annotation.")
    if not isinstance(getattr(target, "ctx", ast.Load()), ast.Load) or isinstance(target, ast.Starred | ast.Slice):
        raise RefusedError("The selection is no value.")
    if isinstance(target, ast.Name | ast.Constant):
        raise RefusedError("The selection is a single name or constant.")


def _check_flow(source: Source, flow: Flow, piece: Piece) -> None:
    if any(isinstance(one, getattr(ast, "TryStar", ())) for one in ast.walk(flow.function)):
        raise RefusedError("The function handles exception groups.")
    if piece.expression is None:
        _check_jumps(source, piece)
        _check_exceptions(source, flow, piece)
    stored = flow.stores(*piece.nodes)
    if stored & flow.inner:
        raise RefusedError("The selection sets a name that a function inside sees.")
    for node in piece.walk():
        later = isinstance(node, ast.Lambda | ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef | ast.GeneratorExp)
        if later and not flow.at_once(node) and flow.loads(node) & flow.stores(*flow.function.body):
            raise RefusedError("A function in the selection sees variables that are set around it.")
    if piece.expression is None and flow.removed & (stored | flow.loads(*piece.nodes)):
        raise RefusedError("The selection uses a name that loses its value, as in `except … as name` or `del name`.")


def _check_jumps(source: Source, piece: Piece) -> None:
    """Refuse `break` and `continue` of a loop around, and a `return` that is not the end on every way."""
    inner = [node for one in piece.nodes for node in ast.walk(one)]
    loops = [node for node in inner if isinstance(node, ast.For | ast.While)]
    covered = {id(node) for loop in loops for one in loop.body for node in ast.walk(one)}
    if any(isinstance(node, ast.Break | ast.Continue) and id(node) not in covered for node in inner):
        raise RefusedError("The selection leaves or continues a loop that is not selected.")
    functions = [node for node in inner if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)]
    theirs = {id(node) for function in functions for node in ast.walk(function)}
    if any(isinstance(node, ast.Return) and id(node) not in theirs for node in inner):
        chosen = piece.block.statements[piece.first : piece.last]
        if not exits(chosen) or not isinstance(chosen[-1], ast.Return):
            raise RefusedError("The selection returns on some ways, and goes on on others.")
        function = source.function_of(piece.statement)
        if function is not None and any(isinstance(one, ast.Yield | ast.YieldFrom) for one in ast.walk(function)):
            raise RefusedError("The selection returns out of a generator.")


def _check_exceptions(source: Source, flow: Flow, piece: Piece) -> None:
    """Refuse where an exception in the middle would be caught around, and what was set by then would be seen."""
    chosen = piece.block.statements[piece.first : piece.last]
    if len(chosen) == 1 and isinstance(chosen[0], ast.Assign):
        return
    stored = flow.stores(*chosen)
    node: ast.AST = piece.statement
    while node is not flow.function:
        block = source.block_of(node)[0]
        owner = block.owner
        caught = isinstance(owner, ast.Try) and block.field != "finalbody"
        caught = caught or (isinstance(owner, ast.With | ast.AsyncWith) and not _opens(owner))
        if caught:
            around, place = source.block_of(owner)
            if stored & (flow.later_parts(owner) | flow.live_after(around, place + 1)):
                raise RefusedError("An exception in the selection may be caught around it, with some names set.")
        node = owner


def _opens(node: ast.With | ast.AsyncWith) -> bool:
    """Tell whether a `with` only opens files, which lets every exception pass."""
    calls = [item.context_expr for item in node.items]
    return all(isinstance(one, ast.Call) and getattr(one.func, "id", "") == "open" for one in calls)

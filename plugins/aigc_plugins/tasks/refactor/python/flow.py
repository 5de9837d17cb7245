"""Which local names a piece of a function needs, sets, and leaves for what runs after it. Errs on the safe side."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING, TypeAlias

from aigc_plugins.tasks.refactor.python.source import Block, Function, Source

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from aigc_plugins.tasks.refactor.python.scopes import Scopes

Names: TypeAlias = frozenset[str]
_NONE: Names = frozenset()
# Built-in functions that use up a generator before they return.
_CONSUMERS = frozenset(
    ("all", "any", "bytes", "dict", "frozenset", "list", "max", "min", "set", "sorted", "sum", "tuple")
)
_LOOPS = (ast.For, ast.AsyncFor, ast.While)
_WITHS = (ast.With, ast.AsyncWith)
_COMPOUND = (*_LOOPS, *_WITHS, ast.If, ast.Try, ast.Match, getattr(ast, "TryStar", ast.Try))


class Flow:
    """Local names of one function, by what the scopes say."""

    def __init__(self, source: Source, scopes: Scopes, function: Function) -> None:
        self.source = source
        self.function = function
        scope = scopes.of(function)
        self._set = {one.name for one in scopes.occurrences if one.stores}
        self._uses: dict[ast.AST, list[tuple[str, bool]]] = {}
        self.inner: set[str] = set()  # names that functions inside of the function see
        self.removed: set[str] = set()  # names that may lose their value again
        for one in scopes.occurrences:
            if scopes.binding(one) is not scope:
                continue
            self._uses.setdefault(one.node, []).append((one.name, one.stores))
            if one.scope is not scope and not self.at_once(one.scope.node):
                self.inner.add(one.name)
            if isinstance(one.node, ast.ExceptHandler) or isinstance(getattr(one.node, "ctx", None), ast.Del):
                self.removed.add(one.name)

    def at_once(self, node: ast.AST) -> bool:
        """Tell whether a comprehension is computed where it stands, as in `sum(... for ...)`."""
        if not isinstance(node, ast.GeneratorExp):
            return isinstance(node, ast.ListComp | ast.SetComp | ast.DictComp)
        call = self.source.parents.get(node)
        if not isinstance(call, ast.Call) or node not in call.args:
            return False
        if isinstance(call.func, ast.Attribute):
            return call.func.attr == "join" and isinstance(call.func.value, ast.Constant)
        name = getattr(call.func, "id", "")
        return name in _CONSUMERS and name not in self._set

    def loads(self, *nodes: ast.AST | None) -> Names:
        """Return the local names that are read anywhere in these nodes, functions inside included."""
        found = set()
        for node in self._all(nodes):
            for name, stores in self._uses.get(node, ()):
                if not stores or isinstance(getattr(node, "ctx", None), ast.Del):
                    found.add(name)
            if isinstance(node, ast.AugAssign) and isinstance(node.target, ast.Name):
                found.update(name for name, _ in self._uses.get(node.target, ()))
        return frozenset(found)

    def stores(self, *nodes: ast.AST | None) -> Names:
        """Return the local names that get or lose a value in these nodes."""
        return frozenset(name for node in self._all(nodes) for name, stores in self._uses.get(node, ()) if stores)

    def _all(self, nodes: Iterable[ast.AST | None]) -> Iterable[ast.AST]:
        return (one for node in nodes if node is not None for one in ast.walk(node))

    # What has a value

    def definite(self, statements: Sequence[ast.stmt]) -> Names:
        """Return the names that certainly have got a value once these statements ran to their end."""
        found: Names = _NONE
        for one in statements:
            found |= self._definite(one)
        return found - self.removed

    def _definite(self, node: ast.stmt) -> Names:
        if isinstance(node, ast.If):
            ways = [self.definite(body) for body in (node.body, node.orelse) if not exits(body)]
            return frozenset.intersection(*ways) if ways else _NONE
        if isinstance(node, _WITHS):
            return self.stores(*(item.optional_vars for item in node.items)) | self.definite(node.body)
        if isinstance(node, ast.Try):
            ways = [self.definite([*node.body, *node.orelse])]
            ways += [self.definite(handler.body) for handler in node.handlers if not exits(handler.body)]
            return frozenset.intersection(*ways) | self.definite(node.finalbody)
        if isinstance(node, (*_COMPOUND, ast.Expr)):
            return _NONE
        if isinstance(node, ast.Assign):
            return self.stores(*node.targets)
        if isinstance(node, ast.AnnAssign):
            return self.stores(node.target) if node.value is not None else _NONE
        if isinstance(node, ast.AugAssign):
            return self.stores(node.target)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            return frozenset(name for name, _ in self._uses.get(node, ()))
        return self.stores(node) if isinstance(node, ast.Import | ast.ImportFrom) else _NONE

    def bound_before(self, statement: ast.stmt) -> Names:
        """Return the names that certainly have a value when a statement starts."""
        given = self.function.args
        found = self.stores(*given.posonlyargs, *given.args, *given.kwonlyargs, given.vararg, given.kwarg)
        node: ast.AST = statement
        while node is not self.function:
            block, at = self.source.block_of(node)
            if all(isinstance(one, ast.stmt) for one in block.statements):
                found |= self.definite(block.statements[:at])
            owner = block.owner
            if isinstance(owner, ast.For | ast.AsyncFor) and block.field == "body":
                found |= self.stores(owner.target)
            elif isinstance(owner, _WITHS):
                found |= self.stores(*(item.optional_vars for item in owner.items))
            elif isinstance(owner, ast.ExceptHandler) and owner.name is not None:
                found |= self._within(owner)
            elif isinstance(owner, ast.match_case):
                found |= self._captured(owner.pattern)
            elif isinstance(owner, ast.Try) and block.field == "orelse":
                found |= self.definite(owner.body)
            node = owner
        return found - (self.removed - self._handled(statement))

    def _within(self, handler: ast.ExceptHandler) -> Names:
        return frozenset(name for name, _ in self._uses.get(handler, ()))

    def _handled(self, statement: ast.stmt) -> Names:
        """Return the names of exceptions that are being handled, and are stored nowhere else."""
        handlers = [one for one in self.source.ancestors(statement) if isinstance(one, ast.ExceptHandler)]
        names = frozenset(one.name for one in handlers if one.name is not None)
        deleted = {
            name
            for node, uses in self._uses.items()
            for name, _ in uses
            if isinstance(getattr(node, "ctx", None), ast.Del)
        }
        return names - deleted

    def _captured(self, pattern: ast.pattern) -> Names:
        alternatives = any(isinstance(one, ast.MatchOr) for one in ast.walk(pattern))
        return _NONE if alternatives else self.stores(pattern)

    # What is read before it is set

    def exposed(self, statements: Sequence[ast.AST], seen: Names = _NONE) -> Names:
        """Return the names that may be read in these statements with the value that they had before; not `seen`."""
        found: Names = _NONE
        for one in statements:
            found |= self._exposed(one, seen)
            if isinstance(one, ast.stmt):
                seen |= self._definite(one) - self.removed
        return found

    def _exposed(self, node: ast.AST, seen: Names) -> Names:
        if isinstance(node, ast.For | ast.AsyncFor):
            inside = seen | self.stores(node.target)
            first = self.loads(node.iter, node.target) - seen
            return first | self.exposed(node.body, inside) | self.exposed(node.orelse, seen)
        if isinstance(node, ast.If | ast.While):
            return (self.loads(node.test) - seen) | self.exposed(node.body, seen) | self.exposed(node.orelse, seen)
        if isinstance(node, _WITHS):
            return self._exposed_with(node, seen)
        if isinstance(node, ast.Try):
            after = seen | self.definite(node.body)
            found = self.exposed(node.body, seen) | self.exposed(node.orelse, after)
            return found | self.exposed(node.handlers, seen) | self.exposed(node.finalbody, seen)
        if isinstance(node, ast.ExceptHandler):
            inside = seen | self._within(node)
            return (self.loads(node.type) - seen) | self.exposed(node.body, inside)
        if isinstance(node, ast.Match):
            return (self.loads(node.subject) - seen) | self.exposed(node.cases, seen)
        if isinstance(node, ast.match_case):
            inside = seen | self._captured(node.pattern)
            return (self.loads(node.pattern, node.guard) - inside) | self.exposed(node.body, inside)
        return self.loads(node) - seen

    def _exposed_with(self, node: ast.With | ast.AsyncWith, seen: Names) -> Names:
        found: Names = _NONE
        for item in node.items:
            found |= self.loads(item.context_expr, item.optional_vars) - seen
            seen |= self.stores(item.optional_vars)
        return found | self.exposed(node.body, seen)

    def live_after(self, block: Block, last: int) -> Names:
        """Return the names that may be read after the statements of a block up to `last`, with what they hold then."""
        seen: Names = _NONE
        found: Names = _NONE
        while True:
            rest = block.statements[last:]
            found |= self.exposed(rest, seen)
            if all(isinstance(one, ast.stmt) for one in rest):
                seen |= self.definite(rest)
            owner = block.owner
            if owner is self.function:
                return found
            if isinstance(owner, (*_LOOPS, *_WITHS, ast.Try, ast.ExceptHandler)):
                seen = _NONE  # an exception, `break` or `continue` may have left the block before
                found |= self.loads(owner) if isinstance(owner, _LOOPS) else self.later_parts(owner)
            block, at = self.source.block_of(owner)
            last = len(block.statements) if block.field in ("handlers", "cases") else at + 1

    def later_parts(self, owner: ast.AST) -> Names:
        """Return what the other parts of a `try` may read."""
        if isinstance(owner, ast.Try):
            return self.exposed([*owner.handlers, *owner.orelse, *owner.finalbody])
        return _NONE


def exits(statements: Sequence[ast.stmt], kinds: tuple[type, ...] = (ast.Return, ast.Raise)) -> bool:
    """Tell whether statements never come to their end, but leave by one of `kinds`."""
    if not statements:
        return False
    last = statements[-1]
    if isinstance(last, ast.If):
        return exits(last.body, kinds) and exits(last.orelse, kinds)
    if isinstance(last, ast.Try) and not last.finalbody:
        ways = [last.orelse or last.body, *(handler.body for handler in last.handlers)]
        return all(exits(way, kinds) for way in ways)
    return isinstance(last, kinds)

"""Proposes the examples of documentation: of doctests, and of blocks of code in it. What they promise is told along."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import TYPE_CHECKING

from aigc_plugins.testgen.analysis.definitions import dotted, last_part
from aigc_plugins.testgen.parts import TestProposer
from aigc_plugins.testgen.proposers import promises
from aigc_plugins.testgen.proposers.blocks import Example, code_blocks, doctests
from aigc_plugins.testgen.proposers.known import Known
from aigc_plugins.testgen.proposers.names import Names, bare, bound, free, names_of, package_of, substituted
from aigc_plugins.testgen.proposers.slices import Code, kinds, scenario

if TYPE_CHECKING:
    from aigc_plugins.action import Job
    from aigc_plugins.testgen.parts import Subject
    from aigc_plugins.testgen.scenario import Goals, Scenario

NAME = "documented examples"
_DEFINITIONS = (ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)


class Examples(TestProposer):
    """Proposes what the module's documentation shows, with the values and exceptions that it promises."""

    name = NAME

    def propose(self, subject: Subject, goals: Goals, job: Job) -> Iterator[Scenario]:
        """Yield the examples in the order of the module's text, in the first round."""
        if goals.round:
            return
        known = Known(subject)
        seen: set[Scenario] = set()
        for owner, text in _documented(known.tree, ""):
            job.check()
            for examples in (*doctests(text), *code_blocks(text)):
                for one in _Reader(known, owner).read(examples):
                    if one not in seen:
                        seen.add(one)
                        yield one


def _documented(node: ast.AST, around: str) -> Iterator[tuple[str, str]]:
    """Yield the qualified name and the documentation of a module and all that it defines."""
    if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
        text = ast.get_docstring(node)
        if text:
            yield around, text
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.stmt | ast.ExceptHandler):
            name = child.name if isinstance(child, _DEFINITIONS) else ""
            yield from _documented(child, f"{around}.{name}".strip(".") if name else around)


class _Reader:
    """Reads the examples that stand together in the documentation of `owner`."""

    def __init__(self, known: Known, owner: str) -> None:
        self._known = known
        owner = owner.removesuffix(".__init__")
        self._owner = "" if owner in known.classes else owner
        subject = known.subject
        own = names_of(known.tree, subject.name, known.names, package_of(subject.path, subject.name))
        self._names = Names(modules={subject.name, subject.name.rpartition(".")[2]}, imports=dict(own.imports))
        self._before: list[ast.stmt] = []

    def read(self, examples: list[Example]) -> Iterator[Scenario]:
        """Yield a scenario for each example that calls a target, or shows what came of calling one."""
        for example in examples:
            self._names.add(names_of(example.node, self._known.subject.name, self._known.names))
            if isinstance(example.node, ast.Import | ast.ImportFrom):
                continue
            node = bare(example.node, self._names, self._known.names)
            found = self._scenario(node, example)
            if found is not None:
                yield found
            if not example.raises and not _is_question(node, example.want):
                self._before.append(node)

    def _scenario(self, node: ast.stmt, example: Example) -> Scenario | None:
        want = example.want
        match node:
            case ast.Expr(value=act):
                pass
            case ast.Assert(test=act):
                want = "True"
            case ast.Assign(value=act) | ast.AnnAssign(value=ast.expr() as act):
                pass
            case _:
                return None
        act = act.value if isinstance(act, ast.Await) else act
        inner, end = _printed(act)
        if inner is not None and end is not None:
            exact = "" if example.loose or not want else promises.printed(want, end)
            act, promised = (self._text(inner), exact) if exact else (inner, "")
        else:
            act, promised = self._promise(self._inlined(act if inner is None else inner), want)
        seen = kinds(self._before, self._known)
        target = self._known.first_called(act, seen, prefer=self._owner)
        if not target and (promised or example.raises):
            target = self._called_before(act)
        if not target:
            return None
        code = Code(self._before, self._names.imports)
        return scenario(self._known, target, act, code, origin=NAME, expected=promised, raises=example.raises)

    def _promise(self, act: ast.expr, want: str) -> tuple[ast.expr, str]:
        """Return the act and the expression of what is promised; a comparison that holds says what is."""
        match act:
            case ast.Compare(left=left, ops=[ast.Eq() | ast.Is()], comparators=[right]) if want.strip() == "True":
                seen = kinds(self._before, self._known)
                for one, other in ((left, right), (right, left)):
                    if self._known.first_called(one, seen) or not self._known.first_called(other, seen):
                        return one, promises.value(ast.unparse(other), self._known)
        return act, promises.value(want, self._known)

    def _text(self, node: ast.expr) -> ast.expr:
        """Return an expression for the text that printing a value shows."""
        target = self._known.wanted.get(self._known.called(node, kinds(self._before, self._known)))
        match node:
            case ast.JoinedStr() | ast.Call(func=ast.Attribute(value=ast.Constant(value=str()))):
                return node
        if target is not None and target.returns == "str":
            return node
        return ast.Call(ast.Name("str", ast.Load()), [node], [])

    def _inlined(self, act: ast.expr) -> ast.expr:
        """Return the act with the call itself where it is only a name for what a call gave."""
        if isinstance(act, ast.Name) and self._before:
            match self._before[-1]:
                case ast.Assign(targets=[ast.Name(id=name)], value=value) if name == act.id:
                    return substituted(act, {name: value})
        return act

    def _called_before(self, act: ast.expr) -> str:
        """Return the target that was called last on the way to what an act looks at."""
        wanted = free(act)
        for place in range(len(self._before) - 1, -1, -1):
            statement = self._before[place]
            if (bound(statement) | free(statement)) & wanted:
                seen = kinds(self._before[:place], self._known)
                target = self._known.first_called(statement, seen, prefer=self._owner)
                if target:
                    return target
                wanted |= free(statement)
        return ""


def _is_question(node: ast.stmt, want: str) -> bool:
    """Tell whether a statement only shows what a function gives, so that later ones do not need it."""
    return (
        isinstance(node, ast.Expr)
        and bool(want)
        and not (isinstance(node.value, ast.Call) and isinstance(node.value.func, ast.Attribute))
    )


def _printed(act: ast.expr) -> tuple[ast.expr | None, str | None]:
    """Return what an expression prints and the end of the line; no end where it prints values as Python writes them."""
    match act:
        case ast.Call(func=ast.Name(id="print"), args=[inner], keywords=keywords) if not isinstance(inner, ast.Starred):
            match keywords:
                case []:
                    return inner, "\n"
                case [ast.keyword(arg="end", value=ast.Constant(value=str(end)))]:
                    return inner, end
        case ast.Call(func=function, args=[inner]) if last_part(dotted(function)).lstrip("_") == "pprint":
            return inner, None
    return None, None

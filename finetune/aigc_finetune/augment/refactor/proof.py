"""Proof that two Python texts do the same: their compiled code is equal but for what a refactoring may change.

Nothing is run. Line tables are ignored: they only serve tracebacks.
"""

from __future__ import annotations

import ast
import dis
import warnings
from collections import Counter
from collections.abc import Iterator
from functools import lru_cache
from types import CodeType
from typing import Any

_OPTIMIZED = 0x1  # a function's code, not that of a module or a class
_VARARGS, _VARKEYWORDS = 0x4, 0x8


@lru_cache(maxsize=4)
def compiled(text: str) -> CodeType | None:
    """Compile a module, None where it does not compile."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return compile(text, "<file>", "exec", dont_inherit=True, optimize=0)
    except (SyntaxError, ValueError, OverflowError, RecursionError, MemoryError):
        return None


def same_code(before: str, after: str) -> bool:
    """Tell whether both compile to the same code."""
    one, other = compiled(before), compiled(after)
    return one is not None and other is not None and _equal(one, other, None)


def same_code_but_locals(before: str, after: str) -> bool:
    """Tell whether both compile to the same code but for the names of local variables.

    Parameters that may be passed by name, attributes and globals must keep theirs; in each function the new names stand
    for the old ones one to one, also in the functions inside it.
    """
    one, other = compiled(before), compiled(after)
    return one is not None and other is not None and _equal(one, other, {})


def same_definitions(before: str, after: str) -> bool:
    """Tell whether both modules hold the same code in another order of the definitions in modules and classes."""
    one, other = compiled(before), compiled(after)
    return one is not None and other is not None and _unordered(one) == _unordered(other)


def same_code_but_in_place(before: str, after: str) -> bool:
    """Tell whether both compile to the same code but for `x += y` where the other has `x = x + y`.

    For numbers the two are the same; that the operands are numbers is for the caller to know.
    """
    one, other = compiled(before), compiled(after)
    return one is not None and other is not None and _plain_operators(one) == _plain_operators(other)


def same_branches(before: str, after: str) -> bool:
    """Tell whether both have the same syntax tree once each `if not a: b else: c` is read as `if a: c else: b`."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            one, other = (ast.dump(_Positive().visit(ast.parse(text))) for text in (before, after))
            return one == other
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return False


class _Positive(ast.NodeTransformer):
    """Takes the `not` off the conditions of statements with two branches."""

    def visit_If(self, node: ast.If) -> ast.AST:
        self.generic_visit(node)
        while node.orelse and isinstance(node.test, ast.UnaryOp) and isinstance(node.test.op, ast.Not):
            node.test, node.body, node.orelse = node.test.operand, node.orelse, node.body
        return node


def _equal(one: CodeType, other: CodeType, outer: dict[str, str] | None) -> bool:
    """Compare two code objects. `outer` maps the names of the function around; None: no name may differ."""
    if _shape(one) != _shape(other) or one.co_names != other.co_names or len(one.co_consts) != len(other.co_consts):
        return False
    names: dict[str, str] | None = None
    if outer is None:
        if _local_names(one) != _local_names(other):
            return False
    else:
        names = _mapping(one, other, outer)
        if names is None:
            return False
    return all(_equal_constants(a, b, names) for a, b in zip(one.co_consts, other.co_consts, strict=True))


def _equal_constants(one: Any, other: Any, names: dict[str, str] | None) -> bool:
    if isinstance(one, CodeType) and isinstance(other, CodeType):
        return _equal(one, other, names)
    return bool(_constant(one) == _constant(other))


def _mapping(one: CodeType, other: CodeType, outer: dict[str, str]) -> dict[str, str] | None:
    """Return how the local names of a code object are renamed; None where that is not allowed, or not one to one."""
    by_name = slice(one.co_posonlyargcount, one.co_argcount + one.co_kwonlyargcount)
    if one.co_varnames[by_name] != other.co_varnames[by_name]:
        return None
    if any(outer.get(name, name) != new for name, new in zip(one.co_freevars, other.co_freevars, strict=True)):
        return None
    names: dict[str, str] = {}
    for old, new in zip(_local_names(one), _local_names(other), strict=True):
        if names.setdefault(old, new) != new:
            return None
    return names if len(set(names.values())) == len(names) else None


def _local_names(code: CodeType) -> tuple[str, ...]:
    return (*code.co_varnames, *code.co_cellvars, *code.co_freevars)


def _shape(code: CodeType) -> tuple[Any, ...]:
    """Return what must be equal in any case: instructions, flags, kinds of parameters, names of the code itself."""
    counts = (code.co_argcount, code.co_posonlyargcount, code.co_kwonlyargcount, code.co_nlocals)
    kinds = (len(code.co_varnames), len(code.co_cellvars), len(code.co_freevars))
    return (code.co_code, code.co_flags, counts, kinds, code.co_name, code.co_exceptiontable, code.co_stacksize)


def _constant(value: Any) -> Any:
    """Return a constant in a form whose equality is sameness: 1, 1.0 and True differ, 0.0 and -0.0 too."""
    if isinstance(value, tuple):
        return (tuple, *map(_constant, value))
    if isinstance(value, frozenset):
        return (frozenset, frozenset(map(_constant, value)))
    return (type(value), repr(value))


def _digest(code: CodeType) -> tuple[Any, ...]:
    """Return a function's code with all names, as a value that can be compared."""
    constants = tuple(_digest(one) if isinstance(one, CodeType) else _constant(one) for one in code.co_consts)
    return (_shape(code), code.co_names, _local_names(code), constants)


def _unordered(code: CodeType) -> tuple[Any, ...]:
    """Return a module's or a class's code without the order of its instructions, those of functions in order."""
    if code.co_flags & _OPTIMIZED:
        return _digest(code)
    nested = Counter(_unordered(one) for one in code.co_consts if isinstance(one, CodeType))
    return (code.co_name, frozenset(nested.items()), frozenset(Counter(_instructions(code)).items()))


def _instructions(code: CodeType) -> Iterator[tuple[str, Any]]:
    """Yield a code object's instructions by what they mean, not where they stand; jumps by their kind only."""
    jumps = {*dis.hasjrel, *dis.hasjabs}
    for one in dis.get_instructions(code):
        if one.opname == "EXTENDED_ARG":
            continue
        value = None if one.opcode in jumps or isinstance(one.argval, CodeType) else _constant(one.argval)
        yield one.opname, value


def _plain_operators(code: CodeType) -> tuple[Any, ...]:
    """Return `_digest` of a code object, with operators that work in place read as the plain ones."""
    listing = [
        (one.opname, one.argrepr.removesuffix("=") if one.opname == "BINARY_OP" else one.arg)
        for one in dis.get_instructions(code)
    ]
    constants = tuple(_plain_operators(one) if isinstance(one, CodeType) else _constant(one) for one in code.co_consts)
    return (tuple(listing), _shape(code)[1:], code.co_names, _local_names(code), constants)

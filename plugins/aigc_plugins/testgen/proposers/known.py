"""What proposers know of the module under test: its names, its classes, and which target an expression calls."""

from __future__ import annotations

import ast
import builtins
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from aigc_plugins.testgen.analysis.classes import Classes
from aigc_plugins.testgen.analysis.definitions import ClassFound, Definitions, definitions, dotted, statements

if TYPE_CHECKING:
    from aigc_plugins.testgen.parts import Subject
    from aigc_plugins.testgen.scenario import Target

BUILTINS = frozenset(dir(builtins))
BY_FUNCTION = {"len": "__len__", "str": "__str__", "repr": "__repr__", "bool": "__bool__", "hash": "__hash__",
                "iter": "__iter__", "list": "__iter__", "tuple": "__iter__", "sorted": "__iter__", "next": "__next__",
                "abs": "__abs__", "round": "__round__", "int": "__int__", "float": "__float__", "bytes": "__bytes__",
                "complex": "__complex__", "reversed": "__reversed__", "format": "__format__", "dir": "__dir__",
                "divmod": "__divmod__", "pow": "__pow__"}  # fmt: skip
_BINARY: dict[type[ast.operator], str] = {
    ast.Add: "__add__", ast.Sub: "__sub__", ast.Mult: "__mul__", ast.Div: "__truediv__", ast.FloorDiv: "__floordiv__",
    ast.Mod: "__mod__", ast.Pow: "__pow__", ast.MatMult: "__matmul__", ast.BitAnd: "__and__", ast.BitOr: "__or__",
    ast.BitXor: "__xor__", ast.LShift: "__lshift__", ast.RShift: "__rshift__",
}  # fmt: skip
_UNARY: dict[type[ast.unaryop], str] = {ast.USub: "__neg__", ast.UAdd: "__pos__", ast.Invert: "__invert__"}
_COMPARED: dict[type[ast.cmpop], str] = {
    ast.Eq: "__eq__", ast.NotEq: "__ne__", ast.Lt: "__lt__", ast.LtE: "__le__", ast.Gt: "__gt__", ast.GtE: "__ge__",
}  # fmt: skip


class Known:
    """The module under test as far as code that uses it can be read by it."""

    def __init__(self, subject: Subject) -> None:
        self.subject = subject
        self.tree = ast.parse(subject.text.removeprefix("\ufeff"))
        self.wanted: Mapping[str, Target] = {one.name: one for one in subject.targets}
        self._every = {one.name: one for one in subject.all_targets}
        self.classes: dict[str, ClassFound] = {}
        defined = definitions(self.tree.body)
        self._gather(defined)
        self.lines = Classes(self.classes)
        self.functions = defined.functions
        self.names = frozenset(defined.functions) | frozenset(defined.classes) | frozenset(_variables(self.tree))

    def _gather(self, defined: Definitions | ClassFound) -> None:
        for one in defined.classes.values():
            self.classes[one.name] = one
            self._gather(one)

    def called(self, node: ast.AST, kinds: Mapping[str, str], *, prefer: str | None = None) -> str:
        """Return the name of the target that an expression as a whole calls, empty where it calls none.

        `kinds` are the classes of the names that are bound around it. With a text for `prefer`, a method of an instance
        of unknown class is taken for that target, or for the only one of that name.
        """
        if isinstance(node, ast.Call):
            return self._by_call(node, kinds, prefer)
        if isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Load):
            return self._member(node.value, node.attr, kinds, prefer, ("property",))
        match node:
            case ast.BinOp(left=left, op=binary, right=right):
                name = _BINARY[type(binary)]
                return self._special(left, name, kinds) or self._special(right, f"__r{name[2:]}", kinds)
            case ast.UnaryOp(op=unary, operand=operand) if type(unary) in _UNARY:
                return self._special(operand, _UNARY[type(unary)], kinds)
            case ast.Compare(left=left, ops=[ast.In() | ast.NotIn()], comparators=[right]):
                return self._special(right, "__contains__", kinds)
            case ast.Compare(left=left, ops=[compare], comparators=[right]) if type(compare) in _COMPARED:
                return self._special(left, _COMPARED[type(compare)], kinds)
            case ast.Subscript(value=value):
                return self._special(value, "__getitem__", kinds)
        return ""

    def first_called(self, node: ast.AST, kinds: Mapping[str, str], *, prefer: str = "") -> str:
        """Return the wanted target that any part of an expression calls, `prefer` first, then the outermost."""
        found = [name for one in ast.walk(node) if (name := self.called(one, kinds, prefer=prefer)) in self.wanted]
        return prefer if prefer in found else found[0] if found else ""

    def class_of(self, node: ast.AST, kinds: Mapping[str, str]) -> str:
        """Return the class of the module that an expression makes an instance of, empty where that is not known."""
        match node:
            case ast.Name(id=name):
                return kinds.get(name, "")
            case ast.Call(func=function):
                name = dotted(function)
                if name in self.classes:
                    return name
                target = self._every.get(self.called(node, kinds))
                if target is None:
                    return ""
                returned = target.returns.strip("\"'").removesuffix(" | None")
                holder = target.name.rpartition(".")[0]
                if returned in ("Self", "typing.Self") or (target.kind == "classmethod" and not returned):
                    return holder
                return returned if returned in self.classes else ""
            case ast.Attribute(value=ast.Name(id=name)) if name in self.classes:
                return name if self.lines.kind(self.classes[name]) == "enum" else ""
            case ast.Await(value=inner):
                return self.class_of(inner, kinds)
        return ""

    def _by_call(self, node: ast.Call, kinds: Mapping[str, str], prefer: str | None) -> str:
        name = dotted(node.func)
        if name in kinds:
            return self._special(node.func, "__call__", kinds)
        if name in self.functions or name in self.classes:
            return name if name in self._every else ""
        if isinstance(node.func, ast.Attribute):
            return self._member(
                node.func.value, node.func.attr, kinds, prefer, ("method", "classmethod", "staticmethod")
            )
        if isinstance(node.func, ast.Name) and node.func.id in BY_FUNCTION and node.args:
            return self._special(node.args[0], BY_FUNCTION[node.func.id], kinds)
        return self._special(node.func, "__call__", kinds)

    def _member(
        self, holder: ast.expr, name: str, kinds: Mapping[str, str], prefer: str | None, allowed: tuple[str, ...]
    ) -> str:
        owner = dotted(holder) if dotted(holder) in self.classes else self.class_of(holder, kinds)
        if owner:
            found = self._inherited(owner, name)
            return found if found and self._every[found].kind in allowed else ""
        if isinstance(holder, ast.Name) and holder.id not in kinds:
            return ""  # a module, or something of another one
        if prefer is None:
            return ""
        same = [one for one in self._every if one.endswith(f".{name}") and self._every[one].kind in allowed]
        return prefer if prefer in same else same[0] if len(same) == 1 else ""

    def _special(self, node: ast.expr, name: str, kinds: Mapping[str, str]) -> str:
        owner = self.class_of(node, kinds)
        return self._inherited(owner, name) if owner else ""

    def _inherited(self, owner: str, name: str) -> str:
        """Return the target that a class or the first of those that it inherits from has for a method."""
        names = [f"{one.name}.{name}" for one in self.lines.line_of(self.classes[owner])]
        return next((one for one in names if one in self._every), "")


def _variables(tree: ast.Module) -> Iterator[str]:
    """Yield the names that a module's own statements bind to values."""
    for node in statements(tree.body):
        targets: list[ast.expr] = []
        if isinstance(node, ast.Assign):
            targets = node.targets
        elif isinstance(node, ast.AnnAssign) and node.value is not None:
            targets = [node.target]
        yield from (one.id for target in targets for one in ast.walk(target) if isinstance(one, ast.Name))

"""What a generated project consists of, as values: resources with fields, and functions with examples.

Where a plan comes from (`describe`, `propose`), and how it becomes files (`render`), is not known here.
"""

from __future__ import annotations

import ast
import dataclasses
from dataclasses import dataclass
from typing import Any

from aigc_plugins.tasks.project import names
from aigc_plugins.tasks.project.code import literal

KINDS = ("str", "int", "float", "bool", "date", "list[str]")
OPERATIONS = ("list", "get", "create", "update", "delete")
MOST_RESOURCES, MOST_FIELDS, MOST_FUNCTIONS, MOST_EXAMPLES = 8, 12, 8, 8
_SCALARS = frozenset(("str", "int", "float", "bool"))
_WORDS = {
    "string": "str", "text": "str", "integer": "int", "number": "float", "decimal": "float", "double": "float",
    "boolean": "bool", "flag": "bool", "datetime": "date", "List": "list", "Dict": "dict", "Tuple": "tuple",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Field:
    """A field of a resource; `kind` is one of KINDS."""

    name: str
    kind: str = "str"


@dataclass(frozen=True, slots=True)
class Resource:
    """Something that the project keeps; the name is singular and in snake case."""

    name: str
    fields: tuple[Field, ...] = ()
    operations: tuple[str, ...] = OPERATIONS

    @property
    def collection(self) -> str:
        """The name of all of them together."""
        return names.collection_name(self.name)

    @property
    def class_name(self) -> str:
        """The name of its class."""
        return names.class_name(self.name)


@dataclass(frozen=True, slots=True)
class Example:
    """What a function returns for some arguments; all are Python literals."""

    arguments: tuple[Any, ...]
    result: Any


@dataclass(frozen=True, slots=True)
class Function:
    """A function without state. `parameters` are names and types as they are written, `code` is its body, indented.

    The examples are the user's, or `guessed` by the model.
    """

    name: str
    parameters: tuple[tuple[str, str], ...]
    returns: str
    doc: str
    examples: tuple[Example, ...] = ()
    guessed: bool = False
    code: str = ""
    imports: tuple[str, ...] = ()

    @property
    def header(self) -> str:
        """The line with `def`."""
        parameters = ", ".join(f"{name}: {kind}" for name, kind in self.parameters)
        return f"def {self.name}({parameters}) -> {self.returns}:"

    def call(self, example: Example) -> str:
        """Return an example's call as it is written."""
        return f"{self.name}({', '.join(map(literal, example.arguments))})"


@dataclass(frozen=True, slots=True)
class Plan:
    """A whole project. `remarks` say in sentences what was chosen, and what is not in it."""

    package: str
    description: str
    resources: tuple[Resource, ...] = ()
    functions: tuple[Function, ...] = ()
    remarks: tuple[str, ...] = ()

    def without(self, name: str, reason: str) -> Plan:
        """Return the plan without a function, and with the reason."""
        kept = tuple(one for one in self.functions if one.name != name)
        return dataclasses.replace(self, functions=kept, remarks=(*self.remarks, f"`{name}` is left out: {reason}"))


def function_of(header: str, doc: str) -> Function | None:
    """Return the function that `name(parameter: type, …) -> type` stands for, None where it may not be one."""
    try:
        tree = ast.parse(f"def {header.strip().removeprefix('def ').rstrip(': ')}: ...")
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None
    if len(tree.body) != 1 or not isinstance(tree.body[0], ast.FunctionDef):
        return None
    made, given = tree.body[0], tree.body[0].args
    if given.vararg or given.kwarg or given.kwonlyargs or given.posonlyargs or given.defaults or not given.args:
        return None
    parameters = [(one.arg, kind_of(one.annotation)) for one in given.args]
    returns, name = kind_of(made.returns), names.function_name(made.name)
    sound = all(kind and names.snake(one) == one for one, kind in parameters)
    if not name or not returns or not sound or len({one for one, _ in parameters}) != len(parameters):
        return None
    return Function(name, tuple(parameters), returns, sentence(doc) or _doc_for(name))


def _doc_for(name: str) -> str:
    first, _, rest = name.replace("_", " ").partition(" ")
    if rest and first == "to":
        return f"Convert to {rest}."
    return f"Tell whether it {first} {rest}." if rest and first in ("is", "has") else f"Compute `{name}`."


def kind_of(node: ast.expr | None) -> str:
    """Return the type that an annotation says, in its plain form; empty where JSON has nothing of that kind."""
    match node:
        case ast.Constant(value=None):
            return "None"
        case ast.Name(id=name):
            name = _WORDS.get(name, name)
            return name if name in _SCALARS else {"list": "list[str]", "dict": "dict[str, int]"}.get(name, "")
        case ast.BinOp(left=left, op=ast.BitOr(), right=right):
            sides = (kind_of(left), kind_of(right))
            return " | ".join(sides) if all(sides) else ""
        case ast.Subscript(value=ast.Name(id=outer), slice=inner):
            parts = inner.elts if isinstance(inner, ast.Tuple) else [inner]
            kinds = tuple(kind_of(part) for part in parts)
            outer = _WORDS.get(outer, outer)
            fits = {"list": len(kinds) == 1, "tuple": True, "dict": len(kinds) == 2 and kinds[0] == "str"}
            return f"{outer}[{', '.join(kinds)}]" if fits.get(outer) and all(kinds) else ""
    return ""


def sentence(text: str) -> str:
    """Return a text as one sentence that may stand in a docstring."""
    line = " ".join(text.replace('"""', "").replace("\\", "").split()).strip(" .,:;-–—`\"'")[:200]
    return f"{line[0].upper()}{line[1:]}." if line else ""

"""Tells what kind of class a class is, and what its constructor takes. Its methods are those of functions."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping, Sequence

from aigc_plugins.behaviour import hints
from aigc_plugins.testgen.analysis.definitions import ClassFound, FunctionFound, decorators, dotted, last_part
from aigc_plugins.testgen.analysis.functions import annotation, frozen, parameters
from aigc_plugins.testgen.scenario import Parameter

_ENUMS = ("Enum", "IntEnum", "StrEnum", "Flag", "IntFlag", "ReprEnum")
_ABSTRACT = ("abstractmethod", "abstractproperty", "abstractclassmethod", "abstractstaticmethod")
_DATACLASSES = ("dataclass", "dataclasses.dataclass", "attr.s", "attr.attrs", "attr.dataclass", "attr.define",
                "attr.frozen", "attr.mutable", "attrs.define", "attrs.frozen", "attrs.mutable", "define", "frozen"
                )  # fmt: skip
_FIELDS = (
    "field",
    "dataclasses.field",
    "attr.ib",
    "attr.attrib",
    "attr.field",
    "attrs.field",
    "Field",
    "pydantic.Field",
)
_MAKERS = ("__init__", "__new__")


class Classes:
    """The classes of a module, by qualified name."""

    def __init__(self, classes: Mapping[str, ClassFound]) -> None:
        self._classes = classes

    def line_of(self, found: ClassFound) -> list[ClassFound]:
        """Return a class and those of the module that it inherits from, in about the order of lookup."""
        line: list[ClassFound] = []
        waiting = [found]
        while waiting:
            one = waiting.pop(0)
            if one not in line:
                line.append(one)
                waiting += [self._classes[base] for base in one.bases if base in self._classes]
        return line

    def bases(self, found: ClassFound) -> set[str]:
        """Return the last parts of the names of all that a class inherits from."""
        return {last_part(base) for one in self.line_of(found) for base in one.bases}

    def kind(self, found: ClassFound) -> str:
        """Return `protocol`, `typed dict`, `enum`, `named tuple`, `data` or, for all others, an empty text."""
        bases = self.bases(found)
        if "Protocol" in {last_part(one) for one in found.bases}:
            return "protocol"
        if "TypedDict" in bases:
            return "typed dict"
        if bases & set(_ENUMS):
            return "enum"
        if "NamedTuple" in bases:
            return "named tuple"
        return "data" if self._makes_fields(found) else ""

    def is_abstract(self, found: ClassFound) -> bool:
        """Tell whether a class leaves a method to those that inherit from it, so that it cannot be made."""
        line = self.line_of(found)
        if "ABC" not in self.bases(found):
            return False
        names = {name for one in line for name, function in one.functions.items() if _is_abstract(function)}
        for name in names:
            first = next(one.functions[name] for one in line if name in one.functions)
            if _is_abstract(first):
                return True
        return False

    def maker(self, found: ClassFound) -> FunctionFound | None:
        """Return the `__init__` or `__new__` that a class defines itself."""
        return next((found.functions[name] for name in _MAKERS if name in found.functions), None)

    def constructor(self, found: ClassFound) -> tuple[Parameter, ...] | None:
        """Return what a class is made with, None where that is not seen."""
        for one in self.line_of(found):
            maker = self.maker(one)
            if maker is not None:
                return parameters(maker.node, bound=True)
            if self.kind(one) in ("data", "named tuple"):
                return tuple(self._fields(one))
        if self.kind(found) == "enum":
            return (Parameter("value"),)
        return () if not [base for base in self.bases(found) if base not in ("object", "ABC", "Generic")] else None

    def is_own(self, found: ClassFound) -> bool:
        """Tell whether making an instance runs something that the class itself says."""
        if self.maker(found) is not None or "__post_init__" in found.functions:
            return True
        kind = self.kind(found)
        if kind == "enum":
            return "_missing_" in found.functions
        return kind in ("data", "named tuple") and any(_field(one)[0] for one in found.node.body)

    def _makes_fields(self, found: ClassFound) -> bool:
        for node in found.node.decorator_list:
            if dotted(node) in _DATACLASSES:
                return _option(node, "init", default=True)
        return "BaseModel" in self.bases(found)

    def _fields(self, found: ClassFound) -> Iterator[Parameter]:
        fields: dict[str, Parameter] = {}
        model = "BaseModel" in self.bases(found)
        for one in reversed(self.line_of(found)):
            if model or self.kind(one) in ("data", "named tuple"):
                keywords = model or any(_option(node, "kw_only", default=False) for node in one.node.decorator_list)
                for parameter in _own_fields(one.node.body, keywords):
                    fields[parameter.name] = parameter
        yield from sorted(fields.values(), key=lambda one: one.keyword)


def _is_abstract(function: FunctionFound) -> bool:
    return any(last_part(one) in _ABSTRACT for one in decorators(function.node))


def _option(node: ast.AST, name: str, *, default: bool) -> bool:
    for keyword in node.keywords if isinstance(node, ast.Call) else ():
        if keyword.arg == name and isinstance(keyword.value, ast.Constant):
            return bool(keyword.value.value)
    return default


def _own_fields(body: Sequence[ast.stmt], keywords: bool) -> Iterator[Parameter]:
    for node in body:
        name, written, value = _field(node)
        if not name or written.startswith(("ClassVar", "typing.ClassVar")):
            continue
        if last_part(written) == "KW_ONLY":
            keywords = True
            continue
        for wrapper in ("InitVar[", "dataclasses.InitVar[", "Final[", "Required[", "ReadOnly["):
            written = written.removeprefix(wrapper).removesuffix("]") if written.startswith(wrapper) else written
        given = value.keywords if isinstance(value, ast.Call) and _is_field(value) else []
        options = {one.arg: one.value for one in given}
        if _is_constant(options.get("init"), False):
            continue
        kinds = () if written else tuple(map(frozen, _guess(name)))
        keyword = keywords or _is_constant(options.get("kw_only"), True)
        yield Parameter(
            name.lstrip("_") if _is_attrs(value) else name, written, _default(value, options), "", keyword, kinds
        )


def _field(node: ast.stmt) -> tuple[str, str, ast.expr | None]:
    match node:
        case ast.AnnAssign(target=ast.Name(id=name), annotation=written, value=value):
            return name, annotation(written), value
        case ast.Assign(targets=[ast.Name(id=name)], value=value) if _is_attrs(value):
            return name, "", value
    return "", "", None


def _is_field(value: ast.expr | None) -> bool:
    return isinstance(value, ast.Call) and dotted(value) in _FIELDS


def _is_attrs(value: ast.expr | None) -> bool:
    return isinstance(value, ast.Call) and dotted(value).startswith(("attr.", "attrs."))


def _is_constant(node: ast.expr | None, value: object) -> bool:
    return isinstance(node, ast.Constant) and node.value is value


def _default(value: ast.expr | None, options: Mapping[str | None, ast.expr]) -> str:
    if value is None:
        return ""
    if not _is_field(value):
        return ast.unparse(value)
    if "default" in options:
        return ast.unparse(options["default"])
    for name in ("default_factory", "factory"):
        if name in options:
            return ast.unparse(ast.Call(options[name], [], []))
    given = value.args if isinstance(value, ast.Call) else []
    return ast.unparse(given[0]) if given and not _is_constant(given[0], ...) else ""


def _guess(name: str) -> list[hints.Kind]:
    """Return the guesses for a parameter of that name, of which nothing else is known."""
    written = ast.parse(f"def f({name}): pass").body[0]
    return hints.guesses(written)[name] if isinstance(written, ast.FunctionDef) else []

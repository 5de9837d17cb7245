"""Reads a function's parameters, return type, and what it returns and raises off its syntax. It infers no types."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Iterator

    import tree_sitter

    from aigc_plugins.tasks.functions import Definition

ParameterKind: TypeAlias = Literal["positional-only", "positional", "keyword-only", "rest", "keywords", "receiver"]

# How the grammars of Python, JavaScript, TypeScript, Go, Java and Rust call what is read here.
_REST = frozenset(("list_splat_pattern", "rest_pattern", "variadic_parameter_declaration", "spread_parameter"))
_RECEIVERS = frozenset(("this", "receiver_parameter", "self_parameter"))
_SKIPPED = frozenset(("comment", "line_comment", "block_comment", "attribute_item", "type_parameter", "decorator"))
_INNER = frozenset(
    ("lambda", "lambda_expression", "func_literal", "closure_expression", "arrow_function", "function_expression",
     "generator_function", "class", "class_body", "async_block")
)  # fmt: skip
_OF_FIELDS = re.compile(
    r"^@(?:\w+\.)?(?:dataclass|define|frozen)\b|\b(?:NamedTuple|TypedDict|BaseModel)\b", re.MULTILINE
)
_CATCH_ALL = frozenset(("Exception", "BaseException"))


@dataclass(frozen=True, slots=True)
class Parameter:
    """A parameter as it is written: `type` and `default` are texts of the source, empty where there is none.

    `name` has neither stars nor dots; it is empty where there is only a type (Go), and the whole pattern where the
    parameter is taken apart (`{a, b}`), which `pattern` tells. `rest` takes any number of arguments, `keywords` those
    given by name; a `receiver` is what a method is called on (`self`, `cls`, `this`, Go's `(s *T)`).
    """

    name: str
    type: str
    default: str
    kind: ParameterKind
    node: tree_sitter.Node
    pattern: bool = False


@dataclass(frozen=True, slots=True)
class Facts:
    """What a function's own statements say, those of functions inside of it left out.

    `returned` are the texts of what its `return`s give, in order and each once; `raises` the names of the exceptions
    that it raises itself and does not catch around that place.
    """

    returns_value: bool = False
    yields: bool = False
    is_async: bool = False
    returned: tuple[str, ...] = ()
    raises: tuple[str, ...] = ()


def parameters(definition: Definition) -> tuple[Parameter, ...]:
    """Return a function's parameters in order, receivers too; none of a class, and of a language not named above."""
    node = definition.node
    found: list[Parameter] = []
    single = node.child_by_field_name("parameter")  # x => x
    if single is not None:
        return (Parameter(_text(single), "", "", "positional", single),)
    for field in ("receiver", "parameters"):
        given = node.child_by_field_name(field)
        kind: ParameterKind = "receiver" if field == "receiver" else "positional"
        for child in given.children if given is not None else ():
            if child.type in ("positional_separator", "/"):
                found = [_with_kind(one, "positional-only") for one in found]
            elif child.type in ("keyword_separator", "*"):
                kind = "keyword-only"
            elif child.is_named and child.type not in _SKIPPED:
                found += _read(child, kind)
                if definition.tree.language.name == "python" and found and found[-1].kind == "rest":
                    kind = "keyword-only"
    if found and _is_method(definition):
        found[0] = _with_kind(found[0], "receiver")
    return tuple(found)


def fields(definition: Definition) -> tuple[Parameter, ...]:
    """Return the fields of a Python class that is made of them (a data class, a named tuple, a typed dictionary)."""
    header, body = definition.header, definition.body
    if definition.tree.language.name != "python" or body is None or not _OF_FIELDS.search(header):
        return ()
    found = []
    for statement in body.named_children:
        node = statement.named_children[0] if statement.named_child_count else statement
        name, kind = node.child_by_field_name("left"), node.child_by_field_name("type")
        if node.type == "assignment" and name is not None and kind is not None and "ClassVar" not in _text(kind):
            value = node.child_by_field_name("right")
            default = _text(value) if value is not None else ""
            found.append(Parameter(_text(name), _text(kind), default, "positional", node))
    return tuple(found)


def return_type(definition: Definition) -> str:
    """Return the written return type, empty where there is none."""
    node = definition.node
    for field in ("return_type", "result", "type"):
        found = node.child_by_field_name(field)
        if found is not None:
            return _text(found).removeprefix(":").strip()
    return ""


def facts(definition: Definition) -> Facts:
    """Return what a function's statements say of it."""
    body = definition.body
    is_async = any(_text(child).split()[:1] == ["async"] for child in definition.node.children if child != body)
    if body is None:
        return Facts(is_async=is_async)
    returned: dict[str, None] = {}
    raised: dict[str, None] = dict.fromkeys(_declared_exceptions(definition.node))
    yields = False
    if definition.node.type == "arrow_function" and body.type != "statement_block":
        returned[_text(body)] = None
    for node in own_nodes(definition):
        if node.type == "return_statement" and (value := _value(node)) is not None:
            returned[_text(value)] = None
        elif node.type in ("yield", "yield_expression"):
            yields = True
        elif node.type in ("raise_statement", "throw_statement"):
            name = _raised(node)
            if name and not _caught(node, name, body):
                raised[name] = None
    written = return_type(definition)
    returns_value = any(text not in ("None", "undefined") for text in returned)
    if definition.tree.language.name in ("go", "java", "rust"):
        returns_value = written not in ("", "void", "()")
    return Facts(returns_value, yields, is_async, tuple(returned), tuple(raised))


def own_nodes(definition: Definition) -> Iterator[tree_sitter.Node]:
    """Yield the named nodes of a body in order, without those of functions and classes inside of it."""
    language = definition.tree.language
    inner = _INNER | {*language.function_nodes, *language.class_nodes}
    waiting = [definition.body] if definition.body is not None else []
    while waiting:
        node = waiting.pop()
        if node.type in inner and node != definition.body:
            continue
        yield node
        waiting += reversed(node.named_children)


def _read(node: tree_sitter.Node, kind: ParameterKind) -> list[Parameter]:
    """Return the parameters that a node of a parameter list declares; several in Go's `a, b int`."""
    type_node, value = node.child_by_field_name("type"), node.child_by_field_name("value")
    right = node.child_by_field_name("right")
    type_text = _text(type_node).removeprefix(":").strip() if type_node is not None else ""
    given = value or right
    default = _text(given) if given is not None else ""
    if node.type in _RECEIVERS:
        return [Parameter(_text(node).split()[-1].lstrip("&"), "", "", "receiver", node)]
    names = node.children_by_field_name("name")
    if node.type in ("parameter_declaration", "variadic_parameter_declaration"):
        rest: ParameterKind = "rest" if node.type in _REST else kind
        return [Parameter(_text(name), type_text, "", rest, node) for name in names] or [
            Parameter("", type_text, "", rest, node)
        ]
    if node.type == "spread_parameter":  # Java: the type is a child without a field
        parts = [child for child in node.named_children if child.type not in (*_SKIPPED, "modifiers")]
        return [Parameter(_text(parts[-1]), _text(parts[0]), "", "rest", node)]
    target = node.child_by_field_name("pattern") or node.child_by_field_name("left") or (names[0] if names else None)
    if target is None:
        parts = [child for child in node.named_children if child != type_node and child.type not in _SKIPPED]
        target = parts[0] if node.type == "typed_parameter" and parts else node
    return [_simple(target, type_text, default, kind, node)]


def _simple(
    target: tree_sitter.Node, type_text: str, default: str, kind: ParameterKind, node: tree_sitter.Node
) -> Parameter:
    if target.type in _RECEIVERS:
        return Parameter(_text(target), type_text, default, "receiver", node)
    if target.type in _REST:
        kind = "rest"
    elif target.type == "dictionary_splat_pattern":
        kind = "keywords"
    name = _text(target).lstrip("*.").strip()
    pattern = not name.replace("$", "_").removeprefix("r#").removeprefix("mut ").strip().isidentifier()
    return Parameter(name.removeprefix("mut ").strip(), type_text, default, kind, node, pattern)


def _with_kind(one: Parameter, kind: ParameterKind) -> Parameter:
    return Parameter(one.name, one.type, one.default, kind, one.node, one.pattern)


def _is_method(definition: Definition) -> bool:
    """Tell whether a Python function's first parameter is what it is called on."""
    if definition.tree.language.name != "python":
        return False
    outer = definition.node.parent
    decorators: list[str] = []
    if outer is not None and outer.type == "decorated_definition":
        decorators = [_text(child) for child in outer.named_children if child.type == "decorator"]
        outer = outer.parent
    in_class = outer is not None and outer.parent is not None and outer.parent.type == "class_definition"
    return in_class and "@staticmethod" not in decorators


def _value(node: tree_sitter.Node) -> tree_sitter.Node | None:
    return next((child for child in node.named_children if child.type not in _SKIPPED), None)


def _raised(node: tree_sitter.Node) -> str:
    """Return the name of the exception that a statement raises, empty where it raises what a variable holds."""
    value = _value(node)
    for field in ("function", "constructor", "type"):
        inner = value.child_by_field_name(field) if value is not None else None
        value = inner if inner is not None else value
    name = _text(value) if value is not None else ""
    parts = name.split(".")
    plain = all(part.isidentifier() for part in parts) and parts[0] not in ("self", "cls", "this")
    return name if plain and (len(parts) > 1 or name[:1].isupper()) else ""


def _caught(node: tree_sitter.Node, name: str, body: tree_sitter.Node) -> bool:
    """Tell whether a `try` around a statement, inside of `body`, catches what it raises."""
    child, parent = node, node.parent
    while parent is not None and child != body:
        if parent.type == "try_statement" and parent.child_by_field_name("body") == child:
            for clause in parent.named_children:
                if clause.type in ("except_clause", "except_group_clause", "catch_clause") and _catches(clause, name):
                    return True
        child, parent = parent, parent.parent
    return False


def _catches(clause: tree_sitter.Node, name: str) -> bool:
    header = _text(clause).partition(":" if clause.type != "catch_clause" else "{")[0]
    words = set("".join(c if c.isalnum() or c in "_." else " " for c in header).split())
    if clause.type == "catch_clause" and all(child.type != "catch_formal_parameter" for child in clause.children):
        return True  # JavaScript catches everything
    return name in words or words <= {"except"} or bool(words & _CATCH_ALL)


def _declared_exceptions(node: tree_sitter.Node) -> list[str]:
    return [_text(name) for child in node.named_children if child.type == "throws" for name in child.named_children]


def _text(node: tree_sitter.Node) -> str:
    return (node.text or b"").decode("utf-8", "replace")

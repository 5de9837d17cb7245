"""Decides whether a translated function may be shown: one function of that name, complete, and shaped like the source.

That it does the same cannot be seen here; what can be seen to differ is withheld.
"""

from __future__ import annotations

import re
from itertools import pairwise
from typing import TYPE_CHECKING

from aigc_plugins.inline.clean import PLACEHOLDER
from aigc_plugins.inline.fit import without_loops
from aigc_plugins.syntax import SyntaxTree
from aigc_plugins.tasks.functions import as_definition
from aigc_plugins.tasks.instruct.definitions import calls_itself, outermost
from aigc_plugins.tasks.instruct.gap import STUB
from aigc_plugins.tasks.instruct.names import IMPLICIT, binds, name_of, uses
from aigc_plugins.tasks.signatures import facts, own_nodes, parameters

if TYPE_CHECKING:
    import tree_sitter

    from aigc_plugins.syntax import Language
    from aigc_plugins.tasks.functions import Definition
    from aigc_plugins.tasks.translate.signature import Header

# Where a piece of code cannot stand alone, what stands around it while it is parsed.
_AROUND = {
    ("java", "member"): ("class A {\n", "\n}\n"),
    ("typescript", "method"): ("class A {\n", "\n}\n"),
    ("rust", "method"): ("impl A {\n", "\n}\n"),
    ("go", "statements"): ("package a\n\nfunc f() {\n", "\n}\n"),
    ("java", "statements"): ("class A {\nvoid f() {\n", "\n}\n}\n"),
    ("rust", "statements"): ("fn f() {\n", "\n}\n"),
}
_CONTROL = re.compile(r"(?:^|_)(?:if|for|while|loop|match|switch|conditional|ternary|try|do)(?:_|$)")
_LOOP = re.compile(r"(?:^|_)(?:for|while|loop)(?:_|$)")
_ELSEWHERE = re.compile(
    r"call|selector|member|attribute|field|scoped|method|macro|type|token|label|argument_name|struct|pair|key"
)
_STRING = re.compile(r"\"([^\"\\\n]{3,})\"|'([^'\\\n]{3,})'")
_TELLING = 8  # characters of a line that stands twice by mistake only
_NUMBER = re.compile(r"(?<![\w.])\d{2,}(?![\w.])")


def function_fault(source: Definition, text: str, target: Language, wanted: Header) -> str | None:
    """Tell why a translated function may not be shown; None: it may."""
    fault = text_fault(source.text, text)
    if fault:
        return fault
    kind = "member" if target.name == "java" else "method" if wanted.method else ""
    start, end = _AROUND.get((target.name, kind), ("", ""))
    tree = SyntaxTree(target, f"{start}{text}{end}")
    if tree.errors():
        return f"it is no {target.title}"
    found = outermost(tree, len(start), len(start) + len(text))
    if [one.name for one in found if one.kind == "function"] != [wanted.name] or len(found) != 1:
        return f"it is not one function called `{wanted.name}`"
    (function,) = found
    outside = tree.text[len(start) : function.start] + tree.text[function.end : len(start) + len(text)]
    if outside.strip():
        return "there is more than the function"
    if len([one for one in parameters(function) if one.kind != "receiver"]) != wanted.count:
        return "it has other parameters"
    return _shape_fault(source, function)


def class_fault(source: Definition, text: str, target: Language, name: str, methods: list[str]) -> str | None:
    """Tell why a translated class may not be shown; None: it may. `methods` are the names that it must have."""
    fault = text_fault(source.text, text)
    if fault:
        return fault
    tree = SyntaxTree(target, text)
    if tree.errors():
        return f"it is no {target.title}"
    found = _all(tree)
    if not any(one.kind == "class" and one.name == name for one in found):
        return f"there is no `{name}` in it"
    missing = [method for method in methods if method not in {one.name for one in found}]
    return f"there is no `{missing[0]}` in it" if missing else None


def statements_fault(source: str, text: str, target: Language) -> str | None:
    """Tell why translated statements may not be shown; None: they may."""
    start, end = _AROUND.get((target.name, "statements"), ("", ""))
    fault = text_fault(source, text)
    if fault is None and SyntaxTree(target, f"{start}{text}{end}").errors():
        fault = f"it is no {target.title}"
    return fault


def text_fault(source: str, text: str) -> str | None:
    """Tell what is wrong with a translation as a text."""
    if not text.strip():
        return "the model wrote nothing"
    if text.split() == source.split():
        return "it is a copy"
    if len(text) > 6 * len(source) + 600:
        return "it is far longer than the code"
    if PLACEHOLDER.search(text) or any(STUB.fullmatch(line.strip()) for line in text.split("\n")):
        return "it leaves something out"
    lines = [line.strip() for line in text.rstrip().split("\n")]
    twice = any(one == other and len(one) > _TELLING for one, other in pairwise(lines))
    return "it repeats itself" if twice or without_loops(text.rstrip()) != text.rstrip() else None


def _shape_fault(source: Definition, function: Definition) -> str | None:
    tree = function.tree
    body = function.body
    if body is None or not body.named_children:
        return "it has no body"
    start, end = function.body_start, function.end
    turns, turned = calls_itself(source.tree, source.start, source.end), calls_itself(tree, function.start, end)
    if turned and not turns:
        return "it would call itself"
    if turns and not turned and not any(_LOOP.search(node.type) for node in own_nodes(function)):
        return "it does not call itself as the code does"
    lost = [name for name in _unused(function) if name not in _unused(source)]
    if lost and len(_unused(function)) > len(_unused(source)):
        return f"it does nothing with `{lost[0]}`"
    if facts(source).returns_value and not _gives(function):
        return "it returns nothing"
    if _controls(source) > 1 and not _controls(function) and not _has_call(function):
        return "it does less than the code"
    written = tree.text[start:end]
    strings = [a or b for a, b in _STRING.findall(source.tree.text[source.body_start : source.end]) if "\n" not in a]
    literals = [*strings, *_NUMBER.findall(source.tree.text[source.body_start : source.end])]
    absent = [one for one in literals if one not in written]
    if len(absent) * 2 > len(literals):
        return f"it has no {absent[0]!r}"
    strange = _strange(function)
    return f"it uses `{strange[0]}`, which nothing defines" if strange else None


def _gives(function: Definition) -> bool:
    """Tell whether a function gives something back; in Rust, the last expression without a semicolon does."""
    said, body = facts(function), function.body
    if said.returned or said.yields or body is None:
        return True
    last = body.named_children[-1]
    return function.tree.language.name == "rust" and not (last.text or b"").rstrip().endswith((b";", b"!"))


def _unused(function: Definition) -> list[str]:
    """Return the parameters that a function does nothing with."""
    first = function.tree.byte_of(function.body_start)
    used = {name_of(node) for node in uses(function.node, first)}
    return [one.name for one in parameters(function) if one.kind != "receiver" and one.name not in used]


def _strange(function: Definition) -> list[str]:
    """Return the names that a function uses and nothing makes; what is called, or has members, may be elsewhere.

    In Python that is known of what is called too.
    """
    made = {name_of(node) for node in uses(function.node) if binds(node)} | {one.name for one in parameters(function)}
    language = function.tree.language
    known = made | language.reserved | IMPLICIT | {"nil", "iota", "undefined"}
    found = []
    for node in uses(function.node, function.tree.byte_of(function.body_start)):
        name, parent = name_of(node), node.parent
        kind = parent.type if parent is not None else ""
        elsewhere = _ELSEWHERE.search(kind) is not None and not (language.name == "python" and kind == "call")
        if name not in known and name[:1].islower() and not elsewhere:
            found.append(name)
    return found


def _controls(function: Definition) -> int:
    return sum(1 for node in own_nodes(function) if _CONTROL.search(node.type))


def _has_call(function: Definition) -> bool:
    return any("call" in node.type or node.type == "method_invocation" for node in own_nodes(function))


def _all(tree: SyntaxTree) -> list[Definition]:
    found: list[Definition] = []
    waiting: list[tree_sitter.Node] = [tree.root]
    while waiting:
        node = waiting.pop()
        one = as_definition(tree, node)
        if one is not None:
            found.append(one)
        waiting += node.named_children
    return found

"""What a definition's syntax says of it, as lines of Markdown: parameters, results, calls, branches."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aigc_plugins.tasks.explain.markdown import count, span, spans
from aigc_plugins.tasks.functions import as_definition
from aigc_plugins.tasks.instruct.names import binds, name_of, uses
from aigc_plugins.tasks.signatures import Parameter, facts, own_nodes, parameters, return_type

if TYPE_CHECKING:
    from collections.abc import Iterator

    import tree_sitter

    from aigc_plugins.syntax import SyntaxTree
    from aigc_plugins.tasks.functions import Definition
    from aigc_plugins.workspace import Symbol, Workspace

# Nodes of the grammars that are shipped.
_BRANCHES = frozenset(
    ("if_statement", "elif_clause", "if_expression", "conditional_expression", "ternary_expression", "case_clause",
     "switch_case", "expression_case", "type_case", "communication_case", "match_arm", "except_clause", "catch_clause",
     "switch_block_statement_group", "switch_rule", "if_clause")
)  # fmt: skip
_LOOPS = frozenset(
    ("for_statement", "while_statement", "for_in_statement", "for_expression", "while_expression", "loop_expression",
     "do_statement", "enhanced_for_statement", "for_in_clause")
)  # fmt: skip
_CALLS = frozenset(
    ("call", "call_expression", "method_invocation", "object_creation_expression", "new_expression", "macro_invocation")
)
_MOST_NAMES, _MOST_SHOWN = 40, 8


def of_function(definition: Definition) -> list[str]:
    """Return what is known of a function, one line of a list each."""
    said = facts(definition)
    lines = [f"Parameter {_parameter(one.name, one.type, one.default)}" for one in _asked(definition)]
    written = return_type(definition)
    if written:
        lines.append(f"Returns {span(written)}")
    elif said.returned:
        lines.append(f"Returns {spans(list(said.returned), 4)}")
    if said.yields:
        lines.append("Yields its values one by one")
    if said.is_async:
        lines.append("Is asynchronous")
    if said.raises:
        lines.append(f"Raises {spans(list(said.raises))}")
    called = calls(definition.node, definition)
    if called:
        lines.append(f"Calls {spans(called)}")
    if definition.name in called:
        lines.append("Calls itself")
    return [*lines, shape(definition)]


def of_class(definition: Definition) -> list[str]:
    """Return what is known of a class: its methods, its size."""
    inner = list(_inner(definition))
    lines = [f"{one.kind.capitalize()} {span(' '.join(one.header.split()).rstrip(' {:'), 100)}" for one in inner]
    return [*lines[:20], f"Has {count(definition.text.count(chr(10)) + 1, 'line')}"]


def shape(definition: Definition) -> str:
    """Return how long a function is and how much it branches."""
    nodes = list(own_nodes(definition))
    branches = sum(node.type in _BRANCHES for node in nodes)
    loops = sum(node.type in _LOOPS for node in nodes)
    lines = definition.text.count("\n") + 1
    parts = [count(lines, "line"), count(branches, "branch", "branches"), count(loops, "loop")]
    return f"Has {parts[0]}, {parts[1]} and {parts[2]}"


def calls(node: tree_sitter.Node, definition: Definition | None = None) -> list[str]:
    """Return what is called, each once, in order; in a definition, what its own statements call."""
    nodes = own_nodes(definition) if definition is not None else _walk(node)
    found: dict[str, None] = {}
    for one in nodes:
        if one.type not in _CALLS:
            continue
        fields = ("function", "name", "constructor", "type", "macro")
        called = next((child for field in fields if (child := one.child_by_field_name(field)) is not None), None)
        text = (called.text or b"").decode("utf-8", "replace") if called is not None else ""
        owner = one.child_by_field_name("object")
        if owner is not None and one.type == "method_invocation":
            text = f"{(owner.text or b'').decode('utf-8', 'replace')}.{text}"
        if "\n" in text or "(" in text or len(text) > 50:
            text = text.rpartition(".")[2].strip()
        if text.replace(".", "").replace("_", "").replace(":", "").isalnum():
            found[text] = None
    return list(found)


def used(tree: SyntaxTree, start: int, end: int, workspace: Workspace | None, path: str | None) -> list[str]:
    """Return where names that [start, end) of a text uses are defined in the workspace, one line of a list each."""
    if workspace is None:
        return []
    first, last = tree.byte_of(start), tree.byte_of(end)
    names = dict.fromkeys(name_of(node) for node in uses(tree.root, first, last) if not binds(node))
    own = {name_of(node) for node in uses(tree.root, first, last) if binds(node)}
    lines = []
    for name in [name for name in names if name not in own][:_MOST_NAMES]:
        symbols = workspace.symbols(name, language=tree.language.name, limit=5)
        here = [one for one in symbols if one.path == path]
        chosen = here[:1] or (symbols if len(symbols) == 1 else [])
        lines += [_where(one) for one in chosen]
        if len(lines) == _MOST_SHOWN:
            break
    return lines


def _where(symbol: Symbol) -> str:
    header = " ".join(symbol.signature.split())
    return f"{span(symbol.name)}: {span(header, 100)} in {span(f'{symbol.path}:{symbol.start_line + 1}')}"


def _parameter(name: str, type_text: str, default: str) -> str:
    text = span(name or "_")
    if type_text:
        text += f": {span(type_text)}"
    return f"{text}, {span(default)} by default" if default else text


def _asked(definition: Definition) -> list[Parameter]:
    return [one for one in parameters(definition) if one.kind != "receiver"]


def _inner(definition: Definition) -> Iterator[Definition]:
    waiting = list(definition.body.named_children) if definition.body is not None else []
    while waiting:
        node = waiting.pop(0)
        one = as_definition(definition.tree, node)
        if one is not None:
            yield one
        elif node.type in ("decorated_definition", "export_statement", "declaration_list", "class_body"):
            waiting[:0] = node.named_children


def _walk(node: tree_sitter.Node) -> Iterator[tree_sitter.Node]:
    waiting = [node]
    while waiting:
        one = waiting.pop()
        yield one
        waiting += reversed(one.named_children)

"""What an edit by instruction may not change of definitions: names, parameters, modifiers, who calls whom."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from aigc_plugins.syntax import ancestors
from aigc_plugins.tasks.functions import as_definition
from aigc_plugins.tasks.signatures import facts, parameters

if TYPE_CHECKING:
    import tree_sitter

    from aigc_plugins.syntax import SyntaxTree
    from aigc_plugins.tasks.functions import Definition
    from aigc_plugins.tasks.instruct.wording import Instruction

# A header's words that say who may call, and how.
_MODIFIERS = re.compile(
    r"@[\w.]+|\b(?:export|default|async|pub|public|private|protected|static|override|final|abstract|unsafe|synchronized)\b"
)
_OWN = ("", "self", "cls", "this", "Self")  # what a method is called on that is of the same class


def outermost(tree: SyntaxTree, start: int, end: int) -> list[Definition]:
    """Return the definitions that lie in [start, end) of a text and in no other one there."""
    found: list[Definition] = []
    waiting: list[tree_sitter.Node] = [tree.root]
    first, last = tree.byte_of(start), tree.byte_of(end)
    while waiting:
        node = waiting.pop(0)
        one = as_definition(tree, node) if first <= node.start_byte and node.end_byte <= last else None
        if one is not None:
            found.append(one)
        else:
            waiting[:0] = [child for child in node.named_children if child.start_byte < last and first < child.end_byte]
    return found


def broken_definitions(old: list[Definition], new: list[Definition], instruction: Instruction) -> str | None:
    """Tell what became of definitions that the instruction does not ask for; None: nothing."""
    known = {one.name: one for one in new}
    for one in old:
        same = known.get(one.name)
        if same is None:
            if not instruction.drops_names and not instruction.names(one.name):
                return f"`{one.name}` would be gone"
        elif same.kind == one.kind == "function":
            if _statements(one) and not _statements(same):
                return f"`{one.name}` would be empty"
            if facts(one).returns_value and not _gives(same) and not instruction.names("return"):
                return f"`{one.name}` would return nothing"
            fault = _broken_parameters(one, same, instruction) or _broken_modifiers(one, same, instruction)
            if fault:
                return fault
    added = [one.name for one in new if one.name not in {two.name for two in old}]
    asked = instruction.wants_more or any(map(instruction.names, (*added, "function", "method", "class")))
    if len(added) > len(old) and not asked:
        return f"the model wrote a different piece of code (`{added[0]}`)"
    return None


def _gives(definition: Definition) -> bool:
    found = facts(definition)
    return found.returns_value or found.yields or bool(found.raises)


def _statements(definition: Definition) -> int:
    """Return how many statements a body has; an expression is one."""
    body, comments = definition.body, definition.tree.language.comment_nodes
    if body is None or not body.type.endswith(("block", "body", "list")):
        return int(body is not None)
    return sum(1 for child in body.named_children if child.type not in comments)


def _broken_parameters(old: Definition, new: Definition, instruction: Instruction) -> str | None:
    if instruction.changes_signatures:
        return None
    before, after = [one.name for one in parameters(old)], [one.name for one in parameters(new)]
    changed = [name for name in (*before, *after) if (name in before) != (name in after)]
    if not changed and before != after:
        changed = after[:1]
    unasked = [name for name in changed if not instruction.names(name)]
    return f"the parameters of `{old.name}` would change" if unasked else None


def _broken_modifiers(old: Definition, new: Definition, instruction: Instruction) -> str | None:
    kept = set(_MODIFIERS.findall(new.header))
    for word in dict.fromkeys(_MODIFIERS.findall(old.header)):
        asked = any(map(instruction.names, (word.lstrip("@").rpartition(".")[2], "decorator", "modifier", "visib")))
        if word not in kept and not asked:
            return f"`{word}` of `{old.name}` would be gone"
    return None


def calls_itself(tree: SyntaxTree, start: int, end: int) -> set[str]:
    """Return the functions that [start, end) of a text calls and lies in, or holds and calls inside of them."""
    found: set[str] = set()
    waiting = [tree.node_at(start, end)]
    first, last = tree.byte_of(start), tree.byte_of(end)
    while waiting:
        node = waiting.pop()
        if node.end_byte <= first or node.start_byte >= last:
            continue
        called = node.child_by_field_name("function") or node.child_by_field_name("name")
        if node.type in ("call", "call_expression", "method_invocation") and called is not None:
            owner, _, name = (called.text or b"").decode("utf-8", "replace").rpartition(".")
            of = node.child_by_field_name("object")
            owner = owner if of is None else (of.text or b"").decode("utf-8", "replace")
            for outer in ancestors(node) if owner in _OWN else ():
                one = as_definition(tree, outer)
                if one is not None and one.kind == "function" and one.name == name:
                    found.add(name)
        waiting += node.named_children
    return found

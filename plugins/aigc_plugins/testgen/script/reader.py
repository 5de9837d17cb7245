"""Reads scenarios off JavaScript that somebody wrote: calls of targets, with what they need before. It runs nothing."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from aigc_plugins.testgen.scenario import Scenario
from aigc_plugins.testgen.script.acts import names_in, parsed, valid
from aigc_plugins.testgen.script.statements import text_of, walk

if TYPE_CHECKING:
    from collections.abc import Iterator

    import tree_sitter

    from aigc_plugins.testgen.parts import Subject
    from aigc_plugins.testgen.script.module import Module

_GLOBALS = frozenset(
    ("undefined", "NaN", "Infinity", "Map", "Set", "Date", "RegExp", "Array", "Object", "Number", "String", "Boolean",
     "BigInt", "Symbol", "Math", "JSON", "Promise", "Error", "TypeError", "RangeError", "Uint8Array", "Float64Array",
     "parseInt", "parseFloat", "WeakMap", "Function")
)  # fmt: skip


class Reader:
    """Reads scenarios off JavaScript that somebody wrote: calls of targets with what they need before."""

    def __init__(self, module: Module, subject: Subject, origin: str) -> None:
        self._module, self._origin = module, origin
        self._targets = {one.name: one for one in subject.targets if not one.untestable}
        self._known = _GLOBALS | set(module.exports)

    def scenarios(self, text: str) -> Iterator[Scenario]:
        """Yield the calls in a text that use nothing but literals and what the module exports."""
        for node in walk(parsed(_closed(text)).root):
            if node.type in ("call_expression", "new_expression") and not node.has_error:
                one = self._scenario(node, ())
                if one is not None and self._free(node) <= self._known:
                    yield one

    def tests(self, text: str) -> Iterator[Scenario]:
        """Yield the calls in the bodies of tests, with the statements before them."""
        for node in walk(parsed(_closed(text)).root):
            if node.type == "statement_block" and node.parent is not None and node.parent.type == "arrow_function":
                yield from self._body(node)

    def _body(self, block: tree_sitter.Node) -> Iterator[Scenario]:
        arrange: list[str] = []
        known, holders = set(self._known), dict[str, str]()
        for statement in block.named_children:
            if statement.has_error:
                return
            asserts = re.match(r"(?:await\s+)?(?:expect|assert)\b", text_of(statement)) is not None
            for node in walk(statement):
                if node.type in ("call_expression", "new_expression", "member_expression"):
                    one = self._scenario(node, tuple(arrange), holders)
                    if one is not None and self._free(node) <= known:
                        yield one
            declared = {
                text_of(one.child_by_field_name("name")) for one in walk(statement) if one.type == "variable_declarator"
            }
            if asserts or statement.type == "comment":
                continue
            if not self._free(statement) - declared <= known:
                return
            line = text_of(statement)
            arrange.append(line if line.endswith((";", "}")) else f"{line};")
            known |= declared
            made = re.match(r"(?:const|let|var)\s+([\w$]+).*?=\s*new\s+(\w+)", line)
            if made:
                holders[made[1]] = made[2]

    def _scenario(
        self, node: tree_sitter.Node, arrange: tuple[str, ...], holders: dict[str, str] | None = None
    ) -> Scenario | None:
        text = text_of(node)
        called = text_of(node.child_by_field_name("function") or node.child_by_field_name("constructor"))
        if node.type == "member_expression":
            called = text
        owner, _, last = called.rpartition(".")
        name = f"{(holders or {}).get(owner, owner)}.{last}" if owner else last
        target = self._targets.get(name)
        if target is None or (target.kind == "property") != (node.type == "member_expression"):
            return None
        if (target.kind == "constructor") != (node.type == "new_expression"):
            return None
        if target.kind in ("method", "property") and owner not in (holders or {}):
            return None
        await_ = "await " if target.asynchronous else ""
        return Scenario(name, f"{await_}{text}", arrange, origin=self._origin)

    def _free(self, node: tree_sitter.Node) -> set[str]:
        own = {
            text_of(inner)
            for one in walk(node) if one.type == "arrow_function"
            for given in (one.child_by_field_name("parameters"), one.child_by_field_name("parameter"))
            if given is not None
            for inner in walk(given) if inner.type == "identifier"
        }  # fmt: skip
        return names_in(node) - own


def _closed(text: str) -> str:
    """Return a text of an answer that broke off without its last, unfinished line."""
    if not parsed(text).root.has_error:
        return text
    lines = text.split("\n")
    for end in range(len(lines), 0, -1):
        for closing in ("", ")", "\n});", "});\n});"):
            whole = "\n".join(lines[:end]) + closing
            if valid(whole):
                return whole
    return text

"""Merges settings into JSON with comments. Every byte that was there stays, but for values that are replaced."""

from __future__ import annotations

import json
from collections.abc import Collection
from typing import Any

from aigc_lsp.cli.editor_settings.changes import CannotMergeError, ConflictError
from aigc_lsp.cli.editor_settings.jsonc import Node, parse


def merge(there: str | None, wanted: str, replace: Collection[str] = ()) -> str:
    """Return the file's new text: what was there, and the members of the object `wanted` that were not.

    A member that is there with another value raises ConflictError, unless `replace` has its name (`a.b.c`).
    """
    if there is None or not there.strip():
        return wanted
    node = parse(there)
    if node is None:
        return there.rstrip() + "\n" + wanted
    if not node.is_object:
        raise CannotMergeError("it holds no object")
    members = json.loads(wanted)
    text = _Merge(there, set(replace)).object(node, members)
    after = parse(text)
    # We would rather not write than write wrongly.
    if after is None or not _same(after.value, _together(node.value, members)):
        raise CannotMergeError("its form is too unusual")
    return text


def _same(one: Any, other: Any) -> bool:
    return json.dumps(one, sort_keys=True) == json.dumps(other, sort_keys=True)  # to Python, True is 1


def _together(there: Any, wanted: Any) -> Any:
    if not (isinstance(there, dict) and isinstance(wanted, dict)):
        return wanted
    return there | {name: _together(there.get(name), value) for name, value in wanted.items()}


class _Merge:
    def __init__(self, text: str, replace: set[str]) -> None:
        self.text = text
        self.replace = replace
        self.newline = "\r\n" if "\r\n" in text else "\n"
        self.edits: list[tuple[int, int, str]] = []

    def object(self, root: Node, wanted: dict[str, Any]) -> str:
        self._merge(root, wanted, ())
        text = self.text
        # From the end, so that positions stay right; of two at one place, the earlier one comes first in the text.
        last_first = sorted(enumerate(self.edits), key=lambda edit: (edit[1][0], edit[0]), reverse=True)
        for _, (start, end, new) in last_first:
            text = text[:start] + new + text[end:]
        return text

    def _merge(self, node: Node, wanted: dict[str, Any], path: tuple[str, ...]) -> None:
        new = {}
        for name, value in wanted.items():
            member = node.members.get(name)
            if member is None:
                new[name] = value
            elif member.is_object and isinstance(value, dict):
                self._merge(member, value, (*path, name))
            elif not _same(member.value, value):
                self._other_value(member, value, ".".join((*path, name)))
        if new:
            self._add(node, new)

    def _other_value(self, member: Node, value: Any, name: str) -> None:
        if name not in self.replace:
            raise ConflictError(
                f"`{name}`", self.text[member.start : member.end], json.dumps(value, ensure_ascii=False)
            )
        self.edits.append((member.start, member.end, self._shown(value, self._indent(member.start))))

    def _add(self, node: Node, members: dict[str, Any]) -> None:
        close = node.end - 1
        last = list(node.members.values())[-1:]
        if last and not node.comma:
            self.edits.append((last[0].end, last[0].end, ","))
        if last and "\n" not in self.text[node.start : close]:
            flat = [f"{json.dumps(name)}: {json.dumps(value, ensure_ascii=False)}" for name, value in members.items()]
            self.edits.append((close, close, " " + ", ".join(flat)))
            return
        outer = self._indent(node.start)
        inner = self._indent(last[0].start) if last else outer + self._unit()
        lines = f",{self.newline}{inner}".join(
            f"{json.dumps(name)}: {self._shown(value, inner)}" for name, value in members.items()
        )
        line = len(self.text[:close].rstrip(" \t"))
        if self.text[line - 1] == "\n":  # the brace stands on a line of its own, which stays as it is
            self.edits.append((line, line, inner + lines + self.newline))
        else:
            self.edits.append((close, close, self.newline + inner + lines + self.newline + outer))

    def _indent(self, at: int) -> str:
        line = self.text[self.text.rfind("\n", 0, at) + 1 : at]
        return line[: len(line) - len(line.lstrip(" \t"))]

    def _unit(self) -> str:
        for line in self.text.splitlines():
            if line.lstrip(" \t").startswith('"') and line[0] in " \t":
                return line[: len(line) - len(line.lstrip(" \t"))]
        return "  "

    def _shown(self, value: Any, indent: str) -> str:
        if not isinstance(value, dict):
            return json.dumps(value, ensure_ascii=False)
        inner = indent + self._unit()
        lines = [f"{json.dumps(name)}: {self._shown(one, inner)}" for name, one in value.items()]
        return f"{{{self.newline}{inner}" + f",{self.newline}{inner}".join(lines) + f"{self.newline}{indent}}}"

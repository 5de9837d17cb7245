"""Reads from what a function calls with its parameters the values that matter there: patterns, separators, types."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterator

from aigc_plugins.testgen.analysis.definitions import dotted, last_part
from aigc_plugins.testgen.proposers.patterns import matching
from aigc_plugins.testgen.proposers.values import Values, Wish

_RE = ("match", "fullmatch", "search", "findall", "finditer", "split", "sub", "subn")
_ASKING = ("isdigit", "isalpha", "isalnum", "isupper", "islower", "isspace", "isnumeric", "isidentifier")


class Usages(Values):
    """The wishes that one function's calls make."""

    def called(self, node: ast.Call) -> Iterator[Wish]:
        name = last_part(dotted(node.func)) or getattr(node.func, "attr", "")
        if name == "isinstance" and len(node.args) == 2:
            yield from self.all_of(self.parts.of(node.args[0]), self.instances(node.args[1]))
        elif name in _RE and (arguments := self._searching(node)):
            yield from self._searched(arguments, 2 if name in ("sub", "subn") else 1, _flags(node, self.resolved))
        elif name in ("int", "float") and node.args:
            part = self.parts.of(node.args[0])
            if part is not None and self.parts.is_text(part.parameter):
                yield from self.all_of(part, ["'12'", "'-1'", "'1.5'", "'x'"])
        elif name == "strptime" and len(node.args) == 2:
            yield from self.all_of(self.parts.of(node.args[0]), _moments(self.resolved(node.args[1])))
        elif name == "loads" and node.args:
            yield from self.all_of(self.parts.of(node.args[0]), ["'{\"a\": 1}'", "'[1, 2]'", "'x'"])
        elif isinstance(node.func, ast.Attribute):
            yield from self._method(node.func, node.args)

    def _method(self, function: ast.Attribute, arguments: list[ast.expr]) -> Iterator[Wish]:
        part = self.parts.of(function.value)
        texts = [one for argument in arguments[:1] for one in self.texts(argument)]
        if function.attr in ("startswith", "removeprefix"):
            yield from self.all_of(part, [value for text in texts for value in (repr(text), repr(f"{text}a"))])
        elif function.attr in ("endswith", "removesuffix"):
            yield from self.all_of(part, [value for text in texts for value in (repr(text), repr(f"a{text}"))])
        elif function.attr in ("split", "rsplit", "partition", "rpartition", "find", "index", "count", "replace"):
            for text in texts or ([" "] if function.attr == "split" else []):
                yield from self.all_of(part, [repr(f"a{text}b"), repr(f"a{text}b{text}c"), repr(text), "'a'"])
        elif function.attr in _ASKING:
            yield from self.all_of(part, ["'7'", "'a'", "'A'", "' '", "'-'"])
        elif function.attr in ("get", "pop", "index") and isinstance(function.value, ast.Name) and arguments:
            constant = self.constants.get(function.value.id)
            if constant is not None:
                yield from self.all_of(self.parts.of(arguments[0]), [*self.contents(constant)[:3], "'~'"])

    def of_pattern(self, node: ast.AST) -> Iterator[Wish]:
        """Yield texts that match, where a node searches in one."""
        if isinstance(node, ast.Call) and (last_part(dotted(node.func)) or getattr(node.func, "attr", "")) in _RE:
            yield from self.called(node)

    def _searching(self, node: ast.Call) -> list[ast.expr]:
        """Return the arguments of a search, the pattern first, for `re.match(p, x)` and `compiled.match(x)`."""
        if not isinstance(node.func, ast.Attribute) or dotted(node.func.value) == "re":
            return node.args
        compiled = self.resolved(node.func.value)
        if isinstance(compiled, ast.Call) and last_part(dotted(compiled.func)) == "compile" and compiled.args:
            return [compiled.args[0], *node.args]
        return []

    def _searched(self, arguments: list[ast.expr], place: int, flags: int) -> Iterator[Wish]:
        """Yield texts that the pattern matches, and one in which it stands amid others."""
        for pattern in self.texts(arguments[0]) if len(arguments) > place else ():
            texts = matching(pattern, flags)
            part = self.parts.of(arguments[place])
            yield from self.all_of(part, [*map(repr, texts), *(repr(f"~{one}~") for one in texts[:1])])


def _flags(node: ast.Call, resolved: Callable[[ast.expr], ast.expr]) -> int:
    """Return the flags of a search, or of the compiled pattern that it is made with."""
    holder = resolved(node.func.value) if isinstance(node.func, ast.Attribute) else node
    names = {dotted(one) for part in (node, holder) for one in ast.walk(part) if isinstance(one, ast.Attribute)}
    found = re.RegexFlag(0)
    for name in names:
        flag = getattr(re, name.removeprefix("re."), None) if name.startswith("re.") else None
        found |= flag if isinstance(flag, re.RegexFlag) else re.RegexFlag(0)
    return int(found)


def _moments(node: ast.expr) -> list[str]:
    """Return a date as a format says, and a text that is none."""
    from datetime import datetime

    if not isinstance(node, ast.Constant) or not isinstance(node.value, str) or not re.search(r"%\w", node.value):
        return []
    return [repr(datetime(2024, 2, 29, 12, 30, 45).strftime(node.value)), "'x'"]

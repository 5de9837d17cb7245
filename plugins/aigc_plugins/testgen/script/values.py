"""Expressions of JavaScript values for parameters: by types, and by defaults and use where there are none."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

from aigc_plugins.testgen.script.statements import text_of

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from aigc_plugins.testgen.scenario import Parameter, Target
    from aigc_plugins.testgen.script.module import Module

_NUMBERS = ("0", "1", "-1", "2", "10", "0.5", "100")
_TEXTS = ('""', '"a"', '"abc"', '"Hello World"', '" a b "', '"A-1"', '"12"')
_DEEP = 3


class Values:
    """Expressions for the types of a module, the usual ones first."""

    def __init__(self, module: Module) -> None:
        self._module = module

    def of(self, parameter: Parameter, target: Target, body: str) -> list[str]:
        """Return expressions to try for a parameter."""
        written = parameter.annotation
        if re.fullmatch(r"\W*(?:[Oo]bject|any|unknown|\*|mixed)\W*", written):
            written = ""
        found = self.typed(written, target) if written else self._guessed(parameter, target, body)
        if parameter.default and parameter.default != "undefined":
            found = [parameter.default, *found]
        return list(dict.fromkeys(found))

    def typed(self, written: str, target: Target, depth: int = _DEEP) -> list[str]:
        """Return expressions of a type, as it is written in TypeScript or JSDoc."""
        kind = written.strip().removeprefix("?").removeprefix("!").removesuffix("=").removeprefix("readonly ").strip()
        while kind.startswith("(") and _closes(kind):
            kind = kind[1:-1].strip()
        parts = [one for one in _split(kind, "|") if one]
        if len(parts) > 1:
            each = [self.typed(one, target, depth) for one in parts]
            return [values[at] for at in range(max(map(len, each))) for values in each if at < len(values)]
        if depth < 0:
            return ["undefined"]
        return self._simple(kind, target) or self._made(kind, target, depth - 1)

    def _simple(self, kind: str, target: Target) -> list[str]:
        lowered = kind.lower()
        if lowered in ("number", "int", "integer", "float"):
            return self._numbers(target)
        if lowered == "string":
            return self._texts(target)
        if lowered in ("boolean", "bool"):
            return ["true", "false"]
        if lowered in ("undefined", "void"):
            return ["undefined"]
        if lowered == "null" or re.fullmatch(r"""-?\d[\d.]*n?|"[^"]*"|'[^']*'|true|false""", kind):
            return [kind]
        if lowered == "bigint":
            return ["0n", "1n", "-5n"]
        fixed = {"Date": ["new Date(0)", 'new Date("2024-02-29T12:30:00.000Z")'], "RegExp": ["/a/g", "/^x/"]}
        return fixed.get(kind, [])

    def _made(self, kind: str, target: Target, depth: int) -> list[str]:
        if kind.endswith("[]"):
            return self._lists(self.typed(kind[:-2], target, depth))
        if found := re.fullmatch(r"(\w+)\s*\.?<(.*)>", kind, re.DOTALL):
            return self._generic(found[1], [one.strip() for one in _split(found[2], ",")], target, depth)
        if kind.startswith("["):
            each = [self.typed(re.sub(r"^\w+\??:", "", one), target, depth) for one in _split(kind[1:-1], ",") if one]
            return [f"[{', '.join(values[at % len(values)] for values in each)}]" for at in range(2)]
        if kind.startswith("{"):
            return self._objects(kind[1:-1], target, depth)
        if "=>" in kind or kind.startswith("function") or kind == "Function":
            return self._functions(kind, target, depth)
        if kind in self._module.classes:
            return [self.instance(kind, depth)]
        node = self._module.types.get(kind)
        if node is not None:
            text = text_of(node)
            if node.type == "enum_body":
                names = [one.partition("=")[0].strip() for one in text.strip("{}").split(",") if one.strip()]
                return [f"{kind}.{one}" for one in names] if kind in self._module.exports else ["0", "1"]
            return self.typed(text, target, depth)
        return ["1", '"a"', "null", "[1, 2]", "{ a: 1 }"] if len(kind) < 3 or kind in (
            "any", "unknown", "*", "object", "Object", "mixed"
        ) else ["{}"]  # fmt: skip

    def _generic(self, name: str, inner: list[str], target: Target, depth: int) -> list[str]:
        values = [self.typed(one, target, depth) for one in inner]
        if name in ("Array", "ReadonlyArray", "Iterable", "ArrayLike", "Iterator", "Generator"):
            return self._lists(values[0])
        if name in ("Set", "ReadonlySet"):
            return [f"new Set({one})" for one in self._lists(values[0])]
        if name in ("Map", "ReadonlyMap", "Record") and len(values) == 2:
            pairs = list(zip(values[0][1:3] or values[0], values[1], strict=False))
            if name == "Record":
                return ["{}", f"{{ {', '.join(f'[{key}]: {value}' for key, value in pairs)} }}"]
            return ["new Map()", f"new Map([{', '.join(f'[{key}, {value}]' for key, value in pairs)}])"]
        if name == "Promise":
            return [f"Promise.resolve({one})" for one in values[0][:3]]
        if name in ("Partial", "Readonly", "Required", "NonNullable"):
            return values[0] if name != "Partial" else ["{}", *values[0]]
        return [self.instance(name, depth)] if name in self._module.classes else ["{}"]

    def instance(self, name: str, depth: int = _DEEP) -> str:
        """Return an expression that makes an instance of a class of the module."""
        target = self._module.classes[name].target
        needed = [one for one in target.parameters if not one.default and not one.star]
        values = [self.of(one, target, "")[:2][-1] if depth > 0 else "undefined" for one in needed]
        return f"new {name}({', '.join(values)})"

    def _objects(self, body: str, target: Target, depth: int) -> list[str]:
        whole, least = [], []
        for one in re.split(r"[;\n]", body) if ";" in body or "\n" in body else _split(body, ","):
            found = re.fullmatch(r"\s*(?:readonly\s+)?([\w$]+)(\??)\s*:\s*(.+?)[,;]?\s*", one, re.DOTALL)
            if found:
                values = self.typed(found[3], target, depth)
                whole.append(f"{found[1]}: {values[min(1, len(values) - 1)]}")
                least += [] if found[2] else [f"{found[1]}: {values[0]}"]
        made = [f"{{ {', '.join(part)} }}" if part else "{}" for part in (whole, least)]
        return list(dict.fromkeys(made))

    def _functions(self, kind: str, target: Target, depth: int) -> list[str]:
        returns = kind.rpartition("=>")[2].strip() if "=>" in kind else ""
        named = re.match(r"\(\s*\w+\s*:", kind) is not None
        if returns in ("boolean", "bool"):
            return ["() => true", "() => false", *(["(value) => Boolean(value)"] if named else [])]
        if returns == "number":
            return ["(value) => value", "() => 1", "(one, other) => one - other"]
        if returns == "string":
            return ["(value) => String(value)", '() => "a"']
        return ["(value) => value", "() => undefined"]

    @staticmethod
    def _lists(values: Sequence[str]) -> list[str]:
        some = list(dict.fromkeys(values))[:5]
        found = ["[]", f"[{some[min(1, len(some) - 1)]}]", f"[{', '.join(some[:3])}]"]
        return list(dict.fromkeys([*found, f"[{', '.join([*reversed(some), some[0]])}]"]))

    @staticmethod
    def _numbers(target: Target) -> list[str]:
        near: list[str] = []
        for one in target.literals:
            if isinstance(one, int | float):
                near += [str(one), str(one + 1), str(one - 1)]
        return list(dict.fromkeys([*near[:15], *_NUMBERS]))

    def _texts(self, target: Target) -> list[str]:
        every = (*target.literals, *self._module.literals)
        texts = list(dict.fromkeys(one for one in every if isinstance(one, str) and not one.startswith("/")))
        held = [json.dumps(one, ensure_ascii=False) for one in texts[:12]]
        joined = [json.dumps(f"a{one}b", ensure_ascii=False) for one in texts[:4] if 0 < len(one) < 3]
        return list(dict.fromkeys([*_TEXTS[:1], *held, *joined, *_TEXTS[1:]]))

    def _guessed(self, parameter: Parameter, target: Target, body: str) -> list[str]:
        """Return values for a parameter without a type, by its default and by how the code uses it."""
        default, name = parameter.default, re.escape(parameter.name)
        if re.fullmatch(r"-?[\d.]+", default):
            return self._numbers(target)
        if default[:1] in ("'", '"', "`"):
            return self._texts(target)
        if default in ("true", "false"):
            return ["true", "false"]
        if parameter.name.startswith(("{", "[")):
            keys = [one.partition("=")[0].partition(":")[0].strip() for one in parameter.name[1:-1].split(",")]
            if parameter.name.startswith("["):
                return ["[1, 2]", "[]"]
            return ["{}", *(f"{{ {', '.join(f'{key}: {value}' for key in keys if key)} }}" for value in ("1", '"a"'))]
        here = rf"(?<![\w$.]){name}"
        rules: tuple[tuple[str, Callable[[], list[str]]], ...] = (
            (rf"{here}\s*\(", lambda: ["(value) => value", "(one, other) => one - other", "() => true"]),
            (rf"{here}\s*\.\s*(?:map|filter|reduce|forEach|push|pop|shift|sort|some|every|find|flat|join|splice)\b"
             rf"|\bof\s+{name}\b|\.\.\.{name}\b", lambda: self._lists(["1", "3", "2", "-5"])),
            (rf"{here}\s*\.\s*(?:split|trim|toUpperCase|toLowerCase|replace|replaceAll|charAt|charCodeAt|startsWith"
             rf"|endsWith|match|padStart|padEnd|substring)\b", lambda: self._texts(target)),
            (rf"{here}\s*(?:[-*/%<>]|\*\*)|[-*/%<>]=?\s*{name}\b", lambda: self._numbers(target)),
            (rf"Object\.(?:keys|entries|values)\({name}\)|{here}\s*\.\s*[a-z]", lambda: [
                "{}", "{ a: 1, b: 2 }", "[3, 1, 2]", '"abc"']),
        )  # fmt: skip
        for pattern, make in rules:
            if re.search(pattern, body):
                return make()
        texts = self._texts(target) if any(isinstance(one, str) for one in target.literals) else list(_TEXTS[:3])
        known = r"(?:length|map|filter|reduce|forEach|split|trim|slice|toString|indexOf|includes|constructor)\b"
        keys = list(dict.fromkeys(re.findall(rf"{here}\??\.(?!{known})([A-Za-z_$][\w$]*)\b(?!\s*\()", body)))[:8]
        if keys:
            made = [f"{{ {', '.join(f'{key}: {value}' for key in keys)} }}" for value in ("1", "true", '"a"')]
            return [*made, "{}", *(f"{{ {key}: 2 }}" for key in keys)]
        return [*self._numbers(target)[:8], *texts[:6], "null", "undefined", "[1, 2]", "{ a: 1 }", "true"]


def _closes(text: str) -> bool:
    depth = 0
    for place, character in enumerate(text):
        depth += (character == "(") - (character == ")")
        if not depth:
            return place == len(text) - 1
    return False


def _split(text: str, mark: str) -> list[str]:
    """Split a text at a character that stands in no bracket and no quotes."""
    parts, depth, quote, start = [], 0, "", 0
    if mark == "|" and re.search(r"=>", text):
        return [text]
    for place, character in enumerate(text):
        if quote:
            quote = "" if character == quote else quote
        elif character in "\"'":
            quote = character
        elif character in "([{<":
            depth += 1
        elif character in ")]}" or (character == ">" and text[place - 1] != "="):
            depth -= 1
        elif character == mark and not depth:
            parts.append(text[start:place].strip())
            start = place + 1
    return [*parts, text[start:].strip()]

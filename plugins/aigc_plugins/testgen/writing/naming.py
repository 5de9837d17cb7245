"""Names of tests, from what is tested, what is special about its input, and what comes of it."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Sequence
from typing import Any

from aigc_plugins.testgen.writing.grouping import Cut, Group, Signatures

_LONGEST = 70
_LONG_TEXT = 40
_SHORT = 24


def snake(name: str) -> str:
    """Return a name in words with underscores between."""
    name = re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "_", name)
    return re.sub(r"[^a-z0-9]+", "_", name.lower()).strip("_")


class Namer:
    """Gives each test a name that no other has; earlier names do not depend on later tests."""

    def __init__(self, signatures: Signatures, used: set[str]) -> None:
        self._signatures = signatures
        self._used = used

    def name(self, group: Group, prefix: str) -> str:
        """Return the name of a group's test; `prefix` says what is tested."""
        for words in self._candidates(group):
            name = _joined(prefix, words)
            if name not in self._used:
                break
        else:
            name, number = _joined(prefix, next(self._candidates(group))), 2
            stem = name
            while name in self._used:
                name, number = f"{stem}_{number}", number + 1
        self._used.add(name)
        return name

    def _candidates(self, group: Group) -> Iterator[list[str]]:
        """Yield words for a name, few and telling ones first."""
        inputs = [self._inputs(cut) for cut in group.cuts]
        common = [one for one in inputs[0] if all(one in other for other in inputs)]
        outcomes = [outcome(cut, self._signatures) for cut in group.cuts]
        outcome_words = outcomes[0] if all(one == outcomes[0] for one in outcomes) else ("", "")
        salient, other = outcome_words
        yield [*common[:2], salient]
        if len(group.cuts) == 1:
            yield [*common[:2], salient or other]
            named = self._values(group.cuts[0])
            yield [*named, salient]
            yield [*named, salient or other]
        else:
            columns = [group.cuts[0].holes[place] for place in group.columns]
            labels = [snake(one.label) for one in columns if not one.expected]
            yield [*common[:2], salient, "for", "_and_".join(labels)]
        yield [*common, salient or other]

    def _inputs(self, cut: Cut) -> list[str]:
        found: dict[str, str] = {}
        for parameter, value in arguments(cut, self._signatures):
            word = special(value)
            name = snake(parameter.name)
            if word in ("true", "false"):
                found.setdefault(name, f"with_{name}" if word == "true" else f"without_{name}")
            elif word:
                found.setdefault(name, f"{word}_{name}")
            elif parameter.default:
                found.setdefault(name, f"with_{name}")
        return list(found.values())

    def _values(self, cut: Cut) -> list[str]:
        found = []
        for parameter, value in arguments(cut, self._signatures):
            word = special(value)
            found.append(f"{word}_{snake(parameter.name)}" if word else in_words(value))
        return [one for one in found if one][:3]


def arguments(cut: Cut, signatures: Signatures) -> list[tuple[Any, ast.expr]]:
    """Return what the act passes to targets, and then what the objects that it needs are made of."""
    target, found = cut.case.recorded.scenario.target, []
    for node in (cut.case.act, *cut.case.arrange):
        for one in ast.walk(node):
            if isinstance(one, ast.Call):
                called = signatures.called(one, target)
                if node is cut.case.act or (called is not None and called.kind == "constructor"):
                    found += signatures.arguments(one, target)
    return found


def _joined(prefix: str, words: Sequence[str]) -> str:
    words = [word for word in words if word]
    parts, before = [prefix], ""
    for word in words:
        kind, _, rest = word.partition("_")
        parts.append(f"and_{rest}" if kind in ("with", "without") and kind == before and rest else word)
        before = kind
    name = "_".join(parts)
    if len(name) <= _LONGEST or not words:
        return name
    return _joined(prefix, [*words[:-2], words[-1]] if len(words) > 1 else [])  # what comes of it says most


def literal(node: ast.expr) -> Any:
    """Return the value of a literal; `...` for anything else."""
    if isinstance(node, ast.Call) and ast.unparse(node.func) == "float" and len(node.args) == 1:
        inner = literal(node.args[0])
        try:
            return float(inner)
        except (TypeError, ValueError):
            return ...
    try:
        return ast.literal_eval(node)
    except (ValueError, TypeError, SyntaxError, MemoryError, RecursionError):
        return ...


def special(node: ast.expr) -> str:
    """Return the word for a value that stands out (`empty`, `zero`), or an empty text."""
    value = literal(node)
    if value is None or isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, int | float):
        return _special_number(value)
    if isinstance(value, str):
        return _special_text(value)
    if isinstance(value, bytes | list | tuple | set | dict) and not value:
        return "empty"
    if isinstance(value, list | tuple | set | dict) and len(value) == 1:
        return "single"
    return "long" if isinstance(value, bytes | list | tuple | set | dict) and len(value) > _LONG_TEXT else ""


def _special_number(value: float) -> str:
    if value != value:
        return "nan"
    if value in (float("inf"), float("-inf")):
        return "infinite" if value > 0 else "negative_infinite"
    if not value:
        return "zero"
    return "negative" if value < 0 else "huge" if value >= 1_000_000 else ""


def _special_text(value: str) -> str:
    if not value:
        return "empty"
    if value.isspace():
        return "blank"
    if not value.isascii():
        return "non_ascii"
    if "\n" in value.strip():
        return "multiline"
    return "long" if len(value) > _LONG_TEXT else ""


def in_words(node: ast.expr) -> str:
    """Return a short value as words for a name; an empty text if it is none."""
    value = literal(node)
    if value is ...:
        return snake(text) if len(text := ast.unparse(node)) <= _SHORT else ""
    if isinstance(value, str):
        return snake(value) if len(value) <= 20 and value.isascii() else ""
    if isinstance(value, bool) or value is None:
        return str(value).lower()
    if isinstance(value, int | float) and abs(value) < 1_000_000:
        text = snake(repr(abs(value)).replace(".", "_point_"))
        return f"minus_{text}" if value < 0 else text
    if isinstance(value, list | tuple | set | dict):
        return f"{len(value)}_{'items' if len(value) != 1 else 'item'}"
    return ""


def described(cut: Cut, columns: Sequence[int]) -> str:
    """Return words for a row of a table."""
    words = []
    for place in columns:
        hole = cut.holes[place]
        if not hole.expected:
            word = special(hole.value) or in_words(hole.value)
            words.append(f"{word} {snake(hole.label)}" if special(hole.value) else word)
    return "-".join(snake(one).replace("_", "-") for one in words if one) or "row"


def outcome(cut: Cut, signatures: Signatures) -> tuple[str, str]:
    """Return words for what comes of a case: those that stand out, and other ones."""
    case = cut.case
    if case.exception is not None:
        return f"raises_{snake(ast.unparse(case.exception).rpartition('.')[2])}", ""
    if any("printed" in ast.unparse(one) for one in case.checks):
        return "prints", ""
    returned = [one for one in case.checks if isinstance(one, ast.Compare) and ast.unparse(one.left) == "result"]
    if returned:
        salient, other = _returned(returned[0], [value for _, value in arguments(cut, signatures)])
        if salient or len(returned) == len(case.checks):
            return salient, other
    return _changed(case.checks)


def _returned(check: ast.Compare, given: list[ast.expr]) -> tuple[str, str]:
    right = check.comparators[0]
    if not isinstance(check.ops[0], ast.Eq | ast.Is):
        return "", ""
    value, kind = literal(right), ""
    if value is ...:
        named = isinstance(right, ast.Call | ast.Attribute)
        return (
            "",
            f"returns_{snake(ast.unparse(right.func if isinstance(right, ast.Call) else right))}" if named else "",
        )
    word = special(right)
    if word in ("none", "true", "false", "zero", "nan", "infinite"):
        return f"returns_{word}", ""
    kind = {"str": "text", "int": "number", "float": "number"}.get(type(value).__name__, type(value).__name__)
    if word == "empty":
        return f"returns_empty_{kind}", ""
    if isinstance(value, str):
        verb = _verb(value, [one for one in map(literal, given) if isinstance(one, str)])
        if verb:
            return verb, ""
    words = in_words(right)
    return "", f"returns_{words or kind}"


def _verb(value: str, given: list[str]) -> str:
    for one in given:
        if value == one:
            return "returns_text_unchanged"
        for verb, changed in (("lowercases", one.lower()), ("uppercases", one.upper()), ("strips", one.strip())):
            if value == changed:
                return verb
        if value == one[::-1]:
            return "reverses"
    return ""


def _changed(checks: Sequence[ast.expr]) -> tuple[str, str]:
    for check in checks:
        left = check.left if isinstance(check, ast.Compare) else check
        names = {one.id for one in ast.walk(left) if isinstance(one, ast.Name)}
        if "tmp_path" in names:
            return "writes_file", ""
        if "result" in names:
            continue
        if isinstance(left, ast.Attribute):
            return f"changes_{snake(left.attr)}", ""
        if isinstance(left, ast.Name):
            return f"changes_{snake(left.id)}", ""
    return "", "gives_result"

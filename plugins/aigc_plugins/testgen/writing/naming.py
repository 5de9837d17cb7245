"""Names of tests, from what is tested, what is special about its input, and what comes of it."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence
from typing import Any

from aigc_plugins.testgen.writing.grouping import Cut, Group, Signatures
from aigc_plugins.testgen.writing.wording import changed, in_words, returned, snake, special

_LONGEST = 70


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
    results = [one for one in case.checks if isinstance(one, ast.Compare) and ast.unparse(one.left) == "result"]
    if results:
        salient, other = returned(results[0], [value for _, value in arguments(cut, signatures)])
        if salient or len(results) == len(case.checks):
            return salient, other
    return changed(case.checks)

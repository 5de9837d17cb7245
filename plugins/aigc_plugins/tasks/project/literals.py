"""Finds signatures and examples of functions in prose: `area(a: int, b: int) -> int`, `area(2, 3) == 6`."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from aigc_plugins.tasks.project.plan import MOST_EXAMPLES, Example, Function, function_of

_TYPE = r"[A-Za-z]\w*(?:\[(?:[^\[\]]|\[[^\[\]]*\])*\])?"
_SIGNATURE = re.compile(rf"\b[a-z]\w*\((?:[^()])*:[^()]*\)\s*->\s*{_TYPE}(?:\s*\|\s*{_TYPE})*")
_CALL = re.compile(r"\b([a-z]\w*)\(")
_EQUALS = re.compile(r"`?\s*(?:==?|=>|->|→|is|are|returns|gives|yields|equals|should be|should return|must be)\s*`?\s*")
_NUMBER = re.compile(r"-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?")
_STRING = re.compile(r"'(?:[^'\\\n]|\\.)*'|\"(?:[^\"\\\n]|\\.)*\"")
_WORD = re.compile(r"(?:True|False|None)\b")
_PAIRS = {"(": ")", "[": "]", "{": "}"}
_END = re.compile(r"[.;](?=\s|$)|\n\s*\n|\n\s*[-*]")
_EXAMPLE = re.compile(r"\b(?:e\.\s?g\.|for example|for instance|examples?|such as|so that|i\.\s?e\.)", re.IGNORECASE)
_SIMILES = re.compile(r"\be\.\s?g\.|\bi\.\s?e\.", re.IGNORECASE)
LONGEST_EXAMPLE = 300


@dataclass(frozen=True, slots=True)
class Found:
    """The functions that a text gives by their signature, and the text without them and their examples."""

    functions: tuple[Function, ...]
    rest: str


def find(text: str) -> Found:
    """Return the functions whose signature stands in a text, with what the text says of them."""
    calls = list(_calls(text))
    functions: dict[str, Function] = {}
    gone: list[tuple[int, int]] = [(start, end) for start, end, _, _ in calls]
    for signature in _SIGNATURE.finditer(text):
        doc, end = _doc(text, signature.end(), [start for start, *_ in calls])
        made = function_of(signature[0], doc)
        if made is None or made.name in functions:
            continue
        examples = [example for _, _, name, example in calls if name == made.name and _fits(made, example)]
        functions[made.name] = replace(made, examples=tuple(examples[:MOST_EXAMPLES]))
        gone.append((signature.start(), end))
    return Found(tuple(functions.values()), _without(text, gone))


def _without(text: str, gone: list[tuple[int, int]]) -> str:
    """Return a text without some of its parts, which may overlap."""
    kept, at = "", 0
    for start, end in sorted(gone):
        kept += f"{text[at:start]} " if start > at else ""
        at = max(at, end)
    return kept + text[at:]


def doctests(function: Function, text: str) -> tuple[Example, ...]:
    """Return the examples of a function that a docstring's `>>>` lines give."""
    lines = re.sub(rf"(?m)^\s*>>>\s*({function.name}\(.*\))\s*\n\s*", r"\1 == ", text)
    found: list[Example] = []
    for _, _, name, example in _calls(lines):
        if name == function.name and _fits(function, example) and example not in found:
            found.append(example)
    return tuple(found[:MOST_EXAMPLES])


def _calls(text: str) -> Iterator[tuple[int, int, str, Example]]:
    """Yield where examples stand, the function's name, and the example."""
    for call in _CALL.finditer(text):
        closed = _balanced(text, call.end() - 1)
        equals = _EQUALS.match(text, closed) if closed is not None else None
        end = _literal(text, equals.end()) if equals is not None else None
        if closed is None or equals is None or end is None:
            continue
        try:
            arguments = ast.literal_eval(f"({text[call.end() : closed - 1]},)") if closed - call.end() > 1 else ()
            result = ast.literal_eval(text[equals.end() : end])
        except (ValueError, SyntaxError, TypeError, RecursionError, MemoryError):
            continue
        yield call.start(), end + (text[end : end + 1] == "`"), call[1], Example(tuple(arguments), result)


def _literal(text: str, start: int) -> int | None:
    """Return where the literal ends that starts at a place, None where there is none."""
    for pattern in (_STRING, _NUMBER, _WORD):
        found = pattern.match(text, start)
        if found is not None:
            return found.end()
    return _balanced(text, start) if text[start : start + 1] in _PAIRS else None


def _balanced(text: str, start: int) -> int | None:
    """Return the place behind the bracket that closes the one at `start`."""
    waiting: list[str] = []
    at = start
    while at < min(len(text), start + LONGEST_EXAMPLE):
        string = _STRING.match(text, at)
        if string is not None:
            at = string.end()
            continue
        if text[at] in _PAIRS:
            waiting.append(_PAIRS[text[at]])
        elif text[at] in ")]}":
            if not waiting or waiting.pop() != text[at]:
                return None
            if not waiting:
                return at + 1
        at += 1
    return None


def _doc(text: str, start: int, calls: list[int]) -> tuple[str, int]:
    """Return what the sentence behind a signature says, without examples, and where it ends."""
    masked = _SIMILES.sub(lambda found: found[0].replace(".", "_"), text)
    ends = [found.start() for found in (_END.search(masked, start), _SIGNATURE.search(text, start)) if found]
    end = min([*ends, len(text)])
    stop = min([end, *(at for at in calls if start <= at < end)])
    example = _EXAMPLE.search(text, start, stop)
    doc = text[start : example.start() if example else stop]
    doc = re.sub(r"^[\s`:,–—-]*(?:that|which|to|for)?\s+", "", doc)
    return doc.rstrip(" (,:`"), end


def _fits(function: Function, example: Example) -> bool:
    kinds = [kind for _, kind in function.parameters]
    return (
        len(kinds) == len(example.arguments)
        and all(map(_is_a, kinds, example.arguments))
        and _is_a(function.returns, example.result)
    )


def _is_a(kind: str, value: Any) -> bool:
    """Tell whether a literal may be a value of a type; what is inside of containers is not looked at."""
    plain: dict[str, tuple[type, ...]] = {
        "str": (str,), "float": (int, float), "list": (list,), "dict": (dict,), "tuple": (tuple,),
    }  # fmt: skip
    for one in kind.split(" | "):
        outer = one.partition("[")[0]
        if outer in ("int", "bool"):
            fits = type(value).__name__ == outer
        elif outer == "None":
            fits = value is None
        else:
            fits = isinstance(value, plain.get(outer, ())) and not (outer == "float" and isinstance(value, bool))
        if fits:
            return True
    return False

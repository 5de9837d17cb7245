"""Lets the model write the bodies of functions, and takes only those that do what the examples say.

Without examples nothing can be said of a body, so there is none. The code runs in the sandbox only.
"""

from __future__ import annotations

import ast
import builtins
import re
import symtable
import textwrap
from dataclasses import replace
from typing import TYPE_CHECKING

from aigc_models.types import AigcError
from aigc_plugins.action import sampled
from aigc_plugins.api import Job, WithheldError
from aigc_plugins.tasks.project.plan import Function
from aigc_plugins.tasks.project.render import source_of
from aigc_plugins.tasks.project.trial import Runner, failures

if TYPE_CHECKING:
    from collections.abc import Iterator

ATTEMPTS, ATTEMPTS_ON_GUESSES = 5, 3
_MODULES = frozenset((
    "bisect", "calendar", "collections", "datetime", "decimal", "difflib", "fractions", "functools", "heapq",
    "itertools", "math", "operator", "re", "statistics", "string", "textwrap", "unicodedata",
))  # fmt: skip
# What a function without state has no use for.
_FORBIDDEN = frozenset((
    "breakpoint", "compile", "copyright", "credits", "delattr", "eval", "exec", "exit", "getattr", "globals", "help",
    "input", "license", "locals", "memoryview", "open", "print", "quit", "setattr", "super", "type", "vars",
))  # fmt: skip
_MOST_LINES, _LONGEST_ANSWER = 40, 8000
_FENCE = re.compile(r"```\w*\n(.*?)(?:```|$)", re.DOTALL)


def written(job: Job, run: Runner, function: Function, failure: str = "") -> Function:
    """Return the function with a body; of guessed examples only those that the body agrees with stay.

    `failure` says what was wrong with an earlier body.

    Raises:
        WithheldError: no body does what the examples say.
    """
    if not function.examples:
        raise WithheldError("there is no example of what it returns, such as `f(2) == 4`.")
    reason = failure
    for attempt in range(ATTEMPTS_ON_GUESSES if function.guessed else ATTEMPTS):
        told = f"# An earlier version of {function.name} was wrong: {reason}\n\n\n" if reason else ""
        request = job.prompt("project-body", {"function": source_of(function), "failure": told})
        # The first answer is the likeliest, so is the second, which is told what was wrong with it.
        request = sampled(request, max(0, attempt - 1))
        answer = job.ask(request, until=_left)
        try:
            made = read(function, answer)
            return _agreeing(made, failures(run, made, module_of(made)))
        except WithheldError as error:
            reason = str(error)
    raise WithheldError(f"no version did what its examples say; the last one: {reason}")


def all_written(job: Job, run: Runner, functions: tuple[Function, ...]) -> Iterator[tuple[Function, str]]:
    """Yield each function with a body, or as it was and the reason why it has none."""
    for one in functions:
        job.report(f"Writing `{one.name}`")
        try:
            yield written(job, run, one), ""
        except AigcError as error:
            yield one, str(error)


def read(function: Function, answer: str) -> Function:
    """Return the function with the body that an answer holds.

    Raises:
        WithheldError: there is none that may be used.
    """
    code = _body(function, answer)
    lines = code.splitlines()
    if not lines or len(lines) > _MOST_LINES or max(map(len, lines)) > 120:
        raise WithheldError("the answer is empty or too long.")
    made = replace(function, code=code)
    try:
        tree = ast.parse(source_of(made))
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        raise WithheldError(f"it is no Python ({getattr(error, 'msg', error)}).") from None
    if len(tree.body) != 1 or not isinstance(tree.body[0], ast.FunctionDef) or len(tree.body[0].body) < 2:
        raise WithheldError("the answer is no body of the function.")
    return replace(made, imports=_imports(tree, source_of(made), function.name))


def module_of(function: Function) -> str:
    """Return a module with nothing but the function."""
    return "\n".join((*function.imports, "", "", source_of(function), ""))


def _agreeing(function: Function, wrong: list[str | None]) -> Function:
    right = tuple(one for one, reason in zip(function.examples, wrong, strict=True) if reason is None)
    needed = len(function.examples) if not function.guessed else max(2, len(function.examples) // 2 + 1)
    if len(right) < needed:
        pairs = zip(function.examples, wrong, strict=True)
        example, reason = next((one, why) for one, why in (*pairs, (function.examples[0], "agrees")) if why)
        raise WithheldError(f"{function.call(example)} {reason}, not {example.result!r}.")
    return replace(function, examples=right)


def _body(function: Function, answer: str) -> str:
    """Return the lines of a body, indented by four, also where the answer holds the whole function or fences."""
    fenced = _FENCE.search(answer)
    text = (fenced[1] if fenced is not None else answer).strip("\n").rstrip()
    if re.search(rf"^\s*def {function.name}\(", text, re.MULTILINE):
        return _body_of_whole(function.name, text)
    end = re.search(r"\n(?=\S)", text)
    text = text[: end.start()].rstrip() if end is not None and text[:1].isspace() else text
    return textwrap.indent(textwrap.dedent(text), "    ", lambda line: bool(line.strip()))


def _body_of_whole(name: str, text: str) -> str:
    try:
        tree = ast.parse(textwrap.dedent(text))
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return ""
    for node in tree.body:
        if isinstance(node, ast.FunctionDef) and node.name == name:
            kept = node.body[1:] if ast.get_docstring(node) is not None else node.body
            return textwrap.indent("\n".join(map(ast.unparse, kept)), "    ")
    return ""


def _left(answer: str) -> bool:
    """Tell whether an answer that is still being written has left the body of the function."""
    if len(answer) > _LONGEST_ANSWER:
        return True
    body, _, line = answer.rpartition("\n")
    outside = bool(line) and not line[0].isspace() and line[0] != "#"
    return outside and bool(body.strip()) and answer[0].isspace() and "```" not in answer


def _imports(tree: ast.Module, source: str, name: str) -> tuple[str, ...]:
    """Return the imports that a function needs, after a look at everything that it names.

    Raises:
        WithheldError: it names something that it may not use, or that does not exist.
    """
    for node in ast.walk(tree):
        if isinstance(node, ast.Global | ast.Nonlocal | ast.AsyncFunctionDef | ast.Await | ast.ClassDef):
            raise WithheldError("it uses more than a function without state does.")
        if isinstance(node, ast.Attribute) and node.attr.startswith("_"):
            raise WithheldError(f"it uses {node.attr}.")
        modules = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
        modules += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
        if unknown := [one for one in modules if one.partition(".")[0] not in _MODULES]:
            raise WithheldError(f"it imports {unknown[0]}.")
    free = _free(symtable.symtable(source, "function", "exec")) - {name}
    missing = [one for one in sorted(free) if one not in _MODULES and not hasattr(builtins, one)]
    if missing or free & _FORBIDDEN or any(one.startswith("_") for one in free):
        bad = (missing or sorted(free & _FORBIDDEN) or sorted(one for one in free if one.startswith("_")))[0]
        raise WithheldError(f"it uses {bad}, which it may not or which does not exist.")
    return tuple(f"import {one}" for one in sorted(free & _MODULES))


def _free(table: symtable.SymbolTable) -> set[str]:
    """Return the names that code takes from outside of itself."""
    found = {one.get_name() for one in table.get_symbols() if one.is_global() and one.is_referenced()}
    for child in table.get_children():
        found |= _free(child)
    return found

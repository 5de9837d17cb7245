"""Repairs that need no model: Ruff's own, names, unused code, annotations, defaults of None."""

from __future__ import annotations

import ast
import re
from typing import TYPE_CHECKING

from aigc_models.types import AigcError
from aigc_plugins.api import Edit, Place
from aigc_plugins.checkers import normal_code
from aigc_plugins.checkers.ruff import Ruff
from aigc_plugins.syntax import ancestors
from aigc_plugins.tasks.fix.candidate import Candidate
from aigc_plugins.tasks.fix.names import meant, name_candidates, undefined
from aigc_plugins.text import LineIndex

if TYPE_CHECKING:
    from collections.abc import Iterator

    from aigc_plugins.api import Diagnostic, Job
    from aigc_plugins.tasks.fix.candidate import Problem

# The rule of Ruff that says the same.
_SAME = {"reportUnusedImport": "F401", "reportUnusedVariable": "F841", "reportUnnecessaryTypeIgnoreComment": ""}
_RULE = re.compile(r"[A-Z]{1,5}\d{2,5}")
# Rules that Ruff repairs itself, as far as it goes.
_REPAIRED = re.compile(
    r"(?:F401|F541|F632|F841|I001|UP\d|E7[01]\d|W29\d|W605|C4\d|PIE|RET50|RUF100|Q\d|COM|D2|D4|PT0|SIM|B00)"
)
_UNTYPED = frozenset(("no-untyped-def", "ANN001", "ANN201", "ANN202", "ANN204", "ANN205", "ANN206"))
_UNTYPED_PYRIGHT = frozenset(("reportMissingParameterType", "reportUnknownParameterType"))
_NONE_DEFAULT = re.compile(
    r'Incompatible default for \w+ "(\w+)" \(default has type "None"|"None" is not assignable to'
)
_OPEN = re.compile(r'Need type annotation for "(\w+)"')
_IGNORE = re.compile(r"[ \t]*#\s*(?:type|pyright):\s*ignore(?:\[[^\]]*\])?")
_UNUSED = frozenset(("6133", "6192", "6196"))


def is_exact(diagnostic: Diagnostic) -> bool:
    """Tell, by its looks, whether a program can repair a diagnostic."""
    code = normal_code(diagnostic.code)
    known = code in _SAME or code in _UNUSED or code == "unused-ignore" or _REPAIRED.match(code) is not None
    message = diagnostic.message
    by_message = _NONE_DEFAULT.search(message) is not None or undefined(message) is not None or bool(meant(message))
    return known or by_message


def exact_candidates(problem: Problem, job: Job) -> Iterator[Candidate]:
    """Yield repairs by program, the likeliest first."""
    yield from name_candidates(problem, job)
    code = normal_code(problem.diagnostic.code)
    if problem.language == "python":
        yield from _by_ruff(problem, job, _SAME.get(code, code))
        yield from _by_statement(problem)
        if code in ("unused-ignore", "reportUnnecessaryTypeIgnoreComment"):
            yield from _without_ignore(problem)
        if code in _UNTYPED | _UNTYPED_PYRIGHT:
            yield from _annotated(problem, job)
    elif code in _UNUSED:
        yield from _without_import(problem)


def _by_ruff(problem: Problem, job: Job, code: str) -> Iterator[Candidate]:
    ruff = Ruff()
    if not _RULE.fullmatch(code) or ruff.command(problem.snapshot, job) is None:
        return
    text = problem.snapshot.text
    first, last = problem.line
    repairs = ruff.repairs(problem.snapshot, text, job, [code])
    for one in sorted(repairs, key=lambda one: abs(one.diagnostic.start - problem.diagnostic.start)):
        if one.diagnostic.start <= last and one.diagnostic.end >= first:
            title = one.title[:1].lower() + one.title[1:] if one.title else f"Ruff's repair for {code}"
            unsafe = "" if one.safe else " (Ruff calls this repair unsafe)"
            yield Candidate(one.edits, f"{title}{unsafe}", confirm=not one.safe)


def _by_statement(problem: Problem) -> Iterator[Candidate]:
    """Yield an annotation that a default of None or an empty container asks for."""
    message, text = problem.diagnostic.message, problem.snapshot.text
    default, opened = _NONE_DEFAULT.search(message), _OPEN.search(message)
    if default is None and opened is None:
        return
    lines = LineIndex(text)
    row = lines.line_at(problem.diagnostic.start) + 1
    try:
        tree = ast.parse(text)
    except (SyntaxError, ValueError, RecursionError):
        return
    for node in ast.walk(tree):
        if default is not None and isinstance(node, ast.arg) and node.annotation is not None:
            name = default[1]
            if node.arg == name and abs(node.lineno - row) <= 1 and not isinstance(node.annotation, ast.Constant):
                at = lines.offset((node.annotation.end_lineno or 1) - 1, node.annotation.end_col_offset or 0, "utf-8")
                yield Candidate((Edit(at, at, " | None"),), f"`{name}` may be None, as its default is")
        if opened is not None and isinstance(node, ast.Assign) and node.lineno == row:
            yield from _opened(opened[1], node, text, lines)


def _opened(name: str, node: ast.Assign, text: str, lines: LineIndex) -> Iterator[Candidate]:
    from aigc_plugins.tasks.annotate.infer import type_of
    from aigc_plugins.tasks.annotate.module import read_module
    from aigc_plugins.tasks.annotate.scope import scope_of
    from aigc_plugins.tasks.annotate.slots import functions_in

    target = node.targets[0]
    start = lines.offset(node.lineno - 1, node.col_offset, "utf-8")
    module = read_module(text)
    around = functions_in(module, lines, start, start)
    if not around or not isinstance(target, ast.Name) or target.id != name or len(node.targets) > 1:
        return
    found = type_of(ast.Name(name), scope_of(module, around[0]))
    if found is not None:
        at = lines.offset((target.end_lineno or 1) - 1, target.end_col_offset or 0, "utf-8")
        yield Candidate((Edit(at, at, f": {found}"),), f"`{name}` is a {found}, by what is put into it")


def _without_ignore(problem: Problem) -> Iterator[Candidate]:
    start, end = problem.line
    found = _IGNORE.search(problem.snapshot.text, start, end)
    if found is not None:
        yield Candidate((Edit(found.start(), found.end(), ""),), "the comment is needed no more")


def _annotated(problem: Problem, job: Job) -> Iterator[Candidate]:
    from aigc_plugins.tasks.annotate import AnnotateTask

    at = problem.diagnostic.start
    try:
        change = AnnotateTask().run(Place(problem.snapshot, at, at), job)
    except AigcError:
        return
    by_model = "by the model" in change.note
    yield Candidate(change.edits, "annotates the function" + (", in part by the model" if by_model else ""), by_model)


def _without_import(problem: Problem) -> Iterator[Candidate]:
    """Yield the text without an import that nobody uses, or without one name of it."""
    tree = problem.snapshot.tree
    if tree is None:
        return
    at = problem.diagnostic.start
    text = problem.snapshot.text
    around = list(ancestors(tree.node_at(at, at + 1)))
    whole = next((one for one in around if one.type == "import_statement"), None)
    if whole is None:
        return
    single = next((one for one in around if one.type == "import_specifier"), None)
    others = single is not None and single.parent is not None and len(single.parent.named_children) > 1
    if single is not None and others:
        start, end = tree.offset_of(single.start_byte), tree.offset_of(single.end_byte)
        behind = re.compile(r"\s*,[ \t]*").match(text, end)
        before = re.compile(r",\s*$").search(text, 0, start)
        start, end = (start, behind.end()) if behind else (before.start() if before else start, end)
        yield Candidate((Edit(start, end, ""),), "removes what nobody uses")
        return
    clause = next((one for one in whole.named_children if one.type == "import_clause"), None)
    if normal_code(problem.diagnostic.code) == "6192" or clause is None or len(clause.named_children) == 1:
        start, end = tree.offset_of(whole.start_byte), tree.offset_of(whole.end_byte)
        newline = re.compile(r"[ \t]*\r?\n").match(text, end)
        yield Candidate((Edit(start, newline.end() if newline else end, ""),), "removes an import that nobody uses")

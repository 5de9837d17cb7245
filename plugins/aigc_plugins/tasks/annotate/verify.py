"""Keeps those annotations of which a type checker has nothing new to report: all together, else it halves the set."""

from __future__ import annotations

import ast
import re
from typing import TYPE_CHECKING

from aigc_plugins.api import Edit, applied
from aigc_plugins.checkers import appeared
from aigc_plugins.tasks.annotate.answers import needed_imports, spelled
from aigc_plugins.tasks.annotate.imports import import_edits
from aigc_plugins.tasks.annotate.types import parsed

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from aigc_plugins.api import Diagnostic, Job
    from aigc_plugins.checkers import Checker
    from aigc_plugins.document import Snapshot
    from aigc_plugins.tasks.annotate.module import Module
    from aigc_plugins.tasks.annotate.slots import Proposal

MOST_RUNS = 24
# Comments that keep a checker from looking at a file at all.
_BLINDFOLD = re.compile(
    r"^([ \t]*)#(?= *(?:mypy *: *ignore-errors|type *: *ignore\b|pyright *: *ignore|ty *: *ignore))", re.M
)


class Verifier:
    """One file before it was annotated, and the checker that judges what is added to it."""

    def __init__(self, checker: Checker, snapshot: Snapshot, module: Module, job: Job) -> None:
        self._checker, self._snapshot, self._module, self._job = checker, snapshot, module, job
        self._before = self._reports(snapshot.text)
        self.runs = 0

    def kept(self, proposals: Sequence[Proposal], base: Sequence[Proposal] = ()) -> list[Proposal]:
        """Return those proposals that bring no new report, together and with those of `base`, which hold."""
        kept: list[Proposal] = []
        waiting = [list(proposals)] if proposals else []
        while waiting and self.runs < MOST_RUNS:
            group = waiting.pop(0)
            self._job.report(f"{self._checker.name} checks {len(base) + len(kept) + len(group)} annotations")
            if self._is_clean([*base, *kept, *group]):
                kept += group
            elif len(group) > 1:
                waiting[:0] = _halves(group)
        return kept

    def judged(self, proposals: Sequence[Proposal], base: Sequence[Proposal]) -> list[Proposal]:
        """Return those proposals of which the checker can tell anything: in place of the others any type would do.

        Each is replaced by a class of its own that has nothing to do with the code; a report has to name it.
        """
        returns = [one for one in proposals if one.slot.kind == "return"]
        others = [one for one in proposals if one.slot.kind != "return"]
        # One after the other: a parameter of a strange type hides what is returned.
        found = {id(one) for one in (*self._named(others, [*base, *returns]), *self._named(returns, [*base, *others]))}
        return [one for one in proposals if id(one) in found]

    def _named(self, proposals: Sequence[Proposal], base: Sequence[Proposal]) -> list[Proposal]:
        if not proposals:
            return []
        probes = {f"_AigcProbe{index}_": one for index, one in enumerate(proposals)}
        edits = edits_for(base, self._snapshot.text, self._module)
        edits += [one.slot.edit(f'"{_probe(name, one.type)}"') for name, one in probes.items()]
        classes = "".join(f"\nclass {name}: ..." for name in probes)
        needed = {name: module for one in proposals for name, module in needed_imports(one.type, self._module).items()}
        imports = "".join(f"\nfrom {module} import {name}" for name, module in needed.items())
        new = appeared(self._before, self._reports(applied(self._snapshot.text, edits) + imports + classes + "\n"))
        said = " ".join(one.message for one in new if "ncompatible default" not in one.message)
        return [one for name, one in probes.items() if name in said]

    def _is_clean(self, proposals: Sequence[Proposal]) -> bool:
        self.runs += 1
        text = applied(self._snapshot.text, edits_for(proposals, self._snapshot.text, self._module))
        return not appeared(self._before, self._reports(text))

    def _reports(self, text: str) -> list[Diagnostic]:
        seeing = _BLINDFOLD.sub(r"\1#.", text)
        found = self._checker.check(self._snapshot, seeing, self._job)
        return [one for one in found if one.severity <= 2]


def _probe(name: str, type_: str) -> str:
    """Return a type with the class `name` for all that is not a container or None: does a checker look at that?"""

    def strange(node: ast.expr) -> ast.expr:
        if isinstance(node, ast.BinOp):
            return ast.BinOp(strange(node.left), node.op, strange(node.right))
        if isinstance(node, ast.Constant):
            return node
        if isinstance(node, ast.Subscript) and ast.unparse(node.value) not in ("Callable", "Literal", "type"):
            many = isinstance(node.slice, ast.Tuple)
            inner = node.slice.elts if isinstance(node.slice, ast.Tuple) else [node.slice]
            changed = [strange(one) for one in inner]
            return ast.Subscript(node.value, ast.Tuple(changed) if many else changed[0], node.ctx)
        return ast.Name(name)

    node = parsed(type_)
    return ast.unparse(strange(node)) if node is not None else name


def edits_for(proposals: Sequence[Proposal], text: str, module: Module) -> list[Edit]:
    """Return the edits that write annotations and the imports that they need."""
    needed: dict[str, str] = {}
    edits = []
    for one in proposals:
        needed |= needed_imports(one.type, module)
        edits.append(one.slot.edit(spelled(one.type, one.slot.function, module)))
    return sorted([*edits, *import_edits(text, module.tree, needed)], key=lambda edit: (edit.start, edit.end))


def _halves(group: list[Proposal]) -> list[list[Proposal]]:
    """Split by function first, facts before guesses, then by number."""
    keys: list[Callable[[Proposal], object]] = [lambda one: id(one.slot.function), lambda one: one.by_model]
    for key in keys:
        values = list(dict.fromkeys(key(one) for one in group))
        if len(values) > 1:
            first = set(values[: (len(values) + 1) // 2])
            return [[one for one in group if key(one) in first], [one for one in group if key(one) not in first]]
    middle = (len(group) + 1) // 2
    return [group[:middle], group[middle:]]

"""Says in figures what tests reach of the targets, before and after. What was measured, `checking` measured."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from aigc_plugins.testgen.parts import Figures
from aigc_plugins.testgen.wanted import Wanted

if TYPE_CHECKING:
    from collections.abc import Sequence

    from aigc_plugins.testgen.parts import Checked, Subject
    from aigc_plugins.testgen.scenario import Branch, Mutant


class Reach:
    """What the project's tests reached, and what they do together with the new ones.

    `covered` and `missed` are lines; `killed`, `alive` and `missing` are as `Generated` has them.
    """

    def __init__(
        self,
        subject: Subject,
        before: Checked,
        after: Checked,
        branches: Sequence[Branch],
        mutants: Sequence[Mutant],
    ) -> None:
        wanted = Wanted(subject)
        lines = None if _is_whole(subject) else _lines(subject)
        executable = _within(after.executable | before.executable or _statements(subject.text), lines)
        arcs = frozenset(arc for arc in after.arcs | before.arcs if lines is None or arc[0] in lines)
        mutants = [one for one in mutants if wanted(one.function)]
        known, kills = _kills(before), _kills(before) | _kills(after)
        taken = _branches(before) | _branches(after)

        self.covered = _within(before.covered | after.covered, lines) & executable
        self.missed = executable - self.covered
        self.killed = tuple(one for one in mutants if one.number in kills)
        self.alive = tuple(one for one in mutants if one.number not in kills)
        self.missing = tuple(one for one in branches if one.number not in taken and wanted(one.function))
        self.before = Figures(
            (len(_within(before.covered, lines) & executable), len(executable)),
            (len(before.taken & arcs), len(arcs)),
            (sum(one.number in known for one in mutants), len(mutants)),
        )
        self.after = Figures(
            (len(self.covered), len(executable)),
            (len((before.taken | after.taken) & arcs), len(arcs)),
            (len(self.killed), len(mutants)),
        )


def _is_whole(subject: Subject) -> bool:
    """Tell whether tests are wanted of all that is public in the module."""
    return Wanted(subject).whole


def _lines(subject: Subject) -> frozenset[int]:
    return frozenset(line for target in subject.targets for line in range(target.line, target.end_line + 1))


def _statements(text: str) -> frozenset[int]:
    """Return the first lines of a module's statements without its documentation: where nothing ran, none is covered."""
    return frozenset(
        node.lineno
        for node in ast.walk(ast.parse(text.removeprefix("\ufeff")))
        if isinstance(node, ast.stmt) and not (isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant))
    )


def _within(found: frozenset[int], lines: frozenset[int] | None) -> frozenset[int]:
    return found if lines is None else found & lines


def _kills(checked: Checked) -> frozenset[int]:
    return frozenset(number for one in checked.results.values() if one.passed for number in one.kills)


def _branches(checked: Checked) -> frozenset[int]:
    return frozenset(number for one in checked.results.values() if one.passed for number in one.branches)

"""Gathers what is certain of a function's types, before anybody asks a model."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from aigc_plugins.tasks.annotate.calls import call_types
from aigc_plugins.tasks.annotate.infer import type_of
from aigc_plugins.tasks.annotate.known import SPECIAL_PARAMETERS
from aigc_plugins.tasks.annotate.module import decorators, parameters_of
from aigc_plugins.tasks.annotate.returns import return_fact
from aigc_plugins.tasks.annotate.scope import scope_of
from aigc_plugins.tasks.annotate.slots import Proposal
from aigc_plugins.tasks.annotate.types import union
from aigc_plugins.tasks.annotate.uses import use_fact

if TYPE_CHECKING:
    from collections.abc import Sequence

    from aigc_plugins.document import Snapshot
    from aigc_plugins.tasks.annotate.module import Module
    from aigc_plugins.tasks.annotate.scope import Scope
    from aigc_plugins.tasks.annotate.slots import Slot
    from aigc_plugins.workspace import Workspace


_PASSES = 4


def all_facts(
    functions: Sequence[Sequence[Slot]], module: Module, snapshot: Snapshot, workspace: Workspace | None
) -> list[Proposal]:
    """Return the types of those slots that the code makes certain; each of them may make others certain.

    The slots are filled in `module` as it goes.
    """
    found: list[Proposal] = []
    for _ in range(_PASSES):
        new = []
        for slots in functions:
            for one in _facts([slot for slot in slots if not slot.is_filled], module, snapshot, workspace):
                one.slot.fill(one.type)
                new.append(one)
        found += new
        if not new:
            break
    return found


def _facts(slots: Sequence[Slot], module: Module, snapshot: Snapshot, workspace: Workspace | None) -> list[Proposal]:
    if not slots:
        return []
    function = slots[0].function
    fixture = "fixture" in decorators(function) or "parametrize" in decorators(function)
    calls = call_types(function, module, snapshot, workspace) if not fixture else {}
    found = []
    for slot in slots:
        scope = scope_of(module, function)
        fact = _parameter(slot, scope, calls) if slot.kind == "plain" else None
        if slot.kind == "return":
            fact = return_fact(function, scope)
        if fact is not None:
            found.append(Proposal(slot, *fact))
    return found


def may_be_none(slot: Slot) -> bool:
    """Tell whether a parameter's default is None."""
    return isinstance(slot.default, ast.Constant) and slot.default.value is None


def _parameter(slot: Slot, scope: Scope, calls: dict[str, str]) -> tuple[str, str] | None:
    special = _special(slot, scope)
    if special is not None:
        return special, "special method"
    use = use_fact(slot.name, slot.function, scope)
    called = calls.get(slot.name)
    if may_be_none(slot):
        for fact in (use, (called, "its calls") if called is not None else None):
            if fact is not None:
                whole = union([fact[0], "None"])
                return (whole, f"{fact[1]}, and its default None") if whole is not None else None
        return None
    default = type_of(slot.default, scope)
    if default is not None:
        whole = union([default, called]) if called is not None else default
        return (whole, "its default" + (" and its calls" if whole != default else "")) if whole is not None else None
    if slot.default is not None:
        return None
    return use or ((called, "its calls") if called is not None else None)


def _special(slot: Slot, scope: Scope) -> str | None:
    if scope.owner is None:
        return None
    names = [one.arg for one in parameters_of(slot.function)][1:]
    return SPECIAL_PARAMETERS.get((slot.function.name, names.index(slot.name) if slot.name in names else -1))

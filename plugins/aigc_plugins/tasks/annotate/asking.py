"""Asks a model for the types that no fact gives: one at a time, as the next word of the signature, more than once.

An answer that two samples agree on is taken; whether it holds, a checker decides.
"""

from __future__ import annotations

import ast
import textwrap
from typing import TYPE_CHECKING

from aigc_plugins.api import sampled
from aigc_plugins.tasks.annotate.answers import accepted, bare_generic, is_complete
from aigc_plugins.tasks.annotate.facts import may_be_none
from aigc_plugins.tasks.annotate.module import parameters_of
from aigc_plugins.tasks.annotate.returns import is_generator, return_fact, with_none
from aigc_plugins.tasks.annotate.scope import scope_of
from aigc_plugins.tasks.annotate.slots import Proposal
from aigc_plugins.tasks.annotate.types import union

if TYPE_CHECKING:
    from collections.abc import Sequence

    from aigc_plugins.api import Job
    from aigc_plugins.tasks.annotate.module import Function, Module
    from aigc_plugins.tasks.annotate.slots import Slot

SAMPLES = 3
_AGREE = 2
_MOST = 3000  # characters of the function that the model sees


def ask_for(slots: Sequence[Slot], module: Module, text: str, job: Job) -> list[Proposal]:
    """Return the model's types for slots of one function, and what follows from them; the slots are filled."""
    found = []
    for slot in slots:
        if slot.kind == "kwarg":
            continue  # whatever may be in there
        fact = return_fact(slot.function, scope_of(module, slot.function)) if slot.kind == "return" else None
        if fact is not None:  # certain, now that the parameters are guessed
            slot.fill(fact[0])
            found.append(Proposal(slot, *fact, by_model=True))
            continue
        answer = _agreed(slot, module, text, job)
        if answer is None:
            continue
        if may_be_none(slot):
            answer = union([answer, "None"]) or answer
        if slot.kind == "return":
            answer = with_none(answer, slot.function)
        slot.fill(answer)
        found.append(Proposal(slot, answer, "the model", by_model=True))
    return found


def _agreed(slot: Slot, module: Module, text: str, job: Job) -> str | None:
    votes: dict[str, int] = {}
    for attempt in range(SAMPLES):
        answer = _one(slot, module, text, job, attempt)
        if answer is not None:
            votes[answer] = votes.get(answer, 0) + 1
            if votes[answer] >= _AGREE:
                return answer
    return None


def _one(slot: Slot, module: Module, text: str, job: Job, attempt: int) -> str | None:
    """Return one answer; a container without its elements is asked on from its bracket."""
    start = _start(slot)
    for _ in range(2):
        begun = f"{signature(slot)} {start}" if start else signature(slot)
        request = job.prompt("annotate", {"code": _shown(slot.function, text), "signature": begun})
        answer = start + job.ask(sampled(request, attempt), until=_Complete(start))
        name = bare_generic(answer, module)
        if name is None:
            return accepted(answer, module)
        start = f"{name}["
    return None


class _Complete:
    """Tells whether an answer, behind what was given of it, is complete."""

    def __init__(self, start: str) -> None:
        self.start = start

    def __call__(self, answer: str) -> bool:
        return is_complete(self.start + answer)


def signature(slot: Slot) -> str:
    """Return the signature of a slot's function up to the slot, with the types that are known."""
    function = slot.function
    args = function.args
    parts: list[str] = []
    positional = [*args.posonlyargs, *args.args]
    defaults = dict(
        zip([one.arg for one in positional][len(positional) - len(args.defaults) :], args.defaults, strict=True)
    )
    defaults |= {
        one.arg: value for one, value in zip(args.kwonlyargs, args.kw_defaults, strict=True) if value is not None
    }
    start = ("async def " if isinstance(function, ast.AsyncFunctionDef) else "def ") + function.name + "("
    for one in parameters_of(function):
        star = "*" if one is args.vararg else "**" if one is args.kwarg else ""
        if one.arg == slot.name and slot.kind != "return":
            return start + ", ".join([*parts, f"{star}{one.arg}:"])
        if one in args.kwonlyargs and args.vararg is None and not any(part.startswith("*") for part in parts):
            parts.append("*")
        stated = ast.unparse(one.annotation) if one.annotation is not None else None
        default = f" = {ast.unparse(defaults[one.arg])}" if one.arg in defaults else ""
        parts.append(
            f"{star}{one.arg}{f': {stated}' if stated else ''}{default if stated else default.replace(' ', '')}"
        )
    return f"{start}{', '.join(parts)}) ->"


def _start(slot: Slot) -> str:
    """Return what an answer certainly starts with."""
    if slot.kind != "return" or not is_generator(slot.function):
        return ""
    return "AsyncIterator[" if isinstance(slot.function, ast.AsyncFunctionDef) else "Iterator["


def _shown(function: Function, text: str) -> str:
    """Return the function as it is written, cut where it is long."""
    return textwrap.dedent(ast.get_source_segment(text, function, padded=True) or "")[:_MOST]

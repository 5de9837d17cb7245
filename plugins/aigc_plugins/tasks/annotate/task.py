"""Annotate types: facts first, a model for what they leave open, a type checker for what of it stays."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aigc_models.types import AigcError
from aigc_plugins.api import ActionTask, Change, WithheldError, applied
from aigc_plugins.checkers import type_checker
from aigc_plugins.tasks.annotate.answers import needed_imports
from aigc_plugins.tasks.annotate.asking import ask_for
from aigc_plugins.tasks.annotate.facts import all_facts
from aigc_plugins.tasks.annotate.module import read_module
from aigc_plugins.tasks.annotate.slots import functions_in, same_statements, slots_of
from aigc_plugins.tasks.annotate.verify import Verifier, edits_for
from aigc_plugins.tasks.functions import definition_at
from aigc_plugins.text import LineIndex

if TYPE_CHECKING:
    from collections.abc import Sequence

    import tree_sitter

    from aigc_plugins.action import Cost
    from aigc_plugins.api import Job, Place
    from aigc_plugins.tasks.annotate.module import Module
    from aigc_plugins.tasks.annotate.slots import Proposal, Slot

_MOST_FUNCTIONS = 60


class AnnotateTask(ActionTask):
    """Adds the annotations that a function, or the functions of a selection, lack; nothing else is changed."""

    name = "annotate"
    title = "Annotate types"
    kind = "refactor.rewrite.aigc"
    languages = ("python",)
    model = True
    cost: Cost = "seconds"
    verified = "the type checker can judge each guess and reports nothing new; the statements are the same"
    lens = False

    def applies(self, place: Place) -> bool | str:
        """Tell whether a function at the place, or one in the selection, lacks an annotation."""
        found = definition_at(place.snapshot, place.start, place.end)
        if found is not None:
            return f"Annotate types of `{found.name}`" if _is_open(found.node) else False
        tree = place.snapshot.tree
        if tree is None or place.start == place.end:
            return False
        first, last = tree.byte_of(place.start), tree.byte_of(place.end)
        node = tree.node_at(place.start, place.end)
        return any(_is_open(one) for one in _functions(node, first, last))

    def run(self, place: Place, job: Job) -> Change:
        """Return the annotations that hold."""
        snapshot = place.snapshot
        module = _module(snapshot.text)
        checker = type_checker(snapshot, job)
        slots = _slots(place, module)
        verifier = Verifier(checker, snapshot, module, job)
        facts = _held(verifier, all_facts(slots, module, snapshot, job.workspace), ())
        guesses, silent = self._guesses(slots, facts, module, place, job)
        kept = [*facts, *_certain(verifier, _held(verifier, guesses, facts), facts)]
        if not kept:
            raise WithheldError(_nothing(len(guesses), checker.name, silent))
        edits = edits_for(kept, snapshot.text, module)
        imports = [f"{origin}.{name}" for one in kept for name, origin in needed_imports(one.type, module).items()]
        if not same_statements(snapshot.text, applied(snapshot.text, edits), imports):
            raise WithheldError("The annotations would have changed statements.")
        left = sum(len(own) for own in slots) - len(kept)
        return Change(tuple(edits), note=_note(kept, left, checker.name, silent))

    def _guesses(
        self, slots: Sequence[Sequence[Slot]], facts: Sequence[Proposal], module: Module, place: Place, job: Job
    ) -> tuple[list[Proposal], str]:
        """Return the model's types for what the facts leave open, and why there are none where it is away."""
        found: list[Proposal] = []
        for own in slots:
            missing = [slot for slot in own if not slot.is_filled]
            if not missing:
                continue
            job.report(f"asking for the types of {own[0].function.name}")
            try:
                found += ask_for(missing, module, place.snapshot.text, job)
            except AigcError as error:
                if not facts:
                    raise
                return found, str(error)
        return found, ""


def _held(verifier: Verifier, proposals: Sequence[Proposal], base: Sequence[Proposal]) -> list[Proposal]:
    """Return the proposals that hold; the slots of the others are open again."""
    kept = verifier.kept(proposals, base)
    for one in proposals:
        if one not in kept:
            one.slot.fill(None)
    return kept


def _certain(verifier: Verifier, guesses: Sequence[Proposal], facts: Sequence[Proposal]) -> list[Proposal]:
    """Return the guesses that the checker can judge, and that still hold without the others.

    Where nothing but `Any` is known, no type is wrong: about half of such guesses were, of the others hardly any.
    """
    kept = list(guesses)
    while kept:
        judged = verifier.judged(kept, facts)
        if len(judged) == len(kept):
            break
        kept = verifier.kept(judged, facts)
    return kept


def _module(text: str) -> Module:
    try:
        return read_module(text)
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        raise WithheldError(f"The file cannot be read as Python: {error}") from None


def _slots(place: Place, module: Module) -> list[list[Slot]]:
    lines = LineIndex(place.snapshot.text)
    start = place.start
    if start == place.end:  # a cursor in an indentation means the line's code
        text = place.snapshot.text
        while start < len(text) and text[start] in " \t":
            start += 1
    functions = functions_in(module, lines, start, max(start, place.end))
    slots = [slots_of(function, module, place.snapshot, lines) for function in functions[:_MOST_FUNCTIONS]]
    slots = [own for own in slots if own]
    if not slots:
        raise WithheldError("There is no function here that lacks annotations.")
    return slots


def _nothing(guesses: int, checker: str, silent: str) -> str:
    if silent:
        return f"No type is certain, and the model could not be asked: {silent}"
    if guesses:
        return f"No annotation holds: {checker} reports something new with each, or knows too little to judge them."
    return "No type is certain, and the model gave none that two of its answers agree on."


def _note(kept: Sequence[Proposal], left: int, checker: str, silent: str) -> str:
    """Say what was added, and where each type is from."""
    several = len({id(one.slot.function) for one in kept}) > 1
    named = [f"{_label(one, several)} ({one.reason})" for one in kept if not one.by_model]
    guessed = [_label(one, several) for one in kept if one.by_model]
    parts = [f"Added {len(kept)} annotation{'s' if len(kept) > 1 else ''}"]
    if named:
        parts.append("from the code: " + ", ".join(named))
    if guessed:
        parts.append("by the model: " + ", ".join(guessed))
    text = "; ".join(parts) + f". {checker} reports nothing new; the statements are the same."
    if left:
        text += f" {left} left open."
    return text + (f" The model could not be asked: {silent}" if silent else "")


def _label(proposal: Proposal, several: bool) -> str:
    name = "the return" if proposal.slot.kind == "return" else proposal.slot.name
    return f"{name} of {proposal.slot.function.name}" if several else name


def _functions(node: tree_sitter.Node, first: int, last: int) -> list[tree_sitter.Node]:
    """Return the functions in [first, last) among a node's children, those of a class included."""
    found = []
    for child in node.named_children:
        if child.end_byte <= first or child.start_byte >= last:
            continue
        inner = child.child_by_field_name("definition") if child.type == "decorated_definition" else child
        if inner is not None and inner.type == "function_definition":
            found.append(inner)
        elif inner is not None and inner.type in ("class_definition", "block"):
            body = inner if inner.type == "block" else inner.child_by_field_name("body")
            found += _functions(body, first, last) if body is not None else []
    return found


def _is_open(function: tree_sitter.Node) -> bool:
    """Tell whether a function lacks the type of a parameter, or of what it returns."""
    if function.child_by_field_name("return_type") is None:
        return True
    parameters = function.child_by_field_name("parameters")
    for index, one in enumerate(parameters.named_children if parameters is not None else ()):
        bare = one.type in ("identifier", "default_parameter", "list_splat_pattern", "dictionary_splat_pattern")
        if bare and not (index == 0 and one.text in (b"self", b"cls")):
            return True
    return False

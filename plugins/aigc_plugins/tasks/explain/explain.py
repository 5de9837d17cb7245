"""The task that explains a piece of code on a page: what its syntax says for sure, and what a model makes of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from aigc_plugins.api import ActionTask, Page, WithheldError
from aigc_plugins.tasks.explain.asking import sentences_about
from aigc_plugins.tasks.explain.documentation import summary_of
from aigc_plugins.tasks.explain.facts import calls, of_class, of_function, used
from aigc_plugins.tasks.explain.markdown import block, count, span, spans
from aigc_plugins.tasks.functions import definition_at
from aigc_plugins.tasks.instruct.block import block_at
from aigc_plugins.tasks.instruct.definitions import outermost

if TYPE_CHECKING:
    from collections.abc import Sequence

    from aigc_plugins.api import Job, Place, Result
    from aigc_plugins.document import Snapshot
    from aigc_plugins.tasks.functions import Definition

_SENTENCES = 3
_NOBODY = "The model said nothing that could be shown."


@dataclass(frozen=True, slots=True)
class _Subject:
    """The code points [start, end) that are explained; `definition` where they are one."""

    snapshot: Snapshot
    start: int
    end: int
    definition: Definition | None

    @property
    def text(self) -> str:
        return self.snapshot.text[self.start : self.end].replace("\r\n", "\n")


class ExplainTask(ActionTask):
    """Explains the selection, or the function or class at the cursor."""

    name = "explain"
    title = "Explain"
    kind = "source.aigc.explain"
    gives = "page"
    model = True
    cost = "seconds"
    verified = "facts are read off the syntax; the model's sentences name only what the code has, none said twice"
    lens = True

    def applies(self, place: Place) -> bool | str:
        """Offer it on a selection, and where there is a definition or some code at the cursor."""
        if place.start != place.end:
            return bool(place.selected[:2000].strip())
        definition = definition_at(place.snapshot, place.start, place.end, ("function", "class"))
        if definition is not None:
            return f"Explain `{definition.name}`"
        text, at = place.snapshot.text, place.start
        return bool(text[text.rfind("\n", 0, at) + 1 : at].strip() or text[at : at + 400].partition("\n")[0].strip())

    def run(self, place: Place, job: Job) -> Result:
        """Read off the facts, show them, and let the model write."""
        subject = _subject(place)
        if subject is None:
            raise WithheldError("There is no code here to explain.")
        definition = subject.definition
        title = f"`{definition.name}`" if definition is not None else count(subject.text.count("\n") + 1, "line")
        facts = _facts(subject, job)
        heading = f"Explain {definition.name}" if definition is not None else "Explain"
        job.preview(_page(title, subject, facts, ()))
        job.report("The model writes")
        said = sentences_about(
            job,
            "explain",
            place.snapshot,
            subject.text,
            name=definition.name if definition is not None else "",
            most=_SENTENCES,
            shown=lambda found: job.preview(_page(title, subject, facts, found)),
        )
        return Page(heading, _page(title, subject, facts, said or (_NOBODY,)))


def _subject(place: Place) -> _Subject | None:
    snapshot = place.snapshot
    definition = None
    if place.start == place.end:
        definition = definition_at(snapshot, place.start, place.end, ("function", "class"))
    block_found = block_at(snapshot, place.start, place.end)
    if definition is None and block_found is not None and snapshot.tree is not None:
        inside = outermost(snapshot.tree, block_found.start, block_found.end)
        if len(inside) == 1 and snapshot.text[inside[0].start : inside[0].end] == block_found.text.strip():
            definition = inside[0]
    if definition is not None:
        return _Subject(snapshot, definition.start, definition.end, definition)
    return _Subject(snapshot, block_found.start, block_found.end, None) if block_found is not None else None


def _facts(subject: _Subject, job: Job) -> dict[str, list[str]]:
    definition, tree = subject.definition, subject.snapshot.tree
    known: list[str] = []
    if definition is not None:
        says = summary_of(definition)
        known = [f"Its documentation says: {says}"] if says else []
        known += of_function(definition) if definition.kind == "function" else of_class(definition)
    elif tree is not None:
        called = calls(tree.node_at(subject.start, subject.end))
        called = [name for name in called if f"{name}(" in subject.text]
        known = [f"Calls {spans(called)}"] if called else []
    path = job.workspace.path_of(subject.snapshot) if job.workspace is not None else None
    elsewhere = used(tree, subject.start, subject.end, job.workspace, path) if tree is not None else []
    if definition is not None:
        elsewhere = [line for line in elsewhere if not line.startswith(f"{span(definition.name)}:")]
    return {"Read off the code": known, "Uses": elsewhere}


def _page(title: str, subject: _Subject, facts: dict[str, list[str]], said: Sequence[str]) -> str:
    definition, snapshot = subject.definition, subject.snapshot
    code = definition.header if definition is not None and definition.kind == "function" else subject.text
    if code.count("\n") > 12:
        code = "\n".join(code.split("\n")[:12])
    parts = [f"# {title}\n", block(code, snapshot.language_id)]
    if said:
        parts.append(" ".join(said) + "\n")
        if said[0] != _NOBODY:
            parts.append("*A model wrote this paragraph: check it. What follows was read off the code.*\n")
    for heading, lines in facts.items():
        if lines:
            parts.append(f"## {heading}\n\n" + "".join(f"- {line}\n" for line in lines))
    return "\n".join(parts)

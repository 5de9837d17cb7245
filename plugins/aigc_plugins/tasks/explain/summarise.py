"""The task that summarises a file or a diff on a page: an outline, and a sentence each by documentation or model."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aigc_plugins.api import ActionTask, Page, WithheldError
from aigc_plugins.tasks.explain.asking import sentences_about
from aigc_plugins.tasks.explain.commit import subject_of
from aigc_plugins.tasks.explain.diff import FileDiff, read_diff
from aigc_plugins.tasks.explain.documentation import summary_of
from aigc_plugins.tasks.explain.markdown import count, span, spans
from aigc_plugins.tasks.explain.prose import escaped
from aigc_plugins.tasks.functions import definitions

if TYPE_CHECKING:
    from aigc_plugins.api import Job, Place, Result
    from aigc_plugins.document import Snapshot
    from aigc_plugins.tasks.explain.prose import escaped
from aigc_plugins.tasks.functions import Definition

_MOST_ASKED = 20  # sentences of a model on one page
_MOST_LISTED = 200
_VERBS = {"added": "New", "deleted": "Deleted", "renamed": "Renamed", "changed": "Changed"}


class SummariseTask(ActionTask):
    """Summarises a file by its definitions, a diff by its files."""

    name = "summarise"
    title = "Summarise this file"
    kind = "source.aigc.summarise"
    gives = "page"
    model = True
    cost = "seconds"
    verified = "the outline is read off the syntax; a sentence of the model names only what the code has"

    def applies(self, place: Place) -> bool | str:
        """Offer it on any file that is parsed, and on diffs."""
        if place.snapshot.language_id == "diff":
            return "Summarise this diff"
        return place.snapshot.tree is not None and bool(place.snapshot.text.strip())

    def run(self, place: Place, job: Job) -> Result:
        """Write the outline, then fill in the sentences one by one."""
        snapshot = place.snapshot
        path = snapshot.path
        name = path.name if path is not None else "This file"
        if snapshot.language_id == "diff":
            return Page(f"Summary of {name}", _diff_page(snapshot, job))
        if snapshot.tree is None:
            raise WithheldError("The language of this file is not known well enough for an outline.")
        return Page(f"Summary of {name}", _file_page(name, snapshot, job))


def _file_page(name: str, snapshot: Snapshot, job: Job) -> str:
    outline = definitions(snapshot)[:_MOST_LISTED]
    lines = count(snapshot.text.count("\n") + (not snapshot.text.endswith("\n")), "line")
    functions = sum(one.kind == "function" for one in outline)
    kinds = f"{count(functions, 'function')} and {count(len(outline) - functions, 'class', 'classes')}"
    head = f"# {span(name)}\n\n{lines}, {kinds}.\n"
    rows: list[str] = []
    asked = 0
    ends: list[int] = []
    for one in outline:
        job.check()
        while ends and one.start >= ends[-1]:
            ends.pop()
        says = summary_of(one)
        if not says and not ends and asked < _MOST_ASKED:
            asked += 1
            job.report(f"A sentence on {one.name}", 100 * len(rows) // len(outline))
            said = sentences_about(job, "summarise", snapshot, one.text, name=one.name, most=1, attempts=2)
            says = f"{said[0]} *(by the model)*" if said else ""
        rows.append(f"{'  ' * len(ends)}- {_row(one)}" + (f": {says}" if says else ""))
        ends.append(one.end)
        job.preview(head + "\n" + "\n".join(rows) + "\n")
    return head + ("\n" + "\n".join(rows) + "\n" if rows else "\nThere are no definitions in it.\n")


def _row(one: Definition) -> str:
    header = " ".join(one.header.split()).rstrip(" {:=>")
    return span(header or one.name, 100)


def _diff_page(snapshot: Snapshot, job: Job) -> str:
    files = read_diff(snapshot.text)
    if not files:
        raise WithheldError("There is no file in this diff that could be shown.")
    added, removed = sum(len(one.added) for one in files), sum(len(one.removed) for one in files)
    head = f"# Diff of {count(len(files), 'file')}\n\n{count(added, 'line')} added, {removed:,} removed.\n"
    rows: list[str] = []
    for number, one in enumerate(files[:_MOST_LISTED]):
        job.check()
        rows.append(f"## {span(one.path)}\n\n" + "".join(f"- {line}\n" for line in file_facts(one)))
        if number < _MOST_ASKED and (one.added or one.removed):
            job.report(f"A sentence on {one.name}", 100 * number // len(files))
            said = subject_of([one], job, attempts=2)
            rows[-1] += f"\n{escaped(said)} *(by the model)*\n" if said else ""
        job.preview(head + "\n" + "\n".join(rows))
    return head + "\n" + "\n".join(rows)


def file_facts(one: FileDiff) -> list[str]:
    """Return what a diff says of a file, as lines of Markdown."""
    facts = [f"{_VERBS[one.status]}" + (f" from {span(one.old_path)}" if one.status == "renamed" else "")]
    facts[0] += ", binary" if one.binary else f": {count(len(one.added), 'line')} added, {len(one.removed):,} removed"
    for verb, names in (("Adds", one.defined), ("Drops", one.dropped), ("Changes", one.touched)):
        if names:
            facts.append(f"{verb} {spans(names)}")
    return facts

"""What came of a task, on the screen, in a file or as JSON."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from aigc_lsp.cli import output, shown
from aigc_lsp.cli.exits import ExitStatus
from aigc_plugins.api import Page, WithheldError

if TYPE_CHECKING:
    from aigc_lsp.cli.asked import Options, Work
    from aigc_plugins.api import Change, Request


@dataclass(slots=True)
class Outcome:
    """What came of it: a change, a page or a reason; the prompts that were shown; the model, if one was asked."""

    result: Change | Page | None = None
    reason: str = ""
    prompts: list[Request] = field(default_factory=list)
    model: str | None = None
    seconds: float = 0.0


def show_prompts(outcome: Outcome, options: Options) -> int:
    """Print the prompts that were kept from the model, and return the exit status."""
    if outcome.reason:
        output.complain(outcome.reason)
        return ExitStatus.WITHHELD
    if options.json:
        output.say_json({"task": options.task, "prompts": [shown.prompt_text(one) for one in outcome.prompts]})
    elif outcome.prompts:
        shown.show_prompts(outcome.prompts)
    else:
        output.note(f"{options.task} asks no model there.")
    return ExitStatus.OK


def show(outcome: Outcome, work: Work, options: Options) -> int:
    """Write or print a result and return the exit status."""
    result = outcome.result
    if result is not None and not isinstance(result, Page):
        _show_change(outcome, result, work, options)
    elif options.json:
        output.say_json(_data(outcome, work, "", written=False))
    elif result is not None:
        shown.show_page(result)
    return ExitStatus.OK if result is not None else ExitStatus.WITHHELD


def _show_change(outcome: Outcome, change: Change, work: Work, options: Options) -> None:
    from aigc_lsp.cli import patch, writing
    from aigc_plugins.api import applied

    text, path = work.snapshot.text, work.path
    if options.write and work.stdin and change.files:
        raise WithheldError("The task changes other files, too: name the file instead of standard input.")
    base = patch.base_of(change, path, work.roots[0])
    diff = patch.diff(change, path, text, base)
    written = writing.write(change, path, text) if options.write and not work.stdin else []
    if options.json:
        output.say_json(_data(outcome, work, diff, written=bool(written)))
        return
    if options.write and work.stdin:
        output.say_raw(applied(text, change.edits))
    elif not options.write:
        shown.show_diff(diff)
        if base != Path.cwd():
            output.note(f"The paths are relative to {base}.")
    for one in written:
        output.note(f"Wrote {one}.")
    if change.note:
        output.note(change.note)


def _data(outcome: Outcome, work: Work, diff: str, *, written: bool) -> dict[str, Any]:
    result = outcome.result
    page = result if isinstance(result, Page) else None
    change = result if not isinstance(result, Page) else None
    shown_page = {"title": page.title, "text": page.text, "language_id": page.language_id} if page else None
    return {
        "task": work.task.name,
        "file": work.file,
        "changed": change is not None,
        "written": written,
        "diff": diff or None,
        "edits": shown.edits_as_data(work.snapshot.text, change.edits) if change else [],
        "files": [shown.file_as_data(one) for one in change.files] if change else [],
        "note": (change.note if change else "") or None,
        "page": shown_page,
        "reason": outcome.reason or None,
        "model": outcome.model,
        "total_ms": round(outcome.seconds * 1000, 1),
    }

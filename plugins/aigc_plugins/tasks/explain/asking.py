"""Asks a model for sentences about code, and asks again where none of what it said may stay."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aigc_plugins.api import sampled
from aigc_plugins.syntax import PLAIN
from aigc_plugins.tasks.explain.prose import said_enough, sentences

if TYPE_CHECKING:
    from collections.abc import Callable

    from aigc_plugins.api import Job
    from aigc_plugins.document import Snapshot

_MOST_CODE = 6000  # characters of the code that is shown


def sentences_about(
    job: Job,
    template: str,
    snapshot: Snapshot,
    code: str,
    *,
    name: str = "",
    most: int = 4,
    attempts: int = 3,
    shown: Callable[[list[str]], None] | None = None,
) -> list[str]:
    """Return sentences on `code`; `shown` gets those that there are while the model writes on.

    The answer goes on behind `cue`, the beginning that the template ends with.
    """
    language = snapshot.language or PLAIN
    cue = f"`{name}`" if name else "This code"
    values = {
        "code": code[:_MOST_CODE].rstrip(),
        "name": name,
        "title": language.title or snapshot.language_id,
        "fence": language.name if language is not PLAIN else snapshot.language_id,
        "comment": language.line_comment or "#",
        "cue": cue,
    }
    request = job.prompt(template, values)
    for attempt in range(attempts):
        told = 0

        def enough(answer: str) -> bool:
            nonlocal told
            if not answer[-1:].isspace():
                return False
            found = sentences(cue + answer, code, most)
            if shown is not None and len(found) > told:
                told = len(found)
                shown(found)
            return len(found) == most or said_enough(cue + answer, most)

        found = sentences(cue + job.ask(sampled(request, attempt), until=enough), code, most)
        if found:
            return found
    return []

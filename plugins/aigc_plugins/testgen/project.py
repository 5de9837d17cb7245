"""Makes the copy of a project in which its code runs. What is in it, ignore rules and open documents decide."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aigc_plugins.behaviour import project

if TYPE_CHECKING:
    from pathlib import Path

    from aigc_plugins.action import Job
    from aigc_plugins.testgen.parts import Subject


def copied(subject: Subject, copy: Path, job: Job) -> list[str]:
    """Copy the subject's project into the folder `copy`, with the module as its text is; return notes for the user.

    Raises:
        CancelledError: the user took the task back.
    """
    copy.mkdir(parents=True, exist_ok=True)
    whole = project.copy(subject.root, copy, job)
    for path, text in ((subject.path, subject.text), (subject.conventions.file, subject.conventions.text)):
        if text is not None:
            place = copy / path.relative_to(subject.root)
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_text(text, "utf-8", errors="surrogatepass", newline="")
    return [] if whole else ["The project is large: only a part of it was copied into the sandbox."]

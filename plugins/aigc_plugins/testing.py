"""For the tests of plugins: runs an action task without server and engine. What a host checks is not checked here.

here = place("def add(a, b):\\n    return a + b\\n", at="add|")
job = FakeJob("Adds two numbers.")
print(applied(here, MyTask().run(here, job)))
"""

from __future__ import annotations

import subprocess
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

from aigc_models.types import ChatRequest
from aigc_plugins import action, prompts
from aigc_plugins.api import Change, Diagnostic, Finished, Page, Place, Request, Result, WithheldError
from aigc_plugins.document import Document

if TYPE_CHECKING:
    from importlib.resources.abc import Traversable

    from aigc_plugins.testgen.parts import TestProposer
    from aigc_plugins.workspace import Workspace

__all__ = ["FakeJob", "applied", "place", "prompt_text"]

Answer: TypeAlias = str | Callable[[Request], str]


class FakeJob:
    """A `Job` with canned answers, which keeps what it was asked and told.

    `answers` are given one after another, the last one again and again; a callable gets the request. `asked`,
    `reports` and `previews` hold what the task did. Programs are run as they are, without the host's protection.
    """

    def __init__(
        self,
        answers: Answer | Iterable[Answer] = (),
        *,
        arguments: Mapping[str, str] | None = None,
        workspace: Workspace | None = None,
        roots: Iterable[str | Path] = (),
        trusted: bool = True,
        language: str = "",
        test_proposers: Iterable[TestProposer] = (),
    ) -> None:
        self.answers: list[Answer] = [answers] if isinstance(answers, str) or callable(answers) else list(answers)
        self.arguments: Mapping[str, str] = arguments or {}
        self.workspace = workspace
        self.roots = tuple(Path(root) for root in roots)
        self.trusted = trusted
        self.language = language
        self.test_proposers = tuple(test_proposers)
        self.asked: list[Request] = []
        self.reports: list[str] = []
        self.previews: list[str] = []

    def prompt(self, name: str, values: Mapping[str, str], *, folder: Traversable | None = None) -> Request:
        """Return what the real template makes of `values`."""
        return prompts.render(name, values, language=self.language, folder=folder)

    def ask(self, request: Request, *, until: Callable[[str], bool] | None = None) -> str:
        """Return the next answer, cut where `until` ends it.

        Raises:
            AssertionError: there are no answers: the task was not expected to ask.
        """
        self.asked.append(request)
        if not self.answers:
            raise AssertionError("the task asked the model")
        answer = self.answers[min(len(self.asked), len(self.answers)) - 1]
        text = answer(request) if callable(answer) else answer
        for end in range(len(text)) if until is not None else ():
            if until is not None and until(text[: end + 1]):
                return text[: end + 1]
        return text

    def run(
        self, command: Sequence[str], *, cwd: Path | None = None, stdin: str = "", timeout_s: float = 60.0
    ) -> Finished:
        """Run a program.

        Raises:
            WithheldError: there is no such program.
        """
        words = [str(part) for part in command]
        try:
            done = subprocess.run(
                words, cwd=cwd, input=stdin, capture_output=True, text=True, timeout=timeout_s, check=False
            )
        except FileNotFoundError:
            raise WithheldError(f"There is no program {words[0]}.") from None
        except subprocess.TimeoutExpired:
            return Finished(None, "", "")
        return Finished(done.returncode, done.stdout, done.stderr)

    def report(self, message: str, percentage: int | None = None) -> None:
        """Keep a message in `reports`."""
        self.reports.append(message)

    def preview(self, text: str) -> None:
        """Keep a text in `previews`."""
        self.previews.append(text)

    def check(self) -> None:
        """Do nothing: nobody takes this job back."""


def place(
    text: str,
    language: str = "python",
    *,
    at: str | None = None,
    uri: str = "file:///project/a.py",
    diagnostics: Iterable[Diagnostic] = (),
) -> Place:
    """Return a place in a text: `at` is a part of it that is selected, or the cursor where it holds `|`; else all.

    `language` is an LSP id.

    Raises:
        ValueError: `at` is no part of the text.
    """
    start, end = 0, len(text)
    if at is not None and "|" in at:
        before, _, after = at.partition("|")
        start = end = text.index(before + after) + len(before)
    elif at is not None:
        start = text.index(at)
        end = start + len(at)
    return Place(Document(uri, language, text, 1).snapshot(), start, end, tuple(diagnostics))


def applied(place: Place, result: Result) -> str:
    """Return the text that a result makes of a place's text."""
    if isinstance(result, Page):
        raise TypeError("a page changes no text")
    return action.applied(place.snapshot.text, result.edits if isinstance(result, Change) else result)


def prompt_text(request: Request) -> str:
    """Return all of a request's text."""
    if isinstance(request, ChatRequest):
        return "\n".join(message.content for message in request.messages)
    return request.prefix + request.suffix

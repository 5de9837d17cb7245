"""Runs a task without a server: a job with canned answers that records what it was asked."""

from __future__ import annotations

import subprocess
from pathlib import Path

from aigc_models.types import ChatRequest
from aigc_plugins import prompts
from aigc_plugins.api import Change, Finished, Place, WithheldError
from aigc_plugins.document import Document


class FakeJob:
    """A `Job`: `answers` are given one after another, the last one again and again; a callable gets the request."""

    def __init__(self, answers=(), *, arguments=None, workspace=None, roots=(), trusted=True, language=""):
        self.answers = [answers] if isinstance(answers, str) or callable(answers) else list(answers)
        self.arguments = arguments or {}
        self.workspace = workspace
        self.roots = tuple(Path(root) for root in roots)
        self.trusted = trusted
        self.language = language
        self.asked = []
        self.reports = []
        self.previews = []

    def prompt(self, name, values, *, folder=None):
        return prompts.render(name, values, language=self.language, folder=folder)

    def ask(self, request, *, until=None):
        self.asked.append(request)
        assert self.answers, "the task asked the model"
        answer = self.answers[min(len(self.asked), len(self.answers)) - 1]
        answer = answer(request) if callable(answer) else answer
        for end in range(len(answer)) if until is not None else ():
            if until(answer[: end + 1]):
                return answer[: end + 1]
        return answer

    def run(self, command, *, cwd=None, stdin="", timeout_s=60.0):
        try:
            done = subprocess.run(
                [str(part) for part in command], cwd=cwd, input=stdin, capture_output=True, text=True, timeout=timeout_s
            )
        except FileNotFoundError:
            raise WithheldError(f"There is no program {command[0]}.") from None
        except subprocess.TimeoutExpired:
            return Finished(None, "", "")
        return Finished(done.returncode, done.stdout, done.stderr)

    def report(self, message, percentage=None):
        self.reports.append(message)

    def preview(self, text):
        self.previews.append(text)

    def check(self):
        pass


def place(text, language="python", *, at=None, uri="file:///work/a.py", diagnostics=()):
    """Return a place in a text: `at` is a part of it that is selected, or the cursor where it holds `|`; else all."""
    start, end = 0, len(text)
    if at is not None and "|" in at:
        before, _, after = at.partition("|")
        start = end = text.index(before + after) + len(before)
    elif at is not None:
        start = text.index(at)
        end = start + len(at)
    return Place(Document(uri, language, text, 1).snapshot(), start, end, tuple(diagnostics))


def applied(place, result):
    """Return the text that a result makes of a place's text."""
    edits = result.edits if isinstance(result, Change) else result
    text = place.snapshot.text
    for edit in sorted(edits, key=lambda edit: (edit.start, edit.end), reverse=True):
        text = text[: edit.start] + edit.text + text[edit.end :]
    return text


def prompt_text(request):
    """Return all of a request's text."""
    if isinstance(request, ChatRequest):
        return "\n".join(message.content for message in request.messages)
    return request.prefix + request.suffix

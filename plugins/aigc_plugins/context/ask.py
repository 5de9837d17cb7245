"""Asks context providers, one after the other, in a thread of its own: none can delay or break who asks.

A provider that raises, gives something else than snippets, or takes longer than its patience is not asked again.
"""

from __future__ import annotations

import logging
import threading
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from aigc_plugins.api import Snippet
from aigc_plugins.workspace import WorkspaceProvider

if TYPE_CHECKING:
    from collections.abc import Sequence

    from aigc_plugins.api import ContextProvider
    from aigc_plugins.document import Snapshot
    from aigc_plugins.workspace import Workspace

log = logging.getLogger(__name__)

PATIENCE_S = 2.0
_REST_S = 30.0
_MOST = 64  # snippets taken from one provider


@dataclass(slots=True)
class Question:
    """One round of asking. `answers` fills up; `done` is set when every provider has had its turn."""

    snapshot: Snapshot
    offset: int
    max_chars: int
    providers: list[tuple[str, ContextProvider]]
    answers: dict[str, list[Snippet]] = field(default_factory=dict)
    done: threading.Event = field(default_factory=threading.Event)


class Asker:
    """Owns the thread and knows which providers are blocked. Every method may be called from any thread."""

    def __init__(
        self, providers: Sequence[tuple[str, ContextProvider]], workspace: Workspace, *, patience_s: float = PATIENCE_S
    ) -> None:
        self._providers = list(providers)
        self._workspace = workspace
        self._patience_s = patience_s
        self._attached: set[str] = set()
        self._blocked: dict[str, str] = {}
        self._lock = threading.Condition()
        self._waiting: Question | None = None
        self._current: Question | None = None
        self._turn: tuple[str, float] | None = None
        self._thread: threading.Thread | None = None

    @property
    def blocked(self) -> dict[str, str]:
        """The providers that are not asked any more, with the reason."""
        with self._lock:
            return dict(self._blocked)

    def ask(self, snapshot: Snapshot, offset: int, max_chars: int, only: str | None, wait_s: float) -> Question:
        """Ask every provider, or the one named `only`; return after `wait_s` seconds at the latest.

        A question that has not begun gives way to a later one. Look at the question's `done` for whether it is whole.
        """
        with self._lock:
            chosen = [(n, p) for n, p in self._providers if n not in self._blocked and only in (None, n)]
            question = Question(snapshot, offset, max_chars, chosen)
            if not chosen:
                question.done.set()
                return question
            if self._waiting is not None:
                self._waiting.done.set()
            self._waiting = question
            if self._thread is None:
                self._start()
            self._lock.notify_all()
        end = time.monotonic() + wait_s
        while not question.done.wait(max(min(end - time.monotonic(), self._patience_s / 4), 0.0)):
            self._relieve()
            if time.monotonic() >= end:
                break
        return question

    def _start(self) -> None:
        self._thread = threading.Thread(target=self._run, name="aigc-context", daemon=True)
        self._thread.start()

    def _relieve(self) -> None:
        """Leave a thread behind whose provider has overrun, and go on without both."""
        with self._lock:
            if self._turn is None or time.monotonic() - self._turn[1] < self._patience_s:
                return
            name, current = self._turn[0], self._current
            self._block(name, f"took longer than {self._patience_s:g} s")
            self._turn = self._current = None
            if current is not None and self._waiting is None:
                self._waiting = current  # the rest of its providers still have their turn
            elif current is not None:
                current.done.set()
            self._start()

    def _run(self) -> None:
        me = threading.current_thread()
        while True:
            with self._lock:
                while self._waiting is None and self._thread is me:
                    if not self._lock.wait(_REST_S) and self._waiting is None and self._thread is me:
                        self._thread = None  # nobody asks any more; the next question starts another
                if self._thread is not me:
                    return
                question, self._waiting = self._waiting, None
                self._current = question
            if question is None or not self._answer(question, me):
                return

    def _answer(self, question: Question, me: threading.Thread) -> bool:
        """Give each provider its turn; return False once this thread was left behind."""
        for name, provider in question.providers:
            with self._lock:
                if name in self._blocked or name in question.answers:
                    continue
                self._turn = (name, time.monotonic())
            found, fault = self._snippets(name, provider, question)
            with self._lock:
                if self._thread is not me:
                    return False
                self._turn = None
                if fault:
                    self._block(name, fault)
                question.answers[name] = found
        with self._lock:
            self._current = None
        question.done.set()
        return True

    def _snippets(self, name: str, provider: ContextProvider, question: Question) -> tuple[list[Snippet], str]:
        try:
            if name not in self._attached:
                self._attached.add(name)
                if isinstance(provider, WorkspaceProvider):
                    provider.attach(self._workspace)
            found = list(provider.snippets(question.snapshot, question.offset, question.max_chars))[:_MOST]
        except Exception as error:  # a plugin may raise anything
            return [], f"{type(error).__name__}: {error}"
        for one in found:
            if not isinstance(one, Snippet) or not isinstance(one.text, str) or not isinstance(one.path, str):
                return [], f"gave {type(one).__name__} in place of a Snippet"
        return found, ""

    def _block(self, name: str, reason: str) -> None:
        if name not in self._blocked:
            self._blocked[name] = reason
            log.warning("context provider %s is not asked any more: %s", name, reason)

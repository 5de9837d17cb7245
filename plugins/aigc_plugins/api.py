"""What plugins give and get: the protocols of tasks and context providers, and the values that pass between them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, Protocol, runtime_checkable

from aigc_plugins.action import (
    ActionTask,
    Argument,
    CancelledError,
    Change,
    Diagnostic,
    Edit,
    FileEdit,
    Finished,
    Job,
    ModelTask,
    NewFile,
    Page,
    Place,
    RenamedFile,
    Request,
    Result,
    WithheldError,
    applied,
    sampled,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from aigc_models.types import CompletionRequest
    from aigc_plugins.document import Snapshot

__all__ = [
    "ActionTask",
    "Argument",
    "Budget",
    "CancelledError",
    "Change",
    "ContextProvider",
    "Diagnostic",
    "Edit",
    "FileEdit",
    "Finished",
    "Guided",
    "InlineTask",
    "Job",
    "Judge",
    "ModelTask",
    "Multiline",
    "NewFile",
    "Page",
    "Place",
    "Prepared",
    "RenamedFile",
    "Request",
    "Result",
    "SelectedText",
    "Snippet",
    "Suggestion",
    "Task",
    "Trigger",
    "WithheldError",
    "applied",
    "sampled",
]

Trigger = Literal["automatic", "invoked"]
Multiline = Literal["auto", "never", "always"]


@dataclass(frozen=True, slots=True)
class Budget:
    """How much a prompt may hold and an answer may be, in tokens of the model in use.

    `chars_per_token` is the estimate by which text is measured before it is tokenized.
    """

    prefix_tokens: int = 1024
    suffix_tokens: int = 256
    max_tokens: int = 96
    chars_per_token: float = 3.0

    def chars(self, tokens: int) -> int:
        """Return how many characters about `tokens` tokens hold."""
        return max(int(tokens * self.chars_per_token), 0)


@dataclass(frozen=True, slots=True)
class SelectedText:
    """The entry selected in the editor's completion menu: it would replace [start, end) by `text`."""

    start: int
    end: int
    text: str


@dataclass(frozen=True, slots=True)
class Suggestion:
    """Replace [start, end) of the snapshot, which lie on one line, by `text`."""

    text: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Snippet:
    """Text from elsewhere that helps a prompt; the higher `score` (0 to 1) is kept when room is short.

    `kind` is filled in with the name of the provider.
    """

    path: str
    text: str
    score: float = 0.5
    kind: str = ""


@runtime_checkable
class Task(Protocol):
    """One code-generation job that a user can ask for; `name` is its stable id, `title` is shown."""

    @property
    def name(self) -> str: ...
    @property
    def title(self) -> str: ...


@runtime_checkable
class Judge(Protocol):
    """Decides while an answer streams in when it is enough, and in the end what of it is offered."""

    @property
    def withheld(self) -> str | None: ...
    def feed(self, piece: str) -> bool: ...
    def finish(self, truncated: bool = False) -> Suggestion | None: ...


@runtime_checkable
class Prepared(Protocol):
    """A request for the engine, and the judge of its answer."""

    @property
    def request(self) -> CompletionRequest: ...
    def judge(self) -> Judge: ...


@runtime_checkable
class Guided(Prepared, Protocol):
    """A prepared request that knows how else its answer may begin, from what stands below the cursor."""

    @property
    def starts(self) -> Sequence[str]: ...


@runtime_checkable
class InlineTask(Task, Protocol):
    """A task that suggests text at the cursor; None means that there is nothing to suggest here."""

    def prepare(
        self,
        snapshot: Snapshot,
        offset: int,
        *,
        trigger: Trigger = "automatic",
        budget: Budget | None = None,
        selected: SelectedText | None = None,
        multiline: Multiline | None = None,
    ) -> Prepared | None: ...


@runtime_checkable
class ContextProvider(Protocol):
    """Contributes ranked snippets to a prompt."""

    @property
    def name(self) -> str: ...
    def snippets(self, snapshot: Snapshot, offset: int, max_chars: int) -> list[Snippet]: ...

"""Tasks that a user starts on a place in a text: what they say of themselves, what they get, and what they give back.

The same task serves the editor and the command line. Who runs it (the host), how its result is shown or applied, and
which checks every result has to pass, is the server's.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal, Protocol, TypeAlias, TypeVar

from aigc_models.types import AigcError, ChatRequest, CompletionRequest

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from importlib.resources.abc import Traversable
    from pathlib import Path

    from aigc_plugins.document import Snapshot
    from aigc_plugins.testgen.parts import TestProposer
    from aigc_plugins.workspace import Workspace

Request: TypeAlias = CompletionRequest | ChatRequest
Cost: TypeAlias = Literal["instant", "seconds", "minutes"]
AnyRequest = TypeVar("AnyRequest", CompletionRequest, ChatRequest, CompletionRequest | ChatRequest)


@dataclass(frozen=True, slots=True)
class Argument:
    """Something that a task asks its user before it runs: one of `choices`, or a line of text where there are none.

    Editors that cannot ask get the `default`; a task with an argument without one is not offered there. On the command
    line it is the option `--NAME`.
    """

    name: str
    title: str
    choices: tuple[str, ...] = ()
    default: str | None = None
    placeholder: str = ""


@dataclass(frozen=True, slots=True)
class Diagnostic:
    """What a checker found in [start, end) of the snapshot: `source` is its name (`Ruff`, `Pyright`, `ts`).

    `severity` is LSP's: 1 error, 2 warning, 3 information, 4 hint.
    """

    start: int
    end: int
    message: str
    code: str = ""
    source: str = ""
    severity: int = 1


@dataclass(frozen=True, slots=True)
class Place:
    """Where a task is asked for: the code points [start, end) of a snapshot; where both are equal, a cursor.

    `diagnostics` are those that the editor shows there.
    """

    snapshot: Snapshot
    start: int
    end: int
    diagnostics: tuple[Diagnostic, ...] = ()

    @property
    def selected(self) -> str:
        """The selected text, empty for a cursor."""
        return self.snapshot.text[self.start : self.end]

    @property
    def language(self) -> str:
        """The language's name as in `aigc_plugins/syntax/languages`, empty where it is not known."""
        language = self.snapshot.language
        return language.name if language is not None else ""


@dataclass(frozen=True, slots=True)
class Edit:
    """Replace the code points [start, end) of the snapshot by `text`."""

    start: int
    end: int
    text: str


def applied(text: str, edits: Sequence[Edit]) -> str:
    """Return a text with edits that do not overlap; what is put into one place keeps its order, as LSP has it."""
    parts, at = [], 0
    for edit in sorted(edits, key=lambda edit: (edit.start, edit.end)):
        parts += [text[at : edit.start], edit.text]
        at = edit.end
    return "".join((*parts, text[at:]))


@dataclass(frozen=True, slots=True)
class Page:
    """A text for the user to read beside the code, in the language with the LSP id `language_id`."""

    title: str
    text: str
    language_id: str = "markdown"


@dataclass(frozen=True, slots=True)
class FileEdit:
    """Edits of another file, against its present text `before`; the host makes sure that this still is its text."""

    path: Path
    before: str
    edits: tuple[Edit, ...]


@dataclass(frozen=True, slots=True)
class NewFile:
    """A file to be made; it is an error where there is one already."""

    path: Path
    text: str


@dataclass(frozen=True, slots=True)
class RenamedFile:
    """A file to be moved from `path` to `target`, where nothing may be yet."""

    path: Path
    target: Path


FileChange: TypeAlias = FileEdit | NewFile | RenamedFile


@dataclass(frozen=True, slots=True)
class Change:
    """Edits of the snapshot, and what becomes of other files.

    `note` says in a sentence what was done and how it was checked. With `confirm`, editors that can do so show the
    change before they apply it.
    """

    edits: tuple[Edit, ...] = ()
    files: tuple[FileChange, ...] = ()
    note: str = ""
    confirm: bool = False


Result: TypeAlias = "Sequence[Edit] | Change | Page"


class WithheldError(AigcError):
    """There is nothing that could be offered; the text says why, for the user."""


class CancelledError(Exception):
    """The user took the task back. Tasks let it pass."""


@dataclass(frozen=True, slots=True)
class Finished:
    """How a program ended: its exit status (negative: the signal that ended it; None: out of time), and its output."""

    status: int | None
    stdout: str
    stderr: str


class Job(Protocol):
    """What a running task may use. Its methods are for the task's own thread, and raise CancelledError once the user
    took the task back: a task that works for long without any of them calls `check` at times."""

    @property
    def arguments(self) -> Mapping[str, str]:
        """The user's answers by the names of the task's arguments."""

    @property
    def workspace(self) -> Workspace | None:
        """The workspace's files and names, None where there is no workspace."""

    @property
    def roots(self) -> tuple[Path, ...]:
        """The workspace's folders."""

    @property
    def trusted(self) -> bool:
        """Whether the user trusts the workspace: programs that it brings along may run."""

    @property
    def test_proposers(self) -> tuple[TestProposer, ...]:
        """The proposers of scenarios for tests that plugins give."""

    def prompt(self, name: str, values: Mapping[str, str], *, folder: Traversable | None = None) -> Request:
        """Return the request that the template `name` makes of `values`, for the language of the place.

        Templates are files (`aigc_plugins.prompts`); `folder` holds those of a plugin, the user's own come first.
        """

    def ask(self, request: Request, *, until: Callable[[str], bool] | None = None) -> str:
        """Return the model's answer; secrets in the request are blacked out first.

        `until` is given the answer so far, and ends it by returning True.

        Raises:
            AigcError: the engine is away, or refused the request.
        """

    def run(
        self, command: Sequence[str], *, cwd: Path | None = None, stdin: str = "", timeout_s: float = 60.0
    ) -> Finished:
        """Run a program (never through a shell) with a bare environment; it ends with the task.

        Raises:
            WithheldError: there is no such program.
        """

    def report(self, message: str, percentage: int | None = None) -> None:
        """Tell the user what is being done."""

    def preview(self, text: str) -> None:
        """Show what there is of a long result so far; `text` replaces what was shown before."""

    def check(self) -> None:
        """Raise CancelledError where the user took the task back, do nothing otherwise."""


class ActionTask(ABC):
    """A task that the user starts: from the editor's code actions, a command or the command line.

    `kind` is the LSP kind of its code action: `quickfix.aigc`, `refactor.extract.aigc`, `refactor.inline.aigc`,
    `refactor.rewrite.aigc` or `source.…`. `languages` are names of languages that it knows, none for any text.
    `gives` says what comes of it: `edits`, other `files` (one is opened then) or a `page`. `verified` says in a phrase
    how a result was checked before anybody sees it, `cost` how long it takes. `lens` offers it above each definition,
    where code lenses are on.
    """

    name: str
    title: str
    kind: str = "refactor.rewrite.aigc"
    languages: Sequence[str] = ()
    arguments: Sequence[Argument] = ()
    gives: Literal["edits", "files", "page"] = "edits"
    model: bool = False
    cost: Cost = "instant"
    verified: str = "parses"
    lens: bool = False

    def applies(self, place: Place) -> bool | str:
        """Tell whether the task makes sense at a place; a text is its title there ("Rename `x`").

        It is asked at every move of the cursor, after `languages` were compared: no model, no files, milliseconds.
        """
        return True

    @abstractmethod
    def run(self, place: Place, job: Job) -> Result:
        """Do the work, in a thread of its own.

        Raises:
            WithheldError: there is nothing to offer.
            AigcError: something else is wrong, with a text for the user.
        """


class ModelTask(ActionTask):
    """A task whose text a model writes in one piece: it asks, reads the answer, checks it, and else asks again.

    The first answer is the model's likeliest, the others are sampled with fixed seeds.
    """

    model = True
    cost: Cost = "seconds"
    attempts = 3

    @abstractmethod
    def ask(self, place: Place, job: Job) -> Request:
        """Return what the model is asked."""

    @abstractmethod
    def read(self, place: Place, answer: str) -> Result:
        """Return what an answer means.

        Raises:
            WithheldError: it is none.
        """

    def verify(self, place: Place, result: Result, job: Job) -> None:
        """Check a result beyond what is checked of all results.

        Raises:
            WithheldError: it may not be offered.
        """

    def enough(self, answer: str) -> bool:
        """Tell whether an answer that still is being written is complete."""
        return False

    def run(self, place: Place, job: Job) -> Result:
        """Ask until an answer holds."""
        request = self.ask(place, job)
        for attempt in range(self.attempts):
            try:
                result = self.read(place, job.ask(sampled(request, attempt), until=self.enough))
                self.verify(place, result, job)
                return result
            except WithheldError as error:
                reason = error
        raise reason


def sampled(request: AnyRequest, attempt: int) -> AnyRequest:
    """Return the request for one attempt: the first as it is, others with a temperature and a seed of their own."""
    if attempt == 0:
        return request
    return replace(request, temperature=max(request.temperature, 0.7), top_p=0.95, seed=attempt)

"""What a running task may use: the model, programs, progress. The task has a thread, the engine an event loop."""

from __future__ import annotations

import asyncio
import concurrent.futures
import os
import signal
import subprocess
import tempfile
import threading
import time
from contextlib import aclosing, suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from aigc_models.types import AigcError, ChatRequest
from aigc_plugins import prompts
from aigc_plugins.api import CancelledError, Finished, WithheldError
from aigc_plugins.index.ignore import Rules, is_secret_name
from aigc_plugins.index.secrets import redact

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping, Sequence
    from importlib.resources.abc import Traversable

    from aigc_models.types import CompletionChunk
    from aigc_plugins.api import Place, Request
    from aigc_plugins.document import Snapshot
    from aigc_plugins.testgen.parts import TestProposer
    from aigc_plugins.workspace import Workspace

_MOST_ANSWER = 100_000  # characters of one answer
_MOST_OUTPUT = 4_000_000  # characters of a program's output
_POLL_S = 0.05
# What programs get of the environment: where they and their languages are, nothing that could be a key.
_ENVIRONMENT = (
    "PATH",
    "HOME",
    "LANG",
    "LC_ALL",
    "TMPDIR",
    "SYSTEMROOT",
    "VIRTUAL_ENV",
    "JAVA_HOME",
    "GOROOT",
    "GOPATH",
)


@dataclass(frozen=True, slots=True)
class Host:
    """What a job gets from who runs it: the engine, the workspace, and where progress is shown.

    `engine` waits until the model is ready and returns the client; it raises AigcError where there is none. `report`
    and `preview` are called in the job's thread. With `show_prompt`, requests go there instead of to the model.
    """

    engine: Callable[[], Awaitable[Any]]
    workspace: Workspace | None = None
    roots: tuple[Path, ...] = ()
    trusted: bool = True
    chat_only: bool = False
    report: Callable[[str, int | None], None] = lambda message, percentage: None
    preview: Callable[[str], None] = lambda text: None
    show_prompt: Callable[[Request], None] | None = None
    test_proposers: tuple[TestProposer, ...] = ()
    present: Callable[[Path], str | None] = field(default_factory=lambda: text_of)


class TaskJob:
    """Implements `aigc_plugins.api.Job`. Make it on the event loop that the engine's client lives on."""

    def __init__(self, host: Host, place: Place, arguments: Mapping[str, str]) -> None:
        self._host = host
        self._place = place
        self._loop = asyncio.get_running_loop()
        self._cancelled = threading.Event()
        self._pending: set[concurrent.futures.Future[str]] = set()
        self.arguments = arguments
        self.workspace = host.workspace
        self.roots = host.roots
        self.trusted = host.trusted
        self.test_proposers = host.test_proposers
        self.redacted = False  # whether the model saw a text without its secrets

    def cancel(self) -> None:
        """Take the task back: the model stops, programs end, the task's next call raises. From any thread."""
        self._cancelled.set()
        for pending in tuple(self._pending):
            pending.cancel()

    def check(self) -> None:
        """Raise CancelledError where the user took the task back."""
        if self._cancelled.is_set():
            raise CancelledError

    def prompt(self, name: str, values: Mapping[str, str], *, folder: Traversable | None = None) -> Request:
        """Return the request that the template `name` makes of `values`."""
        return prompts.render(name, values, language=self._place.language, folder=folder)

    def ask(self, request: Request, *, until: Callable[[str], bool] | None = None) -> str:
        """Return the model's answer."""
        self.check()
        if hidden := hidden_from_models(self._place.snapshot, self.roots):
            raise WithheldError(f"{hidden}, so its text is not given to a model.")
        request = self._without_secrets(request)
        if self._host.show_prompt is not None:
            self._host.show_prompt(request)
            raise CancelledError
        pending = asyncio.run_coroutine_threadsafe(self._answer(request, until), self._loop)
        self._pending.add(pending)
        try:
            self.check()  # a cancel between the first check and now saw nothing pending
            return pending.result()
        except concurrent.futures.CancelledError:
            raise CancelledError from None
        finally:
            pending.cancel()
            self._pending.discard(pending)

    def report(self, message: str, percentage: int | None = None) -> None:
        """Tell the user what is being done."""
        self.check()
        self._host.report(message, percentage)

    def preview(self, text: str) -> None:
        """Show what there is of a long result so far."""
        self.check()
        self._host.preview(text)

    def run(
        self, command: Sequence[str], *, cwd: Path | None = None, stdin: str = "", timeout_s: float = 60.0
    ) -> Finished:
        """Run a program with a bare environment; it ends with the task."""
        self.check()
        environment = {key: os.environ[key] for key in _ENVIRONMENT if key in os.environ}
        with tempfile.TemporaryFile() as given, tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
            given.write(stdin.encode("utf-8", "surrogateescape"))
            given.seek(0)
            try:
                process = subprocess.Popen(
                    [str(part) for part in command],
                    cwd=cwd, stdin=given, stdout=out, stderr=err, env=environment, start_new_session=True,
                )  # fmt: skip
            except (FileNotFoundError, NotADirectoryError, PermissionError) as error:
                raise WithheldError(f"{command[0]} cannot be run ({error.strerror}).") from None
            try:
                status = self._wait(process, time.monotonic() + timeout_s)
            finally:
                with suppress(ProcessLookupError, PermissionError):  # what it started, too
                    os.killpg(process.pid, signal.SIGKILL)
                process.wait()
            return Finished(status, _text(out), _text(err))

    def _wait(self, process: subprocess.Popen[bytes], end: float) -> int | None:
        while True:
            try:
                return process.wait(_POLL_S)
            except subprocess.TimeoutExpired:
                self.check()
                if time.monotonic() > end:
                    return None

    def _without_secrets(self, request: Request) -> Request:
        def clean(text: str) -> str:
            shown = redact(text)
            self.redacted = self.redacted or shown != text
            return shown

        if isinstance(request, ChatRequest):
            return replace(
                request, messages=tuple(replace(one, content=clean(one.content)) for one in request.messages)
            )
        context = tuple(replace(one, text=clean(one.text)) for one in request.context)
        return replace(request, prefix=clean(request.prefix), suffix=clean(request.suffix), context=context)

    async def _answer(self, request: Request, until: Callable[[str], bool] | None) -> str:
        client = await self._host.engine()
        answer = ""
        async with aclosing(self._stream(client, request)) as chunks:
            async for chunk in chunks:
                answer += chunk.text
                if len(answer) > _MOST_ANSWER:
                    return answer[:_MOST_ANSWER]
                if chunk.text and until is not None and until(answer):
                    break
        return answer

    def _stream(self, client: Any, request: Request) -> AsyncGenerator[CompletionChunk, None]:
        from aigc_lsp.asking import by_chat

        if isinstance(request, ChatRequest):
            found = client.chat(request)
        elif self._host.chat_only:
            found = by_chat(client, request)
        else:
            found = client.complete(request)
        return cast("AsyncGenerator[CompletionChunk, None]", found)


def hidden_from_models(snapshot: Snapshot, roots: Sequence[Path]) -> str | None:
    """Tell why a document's text may not be given to a model, None where it may: secret and ignored files."""
    path = snapshot.path
    if path is None:
        return None
    if is_secret_name(path.name):
        return f"{path.name} is a file for secrets"
    for root in roots:
        with suppress(ValueError, OSError):
            relative = path.resolve().relative_to(root.resolve()).as_posix()
            if not Rules(root).allows(relative):
                return f"{path.name} is ignored (.gitignore or .aigcignore)"
    return None


def text_of(path: Path) -> str | None:
    """Return a file's text, None where there is none."""
    try:
        return path.read_bytes().decode("utf-8")
    except FileNotFoundError:
        return None
    except (OSError, UnicodeDecodeError) as error:
        raise AigcError(f"{path} cannot be read: {error}.") from None


def _text(file: Any) -> str:
    file.seek(0)
    return str(file.read(_MOST_OUTPUT).decode("utf-8", "replace"))

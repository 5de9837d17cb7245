"""Asks the proposers what to try: programs at once, the model in a thread that is not waited for without end."""

from __future__ import annotations

import itertools
import logging
import threading
import time
from collections import Counter
from typing import TYPE_CHECKING

from aigc_models.types import AigcError
from aigc_plugins.action import CancelledError
from aigc_plugins.sandbox import SandboxUnavailableError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from aigc_plugins.action import Job
    from aigc_plugins.testgen.parts import Subject, TestProposer
    from aigc_plugins.testgen.scenario import Goals, Scenario

logger = logging.getLogger(__name__)
_POLL_S = 0.05
_MOST = 2000  # scenarios of one proposer in one round


class Asking:
    """The proposers of one run, and what they proposed so far: nothing twice.

    `proposed` counts by proposer; `notes` say what went wrong.
    """

    def __init__(
        self, subject: Subject, job: Job, *, model: bool, proposers: Iterable[TestProposer] | None = None
    ) -> None:
        self._subject, self._job = subject, job
        wanted = [one for one in (job.test_proposers if proposers is None else proposers) if model or not one.model]
        self._programs = [one for one in wanted if not one.model]
        self._models = [one for one in wanted if one.model]
        self._seen: set[tuple[tuple[str, ...], str, tuple[str, ...]]] = set()
        self._background: _Background | None = None
        self.proposed: Counter[str] = Counter()
        self.notes: list[str] = []

    def programs(self, goals: Goals) -> list[Scenario]:
        """Return what is new from the proposers that ask no model.

        Raises:
            CancelledError: the user took the task back.
        """
        found: list[Scenario] = []
        for proposer in list(self._programs):
            try:
                found += self._new(self._from(proposer, goals))
            except (CancelledError, SandboxUnavailableError):
                raise
            except Exception as error:
                self._fails(proposer, error)
                self._programs.remove(proposer)
        return found

    def begin_model(self, goals: Goals, stop: Callable[[], bool]) -> None:
        """Start to ask the proposers that ask the model; `stop` ends it between two scenarios."""
        if self._background is not None and self._background.busy:
            return  # one conversation at a time: what it still says comes with the next round
        if self._models:
            self._background = _Background(self._models, lambda one: self._from(one, goals), stop)

    def end_model(self, seconds: float) -> tuple[list[Scenario], bool]:
        """Return what is new from the model, and whether it was done within the seconds.

        Raises:
            CancelledError: the user took the task back.
        """
        background = self._background
        if background is None:
            return [], True
        done = background.wait(seconds, self._job.check)
        if done:
            self._background = None
        failed, background.failed = background.failed, []
        for proposer, error in failed:
            if isinstance(error, CancelledError):
                raise error
            self._fails(proposer, error)
            self._models = [one for one in self._models if one is not proposer]
        return self._new(list(background.found)), done

    def _from(self, proposer: TestProposer, goals: Goals) -> Iterable[Scenario]:
        return itertools.islice(proposer.propose(self._subject, goals, self._job), _MOST)

    def _new(self, scenarios: Iterable[Scenario]) -> list[Scenario]:
        names = {target.name for target in self._subject.targets}
        found = []
        for one in scenarios:
            key = (one.arrange, one.act, one.fixtures)
            if key not in self._seen and one.target in names:
                self._seen.add(key)
                self.proposed[one.origin] += 1
                found.append(one)
        return found

    def _fails(self, proposer: TestProposer, error: Exception) -> None:
        if isinstance(error, AigcError):
            note = f"{proposer.name}: {error}"
        else:
            logger.warning("The proposer %s failed", proposer.name, exc_info=error)
            note = f"{proposer.name} failed: {type(error).__name__}: {error}"
        if note not in self.notes:
            self.notes.append(note)


class _Background:
    """A thread that asks the model's proposers in turns."""

    def __init__(
        self,
        proposers: list[TestProposer],
        propose: Callable[[TestProposer], Iterable[Scenario]],
        stop: Callable[[], bool],
    ) -> None:
        self.found: list[Scenario] = []
        self.failed: list[tuple[TestProposer, Exception]] = []
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, args=(list(proposers), propose, stop), daemon=True)
        self._thread.start()

    def _run(
        self,
        proposers: list[TestProposer],
        propose: Callable[[TestProposer], Iterable[Scenario]],
        stop: Callable[[], bool],
    ) -> None:
        waiting = [(proposer, iter(propose(proposer))) for proposer in proposers]
        while waiting and not (self._stop.is_set() or stop()):
            proposer, scenarios = waiting.pop(0)
            try:
                self.found.append(next(scenarios))
                waiting.append((proposer, scenarios))
            except StopIteration:
                pass
            except Exception as error:
                self.failed.append((proposer, error))

    @property
    def busy(self) -> bool:
        """Whether the model still is asked."""
        return self._thread.is_alive()

    def wait(self, seconds: float, check: Callable[[], None]) -> bool:
        """Wait for the end; where it does not come, the thread ends after the scenario that is being made."""
        end = time.monotonic() + seconds
        while self._thread.is_alive() and time.monotonic() < end:
            check()
            self._thread.join(_POLL_S)
        done = not self._thread.is_alive()
        self._stop.set()
        return done

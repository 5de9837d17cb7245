"""Continuous batching: one thread that admits requests, runs the model step by step, and drops the cancelled ones."""

from __future__ import annotations

import logging
import threading
import time
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future
from itertools import groupby
from typing import Any, TypeVar

from aigc_models.engine.counters import Counters
from aigc_models.engine.errands import Errands
from aigc_models.engine.runtimes.base import Logits, OutOfCacheError, Runtime, Slot
from aigc_models.engine.sequence import Sequence
from aigc_models.types import EngineBusyError, EngineRequestError, EngineUnavailableError

log = logging.getLogger(__name__)
Found = TypeVar("Found")
_WARM_UP_AFTER_S = 0.2
# Only a step with few tokens takes hardly longer with some guessed ones in it.
_DRAFT_RUNNING = 1


class UnloadingError(EngineUnavailableError):
    """The model is being unloaded: what would have answered a moment ago no longer takes requests."""


class Scheduler:
    """Run a runtime for many requests at once.

    A step takes one token of each running sequence and a slice of one or more waiting prompts, at most `chunk_tokens`
    in all, so that a long prompt delays the others' next token by one slice and a cancelled one ends after it. At most
    `draft_tokens` are guessed from earlier text and checked in the same step, where the runtime can go back.
    """

    def __init__(
        self,
        runtime: Runtime,
        *,
        max_running: int = 4,
        max_waiting: int = 32,
        chunk_tokens: int = 256,
        draft_tokens: int = 3,
    ) -> None:
        self.runtime = runtime
        self.counters = Counters()
        # Runtimes of plugins may have neither: then prompts are not shared early, and nothing is drafted.
        self._share: Callable[[Slot], None] = getattr(runtime, "share", lambda slot: None)
        self.draft_tokens = draft_tokens if getattr(runtime, "rewinds", False) else 0
        self.last_active = time.monotonic()
        self._max_running = max_running
        self._max_waiting = max_waiting
        self._chunk = chunk_tokens
        self._waiting: deque[Sequence] = deque()
        self._running: list[Sequence] = []
        self._condition = threading.Condition()
        self._stopping = False
        self._retiring = False
        self._errands = Errands()
        self._thread = threading.Thread(target=self._loop, name="scheduler", daemon=True)
        self._thread.start()

    def submit(self, sequence: Sequence) -> None:
        """Queue a request.

        Raises:
            EngineRequestError: prompt and answer do not fit the context.
            EngineBusyError: the queue is full.
        """
        if sequence.capacity > self.runtime.context_length:
            raise EngineRequestError(
                f"The prompt has {len(sequence.prompt)} tokens and {sequence.max_tokens} more are asked for; "
                f"this model's context holds {self.runtime.context_length}. Send less."
            )
        with self._condition:
            if self._stopping or self._retiring:
                raise UnloadingError("The model is being unloaded.")
            if len(self._waiting) >= self._max_waiting:
                self.counters.refused += 1
                raise EngineBusyError(f"{self._max_waiting} requests are waiting already; try again shortly.")
            self.counters.requests += 1
            self._waiting.append(sequence)
            self.counters.max_waiting = max(self.counters.max_waiting, len(self._waiting))
            self._condition.notify()

    def cancel(self, sequence: Sequence) -> None:
        """End a request; at most the step that is running now still computes it."""
        with self._condition:
            sequence.cancelled = True
            self._condition.notify()

    @property
    def busy(self) -> int:
        """Return how many requests run or wait."""
        return len(self._running) + len(self._waiting)

    def snapshot(self) -> dict[str, float]:
        """Return the counters and the present load."""
        return self.counters.snapshot(len(self._running), len(self._waiting))

    def call(self, work: Callable[[], Found]) -> Future[Found]:
        """Run `work` between two steps, on the thread that all calls of the runtime come from."""
        with self._condition:
            future = self._errands.put(work)
            if self._ending:
                self._errands.fail(UnloadingError("The model is being unloaded."))
            self._condition.notify()
        return future

    def uses(self, adapter: str) -> bool:
        """Tell whether a request that waits or runs is for an adapter, by its key."""
        with self._condition:
            return any(one.adapter == adapter for one in (*self._running, *self._waiting))

    def retire(self) -> None:
        """Take no more requests, finish those that are here, then stop."""
        with self._condition:
            self._retiring = True
            self._condition.notify()
        self._thread.join()
        self.stop()

    def stop(self) -> None:
        """Fail what is left, end the thread and unload the runtime."""
        with self._condition:
            self._stopping = True
            self._condition.notify()
        self._thread.join(timeout=30)
        self._errands.fail(UnloadingError("The engine is stopping."))
        for sequence in [*self._running, *self._waiting]:
            sequence.sink(EngineUnavailableError("The engine is stopping."))
        self.runtime.unload()

    def _loop(self) -> None:
        # A client that waited for the model asks at once; only where nobody does is there time to warm up.
        with self._condition:
            asked = self._condition.wait_for(lambda: self._ending or self._waiting, timeout=_WARM_UP_AFTER_S)
        if not asked:
            try:
                self.runtime.warm_up()
            except Exception:  # a request will tell whether the model works; this thread must live to run it
                log.exception("warming up failed")
        while True:
            with self._condition:
                while not (self._ending or self._running or self._waiting or self._errands):
                    self._condition.wait()
                if self._stopping or (self._retiring and not self.busy):
                    return
                self._drop_cancelled()
                self._admit()
            self._errands.run()
            if self._running:
                self._step()
                self.last_active = time.monotonic()

    @property
    def _ending(self) -> bool:
        return self._stopping or self._retiring

    def _drop_cancelled(self) -> None:
        for sequence in [s for s in self._running if s.cancelled]:
            self._running.remove(sequence)
            self._close(sequence)
            after = sequence.decoded_after_cancel
            self.counters.decoded_after_cancel += after
            self.counters.max_decoded_after_cancel = max(self.counters.max_decoded_after_cancel, after)
            self.counters.cancelled += 1
        for sequence in [s for s in self._waiting if s.cancelled]:
            self._waiting.remove(sequence)
            self.counters.cancelled += 1

    def _admit(self) -> None:
        while self._waiting and len(self._running) < self._max_running:
            sequence = self._waiting[0]
            try:
                sequence.slot = self._opened(sequence)
            except OutOfCacheError as error:
                if self._running:
                    return  # one of these will end and make room
                self._waiting.popleft()
                self._fail(sequence, EngineBusyError(f"No room in the KV cache: {error}"))
                continue
            except Exception as error:
                self._waiting.popleft()
                self._fail(sequence, error)
                continue
            self._waiting.popleft()
            sequence.cached = len(sequence.slot.tokens)
            if sequence.writes:  # scores ask for the same prompt again and would flatter the ratio
                self.counters.prompt_tokens += len(sequence.prompt)
                self.counters.cached_tokens += sequence.cached
            self._running.append(sequence)

    def _opened(self, sequence: Sequence) -> Slot:
        if sequence.adapter is None:  # a runtime of a plugin may know nothing of adapters
            return self.runtime.open(sequence.opening, sequence.capacity)
        adapting: Any = self.runtime
        slot: Slot = adapting.open(sequence.opening, sequence.capacity, sequence.adapter)
        return slot

    def _plan(self) -> list[tuple[Sequence, list[int]]]:
        """Give each running sequence its next tokens; those that decode come first and wait for nobody."""
        plan = []
        room = self._chunk
        for sequence in sorted(self._running, key=lambda s: len(s.waiting)):
            chunk = sequence.waiting[: max(room, 1)]
            if room <= 0 and len(chunk) < len(sequence.waiting):
                break
            if self.draft_tokens and len(self._running) <= _DRAFT_RUNNING and len(chunk) == 1:
                chunk = chunk + sequence.draft(min(self.draft_tokens, room - 1))
            plan.append((sequence, chunk))
            room -= len(chunk)
        return plan

    def _step(self) -> None:
        # One adapter at a time: what one of them breaks costs its own requests only.
        for _, group in groupby(sorted(self._plan(), key=_adapter), key=_adapter):
            self._run(list(group))

    def _run(self, plan: list[tuple[Sequence, list[int]]]) -> None:
        batch: list[tuple[Slot, list[int]]] = [(s.slot, chunk) for s, chunk in plan if s.slot is not None]
        rows = [sequence.rows(len(chunk)) for sequence, chunk in plan]
        began = time.monotonic()
        try:
            # A runtime of a plugin may know nothing of rows; only scoring needs them.
            logits = self.runtime.forward(batch, rows) if sum(rows) > len(rows) else self.runtime.forward(batch)
        except Exception as error:  # a fault of the runtime costs these requests, never the engine
            log.exception("a step failed")
            for sequence, _ in plan:
                self._running.remove(sequence)
                self._close(sequence)
                self._fail(sequence, EngineUnavailableError(f"The model failed on this request: {error}"))
            return
        self.counters.steps += 1
        decoding = all(len(chunk) - len(sequence.drafted) == 1 for sequence, chunk in plan)
        seconds, before = time.monotonic() - began, self.counters.decoded_tokens
        begin = 0
        for (sequence, _), count in zip(plan, rows, strict=True):
            self._advance(sequence, logits[begin : begin + count])
            begin += count
        if decoding:
            self.counters.decode_s += seconds
            self.counters.decode_step_tokens += self.counters.decoded_tokens - before

    def _advance(self, sequence: Sequence, logits: Logits) -> None:
        decodes = sequence.writes and not sequence.waiting
        if sequence.cancelled:
            # Cancelled while this step ran: its token is counted, and thrown away.
            sequence.decoded_after_cancel += decodes
            return
        if decodes and sequence.slot is not None and len(sequence.slot.tokens) == len(sequence.prompt):
            self._share(sequence.slot)  # who asks the same at the same time need not compute it again
        guessed, length = len(sequence.drafted), len(sequence.tokens)
        reason = sequence.take(logits, sequence.vocabulary or self.runtime.vocabulary)
        if decodes:
            self.counters.decoded_tokens += max(len(sequence.tokens) - length, 1)
            self.counters.drafted_tokens += guessed
            self.counters.accepted_tokens += max(len(sequence.tokens) - length - 1, 0)
        if reason is not None:
            self._running.remove(sequence)
            self._close(sequence)
            self.counters.finished += 1
            sequence.finish(reason)

    def _close(self, sequence: Sequence) -> None:
        if sequence.slot is not None:
            self.runtime.close(sequence.slot)
            sequence.slot = None

    def _fail(self, sequence: Sequence, error: Exception) -> None:
        self.counters.failed += 1
        sequence.sink(error)


def _adapter(planned: tuple[Sequence, list[int]]) -> str:
    return planned[0].adapter or ""

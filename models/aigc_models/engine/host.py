"""Hold the model: load it in the background, tell how far that is, unload it when idle, load it again when asked."""

from __future__ import annotations

import importlib
import logging
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import parse_qsl

from aigc_models.engine.prompts import Prompter
from aigc_models.engine.runtimes.base import LoadOptions
from aigc_models.engine.scheduler import Scheduler
from aigc_models.runtimes import choose_runtime
from aigc_models.store import resolve
from aigc_models.types import AigcError, EngineStatus, EngineUnavailableError, RuntimeSpec

log = logging.getLogger(__name__)
_RETRY_S = 10.0


@dataclass(frozen=True, slots=True)
class HostOptions:
    """What to load and within which limits; sizes in bytes, times in seconds. `model` None is the catalog's default."""

    model: str | None = None
    runtime: str | None = None
    device: str = "auto"
    kv_cache_bytes: int = 256 << 20
    max_context: int = 8192
    max_running: int = 8
    max_waiting: int = 32
    threads: int = 0
    idle_unload_s: float = 900.0


@dataclass(frozen=True, slots=True)
class Loaded:
    """A model that is ready: its scheduler and how its prompts are written."""

    scheduler: Scheduler
    prompter: Prompter


class ModelHost:
    """Keep one model in one of the states `unloaded`, `loading`, `ready`, `failed`; safe to call from any thread."""

    def __init__(self, options: HostOptions, specs: Sequence[RuntimeSpec], version: str) -> None:
        self.options = options
        self._specs = tuple(specs)
        self._lock = threading.Lock()
        self._loaded: Loaded | None = None
        self.loads = 0  # tells one failure from the next in a stream of statuses
        self._listeners: list[Callable[[EngineStatus], None]] = []
        self._failed_at = 0.0
        model = options.model or _default_model()
        self.status = EngineStatus("unloaded", model=model, version=version)

    def listen(self, listener: Callable[[EngineStatus], None]) -> Callable[[], None]:
        """Call `listener` with each change of status, from any thread; return a function that ends this."""
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener)

    def start_loading(self) -> None:
        """Begin to load in the background unless it is loaded or loading, or failed a moment ago."""
        with self._lock:
            if self.status.state in ("loading", "ready", "stopping"):
                return
            # A failed load is tried again on demand, not in a loop.
            if self.status.state == "failed" and time.monotonic() - self._failed_at < _RETRY_S:
                return
            self.loads += 1
            self._set(replace(self.status, state="loading", progress=0.0, message="starting"))
        threading.Thread(target=self._load, name="loader", daemon=True).start()

    def loaded(self) -> Loaded:
        """Return the model; start to load it where it was unloaded.

        Raises:
            EngineUnavailableError: it is not ready; the text says why.
        """
        loaded = self._loaded
        if loaded is not None:
            return loaded
        self.start_loading()
        status = self.status
        raise EngineUnavailableError(status.message if status.state == "failed" else "The model is loading.")

    def unload_if_idle(self) -> None:
        """Unload the model after `idle_unload_s` without a request; 0 keeps it for ever."""
        loaded = self._loaded
        if loaded is None or not self.options.idle_unload_s or loaded.scheduler.busy:
            return
        if time.monotonic() - loaded.scheduler.last_active >= self.options.idle_unload_s:
            log.info("unloading the model after %s s without a request", self.options.idle_unload_s)
            self.unload()

    def unload(self) -> None:
        """Release the model."""
        with self._lock:
            loaded, self._loaded = self._loaded, None
            if loaded is None:
                return
            self._set(replace(self.status, state="unloaded", progress=None, message=""))
        loaded.scheduler.stop()

    def say_stopping(self) -> None:
        """Tell the listeners that the process is about to end on request."""
        self._set(replace(self.status, state="stopping", progress=None, message=""))

    def counters(self) -> dict[str, Any]:
        """Return the scheduler's counters, empty where nothing is loaded."""
        loaded = self._loaded
        return {**loaded.scheduler.snapshot(), "fim": loaded.prompter.fim is not None} if loaded else {}

    def _set(self, status: EngineStatus) -> None:
        if self.status.state == "stopping":
            return  # the last word: a load that ends now must not cover it
        self.status = status
        for listener in list(self._listeners):
            listener(status)

    def _load(self) -> None:
        began = time.monotonic()
        try:
            loaded, runtime_name = self._make()
        except Exception as error:
            text = str(error) if isinstance(error, AigcError) else f"{type(error).__name__}: {error}"
            log.exception("loading failed")
            self._failed_at = time.monotonic()
            self._set(replace(self.status, state="failed", progress=None, message=text))
            return
        log.info("%s is ready on %s after %.1f s", self.status.model, runtime_name, time.monotonic() - began)
        with self._lock:
            self._loaded = loaded
            self._set(replace(self.status, state="ready", runtime=runtime_name, progress=1.0, message=""))

    def _make(self) -> tuple[Loaded, str]:
        name, _, query = (self.status.model or "").partition("?")
        ref = resolve(name)
        spec = choose_runtime(self._specs, ref.format, wanted=self.options.runtime, device=self.options.device)
        module, _, attribute = spec.target.partition(":")
        factory = getattr(importlib.import_module(module), attribute)
        options = LoadOptions(
            model_id=ref.id,
            path=None if ref.format == "fake" else ref.path,
            format=ref.format,
            device=self.options.device,
            kv_cache_bytes=self.options.kv_cache_bytes,
            max_context=self.options.max_context,
            threads=self.options.threads,
            params=dict(parse_qsl(query, keep_blank_values=True)),
        )
        runtime = factory(options, self._progress)
        scheduler = Scheduler(runtime, max_running=self.options.max_running, max_waiting=self.options.max_waiting)
        return Loaded(scheduler, Prompter(runtime, ref.family, ref.id)), spec.name

    def _progress(self, fraction: float, message: str) -> None:
        self._set(replace(self.status, progress=fraction, message=message))


def _default_model() -> str:
    from aigc_models.catalog import load_catalog

    return load_catalog().default_model.name

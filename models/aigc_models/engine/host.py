"""Hold the model: load it in the background, tell how far that is, unload it when idle, load it again when asked."""

from __future__ import annotations

import importlib
import logging
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

from aigc_models.engine.adapter_loading import Base, Loaded
from aigc_models.engine.adapting import Adapters, UnknownModelError
from aigc_models.engine.counters import together
from aigc_models.engine.prompts import Prompter
from aigc_models.engine.runtimes.base import LoadOptions, Runtime
from aigc_models.engine.scheduler import Scheduler
from aigc_models.runtimes import choose_runtime
from aigc_models.store import resolve
from aigc_models.store.types import ModelRef
from aigc_models.types import AigcError, EngineRequestError, EngineStatus, EngineUnavailableError, RuntimeSpec

log = logging.getLogger(__name__)
_RETRY_S = 10.0


@dataclass(frozen=True, slots=True)
class HostOptions:
    """What to load and within which limits; sizes in bytes, times in seconds. `model` None is the catalog's default.

    At most `max_merged` copies of the model with an adapter merged into them stay loaded. `adapter_folders` lets
    requests name an adapter's folder instead of a registered name.
    """

    model: str | None = None
    runtime: str | None = None
    device: str = "auto"
    kv_cache_bytes: int = 256 << 20
    max_context: int = 8192
    max_running: int = 8
    max_waiting: int = 32
    threads: int = 0
    idle_unload_s: float = 900.0
    max_merged: int = 2
    adapter_folders: bool = False


class ModelHost:
    """Keep one model in one of the states `unloaded`, `loading`, `ready`, `failed`; safe to call from any thread."""

    def __init__(self, options: HostOptions, specs: Sequence[RuntimeSpec], version: str) -> None:
        self.options = options
        self._specs = tuple(specs)
        self._lock = threading.Lock()
        self._loaded: Loaded | None = None
        self._adapters: Adapters | None = None
        self._names: frozenset[str] = frozenset()
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

    def answering(self, model: str | None, *, fallback: bool = False) -> Loaded:
        """Return what answers a request for `model`: None or the model's own names mean it alone, else an adapter.

        With `fallback`, the model alone answers while an adapter is made ready, and where it cannot be used.

        Raises:
            EngineUnavailableError: the model, or the adapter, is not ready.
            UnknownModelError: there is no such model or adapter here.
            EngineRequestError: the adapter cannot be used.
        """
        base = self.loaded()
        adapters = self._adapters
        if not model or model in self._names or adapters is None:
            return base
        try:
            found = adapters.find(model)
        except EngineRequestError as error:
            if not fallback:
                raise
            if isinstance(error, UnknownModelError):
                adapters.note_unknown(model, str(error))
            return base
        if found is None and not fallback:
            raise EngineUnavailableError(f"The adapter {model} is being made ready.")
        return found or base

    def fitting(self) -> list[str]:
        """Return the names of the adapters on this machine that were trained on this model; it may read the model."""
        from aigc_models.adapters import base_digest
        from aigc_models.store.adapters import registered

        try:
            digest = base_digest(resolve((self.status.model or "").partition("?")[0]))
        except AigcError:
            return []
        return [one.name for one in registered() if one.manifest.base_sha256 == digest]

    def unload_if_idle(self) -> None:
        """Unload the model after `idle_unload_s` without a request; 0 keeps it for ever."""
        schedulers = self._schedulers()
        if not schedulers or not self.options.idle_unload_s or any(one.busy for one in schedulers):
            return
        if time.monotonic() - max(one.last_active for one in schedulers) >= self.options.idle_unload_s:
            log.info("unloading the model after %s s without a request", self.options.idle_unload_s)
            self.unload()

    def unload(self) -> None:
        """Release the model."""
        with self._lock:
            loaded, self._loaded = self._loaded, None
            adapters, self._adapters = self._adapters, None
            if loaded is None:
                return
            self._set(replace(self.status, state="unloaded", progress=None, message=""))
        if adapters is not None:
            adapters.close()
        loaded.scheduler.stop()

    def say_stopping(self) -> None:
        """Tell the listeners that the process is about to end on request."""
        self._set(replace(self.status, state="stopping", progress=None, message=""))

    def counters(self) -> dict[str, Any]:
        """Return the schedulers' counters and the states of adapters, empty where nothing is loaded."""
        loaded, adapters = self._loaded, self._adapters
        if loaded is None or adapters is None:
            return {}
        counters: dict[str, Any] = dict(together(one.snapshot() for one in self._schedulers()))
        told = {"adapters": adapters.states(), "default_adapter": adapters.default}
        return {**counters, "fim": loaded.prompter.fim is not None, **told}

    def _schedulers(self) -> list[Scheduler]:
        loaded, adapters = self._loaded, self._adapters
        if loaded is None:
            return []
        return [loaded.scheduler, *(adapters.schedulers() if adapters is not None else ())]

    def _tell(self) -> None:
        """Have the listeners look again: an adapter's state changed."""
        self._set(self.status)

    def _set(self, status: EngineStatus) -> None:
        if self.status.state == "stopping":
            return  # the last word: a load that ends now must not cover it
        self.status = status
        for listener in list(self._listeners):
            listener(status)

    def _load(self) -> None:
        began = time.monotonic()
        try:
            ref, loaded, adapters, runtime_name = self._make()
        except Exception as error:
            text = str(error) if isinstance(error, AigcError) else f"{type(error).__name__}: {error}"
            log.exception("loading failed")
            self._failed_at = time.monotonic()
            self._set(replace(self.status, state="failed", progress=None, message=text))
            return
        log.info("%s is ready on %s after %.1f s", self.status.model, runtime_name, time.monotonic() - began)
        with self._lock:
            self._loaded, self._adapters = loaded, adapters
            self._names = _names(self.status.model or "", ref)
            self._set(replace(self.status, state="ready", runtime=runtime_name, progress=1.0, message=""))

    def _make(self) -> tuple[ModelRef, Loaded, Adapters, str]:
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

        def wrap(runtime: Runtime) -> Scheduler:
            return Scheduler(runtime, max_running=self.options.max_running, max_waiting=self.options.max_waiting)

        def another(path: Path) -> Runtime:
            made: Runtime = factory(replace(options, path=path), lambda fraction, message: None)
            return made

        runtime = factory(options, self._progress)
        loaded = Loaded(wrap(runtime), Prompter(runtime, ref.family, ref.id), self.status.model or "")
        base = Base(ref, loaded, another, wrap)
        adapters = Adapters(base, self.options.max_merged, self._tell, folders=self.options.adapter_folders)
        return ref, loaded, adapters, spec.name

    def _progress(self, fraction: float, message: str) -> None:
        self._set(replace(self.status, progress=fraction, message=message))


def _names(asked: str, ref: ModelRef) -> frozenset[str]:
    """Return what a request may call the model itself."""
    names = (asked, asked.partition("?")[0], ref.id, ref.source, str(ref.path), "default")
    return frozenset((*names, *(name.lower() for name in names)))


def _default_model() -> str:
    from aigc_models.catalog import load_catalog

    return load_catalog().default_model.name

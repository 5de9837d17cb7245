"""The adapters of one loaded base: found by name at each request, made ready in the background, kept, let go.

A runtime that `adapts` runs base and adapters side by side. For any other, the adapter is merged into a copy of the
base, which is loaded beside it and has a scheduler of its own. Until an adapter is ready, it does not answer: whether
the base answers meanwhile is the host's to decide. What fails, fails for that adapter only.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from aigc_models.adapters import CONFIG, MANIFEST, WEIGHTS, AdapterError, base_digest
from aigc_models.engine.adapter_loading import Base, Loaded, check_base, load_beside, load_merged
from aigc_models.engine.merged import room_for
from aigc_models.engine.scheduler import Scheduler
from aigc_models.store.adapters import AdapterRef, adapter_at, adapter_folder, find_adapter, shipped_adapters
from aigc_models.store.files import size_of
from aigc_models.store.types import ModelRef
from aigc_models.types import AigcError, EngineRequestError

log = logging.getLogger(__name__)
# A failed adapter whose files stay the same is tried again after this: a disk that was full may have room.
_RETRY_S = 60.0
# A name stays valid for so long after it was found: an adapter that is replaced is away for a moment.
_GRACE_S = 1.0
_MOST_REMEMBERED = 64
_MOST_HOT = 16
# An adapter that somebody asked for so recently is not let go.
_BUSY_S = 2.0
_MAX_HASHED = 1 << 30  # bytes


class UnknownModelError(EngineRequestError):
    """The request names a model or adapter that is not here (HTTP 404)."""


@dataclass(slots=True, eq=False)
class _Variant:
    """One adapter as it was at `stamp`. `state`: `preparing`, `ready`, `prepared` (let go again) or `failed`."""

    name: str
    stamp: tuple[Any, ...]
    state: str = "preparing"
    message: str = ""
    digest: str = ""
    loaded: Loaded | None = None
    fim: bool = False
    hot: bool = False
    seen: float = field(default_factory=time.monotonic)
    ended: float = 0.0


class Adapters:
    """The adapters of `base`; at most `most` merged ones stay loaded. `changed` is called, from any thread, when what
    `states` returns has changed; `folders` allows names that are absolute paths of an adapter's folder."""

    def __init__(self, base: Base, most: int, changed: Callable[[], None], *, folders: bool = False) -> None:
        self._base = base
        self._most = most
        self._changed = changed
        self._folders = folders
        self._lock = threading.Lock()
        self._variants: dict[str, _Variant] = {}
        self._worker = ThreadPoolExecutor(1, thread_name_prefix="adapters")
        self._closed = False
        self.default = _default(base.ref)

    def find(self, name: str) -> Loaded | None:
        """Return what answers for an adapter; None while it is made ready, which this begins.

        Where its files were replaced, the adapter as it was goes on answering until the new one is ready.

        Raises:
            UnknownModelError: there is no such adapter.
            EngineRequestError: it cannot be used; the text says why.
        """
        with self._lock:
            variant = self._known(name)
            variant.seen = time.monotonic()
            if variant.loaded is not None:
                return variant.loaded
            if variant.state == "prepared":
                self._begin(variant)
            if variant.state == "failed":
                raise EngineRequestError(variant.message)
            return None

    def note_unknown(self, name: str, message: str) -> None:
        """Have `states` tell of an adapter that a client goes on asking for, and that is not here."""
        with self._lock:
            if name not in self._variants:
                self._variants[name] = _Variant(name, (), "failed", message, ended=time.monotonic())
                self._forget_oldest()
        self._changed()

    def states(self) -> dict[str, dict[str, Any]]:
        """Return what is known of each adapter that was asked for: `state`, `message`, `fim`, `digest`."""
        with self._lock:
            return {
                one.name: {"state": one.state, "message": one.message, "fim": one.fim, "digest": one.digest}
                for one in self._variants.values()
            }

    def schedulers(self) -> list[Scheduler]:
        """Return the schedulers of merged adapters; a hot-swapped one runs in the base's."""
        with self._lock:
            found = [one.loaded.scheduler for one in self._variants.values() if one.loaded is not None]
        return [one for one in dict.fromkeys(found) if one is not self._base.loaded.scheduler]

    def close(self) -> None:
        """Unload everything; the base's own scheduler is stopped by its host."""
        with self._lock:
            self._closed = True
        self._worker.shutdown(wait=False, cancel_futures=True)
        for scheduler in self.schedulers():
            scheduler.stop()

    # Finding

    def _known(self, name: str) -> _Variant:
        variant = self._variants.get(name)
        try:
            stamp = self._stamp(name)
        except AdapterError as error:
            if variant is not None and variant.stamp and time.monotonic() - variant.seen < _GRACE_S:
                return variant
            if variant is not None and variant.stamp:
                self._let_go(self._variants.pop(name))
            raise UnknownModelError(str(error)) from error
        again = variant is not None and variant.state == "failed" and time.monotonic() - variant.ended > _RETRY_S
        if variant is None or again or variant.stamp != stamp:
            # While the new files are made ready, what the old variant had answers, and is not the old one's to end.
            older = None
            if variant is not None:
                older, variant.loaded = variant.loaded, None
            self._variants[name] = variant = _Variant(name, stamp, loaded=older, fim=bool(variant and variant.fim))
            self._forget_oldest()
            self._begin(variant)
        return variant

    def _stamp(self, name: str) -> tuple[Any, ...]:
        """Return what changes when an adapter's files do. Raises AdapterError."""
        folder = self._folder(name)
        try:
            found = [(folder / file).stat() for file in (MANIFEST, CONFIG, WEIGHTS)]
        except OSError as error:
            raise AdapterError(f"The adapter {name} lacks {Path(str(error.filename)).name}. Add it again.") from error
        return (folder, *((one.st_ino, one.st_size, one.st_mtime_ns) for one in found))

    def _folder(self, name: str) -> Path:
        if not Path(name).is_absolute():
            return adapter_folder(name)
        if not self._folders:
            raise AdapterError("Adapters are asked for by name here. Run `aigc-lsp adapters add PATH` first.")
        return Path(name)

    def _ref(self, name: str) -> AdapterRef:
        return adapter_at(Path(name)) if Path(name).is_absolute() else find_adapter(name)

    def _forget_oldest(self) -> None:
        idle = [one for one in self._variants.values() if one.loaded is None and one.state != "preparing"]
        if len(self._variants) > _MOST_REMEMBERED and idle:
            del self._variants[min(idle, key=lambda one: one.seen).name]

    # Making ready, on the worker's thread

    def _begin(self, variant: _Variant) -> None:
        variant.state, variant.message = "preparing", ""
        if not self._closed:
            self._worker.submit(self._prepare, variant)

    def _prepare(self, variant: _Variant) -> None:
        self._changed()
        began = time.monotonic()
        try:
            loaded = self._load(variant)
        except Exception as error:
            text = str(error) if isinstance(error, AigcError) else f"{type(error).__name__}: {error}"
            log.warning("the adapter %s cannot be used: %s", variant.name, text)
            loaded, message = None, f"The adapter {variant.name} cannot be used: {text}"
        else:
            log.info("the adapter %s is ready after %.2f s", variant.name, time.monotonic() - began)
            message = ""
        with self._lock:
            older, variant.loaded = variant.loaded, loaded
            variant.state, variant.message = ("ready", "") if loaded is not None else ("failed", message)
            variant.ended = time.monotonic()
            current = self._variants.get(variant.name) is variant and not self._closed
        if older is not None and older is not loaded:
            self._release(older)
        if not current and loaded is not None:
            self._let_go(variant)
        self._keep_few()
        self._changed()

    def _load(self, variant: _Variant) -> Loaded:
        ref = self._ref(variant.name)
        digest = check_base(self._base.ref, ref)
        variant.digest, variant.hot = ref.digest, self._base.hot
        loaded = load_beside(self._base, ref) if variant.hot else self._merged(ref, digest)
        variant.fim = loaded.prompter.fim is not None
        return loaded

    def _merged(self, ref: AdapterRef, digest: str) -> Loaded:
        return load_merged(self._base, ref, digest, self._make_room, lambda: self._closed)

    def _make_room(self, file: Path) -> None:
        if not room_for(file):
            self._keep_few(0)

    # Letting go

    def _keep_few(self, most: int | None = None) -> None:
        """Unload the merged adapters, and forget the hot ones, that were not asked for for longest."""
        with self._lock:
            gone = []
            for hot, limit in ((False, self._most if most is None else most), (True, _MOST_HOT)):
                held = [one for one in self._variants.values() if one.loaded is not None and one.hot is hot]
                held.sort(key=lambda one: -one.seen)
                gone += [one for one in held[limit:] if one.state == "ready" and _idle(one)]
            for variant in gone:
                variant.state = "prepared"
                older, variant.loaded = variant.loaded, None
                if older is not None:
                    self._release(older)

    def _let_go(self, variant: _Variant) -> None:
        loaded, variant.loaded = variant.loaded, None
        if loaded is not None:
            self._release(loaded)

    def _release(self, loaded: Loaded) -> None:
        """End what answered for an adapter once its requests are answered."""
        base = self._base.loaded.scheduler
        if loaded.scheduler is not base:
            threading.Thread(target=loaded.scheduler.retire, name="retiring", daemon=True).start()
            return
        if loaded.prompter.adapter is not None:
            _drop_later(base, loaded.prompter.adapter)


def _drop_later(scheduler: Scheduler, key: str) -> None:
    """Have the runtime forget an adapter when no request is for it; one may have found it a moment ago."""
    runtime: Any = scheduler.runtime

    def drop() -> None:
        if scheduler.uses(key):
            _drop_later(scheduler, key)
        else:
            runtime.drop_adapter(key)

    timer = threading.Timer(_GRACE_S, lambda: scheduler.call(drop))
    timer.daemon = True
    timer.start()


def _idle(variant: _Variant) -> bool:
    return time.monotonic() - variant.seen > _BUSY_S


def _default(base: ModelRef) -> str | None:
    """Return the adapter that came with this package for a base; none did for models that take long to hash."""
    shipped = shipped_adapters()
    if not shipped or base.format == "fake" or size_of(base.path) > _MAX_HASHED:
        return None
    digest = base_digest(base)
    return next((one.name for one in shipped if one.manifest.base_sha256 == digest), None)

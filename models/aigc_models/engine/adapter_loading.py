"""Make one adapter ready: beside the base in a runtime that can do that, else as a merged copy of the base."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from aigc_models.adapters import AdapterError, base_digest
from aigc_models.engine.merged import merged_gguf
from aigc_models.engine.prompts import Adapted, Prompter
from aigc_models.engine.runtimes.base import OutOfCacheError, Runtime
from aigc_models.engine.scheduler import Scheduler
from aigc_models.store.adapter_checks import check_adapter
from aigc_models.store.adapters import AdapterRef
from aigc_models.store.types import ModelRef
from aigc_models.types import AigcError

_TRIAL = 8


@dataclass(frozen=True, slots=True)
class Loaded:
    """What answers requests: a scheduler, how its prompts are written, and what the answer says that it is from."""

    scheduler: Scheduler
    prompter: Prompter
    name: str = ""


@dataclass(frozen=True, slots=True)
class Base:
    """The loaded base. `make` loads another GGUF file within the same limits, `wrap` gives it a scheduler."""

    ref: ModelRef
    loaded: Loaded
    make: Callable[[Path], Runtime]
    wrap: Callable[[Runtime], Scheduler]

    @property
    def hot(self) -> bool:
        """Tell whether its runtime runs adapters beside it."""
        return bool(getattr(self.loaded.scheduler.runtime, "adapts", False))


def check_base(base: ModelRef, ref: AdapterRef) -> str:
    """Check an adapter's files and that it was trained on this base; return the base's hash.

    Raises:
        AdapterError: it was not; the text names both.
    """
    manifest = check_adapter(ref.folder)
    digest = base_digest(base)
    if manifest.base_sha256 != digest:
        raise AdapterError(
            f"It was trained on {manifest.base} ({manifest.base_sha256[:12]}…), and the model in use is "
            f"{base.id} ({digest[:12]}…). Use that model, or train the adapter on this one."
        )
    return digest


def load_beside(base: Base, ref: AdapterRef) -> Loaded:
    """Put an adapter beside the base in the runtime that is there.

    Raises:
        AigcError: it cannot be used; the base is as it was.
    """
    scheduler = base.loaded.scheduler
    runtime: Any = scheduler.runtime
    key = f"{ref.digest}-{time.monotonic_ns()}"  # the same files once more must not end what runs with them
    prepared = runtime.read_adapter(ref.folder, ref.manifest)

    def apply() -> Any:
        vocabulary = runtime.adapt(key, prepared)
        try:
            _try(runtime, key)
        except BaseException:
            runtime.drop_adapter(key)
            raise
        return vocabulary

    vocabulary = scheduler.call(apply).result()
    adapted = Adapted(key, vocabulary, ref.manifest.fim)
    return Loaded(scheduler, Prompter(runtime, base.ref.family, base.ref.id, adapted), ref.name)


def load_merged(
    base: Base, ref: AdapterRef, digest: str, make_room: Callable[[Path], None], ended: Callable[[], bool]
) -> Loaded:
    """Load a copy of the base that an adapter is merged into; `digest` is the base's, `make_room` is told the file.

    `ended` tells whether nobody waits for it any more.

    Raises:
        AigcError: it cannot be merged or loaded.
    """
    file = merged_gguf(base.ref, digest, ref.folder, ref.digest, ended)
    make_room(file)
    runtime = base.make(file)
    _try(runtime, None)
    adapted = Adapted(None, runtime.vocabulary, ref.manifest.fim)
    return Loaded(base.wrap(runtime), Prompter(runtime, base.ref.family, base.ref.id, adapted), ref.name)


def _try(runtime: Any, key: str | None) -> None:
    """Run a few tokens: what cannot run, or gives no numbers, is found out before a user's request.

    Raises:
        AigcError: it gives no numbers.
    """
    tokens = [token % runtime.vocabulary.size for token in range(_TRIAL)]
    try:
        slot = runtime.open(tokens, _TRIAL) if key is None else runtime.open(tokens, _TRIAL, key)
    except OutOfCacheError:  # it is busy: a request will tell
        return
    try:
        logits = runtime.forward([(slot, tokens[len(slot.tokens) :])])
        if np.isnan(logits).any():
            raise AigcError("It makes the model answer with values that are no numbers. Train it again.")
    finally:
        slot.tokens.clear()  # nothing to remember
        runtime.close(slot)

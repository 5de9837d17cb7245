"""The small protocol between the scheduler and a runtime; sampling, healing and queues are the scheduler's."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    from aigc_models.adapters import AdapterManifest
    from aigc_models.engine.vocabulary import Vocabulary

Logits = npt.NDArray[np.float32]
Progress = Callable[[float, str], None]


@dataclass(frozen=True, slots=True)
class LoadOptions:
    """What a runtime is given to load: the weights' path and format, and limits in bytes and tokens."""

    model_id: str
    path: Path | None
    format: str
    device: str = "auto"
    kv_cache_bytes: int = 256 << 20
    max_context: int = 8192
    threads: int = 0
    params: dict[str, str] = field(default_factory=dict)


@dataclass(slots=True)
class Slot:
    """A sequence's place in the runtime's KV cache. `tokens` are those whose keys and values are stored.

    `adapter` is the key of the adapter that the sequence runs with, None for the base alone.
    """

    tokens: list[int]
    capacity: int
    state: object = None
    adapter: str | None = None


class OutOfCacheError(Exception):
    """The KV cache has no room for this sequence now; it can be tried again when another one ends."""


class Adapting(Protocol):
    """What a runtime has that applies adapters without loading the base again; its `adapts` is True then.

    The steps of one batch all have the same adapter, and no sequence reuses what another adapter stored.
    """

    def read_adapter(self, folder: Path, manifest: AdapterManifest) -> object:
        """Read an adapter's files and return what `adapt` takes; called from any thread, changes nothing.

        Raises:
            AigcError: they cannot be used; the text says why.
        """

    def adapt(self, key: str, prepared: object) -> Vocabulary:
        """Make an adapter known by `key`; return its vocabulary, the base's where it adds no tokens.

        Raises:
            AigcError: it does not fit the base. The base is as it was then.
        """

    def drop_adapter(self, key: str) -> None:
        """Forget an adapter as soon as no open sequence runs with it."""

    def open(self, tokens: Sequence[int], capacity: int, adapter: str | None = None) -> Slot:
        """Open a sequence that runs with an adapter; see `Runtime.open`."""


class Runtime(Protocol):
    """A loaded model. All calls come from one thread, the scheduler's.

    Where `rewinds` is True, the scheduler may take tokens off the end of a slot's `tokens`, and go on from there.
    """

    name: str
    vocabulary: Vocabulary
    context_length: int
    architecture: str | None
    chat_template: str | None
    device: str

    def open(self, tokens: Sequence[int], capacity: int) -> Slot:
        """Reserve room for `capacity` tokens and reuse what the prefix cache holds of `tokens`.

        Return a slot whose `tokens` is the reused prefix, always shorter than `tokens`.

        Raises:
            OutOfCacheError: no room now.
        """

    def forward(self, batch: Sequence[tuple[Slot, Sequence[int]]], rows: Sequence[int] | None = None) -> Logits:
        """Append each chunk to its slot; return the logits after its last token, shape (len(batch), vocabulary).

        With `rows`, return for each chunk the logits after its last `rows[i]` tokens, shape (sum(rows), vocabulary).
        """

    def share(self, slot: Slot) -> None:
        """Let sequences that open from now on reuse what this one has stored already, its prompt."""

    def close(self, slot: Slot) -> None:
        """End a sequence; what it stored stays in the prefix cache as long as there is room."""

    def warm_up(self) -> None:
        """Do what the first request would have to wait for; called only while no request waits."""

    def unload(self) -> None:
        """Release the weights and the cache."""


RuntimeFactory = Callable[[LoadOptions, Progress], Runtime]

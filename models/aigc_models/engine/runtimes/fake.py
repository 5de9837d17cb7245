"""A runtime without a model: it says a fixed text, token by token, for tests of everything around the model.

Parameters, given as `fake?text=…&step_ms=…`: `text` (what it says), `step_ms` (time per step), `load_ms` (time to
load), `fail_after` (raise after this many steps), `exit_after` (kill the process after this many steps), `context`,
`rewinds` (`1`: tokens may be drafted), `adapts` (`0`: adapters are not hot-swapped).

With an adapter it says what the manifest's figures have as `says`, or else the adapter's name; `fail` in the figures
makes it fail: when it is read (`read`), applied (`adapt`), or run (`forward`).
"""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from aigc_models.engine.runtimes.base import LoadOptions, Logits, Progress, Slot
from aigc_models.engine.vocabulary import Vocabulary
from aigc_models.types import AigcError

if TYPE_CHECKING:
    from aigc_models.adapters import AdapterManifest

DEFAULT_TEXT = "value = compute(1, 2)\n"
_END = 256
_SPECIAL = {"<|endoftext|>": _END, "<fim_prefix>": 257, "<fim_suffix>": 258, "<fim_middle>": 259}


class ByteVocabulary(Vocabulary):
    """One token for each byte, so that no prompt ever ends within a token."""

    def __init__(self) -> None:
        super().__init__(
            [bytes([value]) for value in range(256)] + [b""] * len(_SPECIAL), _SPECIAL, bos=None, eos=[_END]
        )

    def encode_text(self, text: str) -> list[int]:
        """Return the bytes of the text in UTF-8."""
        return list(text.encode("utf-8", "replace"))


class FakeRuntime:
    """Say `text` after any prompt. Prefixes of the last prompts count as cached, as in a real runtime."""

    name = "fake"
    architecture: str | None = "fake"
    chat_template: str | None = None
    device = "CPU"

    def __init__(self, options: LoadOptions, progress: Progress) -> None:
        params = options.params
        steps = 4
        for step in range(steps):
            progress(step / steps, "loading")
            time.sleep(float(params.get("load_ms", "0")) / 1000 / steps)
        self.vocabulary: Vocabulary = ByteVocabulary()
        self.context_length = int(params.get("context", "8192"))
        self._text = params.get("text", DEFAULT_TEXT).encode()
        self._step_s = float(params.get("step_ms", "0")) / 1000
        self._fail_after = int(params.get("fail_after", "-1"))
        self._exit_after = int(params.get("exit_after", "-1"))
        self._steps = 0
        self.rewinds = params.get("rewinds") == "1"
        self.adapts = params.get("adapts") != "0"
        self._adapters: dict[str, dict[str, Any]] = {}
        self._last: dict[str | None, list[int]] = {}

    def open(self, tokens: Sequence[int], capacity: int, adapter: str | None = None) -> Slot:
        """Start a sequence; see `Runtime.open`."""
        cached, last = 0, self._last.get(adapter, [])
        while cached < min(len(tokens) - 1, len(last)) and tokens[cached] == last[cached]:
            cached += 1
        return Slot(list(tokens[:cached]), capacity, len(tokens), adapter)

    def read_adapter(self, folder: Path, manifest: AdapterManifest) -> object:
        """Take the manifest's figures; see `Adapting.read_adapter`."""
        if manifest.figures.get("fail") == "read":
            raise AigcError("the adapter was asked to fail when it is read")
        time.sleep(float(manifest.figures.get("read_ms", 0)) / 1000)
        return {"says": f"{manifest.name}\n", **manifest.figures}

    def adapt(self, key: str, prepared: object) -> Vocabulary:
        """Say another text from now on where it is asked for; see `Adapting.adapt`."""
        assert isinstance(prepared, dict)  # noqa: S101 - from read_adapter()
        if prepared.get("fail") == "adapt":
            raise AigcError("the adapter was asked to fail when it is applied")
        self._adapters[key] = prepared
        return self.vocabulary

    def drop_adapter(self, key: str) -> None:
        """Forget an adapter's text."""
        self._adapters.pop(key, None)
        self._last.pop(key, None)

    def _said(self, slot: Slot) -> bytes:
        if slot.adapter is None:
            return self._text
        adapter = self._adapters[slot.adapter]
        if adapter.get("fail") == "forward":
            raise RuntimeError("the adapter was asked to fail when it runs")
        return str(adapter["says"]).encode()

    def forward(self, batch: Sequence[tuple[Slot, Sequence[int]]], rows: Sequence[int] | None = None) -> Logits:
        """Favour the next byte of the text in each row."""
        time.sleep(self._step_s)
        self._steps += 1
        if self._steps == self._exit_after:
            os.kill(os.getpid(), signal.SIGKILL)
        if self._steps == self._fail_after:
            raise RuntimeError("the fake runtime was asked to fail")
        found = []
        for (slot, chunk), keep in zip(batch, rows or [1] * len(batch), strict=True):
            slot.tokens += chunk
            text = self._said(slot)
            assert isinstance(slot.state, int)  # noqa: S101 - set by open()
            last = len(slot.tokens) - slot.state
            for said in range(last - keep + 1, last + 1):
                logits = np.zeros(self.vocabulary.size, dtype=np.float32)
                logits[text[said] if 0 <= said < len(text) else _END] = 9.0
                found.append(logits)
        return np.stack(found)

    def share(self, slot: Slot) -> None:
        """Keep it to itself: a cache here belongs to one sequence."""

    def close(self, slot: Slot) -> None:
        """Remember the last sequence's tokens as cached."""
        self._last[slot.adapter] = list(slot.tokens)

    def warm_up(self) -> None:
        """Have nothing to warm up."""

    def unload(self) -> None:
        """Hold nothing, release nothing."""


def create(options: LoadOptions, progress: Progress) -> FakeRuntime:
    """Make the fake runtime (a runtime plugin's factory)."""
    return FakeRuntime(options, progress)

"""The torch runtime: any causal model that transformers loads, on CPU now. It steps sequence by sequence.

Weights come from safetensors or GGUF only; code in a model's folder is never run, pickled weights never read.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from aigc_models.engine.runtimes.base import LoadOptions, Logits, OutOfCacheError, Progress, Slot
from aigc_models.engine.runtimes.hot_adapters import HotAdapters
from aigc_models.engine.vocabulary import TokenizersVocabulary, Vocabulary
from aigc_models.types import AigcError

if TYPE_CHECKING:
    from aigc_models.adapters import AdapterManifest

_KEPT = 4  # caches of ended sequences that are kept for reuse


class TransformersRuntime:
    """Run a model with one dynamic KV cache for each sequence; a new prompt continues the best kept one."""

    name = "transformers"
    adapts = True

    def __init__(self, options: LoadOptions, progress: Progress) -> None:
        if options.path is None:
            raise AigcError(f"{options.model_id} has no file to load.")
        progress(0.1, "loading torch")
        import torch
        from transformers import AutoModelForCausalLM

        self._torch = torch
        if options.threads:
            torch.set_num_threads(options.threads)
        self.device = _device(torch, options.device)
        self.vocabulary: Vocabulary
        folder, arguments = options.path, {}
        if options.format == "gguf":
            folder, arguments = options.path.parent, {"gguf_file": options.path.name}
            self.vocabulary, self.chat_template = _gguf_vocabulary(options.path)
        else:
            self.vocabulary, self.chat_template = _folder_vocabulary(options.path)
        progress(0.3, "reading the weights")
        try:
            model = AutoModelForCausalLM.from_pretrained(
                str(folder), dtype=torch.bfloat16, use_safetensors=True, trust_remote_code=False,
                local_files_only=True, **arguments,
            )  # fmt: skip
        except (OSError, ValueError, KeyError, RuntimeError) as error:
            raise AigcError(f"transformers cannot load {options.path}: {error}") from error
        self._model: Any = model.to(self.device).eval()
        self.architecture: str | None = str(model.config.model_type)
        limit = int(getattr(model.config, "max_position_embeddings", 2048))
        self.context_length = min(limit, options.max_context)
        self._kept: list[tuple[list[int], Any, str | None]] = []
        self._open = 0
        self._adapters = HotAdapters(self._model, self.vocabulary)

    def open(self, tokens: Sequence[int], capacity: int, adapter: str | None = None) -> Slot:
        """Start a sequence on the kept cache that shares the longest prefix; see `Runtime.open`."""
        from transformers import DynamicCache

        if self._open >= 2 * _KEPT:
            raise OutOfCacheError(f"{self._open} sequences are running")
        if adapter is not None:
            self._adapters.hold(adapter)  # raises where it is gone: then nothing is open
        self._open += 1
        best, length = -1, 0
        for index, (kept, _, kept_for) in enumerate(self._kept):
            if kept_for != adapter:
                continue
            common = 0
            limit = min(len(kept), len(tokens) - 1)
            while common < limit and kept[common] == tokens[common]:
                common += 1
            if common > length:
                best, length = index, common
        if best < 0:
            return Slot([], capacity, DynamicCache(config=self._model.config), adapter)
        kept, cache, _ = self._kept.pop(best)
        if length < len(kept):
            try:
                cache.crop(length - len(kept))  # as a number to remove: the only way that all versions take
            except (ValueError, RuntimeError):  # a sliding window has forgotten what it would go back to
                return Slot([], capacity, DynamicCache(config=self._model.config), adapter)
        return Slot(kept[:length], capacity, cache, adapter)

    def forward(self, batch: Sequence[tuple[Slot, Sequence[int]]], rows: Sequence[int] | None = None) -> Logits:
        """Run the chunks one after the other; see `Runtime.forward`."""
        torch = self._torch
        found = []
        adapter = batch[0][0].adapter  # a step has one
        size = self._adapters.use(adapter)
        with torch.inference_mode():
            for (slot, chunk), keep in zip(batch, rows or [1] * len(batch), strict=True):
                ids = torch.tensor([list(chunk)], device=self.device)
                result = self._model(input_ids=ids, past_key_values=slot.state, use_cache=True, logits_to_keep=keep)
                slot.tokens += chunk
                found.append(result.logits[0, -keep:].float().cpu().numpy()[:, :size])
        return np.concatenate(found)

    def share(self, slot: Slot) -> None:
        """Keep it to itself: a cache here belongs to one sequence."""

    def close(self, slot: Slot) -> None:
        """Keep the sequence's cache, and forget the oldest beyond a handful."""
        self._open -= 1
        if slot.tokens:
            self._kept.append((list(slot.tokens), slot.state, slot.adapter))
            del self._kept[:-_KEPT]
        if slot.adapter is not None and self._adapters.release(slot.adapter):
            self._forget(slot.adapter)

    def read_adapter(self, folder: Path, manifest: AdapterManifest) -> object:
        """Read an adapter's weights; see `Adapting.read_adapter`."""
        return self._adapters.read(folder, manifest)

    def adapt(self, key: str, prepared: object) -> Vocabulary:
        """Put an adapter's matrices beside the model's; see `Adapting.adapt`."""
        return self._adapters.add(key, prepared)

    def drop_adapter(self, key: str) -> None:
        """Take an adapter's matrices away again; see `Adapting.drop_adapter`."""
        if self._adapters.drop(key):
            self._forget(key)

    def _forget(self, key: str) -> None:
        self._kept = [one for one in self._kept if one[2] != key]

    def warm_up(self) -> None:
        """Run one token, which loads what torch loads lazily."""
        slot = self.open([0, 0], 2)
        self.forward([(slot, [0])])
        slot.tokens.clear()
        self.close(slot)

    def unload(self) -> None:
        """Drop the model and the caches."""
        self._model = None
        self._adapters.clear()
        self._kept.clear()
        if self.device.startswith("cuda"):
            self._torch.cuda.empty_cache()


def _device(torch: Any, wanted: str) -> str:
    if wanted not in ("auto", "cpu") and not wanted.startswith(("cuda", "mps")):
        raise AigcError(f"There is no device {wanted!r}; use auto, cpu, cuda or cuda:N.")
    if wanted == "auto":
        return "cuda" if torch.cuda.is_available() else "cpu"
    if wanted.startswith("cuda") and not torch.cuda.is_available():
        raise AigcError("torch finds no CUDA device here; use --device cpu, or see `aigc-lsp doctor`.")
    return wanted


def _gguf_vocabulary(path: Path) -> tuple[Vocabulary, str | None]:
    from aigc_models.engine.gguf_tokenizer import read_gguf

    facts, tokenizer = read_gguf(path)
    return TokenizersVocabulary(tokenizer, bos=facts.bos, eos=facts.eos), facts.chat_template


def _folder_vocabulary(folder: Path) -> tuple[Vocabulary, str | None]:
    """Read `tokenizer.json` and what the configuration files say of end tokens and the chat template."""
    path = folder / "tokenizer.json"
    if not path.is_file():
        raise AigcError(f"{folder} has no tokenizer.json; convert its tokenizer to that format first.")
    config = _json(folder / "tokenizer_config.json")
    eos = _json(folder / "generation_config.json").get(
        "eos_token_id", _json(folder / "config.json").get("eos_token_id")
    )
    ends = [eos] if isinstance(eos, int) else list(eos or [])
    bos = _json(folder / "config.json").get("bos_token_id") if config.get("add_bos_token") else None
    template = config.get("chat_template")
    if not isinstance(template, str):
        file = folder / "chat_template.jinja"
        template = file.read_text(encoding="utf-8") if file.is_file() else None
    return TokenizersVocabulary.from_file(path, bos=bos, eos=ends), template


def _json(path: Path) -> dict[str, Any]:
    return json.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}


def create(options: LoadOptions, progress: Progress) -> TransformersRuntime:
    """Load a model (a runtime plugin's factory).

    Raises:
        AigcError: the model or the device cannot be used; the text says why.
    """
    return TransformersRuntime(options, progress)

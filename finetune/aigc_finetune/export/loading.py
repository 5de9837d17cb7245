"""Models in memory as they are compared: a base, a base with its adapter alive, a merged file as it is served."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import torch

from aigc_finetune.encode.tokenizer import Tokenizer
from aigc_finetune.train.tokens import grow
from aigc_models.adapters import MANIFEST, AdapterManifest, base_digest, read_manifest
from aigc_models.engine.merging import MergeError
from aigc_models.store.types import ModelRef
from aigc_models.types import AigcError

_CACHE_BYTES = 256 << 20  # of the served model's keys and values; a window has a few hundred tokens


def best_device() -> torch.device:
    """Return the GPU where there is one."""
    return torch.device("cuda" if torch.cuda.is_available() else "cpu")


def load_causal(ref: ModelRef, device: torch.device | None = None, dtype: torch.dtype = torch.float32) -> Any:
    """Return a model of transformers, ready to be asked. A GGUF file's weights are dequantized.

    Raises:
        AigcError: transformers cannot load it.
    """
    from transformers import AutoModelForCausalLM

    folder, extra = (ref.path.parent, {"gguf_file": ref.path.name}) if ref.format == "gguf" else (ref.path, {})
    try:
        model = AutoModelForCausalLM.from_pretrained(
            str(folder), dtype=dtype, use_safetensors=True, trust_remote_code=False, local_files_only=True, **extra
        )
    except (OSError, ValueError, KeyError, RuntimeError) as error:
        raise AigcError(f"transformers cannot load {ref.path}: {error}") from error
    return model.to(device or best_device()).eval()


def load_tokenizer_of(ref: ModelRef) -> Tokenizer:
    """Return a model's tokenizer."""
    read = Tokenizer.from_gguf if ref.format == "gguf" else Tokenizer.from_folder
    return read(ref.path, ref.family)


def manifest_for(base: ModelRef, adapter: Path) -> AdapterManifest | None:
    """Return an adapter's manifest, None where it has none.

    Raises:
        MergeError: it names another base.
    """
    if not (adapter / MANIFEST).is_file():
        return None
    manifest = read_manifest(adapter)
    if manifest.base_sha256 and manifest.base_sha256 != base_digest(base):
        raise MergeError(f"The adapter {manifest.name} was trained on {manifest.base}, not on this {base.id}.")
    return manifest


def load_live(base: ModelRef, adapter: Path, device: torch.device | None = None, scale: float = 1.0) -> Any:
    """Return the base with its adapter alive, by peft; `scale` multiplies the adapter's low-rank products."""
    from peft import PeftModel

    manifest = manifest_for(base, adapter)
    model = load_causal(base, device)
    grow(model, base, manifest.added_tokens if manifest else ())
    live = PeftModel.from_pretrained(model, str(adapter)).eval()
    for module in live.modules() if scale != 1.0 else ():
        if isinstance(getattr(module, "scaling", None), dict):
            module.scaling.update({name: value * scale for name, value in module.scaling.items()})
    return live


class Served:
    """A GGUF file in the engine's OpenVINO runtime, to be asked like a model of transformers."""

    training = False

    def __init__(self, ref: ModelRef) -> None:
        from aigc_models.engine.runtimes.base import LoadOptions
        from aigc_models.engine.runtimes.openvino import OpenVinoRuntime

        options = LoadOptions(ref.id, ref.path, ref.format, kv_cache_bytes=_CACHE_BYTES)
        self._runtime = OpenVinoRuntime(options, lambda _fraction, _message: None)

    def __call__(self, input_ids: torch.Tensor, use_cache: bool = False) -> Any:
        """Return an object whose `logits` have shape (1, T, V), for `input_ids` of shape (1, T)."""
        ids = input_ids[0].tolist()
        slot = self._runtime.open([], len(ids))
        try:
            logits = self._runtime.forward([(slot, ids)], [len(ids)])
            return SimpleNamespace(logits=torch.from_numpy(logits.copy())[None])
        finally:
            slot.tokens.clear()  # the next text shares nothing with it that is worth keeping
            self._runtime.close(slot)

    def parameters(self) -> Iterator[torch.Tensor]:
        """Yield something that lies where inputs belong."""
        yield torch.zeros(0)

    def eval(self) -> Served:
        """Do nothing: it is never trained."""
        return self

    def train(self, _mode: bool = True) -> Served:
        """Do nothing: it is never trained."""
        return self

    def unload(self) -> None:
        """Free its memory."""
        self._runtime.unload()

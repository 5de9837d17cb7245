"""Export base + adapter as a model of its own: a safetensors folder, a GGUF file, or 4-bit NF4 for bitsandbytes."""

from __future__ import annotations

import json
import shutil
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal

from aigc_finetune.export.folders import DTYPES, WEIGHTS, ExportError, whole_folder, write_json, write_weights
from aigc_finetune.export.loading import manifest_for
from aigc_finetune.export.merged import merged_weights
from aigc_finetune.pipeline import quiet
from aigc_finetune.types import Progress
from aigc_models.engine.merging import merge_to_gguf
from aigc_models.engine.merging.merge import copy_to_gguf
from aigc_models.engine.merging.names import HF_EMBEDDING, HF_HEAD
from aigc_models.store.types import ModelRef

ExportKind = Literal["safetensors", "nf4", "Q8_0", "Q4_0", "Q4_1", "F16"]
KINDS: tuple[ExportKind, ...] = ("safetensors", "nf4", "Q8_0", "Q4_0", "Q4_1", "F16")
_TOKENIZER_FILES = (
    "tokenizer_config.json", "special_tokens_map.json", "chat_template.jinja", "generation_config.json", "vocab.json",
    "merges.txt", "tokenizer.model",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class ExportReport:
    """What was written: a folder or file, its kind, and the bytes of base and export on disk."""

    path: str
    kind: str
    base_bytes: int
    bytes: int

    def facts(self) -> dict[str, Any]:
        """Return it as JSON's types."""
        return asdict(self)


def export_model(
    base: ModelRef,
    adapter: Path | None,
    target: Path,
    *,
    kind: ExportKind = "safetensors",
    scale: float = 1.0,
    dtype: str = "BF16",
    progress: Progress = quiet,
) -> ExportReport:
    """Write base + `scale` · adapter to `target`: a folder for `safetensors` and `nf4`, a file for GGUF's types.

    Without an adapter the base itself is written in the other form. `dtype` (BF16, F16, F32) is that of a `safetensors`
    folder. An older folder or file at `target` is replaced once the new one is whole.

    Raises:
        AigcError: the adapter is for another base or cannot be merged, the form is unknown, or the disk is full.
    """
    if kind not in KINDS:
        raise ExportError(f"{kind!r} is no form to export; choose one of {', '.join(KINDS)}.")
    if dtype not in DTYPES:
        raise ExportError(f"{dtype!r} is no type of a folder's weights; choose one of {', '.join(DTYPES)}.")
    if target.is_dir() and not (target / "config.json").is_file() and any(target.iterdir()):
        raise ExportError(f"{target} is a folder with other things in it; choose another name.")
    if kind == "safetensors":
        _write_folder(base, adapter, target, scale, dtype, progress)
    elif kind == "nf4":
        _write_nf4(base, adapter, target, scale, progress)
    else:

        def told(fraction: float, message: str) -> None:
            progress("export", fraction, message)

        if adapter is not None:
            merge_to_gguf(base, adapter, target, quantization=kind, scale=scale, progress=told)
        else:
            copy_to_gguf(base, target, quantization=kind, progress=told)
    return ExportReport(str(target), kind, size_of(base.path), size_of(target))


def size_of(path: Path) -> int:
    """Return the bytes of a model's weights on disk, of a file or of a folder's safetensors files."""
    files = [path] if path.is_file() else sorted(path.glob("*.safetensors"))
    return sum(file.stat().st_size for file in files)


def _write_folder(
    base: ModelRef, adapter: Path | None, target: Path, scale: float, dtype: str, progress: Progress
) -> None:
    weights = merged_weights(base, adapter, scale)
    with whole_folder(target) as folder:
        write_weights(
            folder / WEIGHTS, weights, dtype, lambda fraction: progress("export", fraction, "writing the weights")
        )
        tied = HF_HEAD not in weights
        config = {**config_of(base), "dtype": DTYPES[dtype], "tie_word_embeddings": tied}
        config["vocab_size"] = weights[HF_EMBEDDING].shape[0]
        write_json(folder / "config.json", config)
        write_tokenizer(base, manifest.added_tokens if (manifest := _manifest(base, adapter)) else (), folder)


def _manifest(base: ModelRef, adapter: Path | None) -> Any:
    return manifest_for(base, adapter) if adapter is not None else None


def config_of(base: ModelRef) -> dict[str, Any]:
    """Return a base's `config.json`, made from the metadata of a GGUF file, without paths of this machine."""
    from transformers import AutoConfig
    from transformers.models.auto.modeling_auto import MODEL_FOR_CAUSAL_LM_MAPPING_NAMES

    folder, extra = (base.path.parent, {"gguf_file": base.path.name}) if base.format == "gguf" else (base.path, {})
    config = AutoConfig.from_pretrained(str(folder), trust_remote_code=False, local_files_only=True, **extra)
    data = {key: value for key, value in config.to_dict().items() if not key.startswith("_")}
    data["architectures"] = [MODEL_FOR_CAUSAL_LM_MAPPING_NAMES[config.model_type]]
    return data


def write_tokenizer(base: ModelRef, added: tuple[str, ...], folder: Path) -> None:
    """Write `tokenizer.json`, with tokens that were added, and what else belongs to the tokenizer."""
    from aigc_finetune.train.tokens import tokenizer_of

    tokenizer = tokenizer_of(base)
    if added:
        tokenizer.add_special_tokens(list(added))
    tokenizer.save(str(folder / "tokenizer.json"))
    if base.format != "gguf":
        for name in _TOKENIZER_FILES:
            if (base.path / name).is_file():
                shutil.copyfile(base.path / name, folder / name)
        return
    from aigc_models.engine.gguf_tokenizer import read_gguf

    facts, _ = read_gguf(base.path)
    names: dict[str, Any] = {"tokenizer_class": "PreTrainedTokenizerFast", "add_bos_token": facts.bos is not None}
    if facts.eos:
        names["eos_token"] = tokenizer.id_to_token(facts.eos[0])
    if facts.bos is not None:
        names["bos_token"] = tokenizer.id_to_token(facts.bos)
    if facts.chat_template:
        names["chat_template"] = facts.chat_template
    write_json(folder / "tokenizer_config.json", names)


def _write_nf4(base: ModelRef, adapter: Path | None, target: Path, scale: float, progress: Progress) -> None:
    """Write the 16-bit folder aside, let bitsandbytes quantize it, and keep the result."""
    import torch
    from transformers import AutoModelForCausalLM, BitsAndBytesConfig

    plain = target.parent / f".{target.name}.plain"
    try:
        _write_folder(base, adapter, plain, scale, "BF16", progress)
        progress("export", 0.7, "rounding to 4 bits")
        settings = BitsAndBytesConfig(
            load_in_4bit=True, bnb_4bit_quant_type="nf4", bnb_4bit_use_double_quant=True,
            bnb_4bit_compute_dtype=torch.bfloat16,
        )  # fmt: skip
        model = AutoModelForCausalLM.from_pretrained(
            str(plain), quantization_config=settings, dtype=torch.bfloat16, trust_remote_code=False,
            local_files_only=True, device_map={"": "cuda:0" if torch.cuda.is_available() else "cpu"},
        )  # fmt: skip
        with whole_folder(target) as folder:
            model.save_pretrained(folder)
            config = json.loads((folder / "config.json").read_text(encoding="utf-8"))
            # What bitsandbytes keeps for itself says nothing more, and the store refuses private settings.
            config["quantization_config"] = {
                key: value for key, value in config["quantization_config"].items() if not key.startswith("_")
            }
            write_json(folder / "config.json", config)
            for file in plain.iterdir():
                if file.name != WEIGHTS and not (folder / file.name).exists():
                    shutil.copyfile(file, folder / file.name)
    finally:
        shutil.rmtree(plain, ignore_errors=True)

"""The gate that a model passes before anything loads it: whole files, no pickles, no code, no private settings."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from aigc_models.store.gguf import read_gguf
from aigc_models.store.safetensors import read_safetensors
from aigc_models.store.types import ModelMissingError, ModelRejectedError

_PICKLES = (".bin", ".pt", ".pth", ".ckpt", ".pkl", ".pickle")
# Harmless notes that transformers writes itself; any other private key reaches inside the loading code.
_PRIVATE_KEYS_ALLOWED = {"_name_or_path", "_commit_hash", "_from_model_config", "_diffusers_version"}
_CODE_KEYS = {"auto_map", "custom_pipelines", "trust_remote_code"}
_CONFIGS = ("config.json", "generation_config.json", "tokenizer_config.json", "processor_config.json")
_MAX_CONFIG = 64 << 20


def check_model(path: Path) -> str:
    """Check a GGUF file or a folder in Hugging Face layout and return its format, `gguf` or `safetensors`.

    Raises:
        ModelMissingError: nothing is at `path`.
        ModelRejectedError: a file is damaged, or of a kind that is refused; the text names it and the reason.
    """
    if path.is_file():
        read_gguf(path)
        return "gguf"
    if not path.is_dir():
        raise ModelMissingError(f"There is no model at {path}. Check the path, or see `aigc-lsp models list`.")
    for name in _CONFIGS:
        _check_config(path / name)
    ggufs = sorted(path.glob("*.gguf"))
    weights = _weight_files(path)
    if weights:
        if not (path / "config.json").is_file():
            raise ModelRejectedError(f"{path} has weights but no config.json: it is not a whole model.")
        for one in weights:
            read_safetensors(one)
        return "safetensors"
    if ggufs:
        names = ", ".join(one.name for one in ggufs[:3])
        raise ModelRejectedError(f"{path} holds GGUF files ({names}): name the one to use, not the folder.")
    pickles = sorted(one.name for one in path.iterdir() if one.suffix in _PICKLES)
    if pickles:
        raise ModelRejectedError(
            f"{path} has its weights only as pickle ({pickles[0]}), which can run code when it is loaded. "
            "Use a safetensors or GGUF version of the model."
        )
    raise ModelRejectedError(f"{path} holds no safetensors and is no GGUF file: there is no model to load in it.")


def _weight_files(folder: Path) -> list[Path]:
    index = folder / "model.safetensors.index.json"
    if not index.is_file():
        return sorted(folder.glob("*.safetensors"))
    weight_map = _json(index).get("weight_map")
    if not isinstance(weight_map, dict) or not weight_map:
        raise ModelRejectedError(f"{index} has no weight_map. Fetch the model again.")
    shards = sorted({str(name) for name in weight_map.values()})
    for name in shards:
        if Path(name).name != name or not name.endswith(".safetensors"):
            raise ModelRejectedError(f"{index} points to {name!r}, outside the model's own safetensors files.")
        if not (folder / name).is_file():
            raise ModelRejectedError(f"{folder} lacks {name}, one of its {len(shards)} weight files. Pull it again.")
    return [folder / name for name in shards]


def _check_config(path: Path) -> None:
    if not path.is_file():
        return
    for key in _keys(_json(path)):
        if key in _CODE_KEYS:
            raise ModelRejectedError(
                f"{path} asks to run code that comes with the model ({key}); that is never done. "
                "Use a model that the runtime supports by itself."
            )
        if key.startswith("_") and key not in _PRIVATE_KEYS_ALLOWED:
            raise ModelRejectedError(f"{path} sets the private option {key!r}; models that do are refused.")


def _keys(value: Any) -> list[str]:
    """Return the keys of a configuration and of the configurations inside it (`text_config` and the like)."""
    found: list[str] = []
    pending = [value]
    while pending:
        one = pending.pop()
        if isinstance(one, dict):
            found.extend(map(str, one))
            pending.extend(inner for name, inner in one.items() if str(name).endswith("config"))
    return found


def _json(path: Path) -> dict[str, Any]:
    try:
        if path.stat().st_size > _MAX_CONFIG:
            raise ModelRejectedError(f"{path} is larger than any configuration. Fetch the model again.")
        value = json.loads(path.read_text("utf-8"))
    except (ValueError, RecursionError) as error:
        raise ModelRejectedError(f"{path} is not valid JSON. Fetch the model again.") from error
    if not isinstance(value, dict):
        raise ModelRejectedError(f"{path} is not a JSON object. Fetch the model again.")
    return value

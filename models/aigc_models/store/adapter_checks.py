"""The gate that an adapter passes before anything loads it: a whole manifest, plain LoRA, sound weights, no pickle.

It reads headers only and imports nothing heavy. Whether the weights fit a base is seen by their hash, and once more
when they are applied.
"""

from __future__ import annotations

import json
import math
import re
from typing import TYPE_CHECKING, Any

from aigc_models.adapters import CONFIG, MANIFEST, WEIGHTS, AdapterError, AdapterManifest, read_manifest
from aigc_models.store.safetensors import read_safetensors
from aigc_models.store.types import ModelRejectedError

if TYPE_CHECKING:
    from pathlib import Path

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
_RESERVED = frozenset({"none", "auto", "default", "fake"})
_DIGEST = re.compile(r"[0-9a-f]{64}")
_MAX_CONFIG = 1 << 20
_MAX_WEIGHTS = 8 << 30
_MAX_ADDED_TOKENS = 64
_WIDTHS = {"F64": 8, "F32": 4, "F16": 2, "BF16": 2}
_LORA = re.compile(r"(?P<module>.+)\.lora_(?:embedding_)?(?P<side>[AB])(?:\.weight)?")
# What makes peft compute something else than x·W + scale·x·A·B, or import a module that the file names.
_REFUSED = (
    "auto_mapping", "use_qalora", "lora_bias", "alora_invocation_tokens", "layer_replication", "fan_in_fan_out",
    "target_parameters", "arrow_config", "monteclora_config",
)  # fmt: skip


def check_name(name: str) -> str:
    """Return an adapter's name if it can be one: it is a folder's name, and what requests call it.

    Raises:
        AdapterError: it cannot.
    """
    from aigc_models.catalog import load_catalog

    if not _NAME.fullmatch(name):
        raise AdapterError(f"{name!r} cannot be an adapter's name. Use up to 64 letters, digits, dots, - and _.")
    if name.lower() in _RESERVED or load_catalog().model(name) is not None:
        raise AdapterError(f"{name} means something else already. Give the adapter another --name.")
    return name


def check_adapter(folder: Path) -> AdapterManifest:
    """Check an adapter's folder and return its manifest.

    Raises:
        AdapterError: a file is absent, damaged, or of a kind that is refused; the text names it and the reason.
    """
    if not folder.is_dir():
        raise AdapterError(f"There is no adapter at {folder}. Name the folder that holds {WEIGHTS}.")
    if not (folder / WEIGHTS).exists() and any(folder.glob("*.bin")):
        raise AdapterError(
            f"{folder} has its weights only as pickle, which can run code when it is loaded. Save it as safetensors."
        )
    for name in (MANIFEST, CONFIG, WEIGHTS):
        if (folder / name).is_symlink():
            raise AdapterError(f"{folder / name} is a link. Name a folder that holds the files themselves.")
    manifest = read_manifest(folder)
    if not _DIGEST.fullmatch(manifest.base_sha256):
        raise AdapterError(f"{folder} does not name its base by a SHA-256. Train the adapter again.")
    if len(manifest.added_tokens) > _MAX_ADDED_TOKENS or not all(manifest.added_tokens):
        raise AdapterError(f"{folder} adds {len(manifest.added_tokens)} tokens; at most {_MAX_ADDED_TOKENS} are taken.")
    _check_weights(folder / WEIGHTS, lora_config(folder))
    return manifest


def lora_config(folder: Path) -> dict[str, Any]:
    """Return what `adapter_config.json` says, as far as it is plain LoRA (rank-stabilized LoRA and DoRA included).

    Raises:
        AdapterError: it cannot be read, or asks for something else.
    """
    path = folder / CONFIG
    try:
        if path.stat().st_size > _MAX_CONFIG:
            raise AdapterError(f"{path} is larger than any adapter's configuration.")
        config = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError) as error:
        raise AdapterError(f"{path} cannot be read: {error}") from error
    if not isinstance(config, dict) or str(config.get("peft_type")).upper() != "LORA":
        raise AdapterError(f"{path} is no LoRA adapter's configuration.")
    for key in _REFUSED:
        if config.get(key):
            raise AdapterError(f"{path} sets {key}, which is not supported. Train the adapter without it.")
    if config.get("bias") not in (None, "none"):
        raise AdapterError(f"{path} trains biases, which is not supported. Train the adapter with bias='none'.")
    rank, alpha = config.get("r"), config.get("lora_alpha")
    if not _is_count(rank) or not _is_factor(alpha):
        raise AdapterError(f"{path} has no valid rank (r) and lora_alpha.")
    targets = config.get("target_modules")
    if not isinstance(targets, list) or not all(isinstance(one, str) for one in targets):
        raise AdapterError(f"{path} does not list its target_modules by name.")
    for key, fits in (("rank_pattern", _is_count), ("alpha_pattern", _is_factor)):
        table = config.get(key) or {}
        if not isinstance(table, dict) or not all(map(fits, table.values())):
            raise AdapterError(f"{path}: {key} is no table of numbers.")
    return config


def _is_count(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 0 < value <= 65536


def _is_factor(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


def _check_weights(path: Path, config: dict[str, Any]) -> None:
    try:
        if not path.is_file() or path.stat().st_size > _MAX_WEIGHTS:
            raise AdapterError(f"{path} is no regular file of at most {_MAX_WEIGHTS >> 30} GiB.")
        header = read_safetensors(path)
    except (ModelRejectedError, OSError) as error:
        raise AdapterError(f"The adapter's {WEIGHTS} is damaged: {error}") from error
    shapes = {name: _shape(path, name, one) for name, one in header.items() if name != "__metadata__"}
    sides: dict[str, dict[str, tuple[int, ...]]] = {}
    for name, shape in shapes.items():
        found = _LORA.fullmatch(name)
        if found:
            sides.setdefault(found["module"], {})[found["side"]] = shape
    if not sides:
        raise AdapterError(f"{path} holds no LoRA weights.")
    ranks = {config["r"], *(config.get("rank_pattern") or {}).values()}
    for module, pair in sides.items():
        if set(pair) != {"A", "B"} or any(len(shape) != 2 for shape in pair.values()):
            raise AdapterError(f"{path}: {module} lacks one of its two matrices. Save the adapter again.")
        rank = pair["A"][0]
        if pair["B"][1] != rank or rank not in ranks:
            raise AdapterError(
                f"{path}: {module} has shapes {pair['A']} and {pair['B']}, and {CONFIG} says rank {config['r']}."
            )


def _shape(path: Path, name: str, tensor: dict[str, Any]) -> tuple[int, ...]:
    """Return a tensor's shape after checking that its bytes are as many as its shape and type say."""
    shape, begin_end = tensor.get("shape"), tensor["data_offsets"]
    width = _WIDTHS.get(str(tensor.get("dtype")))
    if width is None:
        raise AdapterError(f"{path}: {name} has type {tensor.get('dtype')}; floats of 16 or 32 bits are expected.")
    if not isinstance(shape, list) or not all(isinstance(size, int) and size >= 0 for size in shape):
        raise AdapterError(f"{path}: {name} has no valid shape.")
    if math.prod(shape) * width != begin_end[1] - begin_end[0]:
        raise AdapterError(f"{path}: {name} has another number of bytes than its shape {shape} needs.")
    return tuple(shape)

"""Adapters for tests: small folders as peft writes them, beside a manifest, made without torch or numpy."""

from __future__ import annotations

import hashlib
import json
import struct
from pathlib import Path
from typing import Any

from aigc_models.adapters import CONFIG, WEIGHTS, AdapterManifest, write_manifest

FAKE_BASE = hashlib.sha256(b"fake").hexdigest()
_PREFIX = "base_model.model.model.layers.0.self_attn.q_proj"


def write_weights(path: Path, tensors: dict[str, tuple[list[int], bytes]]) -> None:
    """Write float32 tensors, given as shape and bytes, as safetensors."""
    header, data = {}, b""
    for name, (shape, raw) in tensors.items():
        header[name] = {"dtype": "F32", "shape": shape, "data_offsets": [len(data), len(data) + len(raw)]}
        data += raw
    text = json.dumps(header).encode()
    path.write_bytes(struct.pack("<Q", len(text)) + text + data)


def write_adapter(folder: Path, name: str = "team", *, base: str = FAKE_BASE, **fields: Any) -> Path:
    """Write a sound adapter of rank 2 on one matrix of 4 by 4; `fields` are the manifest's."""
    folder.mkdir(parents=True, exist_ok=True)
    zeros = bytes(4 * 8)
    write_weights(
        folder / WEIGHTS, {f"{_PREFIX}.lora_A.weight": ([2, 4], zeros), f"{_PREFIX}.lora_B.weight": ([4, 2], zeros)}
    )
    config = {"peft_type": "LORA", "r": 2, "lora_alpha": 4, "target_modules": ["q_proj"], "bias": "none"}
    (folder / CONFIG).write_text(json.dumps(config), encoding="utf-8")
    write_manifest(folder, AdapterManifest(name=name, base=fields.pop("base_name", "fake"), base_sha256=base, **fields))
    return folder

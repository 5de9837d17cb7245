"""Tiny model files and wheels for tests: real headers, hardly any weights."""

from __future__ import annotations

import base64
import hashlib
import json
import struct
import zipfile
from pathlib import Path
from typing import Any

_TYPES = {str: 8, int: 4, float: 6, bool: 7}


def gguf_bytes(metadata: dict[str, Any] | None = None, *, elements: int = 64, version: int = 3) -> bytes:
    """Return a GGUF file with one f32 tensor of `elements` zeros."""
    entries = {"general.architecture": "llama", "general.name": "tiny"} | (metadata or {})
    out = b"GGUF" + struct.pack("<IQQ", version, 1, len(entries))
    for key, value in entries.items():
        out += _text(key) + _value(value)
    out += _text("w") + struct.pack("<IQIQ", 1, elements, 0, 0)
    return out + b"\0" * (-len(out) % 32) + b"\0" * (4 * elements)


def _text(text: str) -> bytes:
    data = text.encode()
    return struct.pack("<Q", len(data)) + data


def _value(value: Any) -> bytes:
    if isinstance(value, list):
        kind = _TYPES[type(value[0])]
        return struct.pack("<IIQ", 9, kind, len(value)) + b"".join(_scalar(one) for one in value)
    return struct.pack("<I", _TYPES[type(value)]) + _scalar(value)


def _scalar(value: Any) -> bytes:
    if isinstance(value, str):
        return _text(value)
    return struct.pack({bool: "<?", int: "<I", float: "<f"}[type(value)], value)


def safetensors_bytes(offsets: tuple[int, int] = (0, 16), data: int = 16) -> bytes:
    """Return a safetensors file with one tensor."""
    header = json.dumps({"w": {"dtype": "F32", "shape": [4], "data_offsets": list(offsets)}}).encode()
    return struct.pack("<Q", len(header)) + header + b"\0" * data


def model_folder(folder: Path, **config: Any) -> Path:
    """Write a folder in Hugging Face layout that passes all checks."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "config.json").write_text(json.dumps({"architectures": ["LlamaForCausalLM"]} | config))
    (folder / "model.safetensors").write_bytes(safetensors_bytes())
    return folder


def wheel(folder: Path, name: str, version: str, files: dict[str, bytes], *, requires: str = "") -> Path:
    """Write a wheel that pip accepts, `requires` being a dependency of it."""
    folder.mkdir(parents=True, exist_ok=True)
    stem = name.replace("-", "_")
    info = f"{stem}-{version}.dist-info"
    needs = f"Requires-Dist: {requires}\n" if requires else ""
    members = files | {
        f"{info}/METADATA": f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n{needs}".encode(),
        f"{info}/WHEEL": b"Wheel-Version: 1.0\nGenerator: tests\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    }
    record = "".join(f"{path},{_digest(data)},{len(data)}\n" for path, data in members.items())
    members[f"{info}/RECORD"] = (record + f"{info}/RECORD,,\n").encode()
    path = folder / f"{stem}-{version}-py3-none-any.whl"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_STORED) as archive:
        for member, data in members.items():
            archive.writestr(member, data)
    return path


def _digest(data: bytes) -> str:
    return "sha256=" + base64.urlsafe_b64encode(hashlib.sha256(data).digest()).decode().rstrip("=")


def sha256(data: bytes) -> str:
    """Return the hex digest of some bytes."""
    return hashlib.sha256(data).hexdigest()

"""Reading the header of a safetensors file, with bounds checked. The weights themselves are never read.

Format: huggingface/safetensors README, "Format": a little-endian u64 length, a JSON object, the data.
"""

from __future__ import annotations

import json
import struct
from typing import TYPE_CHECKING, Any

from aigc_models.store.types import ModelRejectedError

if TYPE_CHECKING:
    from pathlib import Path

_MAX_HEADER = 100_000_000  # the format's own limit


def read_safetensors(path: Path) -> dict[str, Any]:
    """Return a safetensors file's header after checking that every tensor lies inside the file.

    Raises:
        ModelRejectedError: the file is truncated or damaged; the text names it.
        OSError: it cannot be read.
    """
    size = path.stat().st_size
    with path.open("rb") as file:
        start = file.read(8)
        length = struct.unpack("<Q", start)[0] if len(start) == 8 else 0
        if length < 2 or length > _MAX_HEADER or 8 + length > size:
            raise _damaged(path, f"its header claims {length} bytes, the file has {size}")
        try:
            header = json.loads(file.read(length))
        except (ValueError, RecursionError) as error:
            raise _damaged(path, "its header is not JSON") from error
    if not isinstance(header, dict):
        raise _damaged(path, "its header is not a JSON object")
    available = size - 8 - length
    for name, tensor in header.items():
        if name != "__metadata__":
            _check(path, name, tensor, available)
    return header


def _check(path: Path, name: str, tensor: Any, available: int) -> None:
    try:
        begin, end = tensor["data_offsets"]
        sane = 0 <= begin <= end
    except (TypeError, KeyError, ValueError) as error:
        raise _damaged(path, f"tensor {name!r} has no valid offsets") from error
    if not sane:
        raise _damaged(path, f"tensor {name!r} has offsets {begin}..{end}")
    if end > available:
        raise _damaged(path, f"tensor {name!r} ends at byte {end} of the data, of which there are {available}")


def _damaged(path: Path, why: str) -> ModelRejectedError:
    return ModelRejectedError(f"{path} is damaged: {why}. Remove it and fetch the model again.")

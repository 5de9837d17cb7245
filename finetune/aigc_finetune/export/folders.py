"""Write a model's folder in Hugging Face's layout, weight by weight: whole or not at all, a few weights in memory."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from aigc_models.engine.merging.tensor_files import Floats
from aigc_models.types import AigcError

WEIGHTS = "model.safetensors"
_SIZES = {"F32": 4, "F16": 2, "BF16": 2}
DTYPES = {"F32": "float32", "F16": "float16", "BF16": "bfloat16"}


class ExportError(AigcError):
    """A model that cannot be written in the wanted form; the text says why."""


@dataclass(frozen=True, slots=True)
class OutWeight:
    """A weight to write: its shape, and a function that gives it in float32 when its turn has come."""

    shape: tuple[int, ...]
    floats: Callable[[], Floats]


@contextmanager
def whole_folder(target: Path) -> Iterator[Path]:
    """Give a new folder that takes `target`'s place, in which an older one may be, when the block ends well.

    Raises:
        ExportError: the disk is full or cannot be written; `target` is as it was.
    """
    aside = target.parent / f".{target.name}.partial"
    try:
        shutil.rmtree(aside, ignore_errors=True)
        aside.mkdir(parents=True)
        yield aside
        for file in aside.iterdir():
            with file.open("rb+") as stream:
                os.fsync(stream.fileno())
        if target.is_dir():
            shutil.rmtree(target)
        aside.rename(target)
    except OSError as error:
        raise ExportError(
            f"{target} cannot be written ({error.strerror or error}): free some space, or choose another folder."
        ) from error
    finally:
        shutil.rmtree(aside, ignore_errors=True)


def write_weights(path: Path, weights: Mapping[str, OutWeight], dtype: str, told: Callable[[float], None]) -> None:
    """Write a safetensors file; `dtype` is F32, F16 or BF16, `told` hears the fraction that is done.

    Raises:
        ExportError: a weight does not fit float16.
        OSError: the file cannot be written.
    """
    header: dict[str, Any] = {"__metadata__": {"format": "pt"}}
    at = 0
    for name, one in weights.items():
        size = int(np.prod(one.shape, dtype=np.int64)) * _SIZES[dtype]
        header[name] = {"dtype": dtype, "shape": list(one.shape), "data_offsets": [at, at + size]}
        at += size
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)  # data begins at a multiple of 8 bytes
    with path.open("wb") as stream:
        stream.write(len(text).to_bytes(8, "little") + text)
        for number, (name, one) in enumerate(weights.items()):
            told(number / len(weights))
            values = one.floats()
            if values.shape != one.shape:
                raise ExportError(f"{name} has the shape {values.shape}, not {one.shape}.")
            stream.write(_stored(name, values, dtype).tobytes())


def _stored(name: str, values: Floats, dtype: str) -> Any:
    if dtype == "F32":
        return np.ascontiguousarray(values, np.float32)
    if dtype == "F16":
        with np.errstate(over="ignore"):
            half = values.astype(np.float16)
        if not np.isfinite(half).all():
            raise ExportError(f"{name} has values too large for float16; write bfloat16 instead.")
        return half
    bits = np.ascontiguousarray(values, np.float32).view(np.uint32).astype(np.uint64)
    # Round to the nearest bfloat16, ties to even.
    return ((bits + 0x7FFF + ((bits >> 16) & 1)) >> 16).astype(np.uint16)


def write_json(path: Path, data: Any) -> None:
    """Write JSON into a folder that is not yet in its place."""
    path.write_text(json.dumps(data, indent=1, sort_keys=True, ensure_ascii=False) + "\n", encoding="utf-8")

"""Write a GGUF file tensor by tensor: whole or not at all, with a few rows in memory at a time."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from aigc_models.engine.merging.errors import MergeError
from aigc_models.engine.merging.sources import Field
from aigc_models.engine.merging.tensor_files import Floats

_CHUNK = 1 << 22  # weights that are in float32 at a time: 16 MiB
Told = Callable[[float, str], None]


@dataclass(frozen=True, slots=True)
class OutTensor:
    """A tensor to write: `shape` is numpy's, `kind` a GGMLQuantizationType, `chunks()` gives its data in order."""

    name: str
    shape: tuple[int, ...]
    kind: int
    chunks: Callable[[], Iterator[npt.NDArray[Any]]]


def quantized_rows(kind: int, shape: tuple[int, ...], rows: Callable[[int, int], Floats]) -> Iterator[npt.NDArray[Any]]:
    """Yield a tensor's rows in `kind`, a few at a time; `rows(start, stop)` gives them in float32."""
    from aigc_models.engine.merging.rounding import quantize

    each = int(np.prod(shape[1:], dtype=np.int64)) or 1
    step = max(1, _CHUNK // each)
    for start in range(0, shape[0], step):
        yield quantize(rows(start, min(start + step, shape[0])), kind)


def write_gguf(
    target: Path, architecture: str, fields: dict[str, Field], tensors: Sequence[OutTensor], progress: Told
) -> None:
    """Write a GGUF file; `target` is replaced at the end, when all of it is on the disk.

    Raises:
        MergeError: the disk is full or the folder cannot be written; nothing is left behind.
    """
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name}.", suffix=".partial")
        os.close(handle)
        aside = Path(name)
    except OSError as error:
        raise MergeError(f"{target} cannot be written: {error.strerror or error}.") from error
    try:
        _write(aside, architecture, fields, tensors, progress)
        with aside.open("rb+") as stream:
            os.fsync(stream.fileno())
        aside.chmod(0o644)
        aside.replace(target)
    except OSError as error:
        size = sum(_size(tensor) for tensor in tensors)
        raise MergeError(
            f"{target} cannot be written ({error.strerror or error}); it needs {size / 1e6:.0f} MB on that disk."
        ) from error
    finally:
        aside.unlink(missing_ok=True)


def _write(
    aside: Path, architecture: str, fields: dict[str, Field], tensors: Sequence[OutTensor], progress: Told
) -> None:
    from gguf import GGMLQuantizationType, GGUFValueType, GGUFWriter

    writer = GGUFWriter(None, architecture)
    try:
        for key, field in fields.items():
            if field.item is not None and not field.value:
                continue  # the format's writer knows no empty arrays; an absent one means the same
            if key == "general.alignment":
                writer.data_alignment = int(field.value)
            item = GGUFValueType(field.item) if field.item is not None else None
            writer.kv_data[0].pop(key, None)
            writer.add_key_value(key, field.value, GGUFValueType(field.kind), item)
        for tensor in tensors:
            kind = GGMLQuantizationType(tensor.kind)
            writer.add_tensor_info(tensor.name, tensor.shape, np.dtype(np.float32), _size(tensor), raw_dtype=kind)
        writer.write_header_to_file(aside)
        writer.write_kv_data_to_file()
        writer.write_ti_data_to_file()
        stream = (writer.fout or [])[0]
        for number, tensor in enumerate(tensors):
            progress(number / len(tensors), f"writing {tensor.name}")
            writer.write_padding(stream, stream.tell())
            _write_tensor(stream, tensor)
            writer.write_padding(stream, stream.tell())
        writer.flush()
    finally:
        writer.close()


def _write_tensor(stream: Any, tensor: OutTensor) -> None:
    start = stream.tell()
    for chunk in tensor.chunks():
        np.ascontiguousarray(chunk).tofile(stream)
    if stream.tell() - start != _size(tensor):
        raise MergeError(f"{tensor.name} has {stream.tell() - start} bytes, not the {_size(tensor)} of its shape.")


def _size(tensor: OutTensor) -> int:
    """Return the bytes of a tensor in the file."""
    from gguf import GGML_QUANT_SIZES, GGMLQuantizationType

    block, each = GGML_QUANT_SIZES[GGMLQuantizationType(tensor.kind)]
    return int(np.prod(tensor.shape, dtype=np.int64)) // int(block) * int(each)

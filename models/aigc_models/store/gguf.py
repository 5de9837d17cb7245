"""Reading the header of a GGUF file, with bounds checked: metadata, tensors, and whether all their bytes are there.

Format: ggml's docs/gguf.md, versions 2 and 3, little-endian. The weights themselves are never read.
"""

from __future__ import annotations

import mmap
import struct
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from aigc_models.store.types import ModelRejectedError

if TYPE_CHECKING:
    from pathlib import Path

_SCALARS = {0: "B", 1: "b", 2: "H", 3: "h", 4: "I", 5: "i", 6: "f", 7: "?", 10: "Q", 11: "q", 12: "d"}
_STRING, _ARRAY = 8, 9
# Elements in a block and its bytes, by ggml type (ggml/src/ggml-common.h; the same table as gguf.GGML_QUANT_SIZES).
_BLOCKS = {
    0: (1, 4), 1: (1, 2), 2: (32, 18), 3: (32, 20), 6: (32, 22), 7: (32, 24), 8: (32, 34), 9: (32, 40),
    10: (256, 84), 11: (256, 110), 12: (256, 144), 13: (256, 176), 14: (256, 210), 15: (256, 292), 16: (256, 66),
    17: (256, 74), 18: (256, 98), 19: (256, 50), 20: (32, 18), 21: (256, 110), 22: (256, 82), 23: (256, 136),
    24: (1, 1), 25: (1, 2), 26: (1, 4), 27: (1, 8), 28: (1, 8), 29: (256, 56), 30: (1, 2), 34: (256, 54),
    35: (256, 66), 39: (32, 17),
}  # fmt: skip
_MAX_KEPT = 1 << 22  # array elements; the largest vocabularies have 2**18
_MAX_COUNT = 1 << 20  # keys or tensors


@dataclass(frozen=True, slots=True)
class GgufHeader:
    """A GGUF file's metadata and the number of its parameters. Arrays that are too long to matter are left out."""

    metadata: dict[str, Any]
    parameters: int


class _DamagedError(Exception):
    pass


class _Reader:
    def __init__(self, data: mmap.mmap, size: int) -> None:
        self.data, self.size, self.at = data, size, 0

    def take(self, count: int) -> int:
        start = self.at
        if count < 0 or start + count > self.size:
            raise _DamagedError(f"it ends at byte {self.size}, in the middle of its header")
        self.at = start + count
        return start

    def unpack(self, code: str) -> Any:
        layout = struct.Struct("<" + code)
        return layout.unpack_from(self.data, self.take(layout.size))[0]

    def text(self) -> str:
        length = self.unpack("Q")
        start = self.take(length)
        return self.data[start : start + length].decode("utf-8", "replace")

    def value(self, kind: int) -> Any:
        if kind == _STRING:
            return self.text()
        if kind == _ARRAY:
            return self.array()
        if kind not in _SCALARS:
            raise _DamagedError(f"its header names the unknown value type {kind}")
        return self.unpack(_SCALARS[kind])

    def array(self) -> list[Any] | None:
        kind, count = self.unpack("I"), self.unpack("Q")
        if kind == _STRING:
            if count > _MAX_KEPT:
                raise _DamagedError(f"its header claims an array of {count} strings")
            return [self.text() for _ in range(count)]
        if kind not in _SCALARS:
            raise _DamagedError(f"its header has an array of the unsupported type {kind}")
        layout = struct.calcsize("<" + _SCALARS[kind])
        start = self.take(layout * count)
        return list(struct.unpack_from(f"<{count}{_SCALARS[kind]}", self.data, start)) if count <= _MAX_KEPT else None


def read_gguf(path: Path) -> GgufHeader:
    """Return the header of a GGUF file after checking that every tensor lies inside the file.

    Raises:
        ModelRejectedError: the file is truncated, damaged or no GGUF; the text names it.
        OSError: it cannot be read.
    """
    with path.open("rb") as file:
        size = path.stat().st_size
        if size < 24 or file.read(4) != b"GGUF":
            raise ModelRejectedError(f"{path} is not a GGUF model file. Check the path, or pull the model again.")
        with mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
            try:
                return _parse(_Reader(data, size))
            except (_DamagedError, struct.error) as error:
                raise ModelRejectedError(f"{path} is damaged: {error}. Remove it and fetch the model again.") from error


def _parse(reader: _Reader) -> GgufHeader:
    reader.at = 4
    version = reader.unpack("I")
    if version not in (2, 3):
        raise _DamagedError(f"its GGUF version is {version}, known are 2 and 3")
    tensors, keys = reader.unpack("Q"), reader.unpack("Q")
    if max(tensors, keys) > _MAX_COUNT:
        raise _DamagedError(f"its header claims {tensors} tensors and {keys} keys")
    metadata: dict[str, Any] = {}
    for _ in range(keys):
        key = reader.text()
        metadata[key] = reader.value(reader.unpack("I"))
    return GgufHeader(metadata, _check_tensors(reader, tensors, metadata.get("general.alignment", 32)))


def _check_tensors(reader: _Reader, count: int, alignment: Any) -> int:
    if not isinstance(alignment, int) or alignment < 1:
        raise _DamagedError(f"its alignment is {alignment!r}")
    parameters, ends = 0, [("", 0)]
    for _ in range(count):
        name, rank = reader.text(), reader.unpack("I")
        if rank > 8:
            raise _DamagedError(f"tensor {name!r} has {rank} dimensions")
        elements = 1
        for _ in range(rank):
            elements *= reader.unpack("Q")
        kind, offset = reader.unpack("I"), reader.unpack("Q")
        if kind not in _BLOCKS:
            raise _DamagedError(f"tensor {name!r} has the unknown type {kind}")
        block, bytes_each = _BLOCKS[kind]
        ends.append((name, offset + elements // block * bytes_each))
        parameters += elements
    start = -(-reader.at // alignment) * alignment
    last, end = max(ends, key=lambda one: one[1])
    if start + end > reader.size:
        raise _DamagedError(f"tensor {last!r} ends at byte {start + end}, the file at byte {reader.size}")
    return parameters

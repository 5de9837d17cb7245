"""A base model's weights, tensor by tensor, from a GGUF file."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from aigc_models.engine.merging.errors import MergeError
from aigc_models.engine.merging.tensor_files import Floats

_DERIVED = ("GGUF.",)  # what the reader adds to the keys that stand in the file


@dataclass(frozen=True, slots=True)
class Field:
    """A value of a GGUF's metadata: `kind` and `item` are GGUFValueType numbers, `item` that of an array's items.

    Strings are bytes, copied as they are.
    """

    value: Any
    kind: int
    item: int | None = None


@dataclass(frozen=True, slots=True)
class SourceTensor:
    """A tensor of the base under its GGUF name. `shape` is numpy's (rows, columns); `kind` a GGMLQuantizationType.

    `rows(start, stop)` gives rows in float32, `raw()` the bytes as they lie in the file, in GGUF's row layout.
    """

    name: str
    shape: tuple[int, ...]
    kind: int
    rows: Callable[[int, int], Floats]
    raw: Callable[[], npt.NDArray[Any]]


@dataclass(frozen=True, slots=True)
class Source:
    """A base model: its metadata as GGUF has it, and its tensors by GGUF name, in the file's order."""

    architecture: str
    fields: dict[str, Field]
    tensors: dict[str, SourceTensor]

    @property
    def numbers(self) -> dict[str, Any]:
        """Return the metadata's plain numbers and texts by key."""
        return {name: field.value for name, field in self.fields.items() if field.item is None}


def gguf_source(path: Path) -> Source:
    """Open a GGUF file.

    Raises:
        MergeError: it cannot be read, or is split over several files or big-endian.
    """
    from gguf import GGUFReader

    try:
        reader = GGUFReader(str(path))
        fields = {name: _field(field) for name, field in reader.fields.items() if not name.startswith(_DERIVED)}
    except (ValueError, IndexError, KeyError, OSError, TypeError) as error:
        raise MergeError(f"{path} is not a readable GGUF file ({error}); fetch it again.") from error
    if reader.byte_order != "I" or "split.count" in fields:
        raise MergeError(f"{path} is big-endian or one of several parts; merge into a whole little-endian file.")
    architecture = fields.get("general.architecture", Field(b"unknown", 8)).value.decode("utf-8", "replace")
    return Source(architecture, fields, {tensor.name: _tensor(tensor) for tensor in reader.tensors})


def _field(field: Any) -> Field:
    from gguf import GGUFValueType

    kind = field.types[0]
    text = GGUFValueType.STRING
    if kind == text:
        return Field(bytes(field.parts[-1]), kind)
    if kind != GGUFValueType.ARRAY:
        return Field(field.parts[-1].tolist()[0], kind)
    item = field.types[-1] if len(field.types) > 1 else GGUFValueType.INT32
    if item == text:
        return Field([bytes(field.parts[index]) for index in field.data], kind, item)
    return Field([value for index in field.data for value in field.parts[index].tolist()], kind, item)


def _tensor(tensor: Any) -> SourceTensor:
    from gguf import dequantize

    shape = tuple(int(size) for size in reversed(tensor.shape))

    def rows(start: int, stop: int) -> Floats:
        try:
            return np.asarray(dequantize(tensor.data[start:stop], tensor.tensor_type), np.float32)
        except NotImplementedError as error:
            kind = tensor.tensor_type.name
            raise MergeError(f"The base holds {tensor.name} as {kind}, which cannot be read here.") from error

    return SourceTensor(tensor.name, shape, int(tensor.tensor_type), rows, lambda: np.asarray(tensor.data))

"""Read safetensors files with numpy alone: the engine without torch has no other reader.

Format: huggingface/safetensors README, "Format": a little-endian u64 length, a JSON object, the data.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from aigc_models.engine.merging.errors import MergeError
from aigc_models.store.safetensors import read_safetensors

Floats = npt.NDArray[np.float32]
# As they lie in the file; BF16 has no numpy type, it is the upper half of a float32.
_KINDS = {"F64": "<f8", "F32": "<f4", "F16": "<f2", "BF16": "<u2"}
_INDEX = "model.safetensors.index.json"


@dataclass(frozen=True, slots=True)
class StoredTensor:
    """A tensor of a safetensors file: nothing of it is read before `rows` or `floats` is called."""

    path: Path
    dtype: str
    shape: tuple[int, ...]
    offset: int

    def rows(self, start: int, stop: int) -> Floats:
        """Return rows start..stop (of the first dimension) in float32, shape (stop - start, ...)."""
        each = int(np.prod(self.shape[1:], dtype=np.int64))
        kind = np.dtype(_KINDS[self.dtype])
        count = (min(stop, self.shape[0]) - start) * each
        data = np.fromfile(self.path, kind, count, offset=self.offset + start * each * kind.itemsize)
        if self.dtype == "BF16":
            data = (data.astype(np.uint32) << 16).view(np.float32)
        return data.astype(np.float32, copy=False).reshape(-1, *self.shape[1:])

    def floats(self) -> Floats:
        """Return the whole tensor in float32."""
        return self.rows(0, self.shape[0]) if self.shape else self._scalar()

    def _scalar(self) -> Floats:
        return StoredTensor(self.path, self.dtype, (1,), self.offset).floats().reshape(())


def stored_tensors(path: Path) -> dict[str, StoredTensor]:
    """Return the tensors of a safetensors file, or of all the files of a model's folder, by name.

    Raises:
        MergeError: a tensor is of a kind that is no plain float (quantized weights), or there is no file.
        ModelRejectedError: a file is damaged.
    """
    found: dict[str, StoredTensor] = {}
    for file in [path] if path.is_file() else _files(path):
        header = read_safetensors(file)
        with file.open("rb") as stream:
            start = 8 + int.from_bytes(stream.read(8), "little")
        for name, entry in header.items():
            if name != "__metadata__":
                found[name] = _tensor(file, name, entry, start)
    return found


def _files(folder: Path) -> list[Path]:
    index = folder / _INDEX
    if index.is_file():
        names = json.loads(index.read_text(encoding="utf-8"))["weight_map"].values()
        files = [folder / Path(str(name)).name for name in sorted(set(names))]
    else:
        files = sorted(folder.glob("*.safetensors"))
    if not files or not all(file.is_file() for file in files):
        raise MergeError(f"{folder} has no whole safetensors weights; fetch the model again.")
    return files


def _tensor(file: Path, name: str, entry: Any, start: int) -> StoredTensor:
    dtype, shape = str(entry["dtype"]), tuple(int(size) for size in entry["shape"])
    if dtype not in _KINDS:
        raise MergeError(f"{file}: {name} is stored as {dtype}, not as plain floats; use the unquantized model.")
    begin, end = entry["data_offsets"]
    if end - begin != int(np.prod(shape, dtype=np.int64)) * np.dtype(_KINDS[dtype]).itemsize:
        raise MergeError(f"{file} is damaged: {name} has {end - begin} bytes for shape {shape}; fetch it again.")
    return StoredTensor(file, dtype, shape, start + begin)

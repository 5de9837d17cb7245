"""Shards: token ids of samples in safetensors files that are memory-mapped, with a manifest that says what they hold.

A shard has three tensors: `tokens` (int32, all samples behind each other), `trained` (uint8, 1 where the token counts
in the loss as a target), `starts` (int64, samples + 1 offsets). The manifest is written last: a folder without it is
unfinished.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from aigc_finetune.layout import write_json
from aigc_models.types import AigcError

MANIFEST = "manifest.json"
Tokens = npt.NDArray[np.int32]
Mask = npt.NDArray[np.uint8]


@dataclass(frozen=True, slots=True)
class ShardEntry:
    """What the manifest says of one shard."""

    name: str
    samples: int
    tokens: int
    trained: int
    sha256: str


class ShardWriter:
    """Gather samples, write a shard each `shard_tokens`. Shards that are there already count as done (`done`)."""

    def __init__(self, folder: Path, shard_tokens: int, done: Sequence[ShardEntry] = ()) -> None:
        self.folder = folder
        self._limit = shard_tokens
        self.entries: list[ShardEntry] = list(done)
        self._tokens: list[Tokens] = []
        self._trained: list[Mask] = []
        self._held = 0
        folder.mkdir(parents=True, exist_ok=True)

    def add(self, tokens: Tokens, trained: Mask) -> bool:
        """Take one sample; return True when this completed a shard."""
        self._tokens.append(np.asarray(tokens, dtype=np.int32))
        self._trained.append(np.asarray(trained, dtype=np.uint8))
        self._held += len(tokens)
        if self._held < self._limit:
            return False
        self.flush()
        return True

    def flush(self) -> None:
        """Write what is held as a shard, whole or not at all."""
        if not self._tokens:
            return
        from safetensors.numpy import save_file

        name = f"shard-{len(self.entries):05d}.safetensors"
        starts = np.cumsum([0, *(len(one) for one in self._tokens)], dtype=np.int64)
        arrays: dict[str, npt.NDArray[Any]] = {
            "tokens": np.concatenate(self._tokens),
            "trained": np.concatenate(self._trained),
            "starts": starts,
        }
        aside = self.folder / f".{name}.partial"
        save_file(arrays, str(aside))
        with aside.open("rb+") as stream:
            os.fsync(stream.fileno())
        aside.replace(self.folder / name)
        trained = int(arrays["trained"].sum())
        digest = file_digest(self.folder / name)
        self.entries.append(ShardEntry(name, len(starts) - 1, int(starts[-1]), trained, digest))
        self._tokens, self._trained, self._held = [], [], 0

    def finish(self, facts: dict[str, Any]) -> None:
        """Write the manifest: `facts` and the shards."""
        self.flush()
        write_json(self.folder / MANIFEST, {**facts, "shards": [asdict(entry) for entry in self.entries]})


class ShardReader:
    """The samples of a finished folder, by number; arrays are views into mapped files."""

    def __init__(self, folder: Path) -> None:
        path = folder / MANIFEST
        if not path.is_file():
            raise AigcError(f"{folder} holds no finished data: encode it first (`aigc-lsp finetune encode`).")
        try:
            self.manifest: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
            entries = [ShardEntry(**entry) for entry in self.manifest["shards"]]
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise AigcError(f"{path} cannot be read ({error}): remove {folder} and encode again.") from error
        self._tokens: list[Tokens] = []
        self._trained: list[Mask] = []
        self._starts: list[npt.NDArray[np.int64]] = []
        for entry in entries:
            tensors = _mapped(folder / entry.name)
            self._tokens.append(tensors["tokens"])
            self._trained.append(tensors["trained"])
            self._starts.append(tensors["starts"])
        counts = [len(one) - 1 for one in self._starts]
        self._first = np.cumsum([0, *counts], dtype=np.int64)

    def __len__(self) -> int:
        return int(self._first[-1])

    @property
    def lengths(self) -> npt.NDArray[np.int64]:
        """Return each sample's number of tokens, shape (samples,)."""
        return np.concatenate([np.diff(one) for one in self._starts]) if self._starts else np.zeros(0, np.int64)

    def sample(self, index: int) -> tuple[Tokens, Mask]:
        """Return the tokens and the loss mask of sample `index`, both of shape (length,)."""
        shard = int(np.searchsorted(self._first, index, side="right")) - 1
        start, end = self._starts[shard][index - self._first[shard] :][:2]
        return self._tokens[shard][start:end], self._trained[shard][start:end]


def verify(folder: Path) -> None:
    """Check each shard against the manifest's hash; raises AigcError naming the first that differs."""
    for entry in ShardReader(folder).manifest["shards"]:
        if file_digest(folder / entry["name"]) != entry["sha256"]:
            raise AigcError(f"{folder / entry['name']} is damaged: remove {folder} and encode again.")


_KINDS = {"I32": np.int32, "U8": np.uint8, "I64": np.int64}


def _mapped(path: Path) -> dict[str, Any]:
    """Map a safetensors file's arrays (the format: 8 bytes of header length, a JSON header, the data).

    Raises:
        AigcError: it is missing or cut short.
    """
    found: dict[str, Any] = {}
    try:
        with path.open("rb") as stream:
            size = int.from_bytes(stream.read(8), "little")
            header = json.loads(stream.read(size))
        for name in ("tokens", "trained", "starts"):
            start, end = header[name]["data_offsets"]
            kind = np.dtype(_KINDS[header[name]["dtype"]])
            count = (end - start) // kind.itemsize
            found[name] = np.memmap(path, kind, "r", 8 + size + start, (count,)) if count else np.zeros(0, kind)
    except (OSError, ValueError, KeyError, TypeError, OverflowError, MemoryError) as error:
        raise AigcError(f"{path} cannot be read ({error}): remove {path.parent} and encode again.") from error
    return found


def file_digest(path: Path) -> str:
    """Return the SHA-256 of a file."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()

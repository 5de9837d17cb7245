"""Checkpoints: all that the next step depends on, in safetensors and JSON, whole or not at all.

A checkpoint is written into a folder with another name and renamed when it is on disk. Randomness needs no saving:
each step seeds it anew from the recipe's seed, the step and the process.
"""

from __future__ import annotations

import json
import os
import re
import shutil
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import torch

from aigc_models.types import AigcError

_NAME = re.compile(r"step-(\d{8,})")
_STATE = "state.json"


class CheckpointError(AigcError):
    """A checkpoint that cannot be written or read; the text says what to do."""


def complete(folder: Path) -> list[tuple[int, Path]]:
    """Return the whole checkpoints below `folder`, as (step, path), the oldest first."""
    if not folder.is_dir():
        return []
    found = [(int(match[1]), one) for one in folder.iterdir() if (match := _NAME.fullmatch(one.name))]
    return sorted(found)


def save(folder: Path, step: int, tensors: Mapping[str, Mapping[str, torch.Tensor]], state: Any, keep: int) -> Path:
    """Write a checkpoint and remove old ones beyond `keep`. `tensors` are files by name, each with tensors by name.

    Raises:
        CheckpointError: the disk is full or cannot be written; the checkpoints before it are untouched.
    """
    path = write_whole(folder / f"step-{step:08d}", tensors, {_STATE: state})
    for torn in folder.glob(".step-*"):  # of a run that was killed while it wrote or removed one
        shutil.rmtree(torn, ignore_errors=True)
    for _, old in complete(folder)[:-keep]:
        _remove(old)
    return path


def write_whole(
    path: Path,
    tensors: Mapping[str, Mapping[str, torch.Tensor]],
    texts: Mapping[str, Any],
    more: Callable[[Path], None] = lambda folder: None,
) -> Path:
    """Write a folder of safetensors and JSON files, in the place of one that is there already; `more` adds others.

    A kill leaves the old one or the new one; between two renames, where a folder cannot be exchanged at once, both of
    them under names that begin with a dot.
    """
    from safetensors import SafetensorError
    from safetensors.torch import save_file

    aside = path.parent / f".{path.name}.partial"
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        _remove(aside)
        aside.mkdir()
        for name, held in tensors.items():
            save_file(_separate(held), str(aside / f"{name}.safetensors"), metadata={"format": "pt"})
        for name, data in texts.items():
            (aside / name).write_text(json.dumps(data, sort_keys=True) + "\n", encoding="utf-8")
        more(aside)
        for one in (*aside.iterdir(), aside):
            _sync(one)
        _exchange(aside, path)
        _sync(path.parent)
    except (OSError, SafetensorError) as error:
        shutil.rmtree(aside, ignore_errors=True)
        cause = getattr(error, "strerror", None) or error
        raise CheckpointError(
            f"{path} could not be written ({cause}): free some space, then go on with --resume; "
            "what was saved before is whole."
        ) from error
    return path


def load(path: Path, state: str = _STATE) -> tuple[dict[str, dict[str, torch.Tensor]], Any]:
    """Read a checkpoint: its files of tensors by name, and its state.

    Raises:
        CheckpointError: it is damaged.
    """
    from safetensors import SafetensorError
    from safetensors.torch import load_file

    try:
        tensors = {one.stem: load_file(str(one)) for one in sorted(path.glob("*.safetensors"))}
        return tensors, json.loads((path / state).read_text(encoding="utf-8"))
    except (OSError, ValueError, SafetensorError) as error:
        raise CheckpointError(
            f"The checkpoint {path} is damaged ({error}): remove it, then go on with --resume from the one before it."
        ) from error


def _separate(held: Mapping[str, torch.Tensor]) -> dict[str, torch.Tensor]:
    """Return tensors in main memory, none of which shares it with another, as the format wants it."""
    found: dict[str, torch.Tensor] = {}
    seen: set[int] = set()
    for key, one in held.items():
        copy = one.detach().to("cpu").contiguous()
        found[key] = copy.clone() if copy.untyped_storage().data_ptr() in seen else copy
        seen.add(copy.untyped_storage().data_ptr())
    return found


def _remove(path: Path) -> None:
    """Remove a checkpoint's folder; it first loses its name, so that it is never half a checkpoint."""
    if path.exists():
        shutil.rmtree(_doom(path), ignore_errors=True)


def _doom(path: Path) -> Path:
    doomed = path.parent / f".{path.name}.removed"
    shutil.rmtree(doomed, ignore_errors=True)
    path.rename(doomed)
    return doomed


def _exchange(new: Path, path: Path) -> None:
    """Give a folder the name of another, which is removed only when that is done."""
    old = _doom(path) if path.exists() else None
    try:
        new.rename(path)
    except OSError:
        if old is not None:
            old.rename(path)
        raise
    if old is not None:
        shutil.rmtree(old, ignore_errors=True)


def _sync(path: Path) -> None:
    if os.name == "nt" and path.is_dir():
        return  # Windows opens no folders
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def flatten_optimizer(optimizer: torch.optim.Optimizer) -> tuple[dict[str, torch.Tensor], dict[str, Any]]:
    """Return an optimizer's state as tensors and plain values, both by the path `parameter/key/…`."""
    tensors: dict[str, torch.Tensor] = {}
    values: dict[str, Any] = {}

    def walk(path: str, value: Any) -> None:
        if isinstance(value, torch.Tensor):
            tensors[path] = value
        elif isinstance(value, dict):
            for key, inner in value.items():
                walk(f"{path}/{key}", inner)
        else:
            values[path] = value

    for index, held in optimizer.state_dict()["state"].items():
        walk(str(index), held)
    return tensors, values


def restore_optimizer(
    optimizer: torch.optim.Optimizer, tensors: Mapping[str, torch.Tensor], values: Mapping[str, Any]
) -> None:
    """Put back what `flatten_optimizer` returned."""
    state: dict[int, Any] = {}
    for path, value in (*tensors.items(), *values.items()):
        first, *inner, last = path.split("/")
        held = state.setdefault(int(first), {})
        for key in inner:
            held = held.setdefault(key, {})
        held[last] = value
    optimizer.load_state_dict({"state": state, "param_groups": optimizer.state_dict()["param_groups"]})

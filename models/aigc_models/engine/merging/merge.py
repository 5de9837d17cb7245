"""Merge an adapter into its base and write the result as GGUF.

Matrices are computed in float32 and rounded once. What the adapter leaves alone keeps its bytes where its type is at
least as small as the wanted one, so that nothing is rounded a second time.
"""

from __future__ import annotations

from functools import partial
from pathlib import Path

import numpy as np

from aigc_models.adapters import MANIFEST, AdapterManifest, adapter_digest, base_digest, read_manifest
from aigc_models.engine.merging.adapter_files import read_changes
from aigc_models.engine.merging.changes import Change, changed_rows, untied
from aigc_models.engine.merging.errors import MergeError
from aigc_models.engine.merging.folders import folder_source
from aigc_models.engine.merging.kinds import QUANTIZATIONS, kind_of
from aigc_models.engine.merging.metadata import merged_fields, provenance
from aigc_models.engine.merging.names import EMBEDDING, HEAD, Names
from aigc_models.engine.merging.sources import Source, SourceTensor, gguf_source
from aigc_models.engine.merging.tensor_files import Floats
from aigc_models.engine.merging.writing import OutTensor, Told, quantized_rows, write_gguf
from aigc_models.store.types import ModelRef

__all__ = ["QUANTIZATIONS", "merge_to_gguf"]


def _ignore(_fraction: float, _message: str) -> None:
    pass


def merge_to_gguf(
    base: ModelRef,
    adapter: Path,
    target: Path,
    *,
    quantization: str = "Q8_0",
    scale: float = 1.0,
    progress: Told = _ignore,
) -> None:
    """Write base + `scale` · adapter to the GGUF file `target`, atomically.

    `quantization` is one of QUANTIZATIONS: the type of the changed matrices; `keep` rounds each to the type that it has
    in the base. Embeddings and the output head are never below Q8_0, norms are float32. A manifest beside the adapter
    is checked against the base. `progress` is told a fraction and what is being written.

    Raises:
        MergeError: the adapter does not fit the base or cannot be merged, or the disk is full; nothing was written.
        AdapterError: the adapter's folder is no whole adapter.
    """
    if quantization not in QUANTIZATIONS:
        raise MergeError(f"{quantization!r} is no type to write; choose one of {', '.join(QUANTIZATIONS)}.")
    manifest = _manifest(base, adapter)
    source = _open(base)
    names = Names(source.architecture, source.numbers)
    changes = _by_gguf_name(source, names, read_changes(adapter))
    tensors = _plan(source, changes, quantization, scale)
    fields = merged_fields(source, quantization, manifest.added_tokens if manifest else (), _vocabulary(tensors))
    name = manifest.name if manifest else adapter.name
    fields |= provenance(source, name, adapter_digest(adapter) if manifest else "", base_digest(base), scale)
    write_gguf(target, source.architecture, fields, tensors, progress)


def copy_to_gguf(base: ModelRef, target: Path, *, quantization: str = "Q8_0", progress: Told = _ignore) -> None:
    """Write a base without an adapter as GGUF, its matrices in another type; see `merge_to_gguf`."""
    if quantization not in QUANTIZATIONS:
        raise MergeError(f"{quantization!r} is no type to write; choose one of {', '.join(QUANTIZATIONS)}.")
    source = _open(base)
    tensors = _plan(source, {}, quantization, 1.0)
    fields = merged_fields(source, quantization, (), _vocabulary(tensors))
    write_gguf(target, source.architecture, fields, tensors, progress)


def _vocabulary(tensors: list[OutTensor]) -> int:
    return next(tensor.shape[0] for tensor in tensors if tensor.name == EMBEDDING)


def _open(base: ModelRef) -> Source:
    if base.format == "gguf":
        return gguf_source(base.path)
    if base.format == "safetensors":
        return folder_source(base.path)
    raise MergeError(f"{base.id} has the format {base.format}; only GGUF and safetensors models can be merged into.")


def _manifest(base: ModelRef, adapter: Path) -> AdapterManifest | None:
    if not (adapter / MANIFEST).is_file():
        return None  # one of peft's own, without our manifest: its shapes are the only check
    manifest = read_manifest(adapter)
    if manifest.base_sha256 and manifest.base_sha256 != base_digest(base):
        raise MergeError(
            f"The adapter {manifest.name} was trained on {manifest.base}, not on this {base.id} "
            f"(its hash differs). Merge it into {manifest.base}."
        )
    return manifest


def _by_gguf_name(source: Source, names: Names, changes: dict[str, list[Change]]) -> dict[str, list[Change]]:
    """Return the changes by GGUF name, their rows in GGUF's order."""
    found: dict[str, list[Change]] = {}
    for name, several in changes.items():
        gguf_name = names.gguf(name)
        tensor = _base_tensor(source, gguf_name)
        if tensor is None:
            raise MergeError(f"The adapter changes {name}, which the base does not have: it is for another model.")
        order = names.order(gguf_name, tensor.shape[0])
        found[gguf_name] = [one.reordered(order) for one in several] if order is not None else list(several)
    return found if HEAD in source.tensors else untied(found, EMBEDDING, HEAD)


def _base_tensor(source: Source, name: str) -> SourceTensor | None:
    """Return the base's tensor; a head that is tied to the embedding is the embedding."""
    return source.tensors.get(name) or (source.tensors.get(EMBEDDING) if name == HEAD else None)


def _plan(source: Source, changes: dict[str, list[Change]], quantization: str, scale: float) -> list[OutTensor]:
    """Return the tensors to write, in the base's order, a new head last."""
    names = [*source.tensors, *(name for name in changes if name not in source.tensors)]
    tensors = [_out(source, name, changes.get(name, []), quantization, scale) for name in names]
    rows = {tensor.shape[0] for tensor in tensors if tensor.name in (EMBEDDING, HEAD)}
    if len(rows) > 1:
        raise MergeError("The adapter adds tokens to the embedding or to the output head, not to both; train it again.")
    return tensors


def _out(source: Source, name: str, changes: list[Change], quantization: str, scale: float) -> OutTensor:
    base = source.tensors[name] if name in source.tensors else source.tensors[EMBEDDING]
    shape = base.shape
    for change in changes:
        grown = change.grown(shape)
        if grown is not None:
            shape = grown
        else:
            raise MergeError(f"The adapter's change of {name} does not fit the base's shape {base.shape}: wrong base.")
    kind = kind_of(name, shape, base.kind, bool(changes), quantization)
    if not changes and kind == base.kind:
        return OutTensor(name, shape, kind, lambda: iter((base.raw(),)))
    return OutTensor(name, shape, kind, partial(quantized_rows, kind, shape, partial(_rows, base, changes, scale)))


def _rows(base: SourceTensor, changes: list[Change], scale: float, start: int, stop: int) -> Floats:
    """Return rows start..stop of the changed tensor; rows behind the base's end are wholly the adapter's."""
    old = base.rows(start, min(stop, base.shape[0])) if start < base.shape[0] else np.zeros((0, *base.shape[1:]), "f4")
    added = stop - start - len(old)
    if added:
        old = np.concatenate([old, np.zeros((added, *base.shape[1:]), np.float32)])
    return changed_rows(old, start, changes, scale, added)

"""Adapters beside a torch model, changed between two steps: the base's weights stay as they are and are never copied.

LoRA (Hu et al. 2021) adds scale·(x·Aᵀ)·Bᵀ to a product's output; DoRA (Liu et al. 2024) scales its rows besides;
trained tokens replace rows of the embedding and, where it is tied, columns of the logits. A forward hook does each.
Hooks stand only on the modules of the adapter in use, so that the base alone costs nothing more. What an adapter says
is read by `merging`, so that a live adapter and a merged one mean the same.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from aigc_models.engine.merging.adapter_files import read_changes
from aigc_models.engine.merging.changes import Change, LowRank, Replaced, Rows
from aigc_models.engine.vocabulary import TokenizersVocabulary, Vocabulary
from aigc_models.types import AigcError

if TYPE_CHECKING:
    from aigc_models.adapters import AdapterManifest

Patch = Callable[[Any, Any, Any], Any]  # (module, arguments, output) → output


@dataclass(frozen=True, slots=True)
class Prepared:
    """An adapter as it was read: changes by the weight's name, and the tokens that it adds."""

    changes: dict[str, list[Change]]
    added_tokens: tuple[str, ...]


@dataclass(slots=True)
class _Hot:
    """An adapter that can be switched on. `users` counts open sequences; a `dropped` one goes with the last."""

    vocabulary: Vocabulary
    hooks: list[tuple[Any, Patch]] = field(default_factory=list)
    known: list[tuple[Any, int]] = field(default_factory=list)  # embeddings, and how many ids they know themselves
    weights: list[tuple[Any, Any]] = field(default_factory=list)  # parameters, and the data that they have instead
    users: int = 0
    dropped: bool = False


class HotAdapters:
    """The adapters of one model. `use` switches; all but `read` is called from the thread that runs the model."""

    def __init__(self, model: Any, vocabulary: Vocabulary) -> None:
        self._model = model
        self._vocabulary = vocabulary
        self._hot: dict[str, _Hot] = {}
        self._used: str | None = None
        self._handles: list[Any] = []
        self._originals: list[tuple[Any, Any]] = []

    def read(self, folder: Path, manifest: AdapterManifest) -> Prepared:
        """Read an adapter's files.

        Raises:
            AigcError: they are damaged, hold numbers that are none, or ask for what is not known here.
        """
        changes = read_changes(folder)
        for name, several in changes.items():
            for array in (array for one in several for array in _arrays(one)):
                if not np.isfinite(array).all():
                    raise AigcError(f"The adapter is damaged: {name} has values that are no numbers.")
        return Prepared(changes, manifest.added_tokens)

    def add(self, key: str, prepared: object) -> Vocabulary:
        """Make an adapter ready to be switched on; return its vocabulary.

        Raises:
            AigcError: it does not fit the model.
        """
        assert isinstance(prepared, Prepared)  # noqa: S101 - from read()
        hot = _Hot(self._extended(prepared.added_tokens))
        for name, changes in prepared.changes.items():
            self._patch(hot, name, changes)
        self._hot[key] = hot
        return hot.vocabulary

    def use(self, key: str | None) -> int:
        """Have the model run with an adapter, or alone; return how many of its logits are tokens."""
        if key != self._used:
            self._off()
            if key is not None:
                self._on(self._hot[key])
            self._used = key
        return self._vocabulary.size if key is None else self._hot[key].vocabulary.size

    def hold(self, key: str) -> None:
        """Note that a sequence runs with an adapter. Raises KeyError where it is not known."""
        self._hot[key].users += 1

    def release(self, key: str) -> bool:
        """Note that a sequence ended; return whether the adapter went with it."""
        hot = self._hot[key]
        hot.users -= 1
        return hot.dropped and self.drop(key)

    def drop(self, key: str) -> bool:
        """Forget an adapter once no sequence runs with it; return whether it is gone now."""
        hot = self._hot.get(key)
        if hot is None:
            return True
        hot.dropped = True
        if hot.users:
            return False
        if self._used == key:
            self.use(None)
        del self._hot[key]
        return True

    def clear(self) -> None:
        """Let go of everything."""
        self.use(None)
        self._hot.clear()
        self._model = None

    def _on(self, hot: _Hot) -> None:
        for module, size in hot.known:
            self._handles.append(module.register_forward_pre_hook(_only_known(size)))
        self._handles += [module.register_forward_hook(patch) for module, patch in hot.hooks]
        for parameter, data in hot.weights:
            self._originals.append((parameter, parameter.data))
            parameter.data = data

    def _off(self) -> None:
        while self._handles:
            self._handles.pop().remove()
        while self._originals:
            parameter, data = self._originals.pop()
            parameter.data = data

    def _extended(self, tokens: tuple[str, ...]) -> Vocabulary:
        if not tokens:
            return self._vocabulary
        if not isinstance(self._vocabulary, TokenizersVocabulary):
            raise AigcError("The adapter adds tokens, which this model's tokenizer does not allow.")
        try:
            return self._vocabulary.extended(tokens)
        except ValueError as error:
            raise AigcError(f"The adapter's tokens do not fit the model: {error}.") from error

    def _patch(self, hot: _Hot, name: str, changes: list[Change]) -> None:
        import torch

        path, _, kind = name.rpartition(".")
        try:
            module = self._model.get_submodule(path)
            weight = module.get_parameter(kind)
        except AttributeError:
            raise AigcError(f"The adapter changes {name}, which the model does not have: it is for another.") from None
        shape = _shape(module, weight)
        embedding = isinstance(module, torch.nn.Embedding)
        for change in changes:
            if kind != "weight" or change.grown(shape) is None:
                raise AigcError(f"The adapter's change of {name} does not fit the model's shape {shape}.")
            if isinstance(change, Rows | Replaced) and not weight.is_floating_point():
                raise AigcError(f"The adapter replaces a part of {name}, which is quantized here; use other weights.")
            if isinstance(change, Replaced):
                hot.weights.append((weight, _tensor(change.value, weight.device).to(weight.dtype)))
            elif isinstance(change, Rows):
                self._rows(hot, module, weight, change, embedding)
            elif isinstance(change, LowRank):
                hot.hooks.append((module, _embedded(change, weight) if embedding else _product(change, module, weight)))

    def _rows(self, hot: _Hot, module: Any, weight: Any, change: Rows, embedding: bool) -> None:
        """Replace rows of the embedding, and the columns of a head that is tied to it; or a head's own."""
        head = self._model.get_output_embeddings()
        if embedding:
            hot.known.append((module, int(weight.shape[0])))
            hot.hooks.append((module, _trained(change, weight)))
        if not embedding or (head is not None and head.weight is weight):
            hot.hooks.append((module if not embedding else head, _columns(change, weight)))


def _shape(module: Any, weight: Any) -> tuple[int, ...]:
    """Return a weight's shape; that of quantized ones, which are kept as bytes, as the product has it."""
    if not weight.is_floating_point() and hasattr(module, "in_features"):
        return int(module.out_features), int(module.in_features)
    return tuple(weight.shape)


def _arrays(change: Change) -> list[Any]:
    if isinstance(change, LowRank):
        return [change.down, change.up, *([change.magnitude] if change.magnitude is not None else [])]
    return [change.values] if isinstance(change, Rows) else [change.value] if isinstance(change, Replaced) else []


def _tensor(array: Any, device: Any) -> Any:
    import torch

    return torch.from_numpy(np.ascontiguousarray(array, dtype=np.float32)).to(device)


def _product(change: LowRank, module: Any, weight: Any) -> Patch:
    """Return what LoRA does to x·Wᵀ; matrices are float32, as few as they are."""
    down = _tensor(change.down, weight.device).T.contiguous()
    up = (_tensor(change.up, weight.device) * change.scaling).T.contiguous()
    if change.magnitude is None:
        return lambda _, given, output: (output.float() + given[0].float() @ down @ up).to(output.dtype)
    if not weight.is_floating_point():
        raise AigcError("The adapter is DoRA, which cannot run beside quantized weights; use LoRA, or other weights.")
    norms = (weight.data.float() + (down @ up).T).norm(dim=1)
    factor = _tensor(change.magnitude, weight.device) / norms
    bias = module.bias.data.float() if getattr(module, "bias", None) is not None else 0.0

    def patch(_: Any, given: Any, output: Any) -> Any:
        whole = output.float() - bias + given[0].float() @ down @ up
        return (whole * factor + bias).to(output.dtype)

    return patch


def _embedded(change: LowRank, weight: Any) -> Patch:
    """Return what LoRA does to an embedding; `up` has a row for each token."""
    if change.magnitude is not None:
        raise AigcError("The adapter has DoRA on the embedding, which is not supported: leave it out of its targets.")
    down, up = _tensor(change.down, weight.device), _tensor(change.up, weight.device) * change.scaling
    return lambda _, given, output: (output.float() + up[given[0]] @ down).to(output.dtype)


def _trained(change: Rows, weight: Any) -> Patch:
    """Return what puts trained rows in the place of the embedding's; ids may lie behind its end."""
    import torch

    size = max(int(weight.shape[0]), int(change.ids.max()) + 1)
    where = torch.full((size,), -1, dtype=torch.long, device=weight.device)
    where[torch.from_numpy(np.asarray(change.ids, dtype=np.int64)).to(weight.device)] = torch.arange(
        len(change.ids), device=weight.device
    )
    values = _tensor(change.values, weight.device).to(weight.dtype)

    def patch(module: Any, _: Any, output: Any) -> Any:
        rows = where[module.aigc_ids]
        return torch.where((rows >= 0).unsqueeze(-1), values[rows.clamp(min=0)], output)

    return patch


def _only_known(size: int) -> Callable[[Any, Any], Any]:
    """Return a hook that keeps the ids for `_trained`, and lets the embedding see only those that it has."""

    def patch(module: Any, given: Any) -> Any:
        module.aigc_ids = given[0]
        return (given[0].masked_fill(given[0] >= size, 0), *given[1:])

    return patch


def _columns(change: Rows, weight: Any) -> Patch:
    """Return what computes the logits of trained rows anew; ids behind the end get columns of their own."""
    import torch

    ids = torch.from_numpy(np.asarray(change.ids, dtype=np.int64)).to(weight.device)
    size = max(int(weight.shape[0]), int(change.ids.max()) + 1)
    values = _tensor(change.values, weight.device).to(weight.dtype).T.contiguous()

    def patch(_: Any, given: Any, output: Any) -> Any:
        wide = torch.nn.functional.pad(output, (0, max(size - output.shape[-1], 0)))
        return wide.index_copy(-1, ids, (given[0] @ values).to(output.dtype))

    return patch

"""What an adapter does to single weight matrices. Row by row: a change never needs the whole matrix at once.

LoRA: Hu et al. 2021; rsLoRA's scale: Kalajdzievski 2023; DoRA's magnitudes: Liu et al. 2024.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from aigc_models.engine.merging.tensor_files import Floats

Order = npt.NDArray[np.intp]


class Change(Protocol):
    """Something that an adapter does to a matrix of shape (rows, columns)."""

    def rows(self, weight: Floats, start: int) -> Floats:
        """Return rows `start`.. of the changed matrix; `weight` holds those of the matrix as it is."""
        ...

    def reordered(self, order: Order) -> Change:
        """Return the change for a matrix whose row i was row `order[i]`."""
        ...

    def grown(self, shape: tuple[int, ...]) -> tuple[int, ...] | None:
        """Return the shape that a tensor of `shape` has after the change; None where the change does not fit it."""
        ...


@dataclass(frozen=True, slots=True)
class LowRank:
    """W + scaling · up @ down, with `down` (rank, columns), `up` (rows, rank); with `magnitude` (rows,): DoRA."""

    down: Floats
    up: Floats
    scaling: float
    magnitude: Floats | None = None

    def rows(self, weight: Floats, start: int) -> Floats:
        """Return the changed rows."""
        stop = start + len(weight)
        changed: Floats = weight + np.float32(self.scaling) * (self.up[start:stop] @ self.down)
        if self.magnitude is None:
            return changed
        norms = np.linalg.norm(changed, axis=1)
        scaled: Floats = changed * (self.magnitude[start:stop] / norms)[:, None]
        return scaled

    def reordered(self, order: Order) -> LowRank:
        """Return the change with its rows in another order."""
        magnitude = self.magnitude[order] if self.magnitude is not None else None
        return replace(self, up=self.up[order], magnitude=magnitude)

    def grown(self, shape: tuple[int, ...]) -> tuple[int, ...] | None:
        """Return the shape, where it is that of the product."""
        return shape if shape == (self.up.shape[0], self.down.shape[1]) else None


@dataclass(frozen=True, slots=True)
class Rows:
    """Some rows are replaced: `values` (n, columns) at `ids` (n,), which may lie behind the matrix's end."""

    ids: npt.NDArray[np.intp]
    values: Floats

    def rows(self, weight: Floats, start: int) -> Floats:
        """Return the rows with those replaced that are among them."""
        inside = (self.ids >= start) & (self.ids < start + len(weight))
        if not inside.any():
            return weight
        changed = weight.copy()
        changed[self.ids[inside] - start] = self.values[inside]
        return changed

    def reordered(self, order: Order) -> Rows:
        """Return the change for reordered rows."""
        return replace(self, ids=np.argsort(order)[self.ids])

    def grown(self, shape: tuple[int, ...]) -> tuple[int, ...] | None:
        """Return the shape with the rows added; each added row must be among the values."""
        rows = max(shape[0], int(self.ids.max(initial=-1)) + 1)
        missing = set(range(shape[0], rows)) - set(self.ids.tolist())
        return (rows, *shape[1:]) if self.values.shape[1:] == shape[1:] and not missing else None


@dataclass(frozen=True, slots=True)
class Replaced:
    """The whole tensor is another one (peft's `modules_to_save`)."""

    value: Floats

    def rows(self, weight: Floats, start: int) -> Floats:
        """Return the rows of the new tensor."""
        return self.value[start : start + len(weight)]

    def reordered(self, order: Order) -> Replaced:
        """Return the change for reordered rows."""
        return Replaced(self.value[order])

    def grown(self, shape: tuple[int, ...]) -> tuple[int, ...] | None:
        """Return the new tensor's shape, where it has no fewer rows."""
        fits = self.value.shape[1:] == shape[1:] and self.value.shape[0] >= shape[0]
        return self.value.shape if fits else None


def untied(changes: dict[str, list[Change]], embedding: str, head: str) -> dict[str, list[Change]]:
    """Give a tied head, named `head`, changes of its own where an adapter changes it otherwise than the embedding.

    Trained rows and a replaced matrix belong to both (peft ties them); LoRA on one of them to that one alone.
    """
    of_embedding, of_head = changes.get(embedding, []), changes.get(head)
    shared = [one for one in of_embedding if isinstance(one, Rows | Replaced)]
    if of_head is None and len(shared) == len(of_embedding):
        return changes
    return {**changes, head: [*shared, *(of_head or [])]}


def changed_rows(weight: Floats, start: int, changes: Sequence[Change], scale: float, added: int = 0) -> Floats:
    """Apply `changes` to some rows, `scale` of the way (1: wholly). The last `added` rows are new: they go all the way.

    Returns float32 of the same shape as `weight`.
    """
    changed = weight
    for change in changes:
        changed = change.rows(changed, start)
    if scale == 1.0 or changed is weight:
        return changed
    partly: Any = weight + np.float32(scale) * (changed - weight)
    if added:
        partly[len(partly) - added :] = changed[len(changed) - added :]
    return np.asarray(partly, np.float32)

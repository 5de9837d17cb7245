"""What the model store hands out: references to models, progress, and errors that say what to do next."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

from aigc_models.types import AigcError

if TYPE_CHECKING:
    from pathlib import Path


class StoreError(AigcError):
    """The store could not do what was asked."""


class ModelMissingError(StoreError):
    """The model is not on this machine, or nothing is known by that name."""


class ModelRejectedError(StoreError):
    """The model's files are damaged, of a refused kind, or not what the checksum says."""


class PullError(StoreError):
    """A download failed; what was fetched so far is kept where the source can resume it."""


@dataclass(frozen=True, slots=True)
class ModelRef:
    """A model that is on this machine: `path` is a GGUF file, a folder of safetensors, or meaningless for `fake`.

    `family` names an entry of the catalog (None: ask the tokenizer), `source` is the URI that it came from.
    """

    id: str
    path: Path
    format: str
    family: str | None
    source: str


@dataclass(frozen=True, slots=True)
class InstalledModel:
    """A registered model. `size` counts bytes on disk; `owned` files were fetched by us and go when it is removed."""

    ref: ModelRef
    size: int
    sha256: str | None
    owned: bool
    pulled: str


@dataclass(frozen=True, slots=True)
class PullProgress:
    """How far a pull is: `stage` is `waiting`, `downloading`, `unpacking` or `checking`; bytes, `total` if known."""

    stage: str
    done: int
    total: int | None


Progress: TypeAlias = Callable[[PullProgress], None]


def no_progress(_: PullProgress) -> None:
    """Ignore progress."""

"""What the catalog holds: families of models and concrete models. Data only; `aigc_models.catalog.load` reads it."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from aigc_models.types import AigcError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from aigc_models.fim import FimTemplate


class CatalogError(AigcError):
    """A catalog file breaks its own rules; the text names the entry and the rule."""


@dataclass(frozen=True, slots=True)
class Family:
    """A family of models that share prompts and limits.

    `match` are regular expressions searched in lower-cased model names; `architectures` are the names that GGUF and
    `config.json` use when no other family shares them. `fim` is None for families without fill-in-the-middle training,
    `chat` the kind of chat template (None: not a chat model). `context_length` counts tokens; `licence` is an SPDX
    expression. `memory` gives bytes of weights: size name → quantization → bytes.
    """

    name: str
    title: str
    match: tuple[str, ...]
    architectures: tuple[str, ...]
    fim: FimTemplate | None
    chat: str | None
    context_length: int
    licence: str
    stop: tuple[str, ...] = ()
    memory: Mapping[str, Mapping[str, int]] = field(default_factory=dict, hash=False)

    @property
    def stop_tokens(self) -> tuple[str, ...]:
        """Return every token that ends an answer of this family, fill-in-the-middle or chat."""
        return tuple(dict.fromkeys((*self.stop, *(self.fim.stop_tokens if self.fim else ()))))


@dataclass(frozen=True, slots=True)
class CatalogModel:
    """A concrete model worth recommending. `download` and `size` count bytes: fetched, and kept on disk.

    `source` is a URI for `aigc_models.store`; `sha256` is that of the weight file where the source does not check
    itself; `memory` is what the weights take when loaded. `roles` says what it is good for: `completion`, `chat`.
    """

    name: str
    title: str
    family: str
    source: str
    format: str
    quantization: str
    parameters: int
    size: int
    download: int
    memory: int
    licence: str
    roles: tuple[str, ...]
    sha256: str | None = None
    default: bool = False


@dataclass(frozen=True, slots=True)
class Catalog:
    """All families, in order of precedence, all recommended models, and bytes per parameter by quantization."""

    families: tuple[Family, ...]
    models: tuple[CatalogModel, ...]
    bytes_per_parameter: Mapping[str, float] = field(hash=False)

    @property
    def default_model(self) -> CatalogModel:
        """Return the embedded default."""
        return next(model for model in self.models if model.default)

    def model(self, name: str) -> CatalogModel | None:
        """Return the recommended model of that name or source URI (`default` names the embedded one)."""
        if name == "default":
            return self.default_model
        wanted = name.lower()
        return next((one for one in self.models if wanted in (one.name.lower(), one.source.lower())), None)

    def family(self, name: str) -> Family | None:
        """Return the family called `name`."""
        return next((one for one in self.families if one.name == name), None)

    def family_for(self, model_name_or_arch: str) -> Family | None:
        """Return the family that a model's name, path, hub id or architecture points to, or None."""
        known = self.model(model_name_or_arch)
        if known is not None:
            return self.family(known.family)
        lowered = model_name_or_arch.lower()
        for one in self.families:
            if lowered == one.name or any(re.search(pattern, lowered) for pattern in one.match):
                return one
        return next((one for one in self.families if model_name_or_arch in one.architectures), None)

    def memory(self, parameters: int, quantization: str) -> int:
        """Return the bytes that `parameters` weights take in `quantization`.

        Raises:
            KeyError: the catalog does not know the quantization.
        """
        return round(parameters * self.bytes_per_parameter[quantization])

"""The metadata of a merged file: the base's, with the tokens that were added and where the file comes from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from aigc_models.engine.merging.errors import MergeError
from aigc_models.engine.merging.kinds import FILE_TYPES
from aigc_models.engine.merging.sources import Field, Source

_TOKENS, _TYPES, _SCORES = (f"tokenizer.ggml.{name}" for name in ("tokens", "token_type", "scores"))
_CONTROL = 3  # GGUF's token_type of tokens that stand for no text
_UINT32, _FLOAT32, _STRING = 4, 6, 8  # GGUFValueType


def merged_fields(source: Source, quantization: str, added: Sequence[str], vocabulary: int) -> dict[str, Field]:
    """Return the base's metadata for a file with `vocabulary` rows of embeddings and these tokens added.

    Raises:
        MergeError: the added tokens and the added rows are not as many.
    """
    fields = dict(source.fields)
    if quantization in FILE_TYPES:
        fields["general.file_type"] = Field(FILE_TYPES[quantization], _UINT32)
    tokens = fields.get(_TOKENS)
    if tokens is None:
        return fields
    new = [token.encode() for token in added if token.encode() not in set(tokens.value)]
    if len(tokens.value) + len(new) != vocabulary:
        raise MergeError(
            f"The adapter makes the vocabulary {vocabulary} tokens large, but names {len(added)} tokens that are added "
            f"to {len(tokens.value)}: its manifest does not belong to its weights."
        )
    if new:
        fields[_TOKENS] = replace(tokens, value=[*tokens.value, *new])
        for key, filler in ((_TYPES, _CONTROL), (_SCORES, 0.0)):
            if key in fields:
                fields[key] = replace(fields[key], value=[*fields[key].value, *[filler] * len(new)])
        size = f"{source.architecture}.vocab_size"
        if size in fields:
            fields[size] = replace(fields[size], value=vocabulary)
    return fields


def provenance(source: Source, adapter: str, adapter_sha256: str, base_sha256: str, scale: float) -> dict[str, Field]:
    """Return the keys that say what a file was merged from."""
    old = source.fields.get("general.name")
    base_name = old.value.decode("utf-8", "replace") if old is not None else "model"
    texts: dict[str, Any] = {
        "general.name": f"{base_name} + {adapter}",
        "aigc.adapter": adapter,
        "aigc.adapter_sha256": adapter_sha256,
        "aigc.base_sha256": base_sha256,
    }
    found = {key: Field(text.encode(), _STRING) for key, text in texts.items() if text}
    return {**found, "aigc.adapter_scale": Field(scale, _FLOAT32)}

"""What a model's own files say about its prompts: its special tokens, and the FIM template that they allow.

GGUF keeps the vocabulary in its header; Hugging Face folders keep special tokens in `tokenizer.json` or
`tokenizer_config.json`. A folder that has neither tells nothing. No tokenizer runs.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from aigc_models.catalog import load_catalog
from aigc_models.fim import detect

if TYPE_CHECKING:
    from aigc_models.fim import FimTemplate
    from aigc_models.store.types import ModelRef

_CONTROL, _USER_DEFINED = 3, 4  # GGUF token types


def special_tokens(path: Path) -> frozenset[str]:
    """Return the special tokens of a GGUF file or a model folder; empty where the files do not tell.

    Raises:
        ModelRejectedError: the file is damaged.
    """
    return frozenset(_of_gguf(path) if path.is_file() else _of_folder(path))


def fim_template(ref: ModelRef) -> FimTemplate | None:
    """Return the FIM template of a model: its family's where the tokenizer has the tokens, else the one they allow.

    Raises:
        ModelRejectedError: the file is damaged.
    """
    family = load_catalog().family(ref.family) if ref.family else None
    tokens = special_tokens(ref.path)
    if family is not None and (family.fim is None or not tokens or tokens.issuperset(family.fim.markers)):
        return family.fim
    return detect(tokens)


def _of_gguf(path: Path) -> Iterator[str]:
    from aigc_models.store.gguf import read_gguf

    metadata = read_gguf(path).metadata
    tokens, kinds = metadata.get("tokenizer.ggml.tokens") or [], metadata.get("tokenizer.ggml.token_type") or []
    for token, kind in zip(tokens, kinds, strict=False):
        # Some converters mark FIM tokens as ordinary ones.
        if kind in (_CONTROL, _USER_DEFINED) or "fim" in token.lower() or token.startswith("▁<"):
            yield token


def _of_folder(folder: Path) -> Iterator[str]:
    listed = _json(folder / "tokenizer.json").get("added_tokens")
    decoder = _json(folder / "tokenizer_config.json").get("added_tokens_decoder")
    entries = [*(listed if isinstance(listed, list) else ()), *(decoder.values() if isinstance(decoder, dict) else ())]
    for added in entries:
        if isinstance(added, dict) and isinstance(added.get("content"), str):
            yield added["content"]


def _json(path: Path) -> dict[str, Any]:
    try:
        value = json.loads(path.read_text("utf-8"))
    except (OSError, ValueError, RecursionError):
        return {}
    return value if isinstance(value, dict) else {}

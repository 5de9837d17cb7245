"""A byte-level BPE tokenizer (`tokenizer.json`) as the keys of a GGUF file."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from aigc_models.engine.gguf_tokenizer import _GPT2, _SPLITS
from aigc_models.engine.merging.errors import MergeError
from aigc_models.engine.merging.sources import Field

_UINT32, _INT32, _BOOL, _STRING, _ARRAY = 4, 5, 7, 8, 9  # GGUFValueType
_NORMAL, _CONTROL, _USER_DEFINED, _UNUSED = 1, 3, 4, 5  # GGUF's token_type
_PREFERRED = ("gpt-2", "smollm", "qwen2", "llama-bpe")  # of several names for the same way to split


def tokenizer_fields(folder: Path, vocabulary: int) -> dict[str, Field]:
    """Return the `tokenizer.*` keys for a vocabulary that has `vocabulary` rows of embeddings.

    Raises:
        MergeError: the tokenizer is of another kind, or splits texts in a way that GGUF has no name for.
    """
    try:
        data = json.loads((folder / "tokenizer.json").read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise MergeError(f"{folder / 'tokenizer.json'} cannot be read: {error}") from error
    model = data.get("model") or {}
    if model.get("type") != "BPE" or model.get("byte_fallback"):
        raise MergeError(
            f"{folder} has a tokenizer of a kind that cannot be written as GGUF here (only byte-level BPE can be); "
            "use the GGUF version of this model as the base."
        )
    tokens, types = _tokens(data, vocabulary)
    merges = [one if isinstance(one, str) else " ".join(one) for one in model["merges"]]
    fields = {
        "model": Field(b"gpt2", _STRING),
        "pre": Field(_pre(folder, data.get("pre_tokenizer")).encode(), _STRING),
        "tokens": Field([token.encode() for token in tokens], _ARRAY, _STRING),
        "token_type": Field(types, _ARRAY, _INT32),
        "merges": Field([merge.encode() for merge in merges], _ARRAY, _STRING),
        "add_bos_token": Field(False, _BOOL),
        **_ends(folder, {token: index for index, token in enumerate(tokens)}),
    }
    named = {f"tokenizer.ggml.{key}": field for key, field in fields.items()}
    template = _json(folder / "tokenizer_config.json").get("chat_template")
    file = folder / "chat_template.jinja"
    if file.is_file():
        template = file.read_text(encoding="utf-8")
    if isinstance(template, str) and template:
        named["tokenizer.chat_template"] = Field(template.encode(), _STRING)
    return named


def _tokens(data: dict[str, Any], vocabulary: int) -> tuple[list[str], list[int]]:
    tokens = [f"[PAD{index}]" for index in range(vocabulary)]
    types = [_UNUSED] * vocabulary
    for token, index in data["model"]["vocab"].items():
        tokens[index], types[index] = token, _NORMAL
    for added in data.get("added_tokens") or []:
        tokens[added["id"]] = added["content"]
        types[added["id"]] = _CONTROL if added.get("special") else _USER_DEFINED
    return tokens, types


def _pre(folder: Path, steps: Any) -> str:
    """Return GGUF's name for how a text is split before BPE."""
    several = (steps or {}).get("pretokenizers", [steps] if steps else [])
    digits, pattern = False, None
    for step in several:
        if step["type"] == "Digits":
            digits = bool(step.get("individual_digits"))
        elif step["type"] == "Split":
            pattern = step["pattern"].get("Regex")
        elif step["type"] == "ByteLevel" and step.get("use_regex", True):
            pattern = _GPT2
    found = [name for name, split in _SPLITS.items() if split == (pattern, digits)]
    if not found:
        raise MergeError(f"{folder} has a tokenizer that splits texts in a way that GGUF has no name for here.")
    return next((name for name in _PREFERRED if name in found), found[0])


def _ends(folder: Path, ids: dict[str, int]) -> dict[str, Field]:
    """Return the special tokens: ids from config.json or generation_config.json, else by the tokenizer's names."""
    configs = [_json(folder / name) for name in ("generation_config.json", "config.json")]
    names = _json(folder / "tokenizer_config.json")
    found: dict[str, Field] = {}
    for key, own in (("bos", "bos"), ("eos", "eos"), ("padding", "pad"), ("unknown", "unk")):
        token = names.get(f"{own}_token")
        named = ids.get(str(token.get("content") if isinstance(token, dict) else token))
        values = [named, *(config.get(f"{own}_token_id") for config in configs)]
        first = next((one[0] if isinstance(one, list) else one for one in values if one not in (None, [])), None)
        if first is not None:
            found[f"{key}_token_id"] = Field(int(first), _UINT32)
    return found


def _json(path: Path) -> dict[str, Any]:
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return data if isinstance(data, dict) else {}

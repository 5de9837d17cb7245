"""Fast encoding of ASCII text by byte-level BPE: its words are encoded once and remembered.

BPE never joins what the tokenizer's pattern splits (Sennrich et al. 2016), and code has few different words. What is
not known to be exact is left to the `tokenizers` library: text beyond ASCII, and tokenizers of another build.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from itertools import chain
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import tokenizers

_MOST = 1 << 20  # words remembered
_GPT2 = r"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+"
_SPACES = r" \t\n\r\f\v"  # ASCII's white space as the library has it; Python's `\s` has four more
_CLASSES = {r"\p{L}": "A-Za-z", r"\p{N}": "0-9", r"\s": _SPACES}
_PROBE = "def f(x, y=10):\n\treturn  'it''s' + x[1:]  # don't 3.14 \r\n\n\n    A__b != c\x1c\x7f  \n  "


class WordEncoder:
    """Encodes ASCII text as the tokenizer that it was made of does."""

    def __init__(self, backend: tokenizers.Tokenizer, pattern: re.Pattern[str]) -> None:
        self._backend = backend
        self._words = pattern.findall
        self._ids: dict[str, list[int]] = {}

    def encode_many(self, texts: Sequence[str]) -> list[list[int]]:
        """Return the ids of texts that are ASCII."""
        split = [self._words(text) for text in texts]
        if len(self._ids) > _MOST:
            self._ids.clear()
        new = list({word for words in split for word in words if word not in self._ids})
        if new:
            found = self._backend.encode_batch_fast(new, add_special_tokens=False)
            self._ids.update((word, one.ids) for word, one in zip(new, found, strict=True))
        return [list(chain.from_iterable(map(self._ids.__getitem__, words))) for words in split]


def word_encoder(backend: tokenizers.Tokenizer) -> WordEncoder | None:
    """Return an encoder for a tokenizer that splits text by a known kind of pattern, None for any other."""
    build = json.loads(backend.to_str())
    plain = build["model"].get("type") == "BPE" and not build.get("normalizer") and not build["model"].get("dropout")
    if not plain or any(not token["special"] for token in build["added_tokens"]):
        return None
    pattern = _pattern(build.get("pre_tokenizer") or {})
    if pattern is None:
        return None
    made = WordEncoder(backend, pattern)
    same = made.encode_many([_PROBE]) == [backend.encode(_PROBE, add_special_tokens=False).ids]
    return made if same else None


def _pattern(splitter: dict[str, Any]) -> re.Pattern[str] | None:
    """Return the pattern of a word of ASCII text: the library's own, with its classes and steps written out."""
    steps = splitter.get("pretokenizers", [splitter])
    single_digits = [step["type"] for step in steps[:1]] == ["Digits"] and bool(steps[0]["individual_digits"])
    rest = steps[1:] if single_digits else steps
    if not rest or rest[-1]["type"] != "ByteLevel" or rest[-1]["add_prefix_space"]:
        return None
    if len(rest) == 1 and rest[0]["use_regex"]:
        source = _GPT2
    elif len(rest) == 2 and rest[0]["type"] == "Split" and not rest[1]["use_regex"]:
        source = rest[0]["pattern"].get("Regex", "")
        if rest[0]["behavior"] != "Isolated" or rest[0]["invert"] or not source:
            return None
    else:
        return None
    if single_digits:
        # Digits were cut out before: a number is one digit, and the text before one ends there.
        source = source.replace(r"(?!\S)", r"(?=[\s\p{N}]|\Z)")
        source = source.replace(r" ?\p{N}+", r"\p{N}")
    translated = _translated(source)
    try:
        return re.compile(translated) if translated is not None else None
    except re.error:
        return None


def _translated(source: str) -> str | None:
    """Write the classes of letters, digits and spaces out for ASCII; None where a pattern has others."""
    pieces: list[str] = []
    at, inside = 0, False
    while at < len(source):
        name = next((name for name in (*_CLASSES, r"\S") if source.startswith(name, at)), None)
        if name == r"\S":
            pieces.append(rf"[^{_SPACES}]")
            if inside:
                return None
        elif name is not None:
            pieces.append(_CLASSES[name] if inside else f"[{_CLASSES[name]}]")
        elif source[at] == "\\":
            name = source[at : at + 2]
            if name[1:].isalpha() and name[1:] not in "rntZ":
                return None
            pieces.append(name)
        else:
            inside = source[at] == "[" or (inside and source[at] != "]")
            pieces.append(source[at])
        at += len(name or source[at])
    return "".join(pieces)

"""A tokenizer seen as bytes: encoding, the bytes of each token, and which tokens can continue given bytes."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from aigc_models.fim import Segment, Special

if TYPE_CHECKING:
    from tokenizers import Tokenizer

Ids = npt.NDArray[np.int64]
_MAX_HEALED_TOKENS = 8
_CONTROL = re.compile(r"<[|｜]?[^<>\s]+[|｜]?>|\[[A-Z_]+\]")


def _byte_of_char() -> dict[str, int]:
    """Return GPT-2's printable stand-ins for bytes, inverted (Radford et al. 2019, `bytes_to_unicode`)."""
    plain = [*range(ord("!"), ord("~") + 1), *range(ord("¡"), ord("¬") + 1), *range(ord("®"), ord("ÿ") + 1)]
    table = {chr(value): value for value in plain}
    spare = (value for value in range(256) if value not in set(plain))
    table.update({chr(256 + index): value for index, value in enumerate(spare)})
    return table


_BYTES = _byte_of_char()


def piece_bytes(piece: str, byte_level: bool) -> bytes:
    """Return the bytes that a piece of a vocabulary stands for, in GPT-2's alphabet or SentencePiece's."""
    if byte_level:
        if all(char in _BYTES for char in piece):
            return bytes(_BYTES[char] for char in piece)
        return piece.encode("utf-8", "replace")
    if len(piece) == 6 and piece.startswith("<0x") and piece.endswith(">"):
        return bytes([int(piece[3:5], 16)])
    return piece.replace("▁", " ").encode("utf-8", "replace")


class Vocabulary:
    """Encode text to token ids and tell how ids and bytes relate.

    `token_bytes` holds the bytes of each token by id, `special` the ids of control tokens by name.
    """

    def __init__(
        self, token_bytes: Sequence[bytes], special: Mapping[str, int], *, bos: int | None, eos: Iterable[int]
    ) -> None:
        self.special_ids = dict(special)
        self.special = frozenset(special.values())
        self.bos = bos
        self.eos = frozenset(eos)
        self.size = len(token_bytes)
        self._bytes = [b"" if index in self.special else raw for index, raw in enumerate(token_bytes)]
        order = sorted((raw, index) for index, raw in enumerate(self._bytes) if raw)
        self._sorted_bytes = [raw for raw, _ in order]
        self._sorted_ids = np.array([index for _, index in order], dtype=np.int64)
        self.continuations = lru_cache(maxsize=512)(self._continuations)

    def encode_text(self, text: str) -> list[int]:
        """Return the ids of plain text; nothing in it is read as a special token."""
        raise NotImplementedError

    def encode(self, segments: Iterable[Segment]) -> list[int]:
        """Return the ids of rendered segments: special tokens by name, text as plain text.

        Raises:
            KeyError: a segment names a special token that this vocabulary lacks.
        """
        ids: list[int] = []
        for segment in segments:
            if isinstance(segment, Special):
                ids.append(self.special_ids[segment.token])
            else:
                ids += self.encode_text(segment.text)
        return ids

    def token_bytes(self, token: int) -> bytes:
        """Return the bytes that a token stands for; empty for special tokens."""
        return self._bytes[token]

    def _range(self, start: bytes) -> tuple[int, int]:
        low = bisect_left(self._sorted_bytes, start)
        # 0xFF never occurs in UTF-8, so this bound lies behind every token that begins with `start`.
        return low, bisect_left(self._sorted_bytes, start + b"\xff\xff\xff\xff", low)

    def _straddles(self, last: bytes, taken: bytes) -> bool:
        """Tell whether one token covers `last` and `taken`, or, where nothing is taken yet, more than `last`."""
        low, high = self._range(last + taken)
        while not taken and low < high and self._sorted_bytes[low] == last:
            low += 1
        return low < high

    def _continuations(self, wanted: bytes) -> Ids:
        """Return the ids of all tokens that begin with `wanted`, or that `wanted` begins with."""
        low, high = self._range(wanted)
        found = [self._sorted_ids[low:high]]
        for length in range(1, len(wanted)):
            index = bisect_left(self._sorted_bytes, wanted[:length])
            while index < len(self._sorted_bytes) and self._sorted_bytes[index] == wanted[:length]:
                found.append(self._sorted_ids[index : index + 1])
                index += 1
        return np.concatenate(found)

    def cut_for_healing(self, ids: Sequence[int]) -> tuple[list[int], bytes]:
        """Cut a prompt back to where no token of the vocabulary straddles its end.

        Return the ids kept and the bytes taken off, which generation must begin with ("token healing", as
        Microsoft's guidance names it). A prompt that ends at a sure token boundary comes back whole.
        """
        kept = list(ids)
        taken = b""
        while kept and len(ids) - len(kept) < _MAX_HEALED_TOKENS and kept[-1] not in self.special:
            last = self._bytes[kept[-1]]
            if not self._straddles(last, taken):
                break
            taken = last + taken
            kept.pop()
        return kept, taken


class TokenizersVocabulary(Vocabulary):
    """A vocabulary over a `tokenizers.Tokenizer`."""

    def __init__(self, tokenizer: Tokenizer, *, bos: int | None = None, eos: Iterable[int] = ()) -> None:
        _make_control_tokens_special(tokenizer)
        vocabulary = tokenizer.get_vocab(with_added_tokens=True)
        added = tokenizer.get_added_tokens_decoder()
        byte_level = "<0x0A>" not in vocabulary
        raw = [b""] * (max(vocabulary.values()) + 1)
        for piece, index in vocabulary.items():
            raw[index] = added[index].content.encode() if index in added else piece_bytes(piece, byte_level)
        special = {token.content: index for index, token in added.items() if token.special}
        super().__init__(raw, special, bos=bos, eos=eos)
        # Special tokens written out in a user's file are text, not control: they must not reach the model as ids.
        tokenizer.encode_special_tokens = True
        self._tokenizer = tokenizer

    def extended(self, tokens: Sequence[str]) -> TokenizersVocabulary:
        """Return a vocabulary with further special tokens behind the last id; this one stays as it is.

        Raises:
            ValueError: one of them is in the vocabulary already.
        """
        from tokenizers import AddedToken, Tokenizer

        tokenizer = Tokenizer.from_str(self._tokenizer.to_str())
        known = tokenizer.get_vocab_size(with_added_tokens=True)
        tokenizer.add_special_tokens([AddedToken(token, special=True, normalized=False) for token in tokens])
        if tokenizer.get_vocab_size(with_added_tokens=True) != known + len(tokens):
            raise ValueError(f"some of {', '.join(tokens)} are in the vocabulary already")
        return TokenizersVocabulary(tokenizer, bos=self.bos, eos=self.eos)

    @classmethod
    def from_file(cls, path: Path, *, bos: int | None = None, eos: Iterable[int] = ()) -> TokenizersVocabulary:
        """Read a `tokenizer.json`."""
        from tokenizers import Tokenizer

        return cls(Tokenizer.from_file(str(path)), bos=bos, eos=eos)

    def encode_text(self, text: str) -> list[int]:
        """Return the ids of plain text; lone surrogates, which no tokenizer takes, become U+FFFD."""
        if not text.isascii():
            text = text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
        return list(self._tokenizer.encode(text, add_special_tokens=False).ids)


def _make_control_tokens_special(tokenizer: Tokenizer) -> None:
    """Mark added tokens such as `<|fim_prefix|>` as special; some families (Qwen2.5) ship them as ordinary ones."""
    from tokenizers import AddedToken

    contents = [token.content for token in tokenizer.get_added_tokens_decoder().values() if not token.special]
    control = [AddedToken(text, special=True, normalized=False) for text in contents if _CONTROL.fullmatch(text)]
    if control:
        tokenizer.add_special_tokens(control)

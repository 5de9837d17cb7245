"""Read what a GGUF file says of its model: tokenizer, end tokens, chat template, context. Weights are left alone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from aigc_models.types import AigcError

if TYPE_CHECKING:
    from tokenizers import Tokenizer

# Pre-tokenizers by GGUF's `tokenizer.ggml.pre`, as llama.cpp's llama-vocab.cpp lists them.
_GPT2 = r"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+"
_QWEN2 = (
    r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"
)
_LLAMA3 = _QWEN2.replace(r"|\p{N}|", r"|\p{N}{1,3}|")
_SPLITS: dict[str, tuple[str, bool]] = {
    # name: (pattern, digits one by one)
    "default": (_GPT2, False),
    "gpt-2": (_GPT2, False),
    "smollm": (_GPT2, True),
    "starcoder": (_GPT2, True),
    "refact": (_GPT2, True),
    "codeshell": (_GPT2, True),
    "command-r": (_GPT2, True),
    "stablelm2": (_QWEN2, False),
    "qwen2": (_QWEN2, False),
    "llama-bpe": (_LLAMA3, False),
}
_CONTROL_TYPES = (3, 4)  # CONTROL, USER_DEFINED in GGUF's token_type


@dataclass(frozen=True, slots=True)
class GgufFacts:
    """What the engine needs to know of a model besides its weights."""

    architecture: str
    name: str
    context_length: int
    bos: int | None
    eos: tuple[int, ...]
    chat_template: str | None


def read_gguf(path: Path) -> tuple[GgufFacts, Tokenizer]:
    """Return the facts and the tokenizer of a GGUF file.

    Raises:
        AigcError: the file is damaged, or its tokenizer is of a kind that is not known here.
    """
    from gguf import GGUFReader

    try:
        reader = GGUFReader(str(path))
        fields = {name: field.contents() for name, field in reader.fields.items() if name.startswith("tokenizer.")}
        general = {n: f.contents() for n, f in reader.fields.items() if not n.startswith(("tokenizer.", "GGUF."))}
    except (ValueError, IndexError, KeyError, UnicodeDecodeError, OSError, TypeError) as error:
        raise AigcError(f"{path} is not a readable GGUF file ({error}); fetch it again.") from error
    architecture = str(general.get("general.architecture", "unknown"))
    eos = [fields.get(f"tokenizer.ggml.{kind}_token_id") for kind in ("eos", "eot", "eom")]
    facts = GgufFacts(
        architecture=architecture,
        name=str(general.get("general.name", path.stem)),
        context_length=int(general.get(f"{architecture}.context_length", 2048)),
        bos=int(fields["tokenizer.ggml.bos_token_id"]) if fields.get("tokenizer.ggml.add_bos_token") else None,
        eos=tuple(int(token) for token in eos if token is not None),
        chat_template=fields.get("tokenizer.chat_template"),
    )
    return facts, _tokenizer(path, fields)


def _tokenizer(path: Path, fields: dict[str, Any]) -> Tokenizer:
    kind = fields.get("tokenizer.ggml.model")
    tokens: list[str] = fields["tokenizer.ggml.tokens"]
    if kind == "gpt2":
        built = _byte_level(
            tokens, fields.get("tokenizer.ggml.merges", ()), str(fields.get("tokenizer.ggml.pre", "default"))
        )
    elif kind == "llama":
        scores = fields["tokenizer.ggml.scores"]
        built = _sentencepiece(tokens, scores, bool(fields.get("tokenizer.ggml.add_space_prefix", True)))
    else:
        raise AigcError(f"{path} has a tokenizer of kind {kind!r}, which is not supported; use another conversion.")
    _add_control_tokens(built, tokens, fields.get("tokenizer.ggml.token_type") or [])
    return built


def _byte_level(tokens: Sequence[str], merges: Sequence[str], pre: str) -> Tokenizer:
    from tokenizers import Regex, Tokenizer, decoders, models, pre_tokenizers

    pattern, single_digits = _SPLITS.get(pre, _SPLITS["default"])
    pairs = [(left, right) for left, _, right in (merge.partition(" ") for merge in merges)]
    # Every merge's result is in the vocabulary of a sound file; the library refuses those that are not.
    built = Tokenizer(models.BPE({token: index for index, token in enumerate(tokens)}, pairs, ignore_merges=False))
    steps: list[Any] = [pre_tokenizers.Digits(individual_digits=True)] if single_digits else []
    steps.append(pre_tokenizers.Split(Regex(pattern), "isolated"))
    steps.append(pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False))
    built.pre_tokenizer = pre_tokenizers.Sequence(steps)
    built.decoder = decoders.ByteLevel()
    return built


def _sentencepiece(tokens: Sequence[str], scores: Sequence[float], prefix_space: bool) -> Tokenizer:
    """Build SentencePiece's BPE: merges are not stored, but follow from the pieces and their scores."""
    from tokenizers import Tokenizer, decoders, models, normalizers

    vocabulary = {token: index for index, token in enumerate(tokens)}
    ranked: list[tuple[float, int, tuple[str, str]]] = []
    for token, index in vocabulary.items():
        for cut in range(1, len(token)):
            left, right = token[:cut], token[cut:]
            if left in vocabulary and right in vocabulary:
                ranked.append((-float(scores[index]), vocabulary[left], (left, right)))
    ranked.sort(key=lambda item: item[:2])
    built = Tokenizer(
        models.BPE(vocabulary, [pair for _, _, pair in ranked], unk_token="<unk>", fuse_unk=True, byte_fallback=True)  # noqa: S106 - a token of the vocabulary
    )
    steps: list[Any] = [normalizers.Prepend("▁")] if prefix_space else []
    built.normalizer = normalizers.Sequence([*steps, normalizers.Replace(" ", "▁")])
    built.decoder = decoders.Sequence([decoders.Replace("▁", " "), decoders.ByteFallback(), decoders.Fuse()])
    return built


def _add_control_tokens(built: Tokenizer, tokens: Sequence[str], types: Sequence[int]) -> None:
    from tokenizers import AddedToken

    control = [token for token, kind in zip(tokens, types, strict=False) if kind in _CONTROL_TYPES and token]
    built.add_special_tokens([AddedToken(token, special=True, normalized=False) for token in control])

"""The model's tokenizer as training needs it: text exactly as the engine encodes it, special tokens by name only."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from aigc_finetune.encode.words import word_encoder
from aigc_finetune.recipe import Recipe, RecipeError
from aigc_models.adapters import read_manifest
from aigc_models.catalog import load_catalog
from aigc_models.engine.vocabulary import TokenizersVocabulary
from aigc_models.fim import FimTemplate, Order, detect
from aigc_models.store.adapters import adapter_folder
from aigc_models.types import AigcError

if TYPE_CHECKING:
    import tokenizers

# What ends a document in the pretraining of code models; an instruct model's own end token ends a chat's turn.
_ENDS = ("<|endoftext|>", "<|end_of_text|>", "<｜end▁of▁sentence｜>")
_INFILL_ENDS = ("<EOT>", "▁<EOT>")  # Code Llama ends a middle with one of its own


class Tokenizer:
    """Encode text and special tokens of one model.

    `vocabulary` is the engine's view of the same tokenizer, `added` the tokens that the model lacks; their ids follow
    those of the vocabulary.
    """

    def __init__(
        self, backend: tokenizers.Tokenizer, *, bos: int | None, eos: Iterable[int], family: str | None = None
    ) -> None:
        self.family = family
        self.added: tuple[str, ...] = ()
        self._eos = tuple(eos)
        self.vocabulary = TokenizersVocabulary(backend, bos=bos, eos=self._eos)
        self._backend = backend
        self._words = word_encoder(backend)
        self.digest = hashlib.sha256(backend.to_str().encode()).hexdigest()

    @classmethod
    def from_gguf(cls, path: Path, family: str | None = None) -> Tokenizer:
        """Read the tokenizer of a GGUF file."""
        from aigc_models.engine.gguf_tokenizer import read_gguf

        facts, backend = read_gguf(path)
        return cls(backend, bos=facts.bos, eos=facts.eos, family=family)

    @classmethod
    def from_folder(cls, folder: Path, family: str | None = None) -> Tokenizer:
        """Read `tokenizer.json` of a model's folder and what its configuration says of the ends of a text.

        Raises:
            AigcError: there is no tokenizer that can be read.
        """
        from tokenizers import Tokenizer as Backend

        path = folder / "tokenizer.json"
        if not path.is_file():
            raise AigcError(f"{folder} has no tokenizer.json; convert its tokenizer to that format first.")
        try:
            backend = Backend.from_file(str(path))
        except Exception as error:  # the library raises Exception itself
            raise AigcError(f"{path} cannot be read as a tokenizer: {error}") from error
        config, general = _json(folder / "config.json"), _json(folder / "generation_config.json")
        eos = general.get("eos_token_id", config.get("eos_token_id"))
        writes_bos = _json(folder / "tokenizer_config.json").get("add_bos_token")
        bos = config.get("bos_token_id") if writes_bos else None
        return cls(backend, bos=bos, eos=[eos] if isinstance(eos, int) else list(eos or []), family=family)

    def with_added(self, tokens: Sequence[str]) -> Tokenizer:
        """Return a tokenizer that knows `tokens` too, in this order from the vocabulary's end on."""
        from tokenizers import AddedToken
        from tokenizers import Tokenizer as Backend

        new = [token for token in tokens if token not in self.vocabulary.special_ids]
        if not new:
            return self
        backend = Backend.from_str(self._backend.to_str())
        backend.add_special_tokens([AddedToken(token, special=True, normalized=False) for token in new])
        made = Tokenizer(backend, bos=self.vocabulary.bos, eos=self._eos, family=self.family)
        made.added = (*self.added, *new)
        return made

    def knows(self, token: str) -> bool:
        """Whether a piece of the vocabulary, special or not, is spelled like this."""
        return self._backend.token_to_id(token) is not None

    @property
    def size(self) -> int:
        """The number of ids, those of added tokens included."""
        return self.vocabulary.size

    def special(self, token: str) -> int:
        """Return the id of a special token. Raises AigcError for one that the tokenizer lacks."""
        number = self.vocabulary.special_ids.get(token)
        if number is None:
            raise AigcError(
                f"The tokenizer has no special token {token}: name one that it has in the recipe's [model]."
            )
        return number

    def end(self, template: FimTemplate | None = None) -> int:
        """Return the id of the token that ends a document, or what was filled in.

        Raises:
            AigcError: the model's files name none.
        """
        known = self.vocabulary.special_ids
        stops = template.stop if template is not None else ()
        names = (*(token for token in _INFILL_ENDS if token in stops), *_ENDS)
        found = next((known[name] for name in names if name in known), None)
        if found is None:
            found = next(iter(self._eos), None)
        if found is None:
            raise AigcError("The model's files name no token that ends a text; add eos_token_id to its config.json.")
        return found

    def start(self, ids: Sequence[int]) -> list[int]:
        """Return what the engine puts before a prompt: the token that begins a text, or one where there is nothing."""
        bos = self.vocabulary.bos
        if bos is not None:
            return [] if list(ids[:1]) == [bos] else [bos]
        return [] if ids else [min(self.vocabulary.special | self.vocabulary.eos, default=0)]

    def encode(self, text: str) -> list[int]:
        """Return the ids of plain text; what spells a special token in it stays text."""
        return self.vocabulary.encode_text(text)

    def encode_many(self, texts: Sequence[str]) -> list[list[int]]:
        """Return `encode` of each text, faster than one by one."""
        if self._words is None:
            return self._encode_batch(texts)
        ascii_only = iter(self._words.encode_many([text for text in texts if text.isascii()]))
        others = iter(self._encode_batch([text for text in texts if not text.isascii()]))
        return [next(ascii_only if text.isascii() else others) for text in texts]

    def _encode_batch(self, texts: Sequence[str]) -> list[list[int]]:
        plain = [text if text.isascii() else _without_surrogates(text) for text in texts]
        return [list(one.ids) for one in self._backend.encode_batch_fast(plain, add_special_tokens=False)]


def load_tokenizer(name: str) -> Tokenizer:
    """Return the tokenizer of a model that is on this machine: a name, a GGUF file or a folder.

    Raises:
        AigcError: the model is not here, or has no tokenizer that can be read.
    """
    from aigc_models.store import resolve

    model = resolve(name)
    if model.format == "fake":
        raise AigcError("The fake model learns nothing: name another one in the recipe's [model].")
    read = Tokenizer.from_gguf if model.format == "gguf" else Tokenizer.from_folder
    return read(model.path, model.family)


def resolve_template(recipe: Recipe, tokenizer: Tokenizer) -> tuple[FimTemplate | None, tuple[str, ...]]:
    """Return the template of fill-in-the-middle prompts, and the tokens that the vocabulary lacks for it.

    The recipe's own tokens go first, then those of the adapter that training goes on from, of the model's family, and
    of the tokenizer. Without any the samples are plain text.

    Raises:
        RecipeError: the recipe names one token twice, or a piece of the vocabulary that is ordinary text.
        AdapterError: the adapter that the recipe names is not there, or damaged.
    """
    chosen = recipe.model
    present = tokenizer.vocabulary.special_ids
    base: FimTemplate | None
    if chosen.fim_prefix and chosen.fim_suffix and chosen.fim_middle:
        order: Order = "spm" if recipe.augment.spm >= 0.5 else "psm"
        stop = tuple(token for token in (*_ENDS, "<|im_end|>") if token in present)
        base = FimTemplate(chosen.fim_prefix, chosen.fim_suffix, chosen.fim_middle, order, stop)
    else:
        base = _known_template(recipe, tokenizer)
    if base is None:
        return None, ()
    if chosen.file_separator:
        base = replace(base, file_separator=chosen.file_separator)
    named = [token for token in (*base.markers, base.file_separator) if token]
    if len(set(named)) < len(named):
        raise RecipeError("model: fim_prefix, fim_suffix, fim_middle and file_separator must be different tokens")
    added = tuple(token for token in named if token not in present)
    for token in added:
        if tokenizer.knows(token):
            raise RecipeError(f"model: {token} is ordinary text in this vocabulary; name a special token or a new one")
    return base, added


def _known_template(recipe: Recipe, tokenizer: Tokenizer) -> FimTemplate | None:
    """Return the template of the adapter, of the family where the tokenizer has its tokens, or of the tokenizer."""
    if recipe.model.adapter:
        folder = Path(recipe.model.adapter).expanduser()
        trained = read_manifest(folder if folder.is_dir() else adapter_folder(recipe.model.adapter)).fim
        if trained is not None:
            return trained
    present = tokenizer.vocabulary.special_ids
    family = load_catalog().family_for(tokenizer.family or recipe.model.name)
    if family is None:
        return detect(present.keys())
    fits = family.fim is not None and all(token in present for token in family.fim.markers)
    return family.fim if fits else None


def _json(path: Path) -> dict[str, Any]:
    found = json.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}
    return found if isinstance(found, dict) else {}


def _without_surrogates(text: str) -> str:
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")

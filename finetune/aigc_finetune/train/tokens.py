"""Rows of the embedding that are trained: the FIM tokens and separators that the recipe names, old ones or new ones.

Only these rows get gradients. peft keeps them (`trainable_token_indices`) and writes them; its own forward copies the
whole embedding matrix for each pass, so it is replaced by a look-up, and the head's part by `loss.cross_entropy`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import torch

from aigc_finetune.recipe import ModelSection
from aigc_models.store import ModelRef
from aigc_models.types import AigcError


@dataclass(frozen=True, slots=True)
class TokenRows:
    """The tokens whose rows are trained, by id, and those of them that the vocabulary lacks."""

    ids: tuple[int, ...] = ()
    added: tuple[str, ...] = ()


def tokenizer_of(ref: ModelRef) -> Any:
    """Return the model's tokenizer (of the `tokenizers` library).

    Raises:
        AigcError: the model has none that can be read.
    """
    if ref.format == "gguf":
        from aigc_models.engine.gguf_tokenizer import read_gguf

        return read_gguf(ref.path)[1]
    from tokenizers import Tokenizer

    path = ref.path / "tokenizer.json"
    if not path.is_file():
        raise AigcError(f"{ref.path} has no tokenizer.json; convert its tokenizer to that format first.")
    return Tokenizer.from_file(str(path))


def token_rows(ref: ModelRef, section: ModelSection) -> TokenRows:
    """Find the rows of the tokens that a recipe names; missing ones get ids from the vocabulary's end on."""
    named = (section.fim_prefix, section.fim_suffix, section.fim_middle, section.file_separator)
    tokens = tuple(dict.fromkeys(token for token in named if token))
    if not tokens:
        return TokenRows()
    tokenizer = tokenizer_of(ref)
    found = {token: tokenizer.token_to_id(token) for token in tokens}
    vocabulary = tokenizer.get_vocab_size(with_added_tokens=True)
    added = tuple(token for token in tokens if found[token] is None)
    ids = [*(place for place in found.values() if place is not None), *range(vocabulary, vocabulary + len(added))]
    return TokenRows(tuple(sorted(ids)), added)


def grow(model: Any, ref: ModelRef, added: tuple[str, ...]) -> None:
    """Make the rows of new tokens, behind the vocabulary's end: they start as the mean of all rows before them.

    A matrix that has spare rows there already, as some families' do, keeps its size.
    """
    if not added:
        return
    size = tokenizer_of(ref).get_vocab_size(with_added_tokens=True)
    if size + len(added) > model.get_input_embeddings().weight.shape[0]:
        model.resize_token_embeddings(size + len(added), mean_resizing=False)
    with torch.no_grad():
        matrices = [one.weight for one in (model.get_input_embeddings(), model.get_output_embeddings())]
        for matrix in {id(one): one for one in matrices}.values():
            matrix[size : size + len(added)] = matrix[:size].mean(0)


class RowLookup(torch.nn.Module):
    """Replace rows of an embedding's output by trained ones: shape (…) of ids to (…, H)."""

    def __init__(self, embedding: Any, ids: tuple[int, ...], rows: torch.nn.Parameter) -> None:
        super().__init__()
        places = torch.full((embedding.weight.shape[0],), -1, dtype=torch.long, device=embedding.weight.device)
        places[list(ids)] = torch.arange(len(ids), device=places.device)
        self._places = places
        # In tuples: these belong to the model already, and must not be registered a second time.
        self._held = (embedding, rows)

    def forward(self, ids: torch.Tensor) -> torch.Tensor:
        """Look `ids` up."""
        embedding, rows = self._held
        plain: torch.Tensor = embedding(ids)
        places = self._places[ids]
        own = places >= 0
        return plain.index_put((own,), rows[places[own]].to(plain.dtype))

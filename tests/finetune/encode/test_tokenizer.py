"""The tokenizer for training: templates from the recipe or the model, tokens that are new, ends of texts."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings

from aigc_finetune.encode.tokenizer import Tokenizer, load_tokenizer, resolve_template
from aigc_finetune.recipe import Recipe, RecipeError, parse_recipe
from aigc_models.types import AigcError
from tests.finetune.encode.helpers import ODD, python_like, small_tokenizer, text_of


def recipe(spm: float = 0.5, **model: Any) -> Recipe:
    return parse_recipe({"model": model, "augment": {"spm": spm}})


@pytest.mark.parametrize("text", ODD)
def test_many_texts_are_encoded_as_the_engine_encodes_each(text: str) -> None:
    tokenizer = small_tokenizer()
    assert tokenizer.encode_many([text, text]) == [tokenizer.vocabulary.encode_text(text)] * 2
    assert text_of(tokenizer, tokenizer.encode(text)) == text.encode()


@settings(max_examples=100, deadline=None)
@given(python_like())
def test_any_text_is_encoded_as_the_engine_does(text: str) -> None:
    tokenizer = small_tokenizer()
    assert tokenizer.encode_many([text])[0] == tokenizer.vocabulary.encode_text(text)


def test_lone_surrogates_become_a_replacement_character() -> None:
    tokenizer = small_tokenizer()
    assert tokenizer.encode_many(["a\ud800b"]) == [tokenizer.encode("a\ufffdb")]


def test_the_recipes_tokens_go_first() -> None:
    tokenizer = small_tokenizer()
    chosen = recipe(fim_prefix="<new_a>", fim_suffix="<fim_suffix>", fim_middle="<new_b>", file_separator="<new_c>")
    template, added = resolve_template(chosen, tokenizer)
    assert template is not None
    assert (template.prefix, template.suffix, template.middle) == ("<new_a>", "<fim_suffix>", "<new_b>")
    assert template.file_separator == "<new_c>"
    assert template.stop == ("<|endoftext|>",)
    assert added == ("<new_a>", "<new_b>", "<new_c>")
    grown = tokenizer.with_added(added)
    assert [grown.special(token) for token in added] == [tokenizer.size, tokenizer.size + 1, tokenizer.size + 2]
    assert grown.added == added
    assert grown.digest != tokenizer.digest
    assert grown.encode("<new_a>") == tokenizer.encode("<new_a>")  # text stays text
    assert tokenizer.with_added(["<fim_prefix>"]) is tokenizer


def test_the_order_is_the_one_trained_most() -> None:
    named = {"fim_prefix": "<a>", "fim_suffix": "<b>", "fim_middle": "<c>"}
    for spm, order in ((0.0, "psm"), (0.5, "spm"), (1.0, "spm")):
        template, _ = resolve_template(recipe(spm, **named), small_tokenizer())
        assert template is not None
        assert template.order == order


def test_a_tokenizer_with_such_tokens_tells_its_template() -> None:
    template, added = resolve_template(recipe(name="unknown-model"), small_tokenizer())
    assert template is not None
    assert template.markers == ("<fim_prefix>", "<fim_suffix>", "<fim_middle>")
    assert added == ()


def test_a_family_without_a_template_has_none() -> None:
    assert resolve_template(recipe(name="smollm2-135m"), small_tokenizer()) == (None, ())


def test_one_token_cannot_mean_two_things() -> None:
    with pytest.raises(RecipeError, match="different tokens"):
        resolve_template(recipe(fim_prefix="<a>", fim_suffix="<a>", fim_middle="<c>"), small_tokenizer())


def test_the_end_is_that_of_a_document() -> None:
    tokenizer = small_tokenizer()
    assert tokenizer.end() == tokenizer.special("<|endoftext|>")
    with pytest.raises(AigcError, match="no special token <none>"):
        tokenizer.special("<none>")


def test_a_folder_is_read_and_a_damaged_one_named(tmp_path: Path) -> None:
    with pytest.raises(AigcError, match=r"no tokenizer\.json"):
        Tokenizer.from_folder(tmp_path)
    (tmp_path / "tokenizer.json").write_text("{", encoding="utf-8")
    with pytest.raises(AigcError, match="cannot be read as a tokenizer"):
        Tokenizer.from_folder(tmp_path)
    small_tokenizer()._backend.save(str(tmp_path / "tokenizer.json"))
    (tmp_path / "config.json").write_text('{"eos_token_id": 0, "bos_token_id": 4}', encoding="utf-8")
    (tmp_path / "tokenizer_config.json").write_text('{"add_bos_token": true}', encoding="utf-8")
    read = Tokenizer.from_folder(tmp_path)
    assert read.encode("x = 1\n") == small_tokenizer().encode("x = 1\n")
    assert read.start([7]) == [4]
    assert read.start([4, 7]) == []
    assert small_tokenizer().start([]) == [0]


def test_the_fake_model_learns_nothing() -> None:
    with pytest.raises(AigcError, match="learns nothing"):
        load_tokenizer("fake")

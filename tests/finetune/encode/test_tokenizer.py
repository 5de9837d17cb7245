"""The tokenizer for training: templates from the recipe or the model, tokens that are new, ends of texts."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tokenizers import AddedToken, normalizers
from tokenizers import Tokenizer as Backend

import aigc_finetune
from aigc_finetune.encode.tokenizer import Tokenizer, load_tokenizer, resolve_template
from aigc_finetune.recipe import Recipe, RecipeError, parse_recipe
from aigc_models.adapters import CONFIG, WEIGHTS, AdapterError, AdapterManifest, write_manifest
from aigc_models.engine.gguf_tokenizer import _add_control_tokens, _byte_level
from aigc_models.fim import FimTemplate
from aigc_models.types import AigcError
from tests.finetune.encode.helpers import ODD, SPECIAL, embedded_tokenizer, python_like, small_tokenizer, text_of


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


CORNERS = st.text(st.sampled_from(list("aZ_09 \t\n\r\x0b\x0c\x1c\x1f\x7f\x00'\"stred(=.-<|>")), min_size=1, max_size=60)


def gguf_like(pre: str) -> Tokenizer:
    """Return the small tokenizer with the pre-tokenizer that the engine gives GGUF files of a kind."""
    build = json.loads(small_tokenizer()._backend.to_str())
    pieces = sorted(build["model"]["vocab"], key=build["model"]["vocab"].get)
    merges = [" ".join(pair) for pair in build["model"]["merges"]]
    backend = _byte_level(pieces, merges, pre)
    _add_control_tokens(backend, pieces, [3 if piece in SPECIAL else 1 for piece in pieces])
    return Tokenizer(backend, bos=None, eos=[0])


@pytest.mark.parametrize("pre", ["smollm", "gpt-2", "qwen2", "llama-bpe"])
@settings(max_examples=200, deadline=None)
@given(text=CORNERS)
def test_ascii_by_words_is_exact(pre: str, text: str) -> None:
    tokenizer = tokenizers_of(pre)
    assert tokenizer._words is not None
    assert tokenizer.encode_many([text])[0] == tokenizer.vocabulary.encode_text(text)


tokenizers_of = cache(gguf_like)


def test_a_tokenizer_of_another_build_is_left_to_the_library() -> None:
    backend = Backend.from_str(small_tokenizer()._backend.to_str())
    backend.normalizer = normalizers.Lowercase()
    other = Tokenizer(backend, bos=None, eos=[0])
    assert other._words is None
    assert other.encode_many(["Queue AB"]) == [other.encode("queue ab")]
    backend = Backend.from_str(small_tokenizer()._backend.to_str())
    backend.add_tokens([AddedToken("self.", special=False)])
    assert Tokenizer(backend, bos=None, eos=[0])._words is None


@pytest.mark.real_model
def test_the_embedded_models_tokenizer_is_exact_by_words() -> None:
    tokenizer = embedded_tokenizer()
    assert tokenizer._words is not None
    text = "".join(
        path.read_text(encoding="utf-8") for path in sorted(Path(aigc_finetune.__file__).parent.rglob("*.py"))
    )
    parts = [text[at : at + 997] for at in range(0, len(text), 997)]
    assert tokenizer.encode_many(parts) == [tokenizer.vocabulary.encode_text(part) for part in parts]


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


def test_an_adapter_to_go_on_from_brings_its_template(tmp_path: Path) -> None:
    trained = FimTemplate("<p>", "<s>", "<m>", "spm", ("<|endoftext|>",))
    for name in (WEIGHTS, CONFIG):
        (tmp_path / name).write_bytes(b"{}")
    write_manifest(tmp_path, AdapterManifest("a", "base", "0" * 64, fim=trained, added_tokens=("<p>", "<s>", "<m>")))
    assert resolve_template(recipe(adapter=str(tmp_path)), small_tokenizer()) == (trained, ("<p>", "<s>", "<m>"))
    with pytest.raises(AdapterError):
        resolve_template(recipe(adapter="not-there"), small_tokenizer())


def test_ordinary_text_is_no_marker() -> None:
    with pytest.raises(RecipeError, match="def is ordinary text"):
        resolve_template(recipe(fim_prefix="def", fim_suffix="<b>", fim_middle="<c>"), small_tokenizer())


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

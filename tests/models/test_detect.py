"""A model's files tell how its prompts are written, without loading it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from aigc_models.detect import fim_template, special_tokens
from aigc_models.store import ModelRef
from model_files import gguf_bytes, model_folder

STARCODER = ["<fim_prefix>", "<fim_suffix>", "<fim_middle>"]


def gguf(path: Path, tokens: list[str], kinds: list[int]) -> ModelRef:
    path.write_bytes(gguf_bytes({"tokenizer.ggml.tokens": tokens, "tokenizer.ggml.token_type": kinds}))
    return ModelRef("m", path, "gguf", None, str(path))


def test_control_tokens_of_a_gguf_are_special_and_ordinary_ones_are_not(tmp_path: Path) -> None:
    ref = gguf(tmp_path / "m.gguf", ["a", "<s>", "<x>", "b"], [1, 3, 4, 1])
    assert special_tokens(ref.path) == {"<s>", "<x>"}


@pytest.mark.parametrize("kind", [1, 3, 4])
def test_fim_tokens_count_whatever_the_converter_made_of_them(tmp_path: Path, kind: int) -> None:
    found = fim_template(gguf(tmp_path / "m.gguf", ["a", *STARCODER], [1, kind, kind, kind]))
    assert found is not None
    assert list(found.markers) == STARCODER


@pytest.mark.parametrize("file", ["tokenizer.json", "tokenizer_config.json"])
def test_a_folder_tells_through_its_tokenizer_files(tmp_path: Path, file: str) -> None:
    folder = model_folder(tmp_path / "m")
    added = [{"content": token} for token in STARCODER]
    content = {"added_tokens": added} if file == "tokenizer.json" else {"added_tokens_decoder": dict(enumerate(added))}
    (folder / file).write_text(json.dumps(content))
    found = fim_template(ModelRef("m", folder, "safetensors", None, str(folder)))
    assert found is not None
    assert list(found.markers) == STARCODER


def test_a_family_whose_tokens_the_tokenizer_lacks_is_not_believed(tmp_path: Path) -> None:
    ref = gguf(tmp_path / "qwen2.5-coder.gguf", ["a", *STARCODER], [1, 3, 3, 3])
    found = fim_template(ModelRef("m", ref.path, "gguf", "qwen2_5-coder", ""))
    assert found is not None
    assert list(found.markers) == STARCODER


def test_a_family_without_fill_in_the_middle_has_no_template(tmp_path: Path) -> None:
    ref = gguf(tmp_path / "m.gguf", ["a"], [1])
    assert fim_template(ModelRef("m", ref.path, "gguf", "smollm2", "")) is None
    assert fim_template(ref) is None


@pytest.mark.parametrize("text", ["", "[]", "{", '{"added_tokens": 1}', '{"added_tokens": [1, {}, {"content": 2}]}'])
def test_tokenizer_files_that_say_nothing_are_no_error(tmp_path: Path, text: str) -> None:
    folder = model_folder(tmp_path / "m")
    (folder / "tokenizer.json").write_text(text)
    assert special_tokens(folder) == frozenset()

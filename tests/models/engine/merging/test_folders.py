"""A folder of safetensors is a base as a GGUF file is: same weights, same tokenizer."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from aigc_models.engine.gguf_tokenizer import read_gguf
from aigc_models.engine.merging import MergeError, merge_to_gguf
from aigc_models.engine.merging.base_weights import BaseWeights
from aigc_models.store.types import ModelRef

pytest.importorskip("torch")

from tests.models.engine.merging.test_merge import assert_same
from tests.models.engine.merging.tiny import adapted, load, tiny_folder, tiny_model, tiny_tokenizer, write_base

TEXT = "def ab(cd):\n    x = 12 + ab\n"


@pytest.mark.parametrize(("kind", "tied"), [("llama", True), ("llama", False), ("qwen2", True)])
def test_a_folder_is_merged_into_gguf(tmp_path: Path, kind: str, tied: bool) -> None:
    folder = tiny_folder(tmp_path / "base", tiny_model(kind, tied))
    live = adapted(load(folder), tmp_path / "adapter", trainable_token_indices=[1, 2])
    base = ModelRef("tiny", folder, "safetensors", None, "")
    merge_to_gguf(base, tmp_path / "adapter", tmp_path / "merged.gguf", quantization="F32")
    assert_same(live.merge_and_unload(), load(tmp_path / "merged.gguf"))
    facts, tokenizer = read_gguf(tmp_path / "merged.gguf")
    assert tokenizer.encode(TEXT).ids == tiny_tokenizer().encode(TEXT).ids
    assert facts.eos == (0,)
    assert facts.context_length == 128


@pytest.mark.parametrize("kind", ["llama", "qwen2"])
def test_weights_are_read_by_name_from_both_forms(tmp_path: Path, kind: str) -> None:
    model = tiny_model(kind)
    folder = tiny_folder(tmp_path / "base", model)
    write_base(model, tmp_path / "base.gguf")
    wanted = {name: one for name, one in model.state_dict().items() if name != "lm_head.weight"}
    for path, form in ((folder, "safetensors"), (tmp_path / "base.gguf", "gguf")):
        weights = BaseWeights(ModelRef("tiny", path, form, None, ""))
        assert set(weights) == set(wanted)
        for name, weight in wanted.items():
            assert weights.shape(name) == tuple(weight.shape)
            assert (weights.floats(name) == weight.numpy()).all(), name
        assert (weights.floats("lm_head.weight") == wanted["model.embed_tokens.weight"].numpy()).all()


@pytest.mark.parametrize(
    ("file", "change", "text"),
    [
        ("config.json", {"model_type": "mamba"}, "architecture 'mamba' cannot be merged"),
        ("config.json", {"rope_parameters": {"rope_type": "yarn", "rope_theta": 1.0}}, "scaled rotary embeddings"),
        ("tokenizer.json", {"model": {"type": "Unigram"}}, "only byte-level BPE"),
        ("tokenizer.json", {"pre_tokenizer": {"type": "Split", "pattern": {"Regex": "x"}}}, "no name for"),
    ],
)
def test_a_folder_that_gguf_cannot_tell_is_refused(tmp_path: Path, file: str, change: dict, text: str) -> None:  # type: ignore[type-arg]
    folder = tiny_folder(tmp_path / "base", tiny_model())
    adapted(load(folder), tmp_path / "adapter")
    path = folder / file
    path.write_text(json.dumps({**json.loads(path.read_text()), **change}))
    base = ModelRef("tiny", folder, "safetensors", None, "")
    with pytest.raises(MergeError, match=text):
        merge_to_gguf(base, tmp_path / "adapter", tmp_path / "merged.gguf", quantization="F32")

"""A model's shape, from whatever tells it, has as many parameters as the model."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from aigc_finetune.train.estimate.shapes import config_shape, gguf_shape, model_shape
from aigc_models.catalog.load import load_catalog
from aigc_models.store.api import find
from aigc_models.types import AigcError


@pytest.mark.parametrize(
    "name", ["smollm2-135m", "qwen2.5-coder-0.5b", "qwen2.5-coder-1.5b", "qwen2.5-coder-3b", "qwen2.5-coder-7b"]
)
def test_known_shapes_have_the_catalogs_parameters(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AIGC_LSP_HOME", str(tmp_path))  # no model is here
    known = load_catalog().model(name)
    assert known is not None
    assert model_shape(name).parameters == known.parameters


@pytest.mark.real_model
def test_the_embedded_models_header_tells_its_shape() -> None:
    found = find("default")
    if found is None:
        pytest.skip("the embedded model is not here")
    shape = gguf_shape(found.path)
    assert shape.parameters == 134_515_008
    assert (shape.layers, shape.hidden, shape.tied) == (30, 576, True)


@pytest.mark.parametrize("tied", [True, False])
@pytest.mark.parametrize("groups", [2, 4])
def test_a_configuration_tells_the_parameters_of_its_model(tied: bool, groups: int, tmp_path: Path) -> None:
    from transformers import LlamaConfig, LlamaForCausalLM

    config = LlamaConfig(
        vocab_size=100, hidden_size=32, intermediate_size=48, num_hidden_layers=2, num_attention_heads=4,
        num_key_value_heads=groups, tie_word_embeddings=tied,
    )  # fmt: skip
    config.save_pretrained(tmp_path)
    model = LlamaForCausalLM(config)
    (tmp_path / "model.safetensors").touch()
    shape = config_shape(json.loads((tmp_path / "config.json").read_text(encoding="utf-8")))
    assert shape.parameters == sum(one.numel() for one in model.parameters())
    layers = dict(model.named_modules())
    for name in ("self_attn.q_proj", "self_attn.k_proj", "self_attn.o_proj", "mlp.up_proj", "mlp.down_proj"):
        linear = layers[f"model.layers.0.{name}"]
        assert shape.linear(name.partition(".")[2]) == (linear.in_features, linear.out_features)


def test_a_mixture_works_with_some_of_its_experts() -> None:
    from transformers import Qwen3MoeConfig, Qwen3MoeForCausalLM

    config = Qwen3MoeConfig(
        vocab_size=100, hidden_size=32, intermediate_size=48, moe_intermediate_size=16, num_hidden_layers=2,
        num_attention_heads=4, num_key_value_heads=2, head_dim=8, num_experts=4, num_experts_per_tok=2,
        decoder_sparse_step=1, tie_word_embeddings=False,
    )  # fmt: skip
    shape = config_shape(config.to_dict())
    parameters = sum(one.numel() for one in Qwen3MoeForCausalLM(config).parameters())
    assert shape.parameters == pytest.approx(parameters, rel=0.01)  # norms of queries and keys are not counted
    assert shape.block_linear - shape.block_active == 2 * 2 * 3 * 32 * 16


def test_what_is_no_such_decoder_is_told() -> None:
    with pytest.raises(AigcError, match="hidden_size"):
        config_shape({"num_attention_heads": 4})


def test_an_unknown_model_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AIGC_LSP_HOME", str(tmp_path))
    with pytest.raises(AigcError, match=r"models pull granite-3\.3-2b"):
        model_shape("granite-3.3-2b")

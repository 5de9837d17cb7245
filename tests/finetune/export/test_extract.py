"""A full fine-tuning becomes the nearest adapter of its size, and what it cannot carry is told."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from aigc_models.adapters import AdapterManifest, base_digest, read_manifest
from aigc_models.engine.merging import merge_to_gguf
from aigc_models.store.types import ModelRef

pytest.importorskip("torch")

import torch

from aigc_finetune.export.extract import extract_adapter
from aigc_finetune.export.folders import ExportError
from tests.models.engine.merging.tiny import VOCABULARY, load, tiny_folder, tiny_model, write_base

UP = "model.layers.0.mlp.up_proj.weight"


@pytest.fixture
def base(tmp_path: Path) -> ModelRef:
    tiny_folder(tmp_path / "folder", tiny_model("llama"))
    write_base(load(tmp_path / "folder"), tmp_path / "base.gguf", tokenizer=tmp_path / "folder")
    return ModelRef("tiny", tmp_path / "base.gguf", "gguf", None, "")


def tuned(base: ModelRef, folder: Path, rank: int, rows: int = 0) -> Any:
    """Write the base with a change of the given rank in each matrix, and in so many embedding rows."""
    torch.manual_seed(3)
    model = load(base.path.parent / "folder")
    with torch.no_grad():
        for name, weight in model.named_parameters():
            if weight.ndim == 2 and "embed" not in name:
                weight += 0.05 * torch.randn(weight.shape[0], rank) @ torch.randn(rank, weight.shape[1])
        model.model.embed_tokens.weight[5 : 5 + rows] += 1.0
    tiny_folder(folder, model)
    return model


def test_a_change_of_low_rank_comes_back_whole(base: ModelRef, tmp_path: Path) -> None:
    model = tuned(base, tmp_path / "tuned", rank=3, rows=2)
    report = extract_adapter(base, tmp_path / "tuned", tmp_path / "adapter", rank=3, spread=False, rows=4)
    merge_to_gguf(base, tmp_path / "adapter", tmp_path / "merged.gguf", quantization="F32")
    found = load(tmp_path / "merged.gguf").state_dict()
    for name, weight in model.state_dict().items():
        assert torch.allclose(found[name], weight, atol=1e-4), name
    assert report.energy == pytest.approx(1.0, abs=1e-5)
    assert report.energy_of_all == pytest.approx(1.0, abs=1e-5)
    assert report.rows == 2
    assert read_manifest(tmp_path / "adapter").base_sha256 == base_digest(base)


def test_a_change_of_higher_rank_is_kept_as_far_as_the_rank_goes(base: ModelRef, tmp_path: Path) -> None:
    model = tuned(base, tmp_path / "tuned", rank=12)
    small = extract_adapter(base, tmp_path / "tuned", tmp_path / "small", rank=4, spread=False)
    large = extract_adapter(base, tmp_path / "tuned", tmp_path / "large", rank=8, spread=False)
    assert 0.2 < small.energy < large.energy < 0.999
    delta = model.state_dict()[UP] - load(base.path).state_dict()[UP]
    values = torch.linalg.svdvals(delta).square()
    merge_to_gguf(base, tmp_path / "small", tmp_path / "m.gguf", quantization="F32")
    left = load(tmp_path / "m.gguf").state_dict()[UP] - model.state_dict()[UP]
    assert float(left.square().sum()) == pytest.approx(float(values[4:].sum()), rel=1e-3)


def test_spread_ranks_keep_more_at_the_same_size(base: ModelRef, tmp_path: Path) -> None:
    model = tuned(base, tmp_path / "tuned", rank=2)
    with torch.no_grad():  # one matrix changes far more, and in more directions
        model.model.layers[1].mlp.up_proj.weight += 0.1 * torch.randn(128, 12) @ torch.randn(12, 64)
    tiny_folder(tmp_path / "tuned", model)
    even = extract_adapter(base, tmp_path / "tuned", tmp_path / "even", rank=4, spread=False)
    spread = extract_adapter(base, tmp_path / "tuned", tmp_path / "spread", rank=4)
    assert spread.energy > even.energy + 0.01
    assert spread.parameters <= even.parameters
    merge_to_gguf(base, tmp_path / "spread", tmp_path / "m.gguf", quantization="F32")
    new, old = load(tmp_path / "m.gguf").state_dict(), load(base.path).state_dict()
    left = sum(float((new[name] - one).square().sum()) for name, one in model.state_dict().items())
    whole = sum(float((old[name] - one).square().sum()) for name, one in model.state_dict().items())
    assert 1 - left / whole == pytest.approx(spread.energy, abs=1e-3)


def test_added_tokens_need_names(base: ModelRef, tmp_path: Path) -> None:
    model = load(base.path.parent / "folder")
    model.resize_token_embeddings(VOCABULARY + 1, mean_resizing=False)
    tiny_folder(tmp_path / "tuned", model)
    with pytest.raises(ExportError, match="1 tokens more"):
        extract_adapter(base, tmp_path / "tuned", tmp_path / "adapter")
    manifest = AdapterManifest("mine", "", "", added_tokens=("<pre>",))
    assert extract_adapter(base, tmp_path / "tuned", tmp_path / "adapter", manifest=manifest).rows == 1
    merge_to_gguf(base, tmp_path / "adapter", tmp_path / "m.gguf", quantization="F32")
    found = load(tmp_path / "m.gguf").state_dict()["model.embed_tokens.weight"]
    assert torch.allclose(found, model.state_dict()["model.embed_tokens.weight"], atol=1e-6)


def test_another_model_is_refused(base: ModelRef, tmp_path: Path) -> None:
    tiny_folder(tmp_path / "other", tiny_model("qwen2"))
    (tmp_path / "other" / "model.safetensors").rename(tmp_path / "other" / "kept")
    model = load(base.path)
    model.config.intermediate_size = 64
    from transformers import LlamaForCausalLM

    LlamaForCausalLM(model.config).save_pretrained(tmp_path / "other")
    with pytest.raises(ExportError, match="no fine-tuning of this base"):
        extract_adapter(base, tmp_path / "other", tmp_path / "adapter")

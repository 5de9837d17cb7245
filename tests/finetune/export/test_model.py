"""Exports hold the merged weights in the wanted form, and are whole or not there."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from aigc_models.adapters import AdapterManifest, base_digest, write_manifest
from aigc_models.store import check_model
from aigc_models.store.types import ModelRef

pytest.importorskip("torch")

from aigc_finetune.export import folders
from aigc_finetune.export.folders import ExportError
from aigc_finetune.export.model import export_model
from tests.models.engine.merging.test_merge import assert_same
from tests.models.engine.merging.tiny import VOCABULARY, adapted, load, tiny_folder, tiny_model, write_base


@pytest.fixture
def base(tmp_path: Path) -> ModelRef:
    tiny_folder(tmp_path / "folder", tiny_model("llama"))
    write_base(load(tmp_path / "folder"), tmp_path / "base.gguf", tokenizer=tmp_path / "folder")
    return ModelRef("tiny", tmp_path / "base.gguf", "gguf", None, "")


@pytest.mark.parametrize("dtype", ["F32", "BF16", "F16"])
def test_a_folder_holds_the_merged_weights(base: ModelRef, tmp_path: Path, dtype: str) -> None:
    import torch

    live = adapted(load(base.path), tmp_path / "adapter")
    report = export_model(base, tmp_path / "adapter", tmp_path / "out", dtype=dtype)
    assert check_model(tmp_path / "out") == "safetensors"
    kind = {"F32": torch.float32, "BF16": torch.bfloat16, "F16": torch.float16}[dtype]
    # The rounding must be torch's own, bit for bit, but for the order of a float32 sum.
    assert_same(live.merge_and_unload().to(kind), load(tmp_path / "out"), tolerance=1e-5 if dtype == "F32" else 5e-3)
    assert report.bytes == (tmp_path / "out" / "model.safetensors").stat().st_size
    assert json.loads((tmp_path / "out" / "config.json").read_text())["architectures"] == ["LlamaForCausalLM"]


def test_bfloat16_is_rounded_as_torch_rounds_it() -> None:
    import numpy as np
    import torch

    values = np.random.default_rng(1).normal(size=1000).astype(np.float32)
    found = folders._stored("w", values, "BF16")
    assert np.array_equal(found, torch.from_numpy(values).bfloat16().view(torch.uint16).numpy())


def test_the_tokenizer_goes_along_with_added_tokens(base: ModelRef, tmp_path: Path) -> None:
    from transformers import AutoTokenizer

    model = load(base.path)
    model.resize_token_embeddings(VOCABULARY + 1, mean_resizing=False)
    live = adapted(model, tmp_path / "adapter", trainable_token_indices=[VOCABULARY])
    write_manifest(tmp_path / "adapter", AdapterManifest("a", "tiny", base_digest(base), added_tokens=("<pre>",)))
    export_model(base, tmp_path / "adapter", tmp_path / "out", dtype="F32")
    assert_same(live.merge_and_unload(), load(tmp_path / "out"))
    tokenizer = AutoTokenizer.from_pretrained(tmp_path / "out")
    assert tokenizer("<pre>ab cd")["input_ids"][0] == VOCABULARY
    assert tokenizer.decode(tokenizer("ab = cd(12)")["input_ids"]) == "ab = cd(12)"
    assert tokenizer.eos_token == "<|endoftext|>"


def test_a_folder_comes_back_as_gguf(base: ModelRef, tmp_path: Path) -> None:
    live = adapted(load(base.path), tmp_path / "adapter")
    export_model(base, tmp_path / "adapter", tmp_path / "out", dtype="F32")
    exported = ModelRef("out", tmp_path / "out", "safetensors", None, "")
    export_model(exported, None, tmp_path / "again.gguf", kind="F16")
    assert_same(live.merge_and_unload(), load(tmp_path / "again.gguf"), tolerance=5e-3)


def test_nf4_is_a_folder_that_transformers_loads(base: ModelRef, tmp_path: Path) -> None:
    pytest.importorskip("bitsandbytes")
    import torch
    from transformers import AutoModelForCausalLM

    live = adapted(load(base.path), tmp_path / "adapter")
    report = export_model(base, tmp_path / "adapter", tmp_path / "out", kind="nf4")
    assert check_model(tmp_path / "out") == "safetensors"
    model = AutoModelForCausalLM.from_pretrained(tmp_path / "out")
    assert type(model.model.layers[0].mlp.up_proj).__name__ == "Linear4bit"
    ids = torch.arange(1, 30)[None]
    with torch.no_grad():
        merged = live.merge_and_unload()(ids).logits
        there = model(ids).logits.float()
    assert torch.corrcoef(torch.stack([merged.flatten(), there.flatten()]))[0, 1] > 0.9
    assert 0 < report.bytes < 4 * sum(one.numel() for one in live.parameters())
    assert not list(tmp_path.glob(".*"))


def test_a_full_disk_leaves_what_was_there(base: ModelRef, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    export_model(base, None, tmp_path / "out")
    before = {path.name: path.read_bytes() for path in (tmp_path / "out").iterdir()}
    assert len(before) > 2

    def full(*_: Any) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(folders, "_stored", full)
    with pytest.raises(ExportError, match="No space left"):
        export_model(base, None, tmp_path / "out")
    assert {path.name: path.read_bytes() for path in (tmp_path / "out").iterdir()} == before
    assert not list(tmp_path.glob(".out*"))


def test_what_cannot_be_exported_is_refused(base: ModelRef, tmp_path: Path) -> None:
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "notes.txt").write_text("keep")
    with pytest.raises(ExportError, match="other things in it"):
        export_model(base, None, tmp_path / "mine")
    with pytest.raises(ExportError, match="no form to export"):
        export_model(base, None, tmp_path / "out", kind="Q2_K")  # type: ignore[arg-type]
    assert (tmp_path / "mine" / "notes.txt").read_text() == "keep"


def test_a_value_beyond_float16_is_named(base: ModelRef, tmp_path: Path) -> None:
    import torch

    model = load(base.path)
    with torch.no_grad():
        model.model.norm.weight[0] = 1e6
    write_base(model, tmp_path / "large.gguf", tokenizer=tmp_path / "folder")
    large = ModelRef("large", tmp_path / "large.gguf", "gguf", None, "")
    with pytest.raises(ExportError, match=r"model\.norm\.weight has values too large"):
        export_model(large, None, tmp_path / "out", dtype="F16")
    assert not (tmp_path / "out").exists()

"""The embedded model: weights by name are those that transformers reads; a merge changes what it should alone."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from aigc_models.adapters import CONFIG, WEIGHTS
from aigc_models.engine.merging import merge_to_gguf
from aigc_models.engine.merging.base_weights import BaseWeights
from aigc_models.store import ModelRef, find

pytestmark = pytest.mark.real_model

CHANGED = ("model.layers.3.self_attn.q_proj", "model.layers.3.self_attn.k_proj", "model.layers.29.mlp.down_proj")


@pytest.fixture
def base() -> ModelRef:
    found = find("default")
    if found is None:
        pytest.skip("the embedded model is not on this machine")
    return found


def test_every_weight_is_the_one_that_transformers_reads(base: ModelRef) -> None:
    pytest.importorskip("torch")
    from tests.models.engine.merging.tiny import load

    wanted = {name: one for name, one in load(base.path).state_dict().items() if name != "lm_head.weight"}
    weights = BaseWeights(base)
    assert set(weights) == set(wanted)
    for name, weight in wanted.items():
        assert np.array_equal(weights.floats(name), weight.numpy()), name


def test_a_merge_changes_the_adapted_matrices_alone(base: ModelRef, tmp_path: Path) -> None:
    from gguf import GGUFReader
    from safetensors.numpy import save_file

    weights, draw = BaseWeights(base), np.random.default_rng(1)
    tensors = {}
    for module in CHANGED:
        rows, columns = weights.shape(f"{module}.weight")
        tensors[f"base_model.model.{module}.lora_A.weight"] = draw.normal(0, 0.05, (4, columns)).astype(np.float32)
        tensors[f"base_model.model.{module}.lora_B.weight"] = draw.normal(0, 0.1, (rows, 4)).astype(np.float32)
    (tmp_path / "adapter").mkdir()
    save_file(tensors, tmp_path / "adapter" / WEIGHTS)
    (tmp_path / "adapter" / CONFIG).write_text(json.dumps({"peft_type": "LORA", "r": 4, "lora_alpha": 8}))
    merge_to_gguf(base, tmp_path / "adapter", tmp_path / "merged.gguf")
    merged = BaseWeights(ModelRef("merged", tmp_path / "merged.gguf", "gguf", None, ""))
    for module in CHANGED:
        down, up = (tensors[f"base_model.model.{module}.lora_{part}.weight"] for part in "AB")
        wanted = weights.floats(f"{module}.weight") + 2 * up @ down
        step = np.abs(wanted).max() / 127  # of 8 bits, at the largest weight
        assert np.abs(merged.floats(f"{module}.weight") - wanted).max() <= 0.51 * step + 1e-4, module
        assert np.abs(2 * up @ down).max() > 3 * step
    old, new = (GGUFReader(str(path)) for path in (base.path, tmp_path / "merged.gguf"))
    differ = [a.name for a, b in zip(old.tensors, new.tensors, strict=True) if not np.array_equal(a.data, b.data)]
    assert set(differ) == {"blk.3.attn_k.weight", "blk.3.attn_q.weight", "blk.29.ffn_down.weight"}
    assert new.fields["tokenizer.ggml.tokens"].contents() == old.fields["tokenizer.ggml.tokens"].contents()
    assert new.fields["tokenizer.ggml.merges"].contents(5) == old.fields["tokenizer.ggml.merges"].contents(5)

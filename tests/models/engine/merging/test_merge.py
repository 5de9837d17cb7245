"""A merged GGUF holds the weights that peft's own merge gives; what cannot be merged is refused, nothing is written."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from aigc_models.adapters import AdapterManifest, base_digest, write_manifest
from aigc_models.engine.merging import MergeError, merge_to_gguf
from aigc_models.store.types import ModelRef
from tests.models.engine.merging.tiny import ALL_LINEAR, HIDDEN, VOCABULARY, adapted, load, tiny_model, write_base

pytest.importorskip("torch")


def ref(path: Path) -> ModelRef:
    return ModelRef("tiny", path, "gguf", None, str(path))


def differences(one: Any, other: Any) -> dict[str, float]:
    left, right = one.state_dict(), other.state_dict()
    assert set(left) == set(right)
    return {name: float((left[name].float() - right[name].float()).abs().max()) for name in left}


def assert_same(one: Any, other: Any, tolerance: float = 1e-5) -> None:
    wrong = {name: value for name, value in differences(one, other).items() if value > tolerance}
    assert not wrong


SETTINGS: dict[str, dict[str, Any]] = {
    "lora": {},
    "rslora": {"use_rslora": True},
    "dora": {"use_dora": True},
    "patterns": {"rank_pattern": {"q_proj": 2}, "alpha_pattern": {"layers.1.mlp.up_proj": 3, "k_proj": 16}},
    "tokens": {"trainable_token_indices": [3, 17, 95]},
    "head": {"target_modules": [*ALL_LINEAR, "lm_head"]},
    "saved-norms": {"modules_to_save": ["norm"]},
}


CASES = [
    *(("llama", True, name) for name in SETTINGS if name != "head"),
    *(("llama", False, name) for name in ("tokens", "head", "embedding")),
    *(("qwen2", False, name) for name in ("lora", "dora", "saved-norms")),
    ("qwen3", True, "lora"),
]


# Of two tied matrices peft's merge changes both, though one is adapted: the next tests compare what is served.
@pytest.mark.parametrize(("kind", "tied", "name"), CASES)
def test_the_merged_weights_are_those_of_pefts_merge(tmp_path: Path, kind: str, tied: bool, name: str) -> None:
    settings = SETTINGS.get(name, {"target_modules": [*ALL_LINEAR, "embed_tokens"]})
    write_base(tiny_model(kind, tied), tmp_path / "base.gguf")
    live = adapted(load(tmp_path / "base.gguf"), tmp_path / "adapter", **settings)
    merge_to_gguf(ref(tmp_path / "base.gguf"), tmp_path / "adapter", tmp_path / "merged.gguf", quantization="F32")
    merged = load(tmp_path / "merged.gguf")
    before = differences(load(tmp_path / "base.gguf"), merged)
    assert before["model.layers.0.self_attn.q_proj.weight"] > 0.01
    assert_same(live.merge_and_unload(), merged)


@pytest.mark.parametrize("target", ["lm_head", "embed_tokens"])
def test_a_tied_head_is_written_by_itself_where_only_one_of_the_two_is_adapted(tmp_path: Path, target: str) -> None:
    import torch

    write_base(tiny_model("llama"), tmp_path / "base.gguf")
    live = adapted(load(tmp_path / "base.gguf"), tmp_path / "adapter", target_modules=["q_proj", target])
    merge_to_gguf(ref(tmp_path / "base.gguf"), tmp_path / "adapter", tmp_path / "merged.gguf", quantization="F32")
    ids = torch.arange(10)[None]
    with torch.no_grad():
        assert torch.allclose(live(ids).logits, load(tmp_path / "merged.gguf")(ids).logits, atol=1e-3)


@pytest.mark.parametrize("scale", [0.0, 0.5])
def test_the_scale_goes_from_the_base_to_the_whole_adapter(tmp_path: Path, scale: float) -> None:
    write_base(tiny_model(), tmp_path / "base.gguf")
    live = adapted(load(tmp_path / "base.gguf"), tmp_path / "adapter", use_dora=True)
    merge_to_gguf(
        ref(tmp_path / "base.gguf"), tmp_path / "adapter", tmp_path / "m.gguf", quantization="F32", scale=scale
    )
    old, new = load(tmp_path / "base.gguf").state_dict(), live.merge_and_unload().state_dict()
    for name, weight in load(tmp_path / "m.gguf").state_dict().items():
        assert np.allclose(weight, old[name] + scale * (new[name] - old[name]), atol=1e-5), name


def test_added_tokens_extend_the_embedding_and_the_vocabulary(tmp_path: Path) -> None:
    import torch

    write_base(tiny_model(), tmp_path / "base.gguf")
    model = load(tmp_path / "base.gguf")
    model.resize_token_embeddings(VOCABULARY + 2, mean_resizing=False)
    live = adapted(model, tmp_path / "adapter", trainable_token_indices=[VOCABULARY, VOCABULARY + 1, 5])
    base = ref(tmp_path / "base.gguf")
    tokens = ("<pre>", "<suf>")
    write_manifest(tmp_path / "adapter", AdapterManifest("mine", "tiny", base_digest(base), added_tokens=tokens))
    merge_to_gguf(base, tmp_path / "adapter", tmp_path / "merged.gguf", quantization="F32", scale=1.0)
    merged = load(tmp_path / "merged.gguf")
    assert merged.get_input_embeddings().weight.shape == (VOCABULARY + 2, HIDDEN)
    assert torch.allclose(merged.state_dict()["lm_head.weight"], live.merge_and_unload().state_dict()["lm_head.weight"])
    fields = _fields(tmp_path / "merged.gguf")
    assert fields["tokenizer.ggml.tokens"][-3:] == [f"t{VOCABULARY - 1}", "<pre>", "<suf>"]
    assert fields["tokenizer.ggml.token_type"][-3:] == [1, 3, 3]
    assert fields["llama.vocab_size"] == VOCABULARY + 2
    write_manifest(tmp_path / "adapter", AdapterManifest("mine", "tiny", base_digest(base)))
    with pytest.raises(MergeError, match="names 0 tokens"):
        merge_to_gguf(base, tmp_path / "adapter", tmp_path / "other.gguf")


def _fields(path: Path) -> dict[str, Any]:
    from gguf import GGUFReader

    return {name: field.contents() for name, field in GGUFReader(str(path)).fields.items()}


@pytest.mark.parametrize(("stored", "quantization"), [("Q4_1", "Q8_0"), ("Q4_1", "Q4_0"), ("F32", "Q4_1")])
def test_each_tensor_is_written_in_the_wanted_type(tmp_path: Path, stored: str, quantization: str) -> None:
    from gguf import GGUFReader

    write_base(tiny_model(), tmp_path / "base.gguf", stored)
    adapted(load(tmp_path / "base.gguf"), tmp_path / "adapter", target_modules=["q_proj"])
    merge_to_gguf(ref(tmp_path / "base.gguf"), tmp_path / "adapter", tmp_path / "m.gguf", quantization=quantization)
    old = {tensor.name: tensor for tensor in GGUFReader(str(tmp_path / "base.gguf")).tensors}
    new = {tensor.name: tensor for tensor in GGUFReader(str(tmp_path / "m.gguf")).tensors}
    assert list(old) == list(new)
    assert new["blk.0.attn_q.weight"].tensor_type.name == quantization
    assert new["blk.0.attn_norm.weight"].tensor_type.name == "F32"
    untouched = new["blk.0.ffn_up.weight"]
    if stored == "F32":
        assert untouched.tensor_type.name == quantization
        assert new["token_embd.weight"].tensor_type.name == "Q8_0"
    else:
        assert untouched.tensor_type.name == stored
        assert np.array_equal(untouched.data, old[untouched.name].data)


def test_the_metadata_is_the_bases_with_its_origin(tmp_path: Path) -> None:
    write_base(tiny_model(), tmp_path / "base.gguf")
    adapted(load(tmp_path / "base.gguf"), tmp_path / "adapter")
    base = ref(tmp_path / "base.gguf")
    write_manifest(tmp_path / "adapter", AdapterManifest("mine", "tiny", base_digest(base)))
    merge_to_gguf(base, tmp_path / "adapter", tmp_path / "merged.gguf")
    old, new = _fields(tmp_path / "base.gguf"), _fields(tmp_path / "merged.gguf")
    changed = {name for name in old if not name.startswith("GGUF.") and old[name] != new[name]}
    assert changed == {"general.name"}
    assert new["general.name"] == "Tiny + mine"
    assert new["aigc.base_sha256"] == base_digest(base)
    assert new["general.file_type"] == 7


@pytest.mark.parametrize(
    ("change", "text"),
    [
        ({"peft_type": "IA3"}, "only LoRA"),
        ({"bias": "all"}, "trains biases"),
        ({"init_lora_weights": "pissa_niter_4"}, "started with pissa"),
    ],
)
def test_a_kind_that_cannot_be_merged_is_refused(tmp_path: Path, change: dict[str, Any], text: str) -> None:
    write_base(tiny_model(), tmp_path / "base.gguf")
    adapted(load(tmp_path / "base.gguf"), tmp_path / "adapter")
    config = tmp_path / "adapter" / "adapter_config.json"
    config.write_text(json.dumps({**json.loads(config.read_text()), **change}))
    with pytest.raises(MergeError, match=text):
        merge_to_gguf(ref(tmp_path / "base.gguf"), tmp_path / "adapter", tmp_path / "merged.gguf")
    assert not (tmp_path / "merged.gguf").exists()


def test_an_adapter_for_another_base_is_refused(tmp_path: Path) -> None:
    write_base(tiny_model(), tmp_path / "base.gguf")
    adapted(load(tmp_path / "base.gguf"), tmp_path / "adapter")
    write_manifest(tmp_path / "adapter", AdapterManifest("mine", "other-model", "0" * 64))
    with pytest.raises(MergeError, match="trained on other-model"):
        merge_to_gguf(ref(tmp_path / "base.gguf"), tmp_path / "adapter", tmp_path / "merged.gguf")


def test_an_adapter_of_other_shapes_is_refused(tmp_path: Path) -> None:
    from safetensors.numpy import load_file, save_file

    write_base(tiny_model(), tmp_path / "base.gguf")
    adapted(load(tmp_path / "base.gguf"), tmp_path / "adapter")
    weights = load_file(tmp_path / "adapter" / "adapter_model.safetensors")
    key = "base_model.model.model.layers.0.self_attn.v_proj.lora_A.weight"
    weights[key] = np.ascontiguousarray(weights[key][:, :-1])
    save_file(weights, tmp_path / "adapter" / "adapter_model.safetensors")
    with pytest.raises(MergeError, match="does not fit"):
        merge_to_gguf(ref(tmp_path / "base.gguf"), tmp_path / "adapter", tmp_path / "merged.gguf")


def test_a_full_disk_leaves_the_old_file_and_nothing_else(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from aigc_models.engine.merging import writing

    write_base(tiny_model(), tmp_path / "base.gguf")
    adapted(load(tmp_path / "base.gguf"), tmp_path / "adapter")
    (tmp_path / "out").mkdir()
    target = tmp_path / "out" / "merged.gguf"
    target.write_text("old")

    def full(*_: Any) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(writing, "_write_tensor", full)
    with pytest.raises(MergeError, match=r"No space left.*needs \d+ MB"):
        merge_to_gguf(ref(tmp_path / "base.gguf"), tmp_path / "adapter", target)
    assert [path.name for path in target.parent.iterdir()] == ["merged.gguf"]
    assert target.read_text() == "old"


def test_bfloat16_adapters_are_read_exactly(tmp_path: Path) -> None:
    import torch
    from safetensors.torch import save_file

    from aigc_models.engine.merging.tensor_files import stored_tensors

    weight = torch.randn(5, 7).to(torch.bfloat16)
    save_file({"w": weight, "h": weight.half()}, tmp_path / "a.safetensors")
    found = stored_tensors(tmp_path / "a.safetensors")
    assert np.array_equal(found["w"].floats(), weight.float().numpy())
    assert np.array_equal(found["h"].rows(2, 4), weight.half().float().numpy()[2:4])

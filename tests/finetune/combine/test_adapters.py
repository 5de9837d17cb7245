"""Merged adapters are what the methods say of the adapters' products, whatever their ranks and kinds."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from aigc_models.adapters import AdapterError, AdapterManifest, base_digest, read_manifest, write_manifest
from aigc_models.fim import FimTemplate
from aigc_models.store.types import ModelRef

pytest.importorskip("torch")

import torch

from aigc_finetune.combine.adapters import Part, combine_adapters
from aigc_finetune.combine.ensemble import Ensemble
from aigc_finetune.combine.methods import combine
from tests.models.engine.merging.tiny import ALL_LINEAR, adapted, load, tiny_folder, tiny_model, write_base


@pytest.fixture
def base(tmp_path: Path) -> ModelRef:
    tiny_folder(tmp_path / "folder", tiny_model("llama"))
    write_base(load(tmp_path / "folder"), tmp_path / "base.gguf", tokenizer=tmp_path / "folder")
    return ModelRef("tiny", tmp_path / "base.gguf", "gguf", None, "")


def make(base: ModelRef, folder: Path, seed: int, **settings: Any) -> dict[str, Any]:
    """Write an adapter with its manifest; return the merged weights by peft."""
    fim = settings.pop("fim", None)
    live = adapted(load(base.path), folder, seed, **settings)
    write_manifest(folder, AdapterManifest(folder.name, "tiny", base_digest(base), fim=fim, licence="MIT"))
    weights: dict[str, Any] = live.merge_and_unload().state_dict()
    return weights


def merged(base: ModelRef, folder: Path) -> dict[str, Any]:
    from peft import PeftModel

    weights: dict[str, Any] = PeftModel.from_pretrained(load(base.path), str(folder)).merge_and_unload().state_dict()
    return weights


def test_linear_merging_adds_the_weighted_changes_of_unlike_adapters(base: ModelRef, tmp_path: Path) -> None:
    old = load(base.path).state_dict()
    one = make(base, tmp_path / "one", 1, r=4)
    two = make(base, tmp_path / "two", 2, r=2, use_rslora=True, target_modules=["q_proj", "up_proj"])
    parts = [Part(tmp_path / "one", 0.75), Part(tmp_path / "two", 0.5)]
    report = combine_adapters(base, parts, tmp_path / "both")
    found = merged(base, tmp_path / "both")
    for name, weight in old.items():
        wanted = weight + 0.75 * (one[name] - weight) + 0.5 * (two[name] - weight)
        assert torch.allclose(found[name], wanted, atol=1e-4), name
    assert report.energy == pytest.approx(1.0, abs=1e-5)
    assert report.rank == 6
    assert read_manifest(tmp_path / "both").licence == "MIT"


def test_a_smaller_rank_keeps_the_nearest_matrix(base: ModelRef, tmp_path: Path) -> None:
    old = load(base.path).state_dict()
    make(base, tmp_path / "one", 1, use_dora=True)
    make(base, tmp_path / "two", 2)
    parts = [Part(tmp_path / "one", 1.0), Part(tmp_path / "two", 1.0)]
    whole = combine_adapters(base, parts, tmp_path / "whole", rank=64)
    small = combine_adapters(base, parts, tmp_path / "small", rank=2)
    assert small.rank == 2
    assert small.energy < whole.energy <= 1.0 + 1e-6
    name = "model.layers.0.mlp.up_proj.weight"
    exact = merged(base, tmp_path / "whole")[name] - old[name]
    near = merged(base, tmp_path / "small")[name] - old[name]
    best = torch.linalg.svdvals(exact)[2:].norm()
    assert torch.linalg.norm(exact - near) == pytest.approx(float(best), rel=1e-3)


def test_scaling_an_adapter(base: ModelRef, tmp_path: Path) -> None:
    old = load(base.path).state_dict()
    full = make(base, tmp_path / "one", 1, trainable_token_indices=[3, 9])
    combine_adapters(base, [Part(tmp_path / "one", 0.8)], tmp_path / "less")
    for name, weight in merged(base, tmp_path / "less").items():
        assert torch.allclose(weight, old[name] + 0.8 * (full[name] - old[name]), atol=1e-4), name


def test_trained_rows_are_averaged_over_those_that_train_them(base: ModelRef, tmp_path: Path) -> None:
    one = make(base, tmp_path / "one", 1, trainable_token_indices=[3, 9])
    two = make(base, tmp_path / "two", 2, trainable_token_indices=[9, 11])
    combine_adapters(base, [Part(tmp_path / "one"), Part(tmp_path / "two")], tmp_path / "both", rank=2)
    name = "model.embed_tokens.weight"
    found = merged(base, tmp_path / "both")[name]
    assert torch.allclose(found[3], one[name][3], atol=1e-5)
    assert torch.allclose(found[9], (one[name][9] + two[name][9]) / 2, atol=1e-5)
    assert torch.allclose(found[11], two[name][11], atol=1e-5)


def test_ties_elects_signs_and_averages_those_that_agree() -> None:
    one = torch.tensor([[4.0, -3.0, 0.1, 2.0]])
    two = torch.tensor([[2.0, 5.0, 0.2, -2.5]])
    # Trimmed to 3 of 4 values; signs +, +, none, −.
    found = combine([one, two], [1.0, 1.0], "ties", 0.75, 1, "w")
    assert torch.allclose(found, torch.tensor([[3.0, 5.0, 0.0, -2.5]]))


@pytest.mark.parametrize("method", ["ties", "dare_linear", "dare_ties", "linear"])
def test_an_adapter_alone_at_full_density_stays_what_it_is(method: Any) -> None:
    torch.manual_seed(0)
    delta = torch.randn(20, 30)
    assert torch.allclose(combine([delta], [1.0], method, 1.0, 1, "w"), delta)


def test_dare_drops_at_random_keeps_the_mean_and_repeats_itself() -> None:
    delta = torch.ones(400, 400)
    first = combine([delta], [1.0], "dare_linear", 0.25, 1, "w")
    assert float((first == 0).float().mean()) == pytest.approx(0.75, abs=0.01)
    assert float(first.mean()) == pytest.approx(1.0, abs=0.02)
    assert torch.equal(first, combine([delta], [1.0], "dare_linear", 0.25, 1, "w"))
    assert not torch.equal(first, combine([delta], [1.0], "dare_linear", 0.25, 2, "w"))


def test_what_cannot_be_merged_is_refused(base: ModelRef, tmp_path: Path) -> None:
    make(base, tmp_path / "one", 1, fim=FimTemplate("<p>", "<s>", "<m>"))
    make(base, tmp_path / "two", 2, fim=FimTemplate("<a>", "<b>", "<c>"))
    parts = [Part(tmp_path / "one"), Part(tmp_path / "two")]
    with pytest.raises(AdapterError, match="different FIM tokens"):
        combine_adapters(base, parts, tmp_path / "both")
    write_manifest(tmp_path / "two", AdapterManifest("two", "other", "0" * 64))
    with pytest.raises(AdapterError, match="was made for other"):
        combine_adapters(base, parts, tmp_path / "both")
    with pytest.raises(AdapterError, match="density"):
        combine_adapters(base, parts, tmp_path / "both", density=0.0)
    assert not (tmp_path / "both").exists()


def test_an_ensemble_asks_each_adapter_and_averages_log_probabilities(base: ModelRef, tmp_path: Path) -> None:
    from peft import PeftModel

    ids = torch.tensor([[5, 6, 7, 8, 9]])
    logs = []
    for number in (1, 2):
        make(base, tmp_path / f"a{number}", number, target_modules=list(ALL_LINEAR))
        live = PeftModel.from_pretrained(load(base.path), str(tmp_path / f"a{number}"))
        logs.append(torch.log_softmax(live(input_ids=ids).logits, -1))
    both = Ensemble(base, [tmp_path / "a1", tmp_path / "a2"], [3.0, 1.0], torch.device("cpu"))
    assert torch.allclose(both(ids).logits, 0.75 * logs[0] + 0.25 * logs[1], atol=1e-4)
    answer = both.complete("ab = cd(", max_tokens=8)
    first = both.tokenizer.encode("ab = cd(")
    assert answer.startswith(both.tokenizer.vocabulary.token_bytes(int(both.logprobs(first).argmax())).decode())
    assert both.complete("ab = cd(", max_tokens=8, stop=[answer[1]]) == answer[: answer.index(answer[1])]
    with pytest.raises(AdapterError, match="as many"):
        Ensemble(base, [tmp_path / "a1"], [1.0, 2.0])

"""Pruned models have the zeros, or lack the layers, that were asked for, and still load."""

from __future__ import annotations

import itertools
import json
from pathlib import Path

import numpy as np
import pytest

from aigc_models.store import check_model
from aigc_models.store.types import ModelRef
from aigc_models.types import AigcError

pytest.importorskip("torch")

import torch

from aigc_finetune.compress.layers import hidden_states, least_angle, least_influence, prune_layers
from aigc_finetune.compress.magnitude import prune_magnitude
from aigc_finetune.compress.report import compare, measure, rows
from tests.models.engine.merging.tiny import load, tiny_folder, tiny_model

TEXTS = ["ab cd ef\n    gh ab = cd\nef gh = ab(cd)\n" * 6]
MATRICES = ("q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj")


@pytest.fixture
def model(tmp_path: Path) -> ModelRef:
    return ModelRef("tiny", tiny_folder(tmp_path / "base", tiny_model("llama")), "safetensors", None, "")


def matrices(folder: Path) -> dict[str, torch.Tensor]:
    return {name: one for name, one in load(folder).state_dict().items() if name.split(".")[-2] in MATRICES}


def test_each_matrix_loses_its_smallest_weights(model: ModelRef, tmp_path: Path) -> None:
    report = prune_magnitude(model, tmp_path / "out", sparsity=0.5, dtype="F32")
    assert check_model(tmp_path / "out") == "safetensors"
    old, new = matrices(model.path), matrices(tmp_path / "out")
    for name, weight in new.items():
        zero = weight == 0
        assert float(zero.float().mean()) == 0.5
        assert torch.equal(weight[~zero], old[name][~zero])
        assert float(old[name][zero].abs().max()) <= float(old[name][~zero].abs().min())
    assert report.sparsity == 0.5
    assert report.parameters == report.parameters_before - sum(one.numel() for one in new.values()) // 2
    kept = load(tmp_path / "out").state_dict()
    assert torch.equal(kept["model.embed_tokens.weight"], load(model.path).state_dict()["model.embed_tokens.weight"])


def test_one_threshold_over_all_matrices(tmp_path: Path) -> None:
    network = tiny_model("llama")
    with torch.no_grad():
        network.model.layers[0].mlp.up_proj.weight *= 10
    model = ModelRef("tiny", tiny_folder(tmp_path / "base", network), "safetensors", None, "")
    report = prune_magnitude(model, tmp_path / "out", sparsity=0.4, scope="global", dtype="F32")
    new = matrices(tmp_path / "out")
    shares = {name: float((one == 0).float().mean()) for name, one in new.items()}
    assert report.sparsity == pytest.approx(0.4, abs=0.01)  # the threshold has three digits
    assert shares["model.layers.0.mlp.up_proj.weight"] < 0.1 < shares["model.layers.1.mlp.up_proj.weight"]


def test_two_of_each_four_in_a_row_stay(model: ModelRef, tmp_path: Path) -> None:
    report = prune_magnitude(model, tmp_path / "out", pattern=(2, 4), dtype="F32")
    assert report.method == "2:4"
    for name, weight in matrices(tmp_path / "out").items():
        runs, old = weight.reshape(-1, 4), matrices(model.path)[name].reshape(-1, 4).abs()
        assert torch.equal((runs != 0).sum(1), torch.full((len(runs),), 2))
        assert torch.equal((runs != 0).float().argsort(1)[:, 2:].sort(1).values, old.topk(2, 1).indices.sort(1).values)


def test_settings_out_of_range_are_refused(model: ModelRef, tmp_path: Path) -> None:
    for settings in ({"sparsity": 1.0}, {"pattern": (3, 2)}, {"pattern": (2, 7)}):
        with pytest.raises(AigcError):
            prune_magnitude(model, tmp_path / "out", **settings)
    for drop in (0, 2):
        with pytest.raises(AigcError, match="between 1 and 1"):
            prune_layers(model, tmp_path / "out", drop=drop, texts=TEXTS)
    with pytest.raises(AigcError, match="needs texts"):
        prune_layers(model, tmp_path / "out", drop=1, texts=[""])
    assert not (tmp_path / "out").exists()


def test_the_layer_that_does_nothing_goes(tmp_path: Path) -> None:
    network = tiny_model("llama")
    with torch.no_grad():
        for part in (network.model.layers[0].self_attn.o_proj, network.model.layers[0].mlp.down_proj):
            part.weight.zero_()
    model = ModelRef("tiny", tiny_folder(tmp_path / "base", network), "safetensors", None, "")
    report = prune_layers(model, tmp_path / "out", drop=1, texts=TEXTS, method="influence", dtype="F32")
    assert report.layers == (0,)
    assert json.loads((tmp_path / "out" / "config.json").read_text())["num_hidden_layers"] == 1
    ids = torch.arange(1, 40)[None]
    with torch.no_grad():
        assert torch.allclose(load(tmp_path / "out")(ids).logits, network(ids).logits, atol=1e-5)


def test_hidden_states_are_those_between_the_layers(model: ModelRef) -> None:
    states = hidden_states(model, TEXTS, 32, 64)
    assert len(states) == 3
    assert all(one.shape == states[0].shape for one in states)
    network = load(model.path)
    with torch.no_grad():
        last = network.model.norm(states[-1])
        from aigc_finetune.export.loading import load_tokenizer_of

        ids = load_tokenizer_of(model).encode(TEXTS[0])[:32]
        wanted = network.model(torch.tensor([ids])).last_hidden_state[0]
    assert torch.allclose(last[:32], wanted, atol=1e-4)


def test_angles_choose_a_run_and_influence_chooses_singly() -> None:
    # States turn by these angles at each of five layers, in one plane.
    turns = [0.5, 0.1, 0.4, 0.3, 0.2]
    angles = [0.0, *itertools.accumulate(turns)]
    states = [torch.tensor([[np.cos(one), np.sin(one)]], dtype=torch.float32).repeat(3, 1) for one in angles]
    assert least_influence(states, 2) == {1, 4}
    assert least_angle(states, 2) == {1, 2}  # 0.1 + 0.4; the last layer, which the run 3, 4 has, is left alone


def test_figures_of_two_models_are_compared(model: ModelRef, tmp_path: Path) -> None:
    prune_layers(model, tmp_path / "out", drop=1, texts=TEXTS, dtype="F32")
    small = ModelRef("small", tmp_path / "out", "safetensors", None, "")
    before, after = measure(model, TEXTS), measure(small, TEXTS)
    assert after.parameters < before.parameters
    assert after.bytes == (tmp_path / "out" / "model.safetensors").stat().st_size < before.bytes
    assert before.nonzero == before.parameters
    assert before.perplexity != after.perplexity
    assert before.lines == after.lines > 10
    assert before.tokens_per_second > 0
    data = compare(before, after)
    assert data["ratio"]["parameters"] == after.parameters / before.parameters
    columns, table = rows(compare(before, after))
    assert columns[1:] == ["before", "after", "after / before"]
    assert [row[0] for row in table][:2] == ["size (MB)", "parameters (M)"]

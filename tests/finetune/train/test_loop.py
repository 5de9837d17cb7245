"""The loop as a whole on a tiny model: pinned losses, every method, stopping, and what it leaves."""

from __future__ import annotations

import json
import os
import shutil
import signal
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file

from aigc_finetune.encode.shards import ShardReader
from aigc_finetune.layout import RunFolder
from aigc_finetune.recipe import Recipe
from aigc_finetune.train import loop
from aigc_finetune.train.checkpoint import CheckpointError, complete, write_whole
from aigc_finetune.train.evaluation import evaluation_loss
from aigc_finetune.train.hooks import BaseHook, StartFacts, StepFacts, TrainResult
from aigc_finetune.train.loop import train
from aigc_finetune.train.model import build
from aigc_finetune.train.packing import count_targets
from aigc_finetune.train.world import World
from aigc_models.adapters import AdapterError, read_manifest
from aigc_models.types import AigcError

from .conftest import write_base, write_shards

Make = Callable[..., Recipe]


class Watch(BaseHook):
    """Keep what the loop tells."""

    def __init__(self) -> None:
        self.starts: list[StartFacts] = []
        self.steps: list[StepFacts] = []
        self.evaluations: list[tuple[int, float]] = []
        self.checkpoints: list[Path] = []
        self.results: list[TrainResult] = []

    def on_start(self, info: StartFacts) -> None:
        self.starts.append(info)

    def on_step(self, facts: StepFacts) -> None:
        self.steps.append(facts)

    def on_eval(self, step: int, loss: float) -> None:
        self.evaluations.append((step, loss))

    def on_checkpoint(self, path: Path) -> None:
        self.checkpoints.append(path)

    def on_end(self, result: TrainResult) -> None:
        self.results.append(result)

    @property
    def losses(self) -> list[float]:
        return [facts.loss for facts in self.steps]


# Losses of the first steps, in nats; a change of the model, the data order or the optimizer moves them.
PINNED = {
    "lora": [4.59941, 4.56211, 4.58014, 4.58279, 4.58852, 4.59012],
    "dora": [4.59941, 4.56052, 4.57978, 4.58091, 4.58961, 4.59191],
    "rslora": [4.59941, 4.55447, 4.57198, 4.56272, 4.58365, 4.57845],
    "full": [4.59941, 4.32934, 4.38599, 4.15596, 4.34559, 4.27931],
}


@pytest.mark.parametrize("method", sorted(PINNED))
def test_losses_are_the_pinned_ones(recipe: Make, run: RunFolder, method: str) -> None:
    watch = Watch()
    train(recipe(method=method, max_steps=6, eval_steps=0), run, resume=False, hooks=[watch])
    assert watch.losses == pytest.approx(PINNED[method], abs=1e-3)
    assert watch.losses[-1] < watch.losses[0]


def test_all_switches_together_train_and_are_told(recipe: Make, run: RunFolder) -> None:
    watch = Watch()
    made = recipe(
        max_steps=12, eval_steps=4, checkpoint_steps=5, dropout=0.1, neftune=5.0, label_smoothing=0.1, l1=1e-5,
        weight_decay=0.1, ema=0.5, gradient_checkpointing=True, schedule="wsd", early_stopping=5,
    )  # fmt: skip
    result = train(made, run, resume=False, hooks=[watch])
    assert [facts.step for facts in watch.steps] == list(range(1, 13))
    assert [step for step, _ in watch.evaluations] == [4, 8, 12]
    assert [path.name for path in watch.checkpoints] == ["step-00000005", "step-00000010", "step-00000012"]
    assert [step for step, _ in complete(run.checkpoints)] == [10, 12]  # two are kept
    assert watch.evaluations[-1][1] < watch.evaluations[0][1]
    assert result.eval_loss == watch.evaluations[-1][1]
    last = watch.steps[-1]
    assert last.progress == 1.0
    assert 0 < last.trained_tokens < last.tokens
    assert last.tokens <= 12 * 256
    assert last.tokens_per_second > 0
    assert watch.starts[0].total_steps == 12
    assert watch.results == [result]
    assert result.reason == "finished"


def test_the_cut_into_passes_changes_nothing(recipe: Make, tmp_path: Path) -> None:
    found = []
    for number, micro in enumerate((64, 256)):
        run = RunFolder(tmp_path / f"run{number}")
        write_shards(run)
        watch = Watch()
        train(recipe(micro_tokens=micro, max_steps=5), run, resume=False, hooks=[watch])
        found.append(watch.losses)
    assert found[0] == pytest.approx(found[1], abs=1e-5)


def test_gradient_checkpointing_changes_nothing(recipe: Make, tmp_path: Path) -> None:
    found = []
    for switch in (False, True):
        run = RunFolder(tmp_path / f"run{switch}")
        write_shards(run)
        watch = Watch()
        train(recipe(gradient_checkpointing=switch, dropout=0.1, max_steps=4), run, resume=False, hooks=[watch])
        found.append(watch.losses)
    assert found[0] == pytest.approx(found[1], abs=1e-5)


@pytest.mark.parametrize("tied", [True, False])
def test_peft_loads_the_adapter_and_computes_what_we_trained(
    recipe: Make, run: RunFolder, base: Path, tied: bool
) -> None:
    from peft import PeftModel
    from transformers import AutoModelForCausalLM

    write_base(base, tied=tied)
    tokens = {"fim_prefix": "<t3>", "fim_suffix": "<new>", "fim_middle": "<t5>"}
    made = recipe(tokens, max_steps=20, ema=0.0, learning_rate=3e-2)
    result = train(made, run, resume=False)
    assert result.output == run.adapter
    manifest = read_manifest(run.adapter)
    assert manifest.added_tokens == ("<new>",)
    assert manifest.fim is not None
    assert manifest.fim.suffix == "<new>"

    plain = AutoModelForCausalLM.from_pretrained(base, dtype=torch.float32)
    plain.resize_token_embeddings(98, mean_resizing=False)
    model = PeftModel.from_pretrained(plain, str(run.adapter)).eval()
    rows = load_file(str(run.adapter / "adapter_model.safetensors"))
    assert all(one.dtype == torch.bfloat16 for one in rows.values())
    assert sum("trainable_tokens_delta" in name for name in rows) == (1 if tied else 2)

    again = build(recipe({**tokens, "adapter": str(run.adapter)}), torch.device("cpu"))
    reader = ShardReader(run.data / "eval")
    ours = evaluation_loss(again, reader, 128, World(0, 1, torch.device("cpu")))
    total, count = 0.0, 0
    for index in range(len(reader)):
        ids, trained = reader.sample(index)
        row = torch.tensor(ids.astype("int64"))[None]
        with torch.no_grad():
            logs = model(row).logits.log_softmax(-1)[0, :-1].gather(1, row[0, 1:, None])[:, 0]
        mask = torch.tensor(trained[1:].astype(bool))
        total -= float(logs[mask].sum())
        count += int(mask.sum())
    assert ours == pytest.approx(total / count, abs=1e-4)
    assert result.eval_loss == pytest.approx(ours, abs=0.02)  # the file is in bf16


def test_only_the_named_rows_of_the_embedding_move(recipe: Make, run: RunFolder) -> None:
    made = recipe({"fim_prefix": "<t3>", "fim_suffix": "<t4>", "fim_middle": "<t5>"}, max_steps=3)
    before = build(made, torch.device("cpu"))
    assert before.rows is before.head_rows is not None
    assert sum("trainable_tokens" in name for name in before.trained()) == 1
    old = before.rows.detach().clone()
    train(made, run, resume=False)
    rows = load_file(str(run.adapter / "adapter_model.safetensors"))
    moved = next(one for name, one in rows.items() if "trainable_tokens" in name)
    assert moved.shape == (3, 32)
    assert not torch.allclose(moved.float(), old, atol=1e-3)


def test_going_on_from_an_adapter_starts_where_it_ended(recipe: Make, run: RunFolder, tmp_path: Path) -> None:
    first = train(recipe(max_steps=15), run, resume=False)
    other = RunFolder(tmp_path / "other")
    write_shards(other)
    watch = Watch()
    train(recipe({"adapter": str(run.adapter)}, rank=8, max_steps=2, eval_steps=1, warmup=1.0), other, resume=False,
          hooks=[watch])  # fmt: skip
    assert first.eval_loss is not None
    assert watch.evaluations[0][1] < first.eval_loss + 0.2
    assert "rank 4" in watch.results[0].notes[0]


def test_an_adapter_of_another_base_is_refused(recipe: Make, run: RunFolder, base: Path) -> None:
    train(recipe(max_steps=1), run, resume=False)
    (base / "config.json").write_text((base / "config.json").read_text() + "\n")
    with pytest.raises(AdapterError, match="was made for"):
        build(recipe({"adapter": str(run.adapter)}), torch.device("cpu"))


def test_full_fine_tuning_leaves_a_model_that_transformers_loads(recipe: Make, run: RunFolder) -> None:
    from transformers import AutoModelForCausalLM

    result = train(recipe(method="full", max_steps=4), run, resume=False)
    assert result.output == run.model
    model = AutoModelForCausalLM.from_pretrained(run.model)
    assert model.dtype == torch.bfloat16
    assert model.lm_head.weight is model.model.embed_tokens.weight
    assert (run.model / "tokenizer.json").is_file()


def test_early_stopping_ends_and_keeps_the_best(recipe: Make, run: RunFolder) -> None:
    watch = Watch()
    made = recipe(max_steps=200, eval_steps=2, early_stopping=2, learning_rate=0.5, schedule="constant", warmup=0.0)
    result = train(made, run, resume=False, hooks=[watch])
    assert result.reason == "early"
    assert result.step < 200
    best = min(loss for _, loss in watch.evaluations)
    assert result.best_eval_loss == best
    kept = build(recipe({"adapter": str(run.adapter)}), torch.device("cpu"))
    loss = evaluation_loss(kept, ShardReader(run.data / "eval"), 128, World(0, 1, torch.device("cpu")))
    assert loss == pytest.approx(best, abs=0.1)


def test_weights_that_another_run_found_best_are_not_taken(recipe: Make, run: RunFolder) -> None:
    """A run that ended before its first checkpoint left them."""
    shutil.rmtree(run.data / "eval")
    made = recipe(max_steps=2, early_stopping=2)
    zeros = {name: torch.zeros_like(one) for name, one in build(made, torch.device("cpu")).trained().items()}
    write_whole(run.checkpoints / "best", {"weights": zeros}, {"step.json": 2})
    train(made, run, resume=False)
    written = load_file(str(run.adapter / "adapter_model.safetensors"))
    assert all(bool(one.any()) for name, one in written.items() if "lora_A" in name)


def test_a_resumed_run_is_cut_into_passes_as_it_was(
    recipe: Make, run: RunFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By chance there is more memory now; with dropout, other passes would be another run."""
    fitting = [128]
    monkeypatch.setattr(loop, "choose_micro_tokens", lambda *_, **__: fitting[-1])
    made = recipe(max_steps=4, micro_tokens=0, checkpoint_steps=2)
    train(made.model_copy(update={"train": made.train.model_copy(update={"max_steps": 2})}), run, resume=False)
    for now, expected in ((256, 128), (64, 64)):
        fitting.append(now)
        watch = Watch()
        train(made, run, resume=True, hooks=[watch])
        assert watch.starts[0].micro_tokens == expected


def test_processes_with_other_passes_evaluate_each_sample_once(recipe: Make, run: RunFolder) -> None:
    """Rows are cut by the least of all limits, however much a process may do itself."""
    network, reader = build(recipe(), torch.device("cpu")), ShardReader(run.data / "eval")
    device = torch.device("cpu")
    whole = evaluation_loss(network, reader, 64, World(0, 1, device))
    parts: list[tuple[float, ...]] = []

    class Two(World):
        def most(self, value: int) -> int:
            return max(value, -64)

        def sum(self, values: Iterable[float]) -> list[float]:
            parts.append(tuple(values))
            return [*parts[-1]]

    for rank, row in ((0, 64), (1, 256)):
        evaluation_loss(network, reader, row, Two(rank, 2, device))
    total, count = (sum(two) for two in zip(*parts, strict=True))
    assert total / count == pytest.approx(whole, rel=1e-6)
    assert count == count_targets(reader, range(len(reader)))


def test_data_that_names_no_template_is_told_before_the_training(recipe: Make, run: RunFolder) -> None:
    path = run.data / "train" / "manifest.json"
    path.write_text(json.dumps({"shards": json.loads(path.read_text())["shards"]}))
    watch = Watch()
    with pytest.raises(AigcError, match="encode again"):
        train(recipe(max_steps=1), run, resume=False, hooks=[watch])
    assert not watch.starts


def test_minutes_end_a_run_with_its_result(recipe: Make, run: RunFolder) -> None:
    watch = Watch()
    result = train(recipe(max_steps=100_000, max_minutes=0.01), run, resume=False, hooks=[watch])
    assert result.reason == "time"
    assert result.output == run.adapter
    assert result.seconds >= 0.6
    assert watch.steps[-1].learning_rate < watch.steps[len(watch.steps) // 2].learning_rate
    again = train(recipe(max_steps=100_000, max_minutes=0.01), run, resume=True)
    assert again.step == result.step  # time that was used stays used


@pytest.mark.parametrize("kind", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_the_step_and_leaves_a_checkpoint(recipe: Make, run: RunFolder, kind: signal.Signals) -> None:
    class Press(BaseHook):
        def on_step(self, facts: StepFacts) -> None:
            if facts.step == 3:
                os.kill(os.getpid(), kind)

    before = signal.getsignal(kind)
    result = train(recipe(max_steps=10, checkpoint_steps=100), run, resume=False, hooks=[Press()])
    assert result.reason == "interrupted"
    assert result.output is None
    assert result.checkpoint == run.checkpoints / "step-00000003"
    assert signal.getsignal(kind) == before
    assert not run.adapter.exists()
    assert train(recipe(max_steps=10), run, resume=True).reason == "finished"


def test_a_run_is_not_begun_over_an_older_one(recipe: Make, run: RunFolder) -> None:
    train(recipe(max_steps=1), run, resume=False)
    with pytest.raises(CheckpointError, match="--resume"):
        train(recipe(max_steps=1), run, resume=False)


def test_other_settings_are_not_resumed(recipe: Make, run: RunFolder) -> None:
    train(recipe(max_steps=1), run, resume=False)
    with pytest.raises(CheckpointError, match=r"train\.learning_rate, train\.rank|train\.rank, train\.learning_rate"):
        train(recipe(max_steps=2, rank=2, learning_rate=1.0), run, resume=True)
    assert train(recipe(max_steps=2), run, resume=True).step == 2  # a later end is no other run


def test_nothing_of_the_data_is_in_a_checkpoint_s_text(recipe: Make, run: RunFolder) -> None:
    result = train(recipe(max_steps=2), run, resume=False)
    assert result.checkpoint is not None
    state: dict[str, Any] = json.loads((result.checkpoint / "state.json").read_text())
    assert set(state) == {"format", "standing", "stamp", "optimizer", "batch_tokens", "row"}
    assert {one.suffix for one in result.checkpoint.iterdir()} == {".json", ".safetensors"}

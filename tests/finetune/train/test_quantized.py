"""QLoRA and the 8-bit optimizers on a CPU, with bitsandbytes."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
import torch

from aigc_finetune.layout import RunFolder
from aigc_finetune.recipe import Recipe
from aigc_finetune.train.loop import train
from aigc_finetune.train.model import build
from aigc_models.adapters import read_manifest

from .conftest import write_shards
from .test_loop import Watch

pytest.importorskip("bitsandbytes")
Make = Callable[..., Recipe]


def test_qlora_trains_on_a_base_of_four_bits(recipe: Make, run: RunFolder) -> None:
    from bitsandbytes.nn import Linear4bit

    network = build(recipe(method="qlora"), torch.device("cpu"))
    layers = [one for one in network.causal.modules() if isinstance(one, Linear4bit)]
    assert len(layers) == 2 * 7
    assert all(one.weight.dtype == torch.uint8 and one.weight.quant_state.nested for one in layers)
    assert all(one.weight.quant_state.quant_type == "nf4" for one in layers)
    assert all("lora" in name for name in network.trained())

    watch = Watch()
    train(recipe(method="qlora", max_steps=15, eval_steps=5), run, resume=False, hooks=[watch])
    assert watch.evaluations[-1][1] < watch.evaluations[0][1]
    assert read_manifest(run.adapter).architecture == "llama"


@pytest.mark.parametrize("optimizer", ["adamw8bit", "paged_adamw8bit"])
def test_resuming_with_an_8_bit_optimizer_is_exact(recipe: Make, tmp_path: Path, optimizer: str) -> None:
    curves = []
    for name, stops in (("alone", (8,)), ("twice", (5, 8))):
        run = RunFolder(tmp_path / name)
        write_shards(run)
        watch = Watch()
        for stop in stops:
            made = recipe(optimizer=optimizer, rank=64, schedule="constant", warmup=0.0, max_steps=stop)
            train(made, run, resume=True, hooks=[watch])
        curves.append(watch.losses)
    assert curves[0] == curves[1]

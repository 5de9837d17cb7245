"""A recipe that names a device's memory stays within it, by the estimate."""

from __future__ import annotations

from pathlib import Path

import pytest

from aigc_finetune.recipes import find_recipe
from aigc_finetune.train.estimate.memory import Device, estimate_memory
from aigc_finetune.train.estimate.shapes import model_shape


@pytest.mark.parametrize(
    ("name", "gigabytes", "device", "processes"),
    [
        ("laptop-cpu", 8, "cpu", 1),
        ("gpu-8gb", 8, "cuda", 1),
        ("gpu-24gb", 24, "cuda", 1),
        ("gpu-80gb", 80, "cuda", 1),
        ("gpu-8x", 80, "cuda", 8),
    ],
)
def test_a_recipe_fits_its_device(
    name: str, gigabytes: int, device: Device, processes: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AIGC_LSP_HOME", str(tmp_path))  # by what is known of the model, not by its files
    recipe = find_recipe(name)
    found = estimate_memory(
        model_shape(recipe.model.name),
        recipe.train,
        micro_tokens=max(recipe.train.micro_tokens or 2048, recipe.encode.context_length),
        precision="bf16" if device == "cuda" else "fp32",
        device=device,
        processes=processes,
        sharded=recipe.train.parallel == "fsdp",
    )
    # A tenth stays free: drivers, fragments, what the estimate does not know.
    assert found.total < 0.9 * gigabytes * 1e9, found


def test_a_recipe_for_more_memory_would_not_fit_less() -> None:
    recipe = find_recipe("gpu-80gb")
    found = estimate_memory(
        model_shape(recipe.model.name), recipe.train, micro_tokens=recipe.train.micro_tokens, precision="bf16",
        device="cuda",
    )  # fmt: skip
    assert found.total > 24e9

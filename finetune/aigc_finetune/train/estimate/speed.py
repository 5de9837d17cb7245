"""How fast a run will be: by the operations of a token and a timed matrix product, or by a few real steps."""

from __future__ import annotations

import tempfile
import time
from pathlib import Path

import torch

from aigc_finetune.layout import RunFolder
from aigc_finetune.recipe import Recipe, TrainSection
from aigc_finetune.train.estimate.shapes import Shape
from aigc_finetune.train.hooks import BaseHook, StepFacts

_SECONDS = 0.5  # of the benchmark
_ROWS = 1024  # tokens of the matrix product
# What a training step is taken to reach of the rate of its largest matrix product; the rest goes to norms, attention,
# the adapter's thin products and the optimizer. Rough values that were not measured on many machines: `probe_speed`
# measures the run itself.
_REACHED = {"cpu": 0.6, "cuda": 0.45}
_PROBED = 3


def token_operations(shape: Shape, section: TrainSection, length: float) -> float:
    """Return the floating-point operations that a trained token takes, in samples of `length` tokens on average.

    Two for each weight forward, two for the gradient of its input, two for its own where it is trained (Kaplan et al.
    2020, section 2.1); scores and sums of attention over half of the sample; checkpointing does forward again.
    """
    head = shape.vocabulary * shape.hidden
    passes = 6 if section.method == "full" else 4
    again = 2 if section.gradient_checkpointing else 0
    attention = 2 * shape.layers * shape.heads * shape.head * length / 2
    linear = shape.block_active * (passes + again)
    adapter = 0.0
    if section.method != "full":
        adapter = 6.0 * shape.layers * sum(section.rank * sum(shape.linear(name)) for name in section.targets)
    return linear + head * passes + attention * (6 + again) + adapter


def usable_rate(shape: Shape, precision: str, device: str) -> float:
    """Return the operations per second that training can use: a product as in the MLP is timed for half a second."""
    kind = torch.bfloat16 if precision == "bf16" else torch.float32
    left = torch.randn(_ROWS, shape.hidden, dtype=kind, device=device)
    right = torch.randn(shape.hidden, shape.inner, dtype=kind, device=device)
    left @ right
    _finish(device)
    began, count = time.perf_counter(), 0
    while time.perf_counter() - began < _SECONDS:
        for _ in range(4):
            left @ right
        _finish(device)
        count += 4
    seconds = time.perf_counter() - began
    return 2.0 * _ROWS * shape.hidden * shape.inner * count / seconds * _REACHED[device]


class _Times(BaseHook):
    """Keep the speed of each step."""

    def __init__(self) -> None:
        self.speeds: list[float] = []

    def on_step(self, facts: StepFacts) -> None:
        """Take a step's speed."""
        self.speeds.append(facts.tokens_per_second)


def probe_speed(recipe: Recipe, run: RunFolder) -> float:
    """Return the tokens per second of a few steps of the run itself, the first left out; they change nothing of it."""
    from aigc_finetune.train.loop import train

    limits = {"max_steps": _PROBED, "max_minutes": 0.0, "eval_steps": 0, "checkpoint_steps": _PROBED + 1}
    short = recipe.model_copy(update={"train": recipe.train.model_copy(update=limits)})
    times = _Times()
    with tempfile.TemporaryDirectory(prefix="aigc-probe-") as folder:
        aside = RunFolder(Path(folder))
        aside.data.symlink_to(run.data.resolve(), target_is_directory=True)
        train(short, aside, resume=False, hooks=[times])
    speeds = times.speeds[1:] or times.speeds
    return sum(speeds) / len(speeds)


def _finish(device: str) -> None:
    if device == "cuda":
        torch.cuda.synchronize()

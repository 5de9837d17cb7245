"""Facts as the training loop tells them, with figures that a test can change."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from aigc_finetune.train.hooks import StartFacts, StepFacts, TrainResult

_START = StartFacts(
    step=0, total_steps=10, max_minutes=0.0, method="lora", precision="fp32", device="cpu", processes=1,
    trained_parameters=1_000, parameters=100_000, train_samples=40, train_tokens=20_000, eval_samples=4,
    batch_tokens=4096, micro_tokens=2048,
)  # fmt: skip
_STEP = StepFacts(
    step=1, total_steps=10, loss=2.5, learning_rate=1e-3, tokens=4096, trained_tokens=4000, tokens_per_second=512.0,
    seconds=8.0, memory=1_500_000_000, grad_norm=0.5, epoch=0.1, progress=0.1,
)  # fmt: skip
_END = TrainResult(
    step=10, reason="finished", train_loss=1.5, eval_loss=1.25, best_eval_loss=1.2, seconds=80.0, tokens=40_960,
    trained_tokens=40_000, memory=1_500_000_000,
)  # fmt: skip


def start(**changes: Any) -> StartFacts:
    """Return how a run starts."""
    return replace(_START, **changes)


def step(number: int, loss: float, **changes: Any) -> StepFacts:
    """Return a step of ten."""
    return replace(_STEP, step=number, loss=loss, progress=number / 10, seconds=8.0 * number, **changes)


def end(**changes: Any) -> TrainResult:
    """Return how a run ends."""
    return replace(_END, **changes)

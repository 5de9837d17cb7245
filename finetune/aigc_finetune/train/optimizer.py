"""The optimizer, what is done to gradients before its step, and the average of weights after it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch

from aigc_finetune.distributed.sharding import is_split
from aigc_finetune.recipe import TrainSection
from aigc_models.types import AigcError

Parameters = Mapping[str, torch.nn.Parameter]


def build_optimizer(section: TrainSection, trained: Parameters) -> torch.optim.Optimizer:
    """Return AdamW over what is trained; weight decay is for matrices of layers, not for norms, biases and rows."""
    groups: list[dict[str, Any]] = []
    for decayed, split in ((True, False), (True, True), (False, False), (False, True)):  # one kernel a group: all alike
        same = [one for name, one in trained.items() if (_is_matrix(name, one), is_split(one)) == (decayed, split)]
        groups.append({"params": same, "weight_decay": section.weight_decay if decayed else 0.0})
    groups = [group for group in groups if group["params"]]
    if section.optimizer == "adamw":
        return torch.optim.AdamW(groups, lr=section.learning_rate, betas=(0.9, 0.999), fused=True)
    try:
        import bitsandbytes as bnb
    except ImportError:
        raise AigcError(
            f"train.optimizer = {section.optimizer} needs bitsandbytes: pip install 'aigc-lsp[finetune]'."
        ) from None
    kind = bnb.optim.AdamW8bit if section.optimizer == "adamw8bit" else bnb.optim.PagedAdamW8bit
    built: torch.optim.Optimizer = kind(groups, lr=section.learning_rate, betas=(0.9, 0.999))
    return built


def _is_matrix(name: str, parameter: torch.nn.Parameter) -> bool:
    return parameter.ndim >= 2 and "trainable_tokens" not in name and "embed" not in name


def add_l1(trained: Parameters, strength: float) -> None:
    """Add the gradient of `strength` * sum |w| over adapter matrices."""
    if strength:
        for name, one in trained.items():
            if one.grad is not None and ".lora_" in name:
                one.grad.add_(one.detach().sign(), alpha=strength)


class Average:
    """An exponential moving average of the trained weights (Polyak and Juditsky 1992), slow only after a warm-up."""

    def __init__(self, decay: float, trained: Parameters) -> None:
        self._decay = decay
        self._trained = trained
        self.held = {name: one.detach().clone() for name, one in trained.items()}

    def update(self, step: int) -> None:
        """Take in the weights after `step` steps, from 1."""
        decay = min(self._decay, step / (step + 9))
        for name, one in self._trained.items():
            self.held[name].lerp_(one.detach(), 1 - decay)

    def swap(self) -> None:
        """Exchange the weights and their average; a second call exchanges them back."""
        with torch.no_grad():
            for name, one in self._trained.items():
                kept = one.detach().clone()
                one.copy_(self.held[name])
                self.held[name].copy_(kept)

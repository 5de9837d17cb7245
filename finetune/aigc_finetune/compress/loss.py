"""The loss of a student that learns from a teacher's logits: cross entropy mixed with the divergence between both.

Hinton et al. 2015: the Kullback-Leibler divergence from teacher to student at a temperature T, times T² so that the
gradient's size does not depend on T.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Any

import torch
from torch.utils.checkpoint import checkpoint

from aigc_finetune.train.model import Network
from aigc_finetune.train.packing import Row

_CHUNK = 256  # targets whose logits over the whole vocabulary are held at a time


@dataclass(slots=True)
class Taught(Network):
    """A network whose loss is (1 − `share`) · cross entropy + `share` · T² · KL(teacher, student)."""

    teacher: Network | None = None
    share: float = 0.5
    temperature: float = 2.0

    @classmethod
    def of(cls, network: Network, teacher: Network, share: float, temperature: float) -> Taught:
        """Return `network` with a teacher; both share the weights that are trained."""
        held = {field.name: getattr(network, field.name) for field in fields(Network)}
        return cls(**held, teacher=teacher, share=share, temperature=temperature)

    def loss(self, row: Row, scale: float, smoothing: float = 0.0, noise: float = 0.0) -> tuple[Any, Any]:
        """Return the scaled loss of a row, and the plain cross entropy's sum in nats; label smoothing is not used."""
        assert self.teacher is not None  # noqa: S101 - set by `of`
        with torch.no_grad():
            wise = self.teacher.hidden(row)
        half = self.precision == "bf16" and self.method == "full"
        with torch.autocast(row.tokens.device.type, torch.bfloat16, enabled=half):
            hidden = self.hidden(row, noise)
        loss = torch.zeros((), device=hidden.device)
        plain = torch.zeros((), dtype=torch.float64, device=hidden.device)
        for start in range(0, len(row.targets), _CHUNK):
            part = slice(start, start + _CHUNK)
            # The logits are computed again for the gradient: held for a whole row they would fill the memory.
            mixed, entropy = checkpoint(self._chunk, hidden[part], wise[part], row.targets[part], use_reentrant=False)
            loss = loss + mixed
            plain += entropy.detach().double()
        return loss * scale, plain

    def _chunk(
        self, hidden: torch.Tensor, wise: torch.Tensor, targets: torch.Tensor
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """Return the sums over some targets of the mixed loss and of the cross entropy."""
        assert self.teacher is not None  # noqa: S101 - set by `of`
        logits = (hidden @ self.head.to(hidden.dtype).T).float()
        if self.head_rows is not None and self.row_ids is not None:
            logits = logits.index_copy(1, self.row_ids, (hidden @ self.head_rows.to(hidden.dtype).T).float())
        entropy = torch.nn.functional.cross_entropy(logits, targets, reduction="sum")
        with torch.no_grad():
            there = (wise @ self.teacher.head.to(wise.dtype).T).float()[:, : logits.shape[1]]
            sure = torch.log_softmax(there / self.temperature, -1)
        own = torch.log_softmax(logits[:, : sure.shape[1]] / self.temperature, -1)
        apart = torch.nn.functional.kl_div(own, sure, reduction="sum", log_target=True) * self.temperature**2
        return (1 - self.share) * entropy + self.share * apart, entropy

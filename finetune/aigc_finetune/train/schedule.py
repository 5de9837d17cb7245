"""The learning rate as a factor of the highest one, by the fraction of the run that is done."""

from __future__ import annotations

import math

from aigc_finetune.recipe import TrainSection


def factor(section: TrainSection, progress: float) -> float:
    """Return the factor in 0..1 at `progress` in 0..1.

    A linear warm-up over the first `warmup` of the run; then `cosine` falls to zero at the end (Loshchilov and Hutter
    2017), `wsd` stays and falls linearly over the last `decay` of the run (warm-up, stable, decay: Hu et al. 2024),
    `constant` stays.
    """
    progress = min(max(progress, 0.0), 1.0)
    if section.warmup and progress < section.warmup:
        return progress / section.warmup
    if section.schedule == "constant":
        return 1.0
    if section.schedule == "wsd":
        return min(1.0, (1.0 - progress) / section.decay) if section.decay else 1.0
    rest = 1.0 - section.warmup
    return 0.5 * (1.0 + math.cos(math.pi * (progress - section.warmup) / rest)) if rest else 1.0

"""What a run will take, told before it starts: data, memory, disk, steps, time. Nothing heavy is imported here."""

from aigc_finetune.train.estimate.plan import Estimate, estimate

__all__ = ["Estimate", "estimate"]

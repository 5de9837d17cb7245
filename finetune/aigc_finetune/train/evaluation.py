"""The loss on held-out data while a model is trained."""

from __future__ import annotations

import torch

from aigc_finetune.encode.shards import ShardReader
from aigc_finetune.train.model import Network
from aigc_finetune.train.packing import eval_rows, pack
from aigc_finetune.train.world import World

MOST = 64  # samples, spread over the data: evaluation takes a few hundredths of the time of training


def evaluation_loss(network: Network, reader: ShardReader, row: int, world: World, most: int = MOST) -> float:
    """Return the mean cross entropy in nats over trained targets; its perplexity is e^loss. Without dropout."""
    total, count = 0.0, 0
    # Processes deal out the rows of one cut: where one had less memory for its own, theirs are not the same.
    row = world.least(row)
    network.outer.eval()
    with torch.no_grad():
        for number, samples in enumerate(eval_rows(reader, row, most)):
            idle = number % world.size != world.rank
            if idle and not network.split:  # where weights are split, all gather them: all compute each row
                continue
            held = pack(reader, samples, world.device)
            loss = float(network.loss(held, 1.0)[1])
            total += 0.0 if idle else loss
            count += 0 if idle else len(held.targets)
    network.outer.train()
    total, whole = world.sum((total, float(count)))
    return total / max(1.0, whole)

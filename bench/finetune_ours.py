"""Our loop on a run's shards, a few steps; prints JSON. Run by finetune.py in a process of its own."""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path

from aigc_finetune.layout import RunFolder
from aigc_finetune.recipe import load_recipe
from aigc_finetune.train.hooks import BaseHook, StepFacts
from aigc_finetune.train.loop import train


class Clock(BaseHook):
    """Note each step's end and the tokens until then; the first step warms up."""

    def __init__(self) -> None:
        self.marks: list[tuple[float, StepFacts]] = []
        self.processor: list[float] = []

    def on_step(self, facts: StepFacts) -> None:
        """Note a step."""
        self.marks.append((time.perf_counter(), facts))
        self.processor.append(time.process_time())


def main() -> None:
    """Train and print useful tokens per second, peak memory and the losses."""
    clock = Clock()
    result = train(load_recipe(Path(sys.argv[1])), RunFolder(Path(sys.argv[2])), resume=False, hooks=[clock])
    (began, first), (ended, last) = clock.marks[0], clock.marks[-1]
    figures = {
        "useful_tokens": last.tokens - first.tokens,
        "seconds": ended - began,
        "tokens_per_second": (last.tokens - first.tokens) / (ended - began),
        "processor_seconds": clock.processor[-1] - clock.processor[0],
        "peak_bytes": result.memory,
        "losses": [facts.loss for _, facts in clock.marks],
    }
    print(json.dumps(figures))


if __name__ == "__main__":
    main()

"""Train in a child, kill it with SIGKILL at a random moment, resume, and so on; run by test_kill.py as a program.

Arguments: the run's folder, the base's folder, how often to kill, a seed. Children are forked from here, where all is
imported: starting Python anew for each would take most of the test's time.
"""

from __future__ import annotations

import os
import random
import signal
import sys
import time
import traceback
from pathlib import Path

import torch

from aigc_finetune.layout import RunFolder
from aigc_finetune.recipe import Recipe, parse_recipe
from aigc_finetune.train.hooks import BaseHook, StepFacts
from aigc_finetune.train.loop import train
from aigc_finetune.train.model import build

STEPS = 40


class Log(BaseHook):
    """Append each step with its loss, in full precision."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def on_step(self, facts: StepFacts) -> None:
        with self._path.open("a") as stream:
            stream.write(f"{facts.step} {facts.loss.hex()}\n")


def recipe_of(base: str) -> Recipe:
    return parse_recipe(
        {
            "model": {"name": base, "fim_prefix": "<t3>", "fim_suffix": "<t4>", "fim_middle": "<t5>"},
            "train": {
                "rank": 4, "batch_tokens": 256, "micro_tokens": 128, "learning_rate": 1e-2, "max_steps": STEPS,
                "dropout": 0.1, "neftune": 5.0, "ema": 0.9, "eval_steps": 7, "checkpoint_steps": 3,
            },
        }
    )  # fmt: skip


def child(run: RunFolder, base: str) -> None:
    train(recipe_of(base), run, resume=True, hooks=[Log(run.root / "steps.txt")])


def lines(path: Path) -> int:
    return path.read_bytes().count(b"\n") if path.exists() else 0


def main() -> None:
    run, base = RunFolder(Path(sys.argv[1])), sys.argv[2]
    kills, chance = int(sys.argv[3]), random.Random(int(sys.argv[4]))
    log = run.root / "steps.txt"
    torch.set_num_threads(1)
    build(recipe_of(base), torch.device("cpu"))  # what is loaded at first use is loaded once, before the forks
    for attempt in range(kills + 1):
        pid = os.fork()
        if pid == 0:
            try:
                child(run, base)
            except BaseException:
                traceback.print_exc()
                os._exit(1)
            os._exit(0)
        if attempt == kills:
            sys.exit(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
        # At a random step of those that come next, and at a random moment of it: also while a checkpoint is written.
        wanted = lines(log) + chance.randint(1, 6)
        while lines(log) < wanted and os.waitid(os.P_PID, pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is None:
            time.sleep(0.003)
        time.sleep(chance.uniform(0, 0.02))
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)


if __name__ == "__main__":
    main()

"""What `torchrun` and `accelerate launch` start in each process: training on the encoded data of a run's folder.

    torchrun --standalone --nproc-per-node 8 -m aigc_finetune.distributed.run RECIPE RUN [--resume] [--parallel fsdp]

The data is made before, by one process (`aigc-lsp finetune encode`). Rank 0 alone writes and shows.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from rich.console import Console

from aigc_finetune.layout import RunFolder
from aigc_finetune.recipe import Recipe
from aigc_finetune.recipes import find_recipe
from aigc_models.types import AigcError

_INTERRUPTED = 130  # as a shell says it of SIGINT


def main(arguments: Sequence[str] | None = None) -> int:
    """Train, and return the exit status: 0 done, 1 an error that was told, 130 interrupted (`--resume` goes on)."""
    asked = _parser().parse_args(arguments)
    first = int(os.environ.get("RANK", "0")) == 0
    console = Console(stderr=True, quiet=not first)
    try:
        recipe = _recipe(asked.recipe, asked.parallel)
        return _train(recipe, RunFolder(asked.run), asked.resume, asked.quiet or not first, console)
    except AigcError as error:
        # Each rank may fail by itself: the one that does says so.
        Console(stderr=True).print(f"rank {os.environ.get('RANK', '0')}: {error}", markup=False, highlight=False)
        return 1


def _train(recipe: Recipe, run: RunFolder, resume: bool, quiet: bool, console: Console) -> int:
    from aigc_finetune.train.loop import train
    from aigc_finetune.train.report.hooks import reporting

    with reporting(run, title=recipe.name, quiet=quiet, console=console) as hooks:
        result = train(recipe, run, resume=resume, hooks=hooks)
    return _INTERRUPTED if result.reason == "interrupted" else 0


def _recipe(name: str, parallel: str | None) -> Recipe:
    recipe = find_recipe(name)
    if parallel is None:
        return recipe
    return recipe.model_copy(update={"train": recipe.train.model_copy(update={"parallel": parallel})})


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m aigc_finetune.distributed.run", description=__doc__)
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.add_argument("recipe", help="a recipe's file, or the name of a shipped one")
    parser.add_argument("run", type=Path, help="the run's folder, with its encoded data")
    parser.add_argument("--resume", action="store_true", help="go on from the last checkpoint")
    parser.add_argument("--quiet", action="store_true", help="show no progress")
    parser.add_argument(
        "--parallel",
        choices=("data", "fsdp"),
        help="data: each process has the whole model; fsdp: its weights are split. The recipe's, if not given",
    )
    return parser


if __name__ == "__main__":
    sys.exit(main())

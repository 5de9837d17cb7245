"""Our training loop beside a plain transformers Trainer + peft script: useful tokens/s and peak memory, in one run.

Both train the embedded model with the same LoRA in fp32 on the same samples, made by the product's own stages from
modules of the standard library, with as many samples in a step; each in processes of its own, in turns.
"""

from __future__ import annotations

import argparse
import importlib.util
import json
import shutil
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import report

from aigc_finetune.encode.shards import ShardReader
from aigc_finetune.layout import RunFolder
from aigc_finetune.pipeline import prepare
from aigc_finetune.recipe import Recipe, parse_recipe
from aigc_finetune.recipe_text import save_recipe

_PACKAGES = ("json", "email", "http", "logging")


def make_recipe(sources: Path, steps: int, batch_tokens: int) -> Recipe:
    """Return the recipe of both sides; the data are our own defaults: half of the samples are FIM."""
    return parse_recipe(
        {
            "collect": {"sources": [str(sources)]},
            "train": {
                "rank": 16, "alpha": 32.0, "precision": "fp32", "batch_tokens": batch_tokens, "max_steps": steps,
                "eval_steps": 0, "checkpoint_steps": 1000, "learning_rate": 2e-4,
            },
        }
    )  # fmt: skip


def measure(script: str, *arguments: str) -> dict[str, Any]:
    """Run one side in a process of its own and return what it prints last."""
    done = subprocess.run(
        [sys.executable, str(Path(__file__).with_name(script)), *arguments], capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise SystemExit(f"{script} failed:\n{done.stderr[-3000:]}")
    found: dict[str, Any] = json.loads(done.stdout.strip().splitlines()[-1])
    return found


def compare(folder: Path, steps: int, samples: int, rounds: int) -> dict[str, Any]:
    """Prepare the data, run both sides in turns, and return the figures."""
    sources = folder / "sources"
    for name in _PACKAGES:
        place = Path(str(importlib.util.find_spec(name).origin)).parent  # type: ignore[union-attr]
        shutil.copytree(place, sources / name, ignore=shutil.ignore_patterns("__pycache__"))
    run = RunFolder(folder / "run")
    prepare(make_recipe(sources, steps, 1024), run)
    lengths = ShardReader(run.data / "train").lengths
    recipe = make_recipe(sources, steps, round(samples * float(lengths.mean())))
    save_recipe(folder / "recipe.toml", recipe)
    sides: dict[str, list[dict[str, Any]]] = {"ours": [], "plain": []}
    for _ in range(rounds):
        shutil.rmtree(run.checkpoints, ignore_errors=True)
        sides["ours"].append(measure("finetune_ours.py", str(folder / "recipe.toml"), str(run.root)))
        sides["plain"].append(measure("finetune_plain.py", str(folder / "recipe.toml"), str(run.root), str(samples)))
    speed = {name: [one["tokens_per_second"] for one in found] for name, found in sides.items()}
    peak = {name: max(one["peak_bytes"] for one in found) for name, found in sides.items()}
    return {
        "steps": steps,
        "samples_per_step": samples,
        "mean_tokens_of_a_sample": round(float(lengths.mean()), 1),
        **{
            name: {
                "useful_tokens_per_second": report.spread(speed[name]),
                "useful_tokens_per_processor_second": report.spread(
                    [one["useful_tokens"] / one["processor_seconds"] for one in sides[name]]
                ),
                "peak_mib": peak[name] >> 20,
                "last_losses": [round(one["losses"][-1], 3) for one in sides[name]],
            }
            for name in sides
        },
        "speed_ratio": round(statistics.median(speed["ours"]) / statistics.median(speed["plain"]), 3),
        "memory_ratio": round(peak["ours"] / peak["plain"], 3),
    }


def main() -> None:
    """Measure and print; with --json also write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--steps", type=int, default=5, help="optimizer steps; the first one is not timed")
    parser.add_argument("--samples", type=int, default=8, help="samples in a step")
    parser.add_argument("--rounds", type=int, default=2)
    parser.add_argument("--json", type=Path, help="where to write the figures")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        figures = compare(Path(folder), options.steps, options.samples, options.rounds)
    print(json.dumps(figures, indent=2))
    report.write(options.json, "finetune", figures)


if __name__ == "__main__":
    main()

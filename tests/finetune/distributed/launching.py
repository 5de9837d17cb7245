"""Starts training in several processes on this machine, over gloo, as `torchrun` does."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from aigc_finetune.layout import RunFolder
from aigc_finetune.recipe import Recipe
from aigc_finetune.recipe_text import save_recipe


def launch(
    recipe: Recipe, run: RunFolder, *options: str, processes: int = 2, check: bool = True
) -> subprocess.CompletedProcess[str]:
    """Train in `processes` processes and return what they printed."""
    file = run.root.parent / f"{run.root.name}.toml"
    save_recipe(file, recipe)
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path), "OMP_NUM_THREADS": "1"}
    environment["CUDA_VISIBLE_DEVICES"] = ""
    command = [
        sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc-per-node", str(processes),
        "-m", "aigc_finetune.distributed.run", str(file), str(run.root), *options,
    ]  # fmt: skip
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=environment, timeout=240)
    assert not check or done.returncode == 0, done.stderr
    return done


def copy_run(run: RunFolder, root: Path) -> RunFolder:
    """Return a new run's folder with the same data."""
    other = RunFolder(root)
    other.root.mkdir(parents=True)
    other.data.symlink_to(run.data, target_is_directory=True)
    return other

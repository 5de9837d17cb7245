"""What a trained run is made of stays as it is: its data and recipe are compared before anything in its folder changes.

Else an adapter would be measured on files that it was trained on, and a run could not be resumed after a refusal.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from aigc_lsp.cli.finetune_folder import is_trained
from aigc_models.types import AigcError

if TYPE_CHECKING:
    from aigc_finetune.layout import RunFolder
    from aigc_finetune.recipe import Recipe

_DATA = ("model", "collect", "clean", "augment", "encode")  # tables that decide what a run is trained on


def keeps_data(run: RunFolder, recipe: Recipe, *, resume: bool) -> bool:
    """Tell whether a run's data is kept whatever becomes of its sources: it was trained on.

    Raises:
        AigcError: the run was trained with other settings; the text names them.
    """
    if not is_trained(run):
        return False
    if resume:
        _check_checkpoint(run, recipe)
    changed = _changed(run, recipe)
    if changed:
        raise AigcError(
            f"{run.root} holds a run that was trained with other settings ({', '.join(changed)}). "
            "Put them back, or take another folder: --name or --run."
        )
    return True


def _changed(run: RunFolder, recipe: Recipe) -> list[str]:
    from aigc_finetune.recipe import load_recipe

    then, now = load_recipe(run.recipe).model_dump(), recipe.model_dump()
    return [f"{table}.{key}" for table in _DATA for key in now[table] if now[table][key] != then[table][key]]


def _check_checkpoint(run: RunFolder, recipe: Recipe) -> None:
    """Raise where the last checkpoint was made with other settings; one that cannot be read says so when it is used."""
    from aigc_finetune.encode.shards import MANIFEST
    from aigc_finetune.train import checkpoint, state

    found = checkpoint.complete(run.checkpoints)
    if not found or not (run.data / "train" / MANIFEST).is_file():
        return
    path = found[-1][1]
    try:
        then = json.loads((path / "state.json").read_text(encoding="utf-8"))["stamp"]
    except (OSError, ValueError, KeyError, TypeError):
        return
    state.check_stamp(then, state.stamp(recipe, run), path)

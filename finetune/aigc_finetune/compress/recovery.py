"""Training after compression, by the same loop as all training: with a teacher, and with pruned weights that stay zero.

Checkpoints, resuming, schedules and hooks are the training loop's own.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import torch

from aigc_finetune.compress.loss import Taught
from aigc_finetune.encode.shards import ShardReader
from aigc_finetune.layout import RunFolder
from aigc_finetune.recipe import ModelSection, Recipe
from aigc_finetune.train import checkpoint
from aigc_finetune.train.checkpoint import CheckpointError
from aigc_finetune.train.hooks import TrainHook, TrainResult
from aigc_finetune.train.loop import _Loop  # the loop, with another loss; the package's own
from aigc_finetune.train.model import Network, build
from aigc_finetune.train.world import World, join
from aigc_models.adapters import base_digest
from aigc_models.store.types import ModelRef
from aigc_models.types import AigcError


@dataclass(frozen=True, slots=True)
class Teacher:
    """Whose logits are learnt from: `share` of the loss is the divergence at `temperature`, the rest cross entropy."""

    model: ModelRef
    share: float = 0.5
    temperature: float = 2.0

    def check(self) -> None:
        """Raise AigcError where a setting is out of range."""
        if not 0.0 < self.share <= 1.0 or self.temperature <= 0.0:
            raise AigcError("Distillation needs a share above 0 and up to 1, and a temperature above 0.")


def recover(
    recipe: Recipe,
    run: RunFolder,
    *,
    model: Path | None = None,
    teacher: Teacher | None = None,
    keep_zeros: bool = False,
    resume: bool = False,
    hooks: Sequence[TrainHook] = (),
) -> TrainResult:
    """Train a compressed model on the shards in `run.data`, as `train` does.

    `model` takes the place of the recipe's base (the folder of a pruned model). With `keep_zeros` weights that are zero
    stay zero; that needs `method = "full"`. A `teacher` may be the model before pruning, or any with this vocabulary.

    Raises:
        AigcError: a setting does not fit, the vocabularies differ, or what `train` raises.
    """
    if model is not None:
        recipe = recipe.model_copy(update={"model": ModelSection(name=str(model))})
    if keep_zeros and recipe.train.method != "full":
        raise AigcError('Zeros stay zero only in full fine-tuning: set train.method = "full".')
    if teacher is not None:
        teacher.check()
    reader = ShardReader(run.data / "train")
    if not resume and checkpoint.complete(run.checkpoints):
        raise CheckpointError(
            f"{run.checkpoints} holds checkpoints of an earlier run: go on with --resume, or use another folder."
        )
    world = join()
    try:
        return _Recovery(recipe, run, reader, world, hooks if world.main else (), teacher, keep_zeros).run(resume)
    finally:
        world.leave()


def distill(
    recipe: Recipe, run: RunFolder, teacher: Teacher, *, resume: bool = False, hooks: Sequence[TrainHook] = ()
) -> TrainResult:
    """Train the recipe's model, the student, on a teacher's logits over the shards in `run.data`; see `recover`."""
    return recover(recipe, run, teacher=teacher, resume=resume, hooks=hooks)


class _Recovery(_Loop):
    """The training loop with a teacher beside the network, and zeros that are put back after each step."""

    def __init__(
        self,
        recipe: Recipe,
        run: RunFolder,
        reader: ShardReader,
        world: World,
        hooks: Sequence[TrainHook],
        teacher: Teacher | None,
        keep_zeros: bool,
    ) -> None:
        super().__init__(recipe, run, reader, world, hooks)
        if teacher is not None:
            self._network = Taught.of(
                self._network, _load_teacher(recipe, teacher, self._network, world), teacher.share, teacher.temperature
            )
            self._stamp["train"]["teacher"] = [base_digest(teacher.model), teacher.share, teacher.temperature]
        if keep_zeros:
            self._stamp["train"]["keep_zeros"] = True
            self._zeros = [
                (one, one == 0) for one in self._trained.values() if one.ndim == 2 and bool((one == 0).any())
            ]
            self._optimizer.register_step_post_hook(lambda *_: self._clear())

    def _clear(self) -> None:
        with torch.no_grad():
            for weight, zeros in self._zeros:
                weight.masked_fill_(zeros, 0.0)


def _load_teacher(recipe: Recipe, teacher: Teacher, student: Network, world: World) -> Network:
    """Load the teacher as a network whose weights are not trained.

    Raises:
        AigcError: its vocabulary is another one.
    """
    settings = recipe.train.model_copy(update={"method": "full", "precision": student.precision})
    plain = recipe.model_copy(update={"model": ModelSection(name=str(teacher.model.path)), "train": settings})
    found = build(plain, world.device)
    found.outer.requires_grad_(False)
    found.outer.eval()
    own, there = student.head.shape[0] - len(student.tokens.added), found.head.shape[0]
    if own != there:
        raise AigcError(
            f"The teacher {teacher.model.id} has a vocabulary of {there} tokens, the student one of {own}: logits can "
            "only be learnt with the same one. Let the teacher write texts instead (`--sequence`)."
        )
    return found

"""Carries out `aigc-lsp finetune prune | distill`: smaller models, with figures before and after."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING, Any

import typer

from aigc_lsp.cli import finetune_folder, output
from aigc_lsp.cli.finetune_made import check_new, show, texts_of
from aigc_lsp.cli.finetune_screen import Stages

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from aigc_lsp.cli.finetune_options import Asked
    from aigc_models.store import ModelRef


def prune(
    target: Path,
    model: str,
    sparsity: float | None,
    layers: int | None,
    method: str,
    run: Path | None,
    name: str | None,
    json: bool,
) -> None:
    """Prune a model; measure it before and after where a run's corpus is named."""
    finetune_folder.need_packages()
    from aigc_finetune.compress.layers import prune_layers
    from aigc_finetune.compress.magnitude import prune_magnitude
    from aigc_models import store

    if method not in ("angular", "influence"):
        raise typer.BadParameter(f"--method {method}: there are angular, influence")
    check_new(target)
    texts = texts_of(run, name) if layers is not None or run is not None or name is not None else []
    found = store.resolve(model)
    with Stages() as stages:
        if layers is not None:
            report: Any = prune_layers(found, target, drop=layers, texts=texts, method=method, progress=stages)  # type: ignore[arg-type]
        else:
            report = prune_magnitude(found, target, sparsity=sparsity or 0.0, progress=stages)
    show(report, target, json, "The model", **_measured(found, target, texts))


def distill(asked: Asked, teacher: str, share: float, temperature: float, restart: bool, json: bool) -> None:
    """Train a run's model on a teacher's probabilities."""
    finetune_folder.need_packages()
    from aigc_finetune.compress.recovery import Teacher
    from aigc_lsp.cli.finetune_stages import trained
    from aigc_models import store

    trained(asked, restart=restart, json=json, teacher=Teacher(store.resolve(teacher), share, temperature))


def ask_teacher(asked: Asked, target: Path, url: str, teacher: str, key: str | None, prompts: int, json: bool) -> None:
    """Have a server continue pieces of a run's corpus; what it writes becomes the corpus of a new run."""
    finetune_folder.need_packages()
    from aigc_finetune.compress.teacher import Asking, TeacherServer, write_teacher_corpus
    from aigc_finetune.layout import RunFolder, write_json
    from aigc_finetune.recipe_text import save_recipe
    from aigc_lsp.cli.finetune_stages import work_of
    from aigc_lsp.cli.finetune_work import TAUGHT

    made = RunFolder(target.absolute())
    if made.recipe.is_file():
        raise typer.BadParameter(f"{target} holds a run already: name another place")
    with work_of(asked, json) as work, finetune_folder.locked(made):
        server, asking = TeacherServer(url, teacher, key), Asking(count=prompts)
        server.check()
        work.collect(keep=True)
        output.note(f"Pieces of the corpus are sent to {server.place}.")
        with work.stages as stages:
            count = write_teacher_corpus(work.run, made, server, asking=asking, progress=stages)
        write_json(made.corpus / TAUGHT, {"url": server.place, "model": teacher, "texts": count})
        save_recipe(made.recipe, work.recipe.model_copy(update={"name": target.name}))
        work.facts["taught"] = {"run": str(made.root), "texts": count}
    output.note(f"{count} texts are in {target}. Learn them: aigc-lsp finetune train --run {shlex.quote(str(target))}")


def _measured(before: ModelRef, after: Path, texts: Sequence[str]) -> dict[str, Any]:
    """Return the figures of two models over some texts; nothing where there are none."""
    from aigc_finetune.compress.report import compare, measure
    from aigc_models import store

    if not texts:
        return {}
    return {"figures": compare(measure(before, texts), measure(store.resolve(str(after)), texts))}

"""Carries out `aigc-lsp finetune prune | distill`: smaller models, with figures before and after."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import typer

from aigc_lsp.cli import finetune_folder, output
from aigc_lsp.cli.finetune_made import check_new, show, texts_of
from aigc_lsp.cli.finetune_screen import Stages

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

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


def distill(
    target: Path,
    teacher: str,
    student: str,
    run: Path | None,
    name: str | None,
    steps: int,
    resume: bool,
    json: bool,
) -> None:
    """Train a student on a teacher's probabilities over a run's corpus."""
    finetune_folder.need_packages()
    from aigc_finetune.compress.distill import DistillOptions, distill_logits

    from aigc_models import store

    if not resume:
        check_new(target)
    texts = texts_of(run, name)
    with Stages() as stages:
        report = distill_logits(
            store.resolve(teacher), store.resolve(student), texts, target,
            options=DistillOptions(steps=steps), resume=resume, progress=stages,
        )  # fmt: skip
    show(report, target, json, "The model", **_measured(store.resolve(student), target, texts))


def ask_teacher(target: Path, url: str, run: Path | None, name: str | None, json: bool) -> None:
    """Have a server continue the corpus; its answers become the corpus of a new run."""
    finetune_folder.need_packages()
    from aigc_finetune.compress.teacher import write_teacher_corpus

    from aigc_finetune.layout import RunFolder

    check_new(target)
    texts = texts_of(run, name)
    output.note(f"{len(texts)} pieces of the corpus are sent to {url}.")
    with Stages():
        count = write_teacher_corpus(texts, RunFolder(target.absolute()), url=url)
    if json:
        output.say_json({"run": str(target), "files": count})
    else:
        output.note(f"{count} answers are in {target}: `aigc-lsp finetune train --run {target}` learns them.")


def _measured(before: ModelRef, after: Path, texts: Sequence[str]) -> dict[str, Any]:
    """Return the figures of two models over some texts; nothing where there are none."""
    from aigc_finetune.compress.report import compare, measure
    from aigc_models import store

    if not texts:
        return {}
    return {"figures": compare(measure(before, texts), measure(store.resolve(str(after)), texts))}

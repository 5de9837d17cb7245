"""Carries out `aigc-lsp finetune merge | export | extract | prune | distill`, and shows what came of it."""

from __future__ import annotations

from dataclasses import asdict, is_dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from aigc_lsp.cli import finetune_folder, output
from aigc_lsp.cli.finetune_options import run_of, runs_folder, safe
from aigc_lsp.cli.finetune_screen import Stages

if TYPE_CHECKING:
    from collections.abc import Sequence

    from aigc_models.store import ModelRef

_TEXTS = 200  # files of a corpus that a model is measured on
_EXPORTS = ("safetensors", "nf4", "Q8_0", "Q4_0", "Q4_1", "F16")


def merge(
    words: Sequence[str], target: Path, method: str, density: float, rank: int | None, seed: int, name: str, json: bool
) -> None:
    """Merge adapters; raises AigcError where they do not fit each other."""
    finetune_folder.need_packages()
    from aigc_finetune.combine.adapters import Part, combine_adapters

    known = ("linear", "ties", "dare_linear", "dare_ties")
    if method not in known:
        raise typer.BadParameter(f"--method {method}: there are {', '.join(known)}")
    _check_new(target)
    parts = [Part(adapter_folder(word), weight) for word, weight in map(_weighted, words)]
    report = combine_adapters(
        parts,
        target,
        method=method,
        density=density,
        rank=rank,
        seed=seed,
        name=name or target.name,  # type: ignore[arg-type]
    )
    _show(report, target, json, "The adapter")


def export(word: str, target: Path, kind: str, scale: float, check: bool, json: bool) -> None:
    """Write a merged model and check it; raises AigcError where it does not answer as the live adapter does."""
    finetune_folder.need_packages()
    from aigc_finetune.export.check import check_merge
    from aigc_finetune.export.model import export_model

    if kind not in _EXPORTS:
        raise typer.BadParameter(f"--kind {kind}: there are {', '.join(_EXPORTS)}")
    _check_new(target)
    adapter = adapter_folder(word)
    base = _base_of(adapter)
    with Stages() as stages:
        report = export_model(base, adapter, target, kind=kind, scale=scale, progress=stages)  # type: ignore[arg-type]
        texts = _texts_of_adapter(adapter) if check else []
        checked = check_merge(base, adapter, target, texts, scale=scale, progress=stages) if texts else None
    if check and not texts:
        output.note("Not compared with the live adapter: the corpus that it was trained on is not here.")
    _show(report, target, json, "The model", merge_check=checked)


def extract(target: Path, folder: Path | None, name: str | None, rank: int, json: bool) -> None:
    """Make an adapter of a run's fully tuned model."""
    finetune_folder.need_packages()
    from aigc_finetune.export.extract import extract_adapter

    from aigc_finetune.recipe import load_recipe
    from aigc_models import store
    from aigc_models.types import AigcError

    run = run_of(folder, name)
    if not run.model.is_dir():
        raise AigcError(f"{run.root} holds no fully tuned model. Train with `--set train.method=full` first.")
    _check_new(target)
    base = store.resolve(load_recipe(run.recipe).model.name)
    with Stages() as stages:
        report = extract_adapter(base, run.model, target, rank=rank, name=target.name, progress=stages)
    _show(report, target, json, "The adapter")


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
    _check_new(target)
    texts = _texts(run, name) if layers is not None or run is not None or name is not None else []
    found = store.resolve(model)
    with Stages() as stages:
        if layers is not None:
            report: Any = prune_layers(found, target, drop=layers, texts=texts, method=method, progress=stages)  # type: ignore[arg-type]
        else:
            report = prune_magnitude(found, target, sparsity=sparsity or 0.0, progress=stages)
    _show(report, target, json, "The model", **_measured(found, target, texts))


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
        _check_new(target)
    texts = _texts(run, name)
    with Stages() as stages:
        report = distill_logits(
            store.resolve(teacher), store.resolve(student), texts, target,
            options=DistillOptions(steps=steps), resume=resume, progress=stages,
        )  # fmt: skip
    _show(report, target, json, "The model", **_measured(store.resolve(student), target, texts))


def ask_teacher(target: Path, url: str, run: Path | None, name: str | None, json: bool) -> None:
    """Have a server continue the corpus; its answers become the corpus of a new run."""
    finetune_folder.need_packages()
    from aigc_finetune.compress.teacher import write_teacher_corpus

    from aigc_finetune.layout import RunFolder

    _check_new(target)
    texts = _texts(run, name)
    output.note(f"{len(texts)} pieces of the corpus are sent to {url}.")
    with Stages():
        count = write_teacher_corpus(texts, RunFolder(target.absolute()), url=url)
    if json:
        output.say_json({"run": str(target), "files": count})
    else:
        output.note(f"{count} answers are in {target}: `aigc-lsp finetune train --run {target}` learns them.")


def adapter_folder(word: str) -> Path:
    """Return the folder of an adapter: what is at a path, the result of a run, or a registered one.

    Raises:
        AdapterError: there is none.
    """
    from aigc_models.adapters import MANIFEST
    from aigc_models.store.adapters import find_adapter

    for folder in (Path(word), Path(word) / "adapter", runs_folder() / safe(word) / "adapter"):
        if (folder / MANIFEST).is_file():
            return folder.absolute()
    return find_adapter(word).folder


def _weighted(word: str) -> tuple[str, float]:
    name, mark, weight = word.rpartition("=")
    if not mark:
        return word, 1.0
    try:
        return name, float(weight)
    except ValueError:
        raise typer.BadParameter(f"{word}: it is ADAPTER=WEIGHT, and {weight!r} is no number") from None


def _base_of(adapter: Path) -> ModelRef:
    from aigc_models import store
    from aigc_models.adapters import read_manifest

    return store.resolve(read_manifest(adapter).base)


def _texts(run: Path | None, name: str | None) -> list[str]:
    from aigc_models.types import AigcError

    found = _corpus_texts(run_of(run, name).root)
    if not found:
        raise AigcError("The run has no corpus. `aigc-lsp finetune collect PATH` makes one.")
    return found


def _texts_of_adapter(adapter: Path) -> list[str]:
    """Return held-out texts of the run that an adapter lies in, or that has its name."""
    for root in (adapter.parent, runs_folder() / adapter.name):
        if found := _corpus_texts(root):
            return found
    return []


def _corpus_texts(root: Path) -> list[str]:
    from itertools import islice

    from aigc_finetune.layout import RunFolder
    from aigc_finetune.types import read_corpus

    corpus = RunFolder(root).corpus
    held_out = [one.text for one in islice(read_corpus(corpus, "eval"), _TEXTS)]
    return held_out or [one.text for one in islice(read_corpus(corpus, "train"), _TEXTS)]


def _measured(before: ModelRef, after: Path, texts: Sequence[str]) -> dict[str, Any]:
    """Return the figures of two models over some texts; nothing where there are none."""
    from aigc_finetune.compress.report import compare, measure

    from aigc_models import store

    if not texts:
        return {}
    return {"figures": compare(measure(before, texts), measure(store.resolve(str(after)), texts))}


def _check_new(target: Path) -> None:
    if target.exists() and (target.is_file() or any(target.iterdir())):
        raise typer.BadParameter(f"{target} is there already: name another place")
    if not target.absolute().parent.is_dir():
        raise typer.BadParameter(f"{target} cannot be written: its folder is not there")


def _show(report: Any, target: Path, json: bool, what: str, **more: Any) -> None:
    facts = {**_plain(report), **{name: _plain(value) for name, value in more.items() if value is not None}}
    if json:
        output.say_json(facts)
        return
    output.pairs((name.replace("_", " "), str(value)) for name, value in _flat(facts, ""))
    output.note(f"{what}: {target}")


def _flat(facts: dict[str, Any], above: str) -> list[tuple[str, Any]]:
    found: list[tuple[str, Any]] = []
    for name, value in facts.items():
        found += _flat(value, f"{above}{name} ") if isinstance(value, dict) else [(f"{above}{name}", value)]
    return found


def _plain(value: Any) -> Any:
    """Return what JSON can say of a value."""
    if is_dataclass(value) and not isinstance(value, type):
        return _plain(asdict(value))
    if isinstance(value, dict):
        return {str(name): _plain(one) for name, one in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(one) for one in value]
    return str(value) if isinstance(value, Path) else value

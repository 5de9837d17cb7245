"""Carries out `aigc-lsp finetune merge | export | extract`, and shows what came of it."""

from __future__ import annotations

import math
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
_COARSE = ("nf4", "Q4_0", "Q4_1")  # four bits: they differ from the live adapter as a matter of course


def merge(
    words: Sequence[str],
    target: Path,
    model: str | None,
    method: str,
    density: float,
    rank: int | None,
    seed: int,
    name: str,
    json: bool,
) -> None:
    """Merge adapters; raises AigcError where they do not fit each other."""
    finetune_folder.need_packages()
    from aigc_finetune.combine.adapters import Part, combine_adapters
    from aigc_finetune.combine.methods import METHODS

    if method not in METHODS:
        raise typer.BadParameter(f"--method {method}: there are {', '.join(METHODS)}")
    check_new(target)
    parts = [Part(adapter_folder(word), weight) for word, weight in map(_weighted, words)]
    with Stages() as stages:
        report = combine_adapters(
            base_of(parts[0].folder, model), parts, target,
            method=method, density=density, rank=rank, seed=seed, name=name or target.name, progress=stages,
        )  # fmt: skip
    show(report, target, json, "The adapter")


def export(word: str, target: Path, model: str | None, kind: str, scale: float, check: bool, json: bool) -> None:
    """Write a merged model and check it; raises AigcError where it does not answer as the live adapter does."""
    finetune_folder.need_packages()
    from aigc_finetune.export.model import KINDS, export_model

    if kind not in KINDS:
        raise typer.BadParameter(f"--kind {kind}: there are {', '.join(KINDS)}")
    if not math.isfinite(scale):
        raise typer.BadParameter(f"--scale {scale}: it is a number such as 0.8")
    check_new(target)
    adapter = adapter_folder(word)
    base = base_of(adapter, model)
    hush()
    with Stages() as stages:
        report = export_model(base, adapter, target, kind=kind, scale=scale, progress=stages)
        checked = _checked(base, adapter, target, kind, scale, stages) if check else None
    show(report, target, json, "The model", merge_check=checked)


def _checked(base: ModelRef, adapter: Path, target: Path, kind: str, scale: float, stages: Stages) -> Any:
    """Compare a merged model with the live adapter; a coarse kind may differ, which is then said."""
    from aigc_finetune.export.check import MergeCheckError, check_merge

    texts = _texts_of_adapter(adapter)
    if not texts:
        output.note("Not compared with the live adapter: the corpus that it was trained on is not here.")
        return None
    try:
        return check_merge(base, adapter, target, texts, scale=scale, progress=stages)
    except MergeCheckError as error:
        if kind not in _COARSE:
            raise
        stages.pause()
        output.note(str(error))
        return error.report


def extract(target: Path, folder: Path | None, name: str | None, rank: int, json: bool) -> None:
    """Make an adapter of a run's fully tuned model."""
    finetune_folder.need_packages()
    from aigc_finetune.export.extract import extract_adapter
    from aigc_finetune.recipe import load_recipe
    from aigc_finetune.train.finish import fim_template
    from aigc_finetune.train.tokens import token_rows
    from aigc_models import store
    from aigc_models.adapters import AdapterManifest, base_name
    from aigc_models.types import AigcError

    run = run_of(folder, name)
    if not run.model.is_dir():
        raise AigcError(f"{run.root} holds no fully tuned model. Train with `--set train.method=full` first.")
    check_new(target)
    recipe = load_recipe(run.recipe)
    base = store.resolve(recipe.model.name)
    hush()
    manifest = AdapterManifest(
        target.name, base_name(base), "", fim=fim_template(recipe, run),
        added_tokens=token_rows(base, recipe.model).added, recipe_sha256=recipe.digest(),
    )  # fmt: skip
    with Stages() as stages:
        report = extract_adapter(base, run.model, target, rank=rank, manifest=manifest, progress=stages)
    show(report, target, json, "The adapter")


def hush() -> None:
    """Have the libraries be quiet."""
    from aigc_finetune import pipeline

    pipeline.hush()


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
        factor = float(weight)
    except ValueError:
        factor = math.nan
    if not math.isfinite(factor):
        raise typer.BadParameter(f"{word}: it is ADAPTER=WEIGHT, and {weight!r} is no number")
    return name, factor


def base_of(adapter: Path, model: str | None) -> ModelRef:
    """Return the base of an adapter: `model`, what its run was trained on if that is here, or what it names.

    Raises:
        AigcError: it is not on this machine.
    """
    from aigc_finetune.recipe import load_recipe
    from aigc_models import store
    from aigc_models.adapters import base_digest, read_manifest
    from aigc_models.types import AigcError

    if model is not None:
        return store.resolve(model)
    manifest = read_manifest(adapter)
    for root in (adapter.parent, runs_folder() / adapter.name):
        try:
            found = store.resolve(load_recipe(root / "recipe.toml").model.name)
            if base_digest(found) == manifest.base_sha256:
                return found
        except AigcError:
            continue
    return store.resolve(manifest.base)


def texts_of(run: Path | None, name: str | None) -> list[str]:
    """Return texts of a run's corpus, held-out ones where there are any.

    Raises:
        AigcError: there is no such run, or no corpus in it.
    """
    from aigc_models.types import AigcError

    found = _corpustexts_of(run_of(run, name).root)
    if not found:
        raise AigcError("The run has no corpus. `aigc-lsp finetune collect PATH` makes one.")
    return found


def _texts_of_adapter(adapter: Path) -> list[str]:
    """Return held-out texts of the run that an adapter lies in, or that has its name."""
    for root in (adapter.parent, runs_folder() / adapter.name):
        if found := _corpustexts_of(root):
            return found
    return []


def _corpustexts_of(root: Path) -> list[str]:
    from itertools import islice

    from aigc_finetune.layout import RunFolder
    from aigc_finetune.types import read_corpus

    corpus = RunFolder(root).corpus
    held_out = [one.text for one in islice(read_corpus(corpus, "eval"), _TEXTS)]
    return held_out or [one.text for one in islice(read_corpus(corpus, "train"), _TEXTS)]


def check_new(target: Path) -> None:
    """Raise typer.BadParameter where something is in the place of a result, or nothing can be written there."""
    if target.exists() and (target.is_file() or any(target.iterdir())):
        raise typer.BadParameter(f"{target} is there already: name another place")
    if not target.absolute().parent.is_dir():
        raise typer.BadParameter(f"{target} cannot be written: its folder is not there")


def show(report: Any, target: Path, json: bool, what: str, figures: dict[str, Any] | None = None, **more: Any) -> None:
    """Show a report, as JSON or as names and values, `figures` of before and after, and where the result is."""
    more = {name: value for name, value in {**more, "figures": figures}.items() if value is not None}
    facts = {**_plain(report), **_plain(more)}
    if json:
        output.say_json(facts)
        return
    shown = {name: value for name, value in facts.items() if name != "figures"}
    output.pairs((name.replace("_", " "), str(value)) for name, value in _flat(shown, ""))
    if figures is not None:
        from aigc_finetune.compress.report import rows

        columns, lines = rows(figures)
        output.say()
        output.table(columns, lines, right=columns[1:])
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

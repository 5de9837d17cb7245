"""Does fine-tuning on a private repository make suggestions there better? Two packages that the base model cannot know.

Their sdists were published after the base model, so they stand in for private repositories. A fifth of each package's
files is held out (SHA-256 of the path modulo 5 is 0); the rest is what the adapter is trained on, by the shipped recipe
for a laptop's CPU. Then lines of the held-out files are asked for along the whole path, with the adapter and without,
in turns. Each step can be run by itself, and again: what is done already is not repeated.
"""

from __future__ import annotations

import argparse
import hashlib
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from finetune_private_pool import pooled
from report import write

from aigc_finetune.layout import RunFolder, write_atomically, write_json
from aigc_finetune.pipeline import collect, encode, hush
from aigc_finetune.recipe import Recipe, load_recipe, parse_recipe
from aigc_finetune.types import corpus_line, read_corpus
from aigc_lsp.cli import chosen
from aigc_lsp.cli.evaluating import Progress
from aigc_lsp.evaluate import table
from aigc_lsp.evaluate.adapters import CompareOptions, compare_adapter
from aigc_lsp.evaluate.variants import changed

PACKAGES = {"pydocket": "0.27.0", "inspect-swe": "0.2.72"}
STEPS = ("prepare", "train", "compare", "report")
# `likeliest`: what is offered while typing, the model's likeliest answer as it is. `default`: asked for by a key.
MODES: dict[str, dict[str, Any]] = {
    "likeliest": {"trigger": "automatic", "candidates": 1},
    "default": {"trigger": "invoked", "candidates": None},
}


def recipe_of(package: str, options: argparse.Namespace) -> Recipe:
    """Return the recipe for one package: the shipped one, with the package as its only source."""
    import aigc_finetune.recipes

    path = Path(options.recipe)
    if not path.is_file():
        path = Path(aigc_finetune.recipes.__path__[0]) / f"{options.recipe}.toml"
    data = load_recipe(path).model_dump()
    data["name"] = package
    data["collect"] |= {"sources": (f"pypi:{package}=={PACKAGES[package]}",), "split": "file", "eval_fraction": 0.2}
    data["train"] |= {"max_minutes": options.minutes, "max_steps": options.steps}
    if options.adapter:
        data["model"]["adapter"] = str(options.adapter.resolve())
    for pair in options.train:
        key, _, value = pair.partition("=")
        section, _, name = key.partition(".")
        data[section][name] = json.loads(value)
    return parse_recipe(data, path.name)


def prepare(recipe: Recipe, run: RunFolder) -> None:
    """Collect, clean, split by the rule, encode; a corpus that is there stays."""
    if not (run.corpus / "train.jsonl").is_file():
        collect(recipe, run)
    files = [file for split in ("train", "eval") for file in read_corpus(run.corpus, split)]
    held_out = [int(hashlib.sha256(file.path.encode()).hexdigest(), 16) % 5 == 0 for file in files]
    for split, wanted in (("train", False), ("eval", True)):
        chosen_files = [file for file, held in zip(files, held_out, strict=True) if held is wanted]
        write_atomically(run.corpus / f"{split}.jsonl", "".join(map(corpus_line, chosen_files)))
    encode(recipe, run)


def train(recipe: Recipe, run: RunFolder) -> None:
    """Train, or go on where an earlier call ended; nothing where the adapter is there."""
    from aigc_finetune.train.loop import train as loop

    done = run.root / "training.json"
    if done.is_file():
        return
    hush()
    result = loop(recipe, run, resume=any(run.checkpoints.glob("step-*")))
    if result.reason == "interrupted":
        raise SystemExit(f"interrupted; the same command goes on in {run.root}")
    names = ("step", "reason", "train_loss", "eval_loss", "seconds", "tokens", "trained_tokens", "memory")
    write_json(done, {name: getattr(result, name) for name in names})


def compare(run: RunFolder, mode: str, options: argparse.Namespace) -> None:
    """Measure one package in one mode, unless that is done."""
    target = run.root / f"compared-{mode}"
    if (target / "figures.json").is_file():
        return
    asked = CompareOptions(
        cases=options.lines, resamples=options.bootstrap, seed=options.seed, general=options.general, **MODES[mode]
    )
    own = changed(chosen.settings(quiet=True), options.set)
    against = str(options.adapter.resolve()) if options.adapter else "none"
    with Progress() as progress:
        found = compare_adapter(run.root, against=against, own=own, options=asked, target=target, tell=progress)
    show(found.data)


def show(data: dict[str, Any]) -> None:
    """Print tables and remarks."""
    for title, columns, rows in table.tables(data):
        print(f"\n{title}" if title else "")
        widths = [max(len(row[at]) for row in (columns, *rows)) for at in range(len(columns))]
        for row in (columns, *rows):
            print("  ".join(cell.rjust(width) for cell, width in zip(row, widths, strict=True)))
    print("\n" + "\n".join(table.remarks(data)))


def figures(runs: dict[str, RunFolder], options: argparse.Namespace) -> dict[str, Any]:
    """Return everything that was measured, by mode and package and over all packages."""
    modes: dict[str, Any] = {}
    for mode in MODES:
        folders = {name: run.root / f"compared-{mode}" for name, run in runs.items()}
        if all((folder / "figures.json").is_file() for folder in folders.values()):
            whole = pooled(folders, resamples=options.bootstrap, seed=options.seed)
            parts = {name: kept(json.loads((folder / "figures.json").read_text())) for name, folder in folders.items()}
            modes[mode] = {"pooled": kept(whole), "packages": parts}
            show(whole)
    return {
        "recipe": options.recipe,
        "changes": options.train,
        "settings": options.set,
        "start": options.adapter.name if options.adapter else None,
        "lines": options.lines,
        "packages": {name: about(name, run) for name, run in runs.items()},
        "modes": modes,
    }


_KEPT = ("cases", "files", "resampled", "resamples", "trigger", "comparison", "copy", "novel", "forgetting")


def kept(data: dict[str, Any]) -> dict[str, Any]:
    """Return what the JSON file keeps of a report: no paths of this machine, no curves."""
    sides = [
        {name: side[name] for name in ("name", "label", "model", "runtime", "metrics", "broken") if name in side}
        for side in data["variants"]
    ]
    return {**{name: data[name] for name in _KEPT if name in data}, "variants": sides}


def about(package: str, run: RunFolder) -> dict[str, Any]:
    """Return what one package is, and how long it was trained on."""
    counts: dict[str, Any] = {"version": PACKAGES[package]}
    for split in ("train", "eval"):
        files = list(read_corpus(run.corpus, split))
        lines = sum(1 for file in files for line in file.text.splitlines() if line.strip())
        counts[split] = {"files": len(files), "lines": lines}
        counts["licence"] = next((file.licence for file in files if file.licence), counts.get("licence", ""))
    done = run.root / "training.json"
    return {**counts, "training": json.loads(done.read_text()) if done.is_file() else None}


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the steps that were asked for."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("step", nargs="?", choices=("all", *STEPS), default="all")
    parser.add_argument("--work", type=Path, required=True, help="folder of the runs; a later call goes on there")
    parser.add_argument("--package", action="append", choices=tuple(PACKAGES), help="default: all of them")
    parser.add_argument("--recipe", default="laptop-cpu", help="name of a shipped recipe, or a .toml file")
    parser.add_argument("--train", action="append", default=[], metavar="SECTION.KEY=JSON", help="change the recipe")
    parser.add_argument("--adapter", type=Path, help="train on from this adapter, and compare with it")
    parser.add_argument("--minutes", type=float, default=20.0, help="longest training of each package; 0: no limit")
    parser.add_argument("--steps", type=int, default=0, help="optimizer steps; 0: as the recipe says")
    parser.add_argument("--lines", type=int, default=300, help="lines of each package that are asked for; 0: all")
    parser.add_argument("--general", type=int, default=100, help="cases of the check for forgetting")
    parser.add_argument("--mode", action="append", choices=tuple(MODES), help="default: likeliest")
    parser.add_argument("--set", action="append", default=[], metavar="KEY=JSON", help="a setting for both sides")
    parser.add_argument("--bootstrap", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--json", type=Path)
    options = parser.parse_args(arguments)
    steps = STEPS if options.step == "all" else (options.step,)
    runs = {name: RunFolder(options.work / name) for name in options.package or PACKAGES}
    for name, run in runs.items():
        recipe = recipe_of(name, options)
        if "prepare" in steps:
            prepare(recipe, run)
        if "train" in steps:
            train(recipe, run)
        for mode in options.mode or ["likeliest"]:
            if "compare" in steps:
                compare(run, mode, options)
    if "report" in steps:
        write(options.json, "fine-tuning on private repositories", figures(runs, options))


if __name__ == "__main__":
    main()

"""The encoding stage: a run's corpus becomes shards; finished ones are kept, and a stopped run goes on behind them."""

from __future__ import annotations

import json
import time
from dataclasses import asdict
from pathlib import Path
from typing import Any

from aigc_finetune.encode.mixture import Mixture
from aigc_finetune.encode.report import EncodeReport, SplitReport
from aigc_finetune.encode.shards import MANIFEST, ShardEntry, ShardReader, ShardWriter, file_digest
from aigc_finetune.encode.tokenizer import Tokenizer
from aigc_finetune.encode.units import Units
from aigc_finetune.layout import RunFolder, write_json
from aigc_finetune.recipe import Recipe
from aigc_finetune.types import Progress, Split
from aigc_models.fim import FimTemplate
from aigc_models.types import AigcError

_STATE = "progress.json"  # how far an unfinished folder is: written after each shard
_VERSION = 2  # raised when the same recipe and corpus give other samples than before


def encode_corpus(
    recipe: Recipe, run: RunFolder, tokenizer: Tokenizer, template: FimTemplate | None, progress: Progress
) -> EncodeReport:
    """Encode both splits of a run's corpus into `run.data`.

    Data with the same stamps (recipe, corpus, tokenizer, template) is kept; any other there is replaced.

    Raises:
        AigcError: there is no corpus, or it holds no text to train on.
    """
    if not (run.corpus / "train.jsonl").is_file():
        raise AigcError(f"{run.corpus} holds no corpus: collect it first (`aigc-lsp finetune collect`).")
    named = [token for token in (*template.markers, template.file_separator) if token] if template is not None else []
    tokenizer = tokenizer.with_added(named)
    quiet = recipe.augment.model_copy(update={"rename": 0.0, "reorder": 0.0, "forms": 0.0, "noise": 0.0})
    reports: dict[Split, SplitReport] = {}
    splits: tuple[Split, ...] = ("train", "eval")
    for split in splits:
        augment = recipe.augment if split == "train" else quiet
        mixture = Mixture(tokenizer, template, augment, recipe.encode)
        units = Units(run.corpus, split)
        stamps = {
            "version": _VERSION,
            "recipe": recipe.digest("model", "augment", "encode"),
            "corpus": units.stamp,
            "tokenizer": tokenizer.digest,
            "template": asdict(template) if template is not None else None,
            "added_tokens": list(tokenizer.added),
            "token_ids": {token: tokenizer.special(token) for token in named},
        }
        folder = run.data / split
        reports[split] = _Encoding(folder, stamps, units, mixture, recipe.encode.shard_tokens).run(split, progress)
    if not reports["train"].samples:
        raise AigcError(
            f"The {reports['train'].files} files of the corpus in {run.corpus} hold no text to train on; "
            "look at report.json there for what was left out."
        )
    return EncodeReport(reports["train"], reports["eval"], template is not None)


class _Encoding:
    """One split on its way into its folder."""

    def __init__(self, folder: Path, stamps: dict[str, Any], units: Units, mixture: Mixture, shard_tokens: int) -> None:
        self._folder = folder
        # As JSON gives it back: a template's tuples become lists.
        self._stamps: dict[str, Any] = json.loads(json.dumps(stamps))
        self._units = units
        self._mixture = mixture
        self._shard_tokens = shard_tokens

    def run(self, split: Split, progress: Progress) -> SplitReport:
        """Do what is left to do and return the report of the whole split."""
        began = time.monotonic()
        finished = _read(self._folder / MANIFEST)
        if finished is not None and self._holds(finished) and self._whole(finished["shards"]):
            report = SplitReport.from_facts(finished["report"])
            report.reused = True
            progress("encode", 1.0, f"{split}: {report.tokens:,} tokens are there already")
            return report
        writer, report, first, skip = self._begin()
        (self._folder / MANIFEST).unlink(missing_ok=True)
        for number in range(first, len(self._units)):
            done = number / len(self._units)
            progress("encode", done, f"{split}: {report.tokens:,} tokens, {report.samples:,} samples")
            self._unit(number, skip if number == first else 0, writer, report)
        report.files, report.bytes = self._units.files, self._units.bytes
        writer.finish({**self._stamps, "report": report.facts()})
        (self._folder / _STATE).unlink(missing_ok=True)
        report.seconds = time.monotonic() - began
        progress("encode", 1.0, f"{split}: {report.tokens:,} tokens, {report.samples:,} samples")
        return report

    def _unit(self, number: int, skip: int, writer: ShardWriter, report: SplitReport) -> None:
        """Add a unit's samples but the first `skip`, which the report has counted."""
        before = self._mixture.rejected.copy()
        for index, made in enumerate(self._mixture.unit(self._units.read(number)), 1):
            if index <= skip:
                continue
            report.samples += 1
            report.tokens += len(made.encoded.tokens)
            report.trained += int(made.encoded.trained.sum())
            report.narrowed += made.narrowed
            report.kinds[made.sample.kind] += 1
            if writer.add(made.encoded.tokens, made.encoded.trained):
                state = {**self._stamps, "unit": number, "skip": index, "report": report.facts()}
                write_json(self._folder / _STATE, {**state, "shards": [asdict(entry) for entry in writer.entries]})
        # What a unit leaves out is counted at its end, so that a unit that is done again counts once.
        report.rejected.update(self._mixture.rejected - before)

    def _begin(self) -> tuple[ShardWriter, SplitReport, int, int]:
        """Return where to go on: a writer behind the whole shards, their report, a unit, and samples of it to skip."""
        for torn in self._folder.glob(".shard-*.partial"):
            torn.unlink()
        state = _read(self._folder / _STATE)
        if state is not None and self._holds(state) and self._whole(state["shards"]):
            done = [ShardEntry(**entry) for entry in state["shards"]]
            report = SplitReport.from_facts(state["report"])
            return ShardWriter(self._folder, self._shard_tokens, done), report, int(state["unit"]), int(state["skip"])
        if self._folder.is_dir():
            for name in (MANIFEST, _STATE):
                (self._folder / name).unlink(missing_ok=True)
            for shard in self._folder.glob("shard-*.safetensors"):
                shard.unlink()
        return ShardWriter(self._folder, self._shard_tokens), SplitReport(), 0, 0

    def _holds(self, data: dict[str, Any]) -> bool:
        return all(data.get(key) == value for key, value in self._stamps.items())

    def _whole(self, shards: list[dict[str, Any]]) -> bool:
        paths = [(self._folder / entry["name"], entry["sha256"]) for entry in shards]
        return all(path.is_file() and file_digest(path) == digest for path, digest in paths)


def template_of(run: RunFolder) -> FimTemplate | None:
    """Return the template of the prompts in a run's data, None where they have none: what an adapter has to name.

    Raises:
        AigcError: there is no finished data, or its manifest names no template.
    """
    manifest = ShardReader(run.data / "train").manifest
    if "template" not in manifest:
        raise AigcError(f"{run.data / 'train'} does not say how its prompts are written: remove it and encode again.")
    data = manifest["template"]
    if data is None:
        return None
    texts = tuple((token, text) for token, text in data["texts"])
    return FimTemplate(**{**data, "stop": tuple(data["stop"]), "texts": texts})


def _read(path: Path) -> dict[str, Any] | None:
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return found if isinstance(found, dict) else None

"""Builds a corpus: files are read once into a stage, then split, freed of duplicates and written."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Sequence
from typing import NamedTuple

from aigc_finetune.clean import duplicates, leakage
from aigc_finetune.collect.filters import PathFilter, Refusal, known_languages
from aigc_finetune.collect.licences import Licences
from aigc_finetune.collect.report import CorpusReport, SourceReport, read_report
from aigc_finetune.collect.sources import open_sources
from aigc_finetune.collect.sources.base import Commits, Entry, Rejected, Source, SourceError
from aigc_finetune.collect.split import Placed, divide
from aigc_finetune.collect.stage import Record, Stage
from aigc_finetune.collect.take import Taken, take
from aigc_finetune.layout import RunFolder, write_json
from aigc_finetune.recipe import Recipe
from aigc_finetune.types import CorpusFile, Progress, Split, read_corpus

_FORM = "1"  # changes when the same recipe and sources give another corpus than before


class NothingToTrainOnError(SourceError):
    """No file was taken; the text says for which reasons."""


def build_corpus(recipe: Recipe, run: RunFolder, progress: Progress, *, force: bool = False) -> CorpusReport:
    """Collect and clean what the recipe names into `run.corpus`, and return the report on it.

    A corpus that was finished with the same recipe and sources stays as it is unless `force` is given.

    Raises:
        SourceError: a source cannot be used, or no file of it can be taken (`rejected.jsonl` says why for each).
    """
    unknown = known_languages(recipe.collect.languages)
    if unknown:
        raise SourceError(f"`collect.languages` names what is no language here: {', '.join(unknown)}.")
    sources = open_sources(recipe.collect.sources, without=run.root)
    try:
        progress("collect", None, "Listing files")
        stamp = _stamp(recipe, sources)
        done = None if force else read_report(run.corpus / "report.json")
        if done is not None and done.stamp == stamp and (run.corpus / "train.jsonl").is_file():
            progress("collect", 1.0, "The corpus is there already")
            return done
        return _Builder(recipe, run, progress, sources).build(stamp)
    finally:
        for source in sources:
            source.close()


def _stamp(recipe: Recipe, sources: Sequence[Source]) -> str:
    parts = [_FORM, recipe.digest("collect", "clean")]
    parts += [f"{source.label}\0{source.fingerprint()}" for source in sources]
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()


class _Position(NamedTuple):
    """A source while it is read, by its number."""

    number: int
    source: Source
    licences: Licences
    commits: dict[str, Commits]


class _Builder:
    """One build. It holds the report that it fills."""

    def __init__(self, recipe: Recipe, run: RunFolder, progress: Progress, sources: Sequence[Source]) -> None:
        self._recipe, self._run, self._progress, self._sources = recipe, run, progress, sources
        self._filter = PathFilter(recipe.collect)
        self._report = CorpusReport()
        self._rejected: Counter[str] = Counter()
        self._encodings: Counter[str] = Counter()
        self._stage = Stage(run.corpus)
        self._bytes = 0

    def build(self, stamp: str) -> CorpusReport:
        """Do all of it; the report is written last."""
        try:
            self._collect()
            splits = self._split()
            self._write(splits)
            self._finish(stamp)
        finally:
            self._stage.close()
        return self._report

    def _collect(self) -> None:
        """First pass: read, judge and clean each file into the stage."""
        total = sum(entry.size for source in self._sources for entry in source.listing().entries) or 1
        for number, source in enumerate(self._sources):
            listing, origin = source.listing(), source.origin
            told = SourceReport(
                source.label, origin.kind, origin.identity, origin.package, origin.version, origin.licence
            )
            told.considered = len(listing.entries)
            self._report.sources.append(told)
            for one in listing.rejected:
                self._reject(one)
            known = Licences((entry.path for entry in listing.entries), source.read, origin.licence)
            told.licence = known.of("", "")
            commits = dict(source.commits()) if self._recipe.collect.split == "time" else {}
            at = _Position(number, source, known, commits)
            for entry in listing.entries:
                self._entry(entry, at)
                self._bytes += entry.size
                self._progress("collect", self._bytes / total, entry.path)
        self._report.rejected = dict(self._rejected)

    def _entry(self, entry: Entry, at: _Position) -> None:
        language = self._filter.judge(entry.path, entry.size)
        if isinstance(language, Refusal):
            self._reject(Rejected(entry.path, at.source.label, *language))
            return
        try:
            data = at.source.read(entry.path)
        except OSError as error:
            self._reject(Rejected(entry.path, at.source.label, "unreadable", error.strerror or "it cannot be read"))
            return
        taken = take(data, entry.path, language, at.licences, self._recipe)
        if isinstance(taken, Refusal):
            self._reject(Rejected(entry.path, at.source.label, *taken))
        else:
            self._take(entry.path, language.name, taken, at)

    def _take(self, path: str, language: str, taken: Taken, at: _Position) -> None:
        commits = at.commits.get(path)
        time = commits.last if commits else None
        self._stage.take(
            CorpusFile(path, at.source.label, language, taken.text, taken.sha256, taken.licence, time),
            Record(path, at.number, language, len(taken.text), taken.sha256, taken.licence, commits, taken.signature),
        )
        self._encodings[taken.encoding] += 1
        if taken.unchanged:
            self._report.unchanged.append(path)
        for kind, line in taken.redactions:
            self._report.redactions[kind] = self._report.redactions.get(kind, 0) + 1
            self._report.redacted.append({"path": path, "source": at.source.label, "line": line, "kind": kind})

    def _reject(self, one: Rejected) -> None:
        self._rejected[one.reason] += 1
        self._stage.reject(one)

    def _split(self) -> list[Split | None]:
        """Return the split of each staged file, None for duplicates."""
        records = self._stage.records
        if not records:
            reasons = ", ".join(f"{reason} {count}" for reason, count in self._rejected.most_common())
            self._keep_rejected()
            raise NothingToTrainOnError(
                f"No file can be trained on ({reasons or 'the sources are empty'}). "
                f"{self._run.corpus / 'rejected.jsonl'} says for each file why; change `collect` in the recipe."
            )
        self._progress("clean", None, "Splitting, and looking for duplicates")
        placed = [Placed(one.path, one.size, one.commits) for one in records]
        division = divide(placed, self._recipe.collect)
        self._report.split, self._report.notes = division.method, division.notes
        likes = [
            duplicates.Like(one.sha256, split, one.signature)
            for one, split in zip(records, division.splits, strict=True)
        ]
        found = duplicates.find(likes, self._recipe.clean)
        splits = self._without(found, division.splits)
        self._report.duplicates = {
            "exact": len(found.exact), "near": len(found.near), "across_splits": len(found.across)
        }  # fmt: skip
        return splits

    def _without(self, found: duplicates.Duplicates, splits: list[Split]) -> list[Split | None]:
        kept: list[Split | None] = list(splits)
        for reason, pairs in (("duplicate", found.exact), ("near-duplicate", found.near)):
            for at, like in pairs.items():
                kept[at] = None
                one, other = self._stage.records[at], self._stage.records[like]
                place = "" if other.source == one.source else f" of {self._sources[other.source].label}"
                self._reject(Rejected(one.path, self._sources[one.source].label, reason, f"of {other.path}{place}"))
        if "train" not in kept:
            kept = ["train" if split else None for split in kept]
            self._report.notes.append("Nothing is held out: what would train is like what would be held out.")
        self._report.rejected = dict(self._rejected)
        return kept

    def _write(self, splits: list[Split | None]) -> None:
        """Second pass: write both splits."""
        report = self._report
        with self._stage.writers() as writers:
            for line, record, split in zip(self._stage.lines(), self._stage.records, splits, strict=True):
                if split is None:
                    continue
                writers[split].write(line)
                report.files[split] += 1
                report.characters[split] += record.size
                counts = report.languages.setdefault(record.language, dict.fromkeys(("train", "eval", "characters"), 0))
                counts[split] += 1
                counts["characters"] += record.size
                told = report.sources[record.source]
                setattr(told, split, getattr(told, split) + 1)
                told.characters += record.size
                told.licences[record.licence] = told.licences.get(record.licence, 0) + 1
        report.encodings = dict(self._encodings)

    def _finish(self, stamp: str) -> None:
        corpus, report = self._run.corpus, self._report
        self._progress("clean", None, "Checking what is held out against what trains")
        folder = self._stage.folder
        found = leakage.check(lambda: read_corpus(folder, "train"), lambda: read_corpus(folder, "eval"))
        report.leakage = {
            "files_in_train": found.files_in_train, "lines": found.lines, "lines_in_train": found.lines_in_train,
            "share": round(found.share, 4), "sampled": found.sampled, "files": [list(one) for one in found.files],
        }  # fmt: skip
        report.stamp = stamp
        (corpus / "report.json").unlink(missing_ok=True)  # a kill between here and the end leaves no finished corpus
        self._stage.finish(corpus)
        write_json(corpus / "report.json", report.as_json())
        self._progress("clean", 1.0, f"{report.files['train']} files train, {report.files['eval']} are held out")

    def _keep_rejected(self) -> None:
        self._stage.close()
        (self._run.corpus / "report.json").unlink(missing_ok=True)
        (self._stage.folder / "rejected.jsonl").replace(self._run.corpus / "rejected.jsonl")

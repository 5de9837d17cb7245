"""Tables of what a run's data is made of: files that were taken, those that were not and why, samples and tokens."""

from __future__ import annotations

import json
from collections import Counter
from typing import TYPE_CHECKING, Any

from aigc_lsp.cli import output

if TYPE_CHECKING:
    from aigc_finetune.collect.report import CorpusReport
    from aigc_finetune.layout import RunFolder

_SPLITS = ("train", "eval")
_NAMES = {"train": "to train on", "eval": "held out"}
_EACH = 20  # files that are listed one by one; of more, each reason with some of its files
_EXAMPLES = 3


def corpus_facts(report: CorpusReport) -> dict[str, Any]:
    """Return what the corpus is made of, for JSON; where redactions were is in the run's `report.json`."""
    facts = report.as_json()
    return {name: value for name, value in facts.items() if name not in ("stamp", "redacted", "unchanged")}


def show_corpus(report: CorpusReport, run: RunFolder) -> None:
    """Show what was taken, what was done to it, and what was not taken."""
    rows = [
        (name, *(f"{counts[key]:,}" for key in ("train", "eval", "characters")))
        for name, counts in sorted(report.languages.items(), key=lambda one: -one[1]["characters"])
    ]
    columns = ("taken", "to train on", "held out", "characters")
    output.say()
    output.table(columns, rows, right=columns[1:])
    show_rejected(run)
    for line in _remarks(report):
        output.say(line)


def show_rejected(run: RunFolder, *, stderr: bool = False) -> None:
    """Show the files that were not taken: a few one by one, of many each reason with some of them."""
    path = run.corpus / "rejected.jsonl"
    if not path.is_file():
        return
    entries = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    if not entries:
        return
    if not stderr:
        output.say()
    if len(entries) <= _EACH:
        rows = [(output.visible(one["path"]), one["reason"], output.visible(one.get("detail", ""))) for one in entries]
        output.table(("not taken", "why", ""), rows, stderr=stderr)
        return
    counts = Counter(one["reason"] for one in entries)
    shown = [
        (reason, f"{count:,}", ", ".join([one["path"] for one in entries if one["reason"] == reason][:_EXAMPLES]))
        for reason, count in counts.most_common()
    ]
    rows = [(reason, count, output.visible(files)) for reason, count, files in shown]
    output.table(("not taken", "files", "such as"), rows, right=("files",), stderr=stderr)
    (output.note if stderr else output.say)(f"Each of them: {path}")


def has_data(run: RunFolder) -> bool:
    """Tell whether both splits are encoded."""
    return all((run.data / split / "manifest.json").is_file() for split in _SPLITS)


def data_facts(run: RunFolder) -> dict[str, Any]:
    """Return what the shards hold, by split: files, samples, tokens, kinds of samples, what was left out."""
    return {
        split: json.loads((run.data / split / "manifest.json").read_text(encoding="utf-8"))["report"]
        for split in _SPLITS
    }


def show_data(facts: dict[str, Any]) -> None:
    """Show what the shards hold."""
    rows = [
        (_NAMES[split], *(f"{one[name]:,}" for name in ("files", "samples", "tokens", "trained")))
        for split, one in facts.items()
    ]
    columns = ("data", "files", "samples", "tokens", "in the loss")
    output.say()
    output.table(columns, rows, right=columns[1:])


def _remarks(report: CorpusReport) -> list[str]:
    found = [f"Split by {report.split}.", *report.notes]
    if report.redactions:
        kinds = ", ".join(f"{kind} {count}" for kind, count in sorted(report.redactions.items()))
        found.append(f"Redacted: {kinds}.")
    if report.leakage.get("lines"):
        share = report.leakage["share"]
        found.append(f"{share:.0%} of the held-out lines stand verbatim in the files to train on.")
    licences: Counter[str] = Counter()
    for source in report.sources:
        licences.update(source.licences)
    told = ", ".join(f"{licence or 'unknown'} {count}" for licence, count in licences.most_common())
    return [*found, f"Licences: {told}."] if told else found

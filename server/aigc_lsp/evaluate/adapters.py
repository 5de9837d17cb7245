"""Base against adapter, after a fine-tuning run: held-out files, the general set, the verdict, and where it is kept.

The answers go the way of every evaluation (`session.evaluate`). What the command prints is the command's.
"""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from aigc_lsp.evaluate.comparison import CompareOptions, Comparison, main_figures
from aigc_lsp.evaluate.corpus_tree import write_tree
from aigc_lsp.evaluate.general import general_cases
from aigc_lsp.evaluate.runner import Options
from aigc_lsp.evaluate.session import Plan, Report, Tell, evaluate
from aigc_lsp.evaluate.variants import Variant, changed
from aigc_lsp.evaluate.verdict import forgetting
from aigc_models.types import AigcError

if TYPE_CHECKING:
    from aigc_finetune.layout import RunFolder
    from aigc_lsp.settings import Settings

__all__ = ["CompareOptions", "Comparison", "compare", "compare_adapter"]

# General code is asked for with short prompts and without a search among answers: it is the model that is judged.
_GENERAL = ("completion.candidates=1", "completion.prefix_tokens=384", "completion.suffix_tokens=96")


def compare_adapter(
    run: Path,
    *,
    adapter: Path | None = None,
    base: str | None = None,
    against: str = "none",
    own: Settings | None = None,
    options: CompareOptions | None = None,
    target: Path | None = None,
    tell: Tell = lambda what, done, all_: None,
) -> Comparison:
    """Compare a run's adapter (A) with its base (B) on the files that the run held out.

    `adapter` is the run's own where it is None; a run of full fine-tuning has a model in its place. `base` is what the
    recipe names as its model, None the settings' own; `against` is the adapter of side B, `none` the model alone. `own`
    are the settings in force. Writes `cases.jsonl`, `report.html` and at last `figures.json` into `target`; into the
    run's `evaluation` where that is None, and then the main figures into the adapter's manifest, too.

    Raises:
        AigcError: the run holds nothing out or has no adapter, or no engine answers; nothing is written then.
        KeyboardInterrupt: nothing is written either.
    """
    from aigc_finetune.layout import RunFolder

    settings = own if own is not None else _settings()
    options = options or CompareOptions()
    folder = RunFolder(run)
    pairs = [] if base in (None, "default") else [f"engine.model={base}"]
    with_adapter, manifest = _tuned(folder, adapter)
    label = "base" if against == "none" else f"base with {Path(against).name}"
    sides = [
        Variant("A", "adapter", changed(settings, [*pairs, *with_adapter])),
        Variant("B", label, changed(settings, [*pairs, f"engine.adapter={against}"])),
    ]
    comparison = compare(folder.corpus, target or folder.evaluation, sides, settings, options, tell)
    if manifest is not None and target is None:
        _note(manifest, comparison.data)
    return comparison


def _tuned(folder: RunFolder, adapter: Path | None) -> tuple[list[str], Path | None]:
    """Return the settings of the tuned side, and the adapter's folder, None for a whole model."""
    from aigc_models.adapters import read_manifest

    if adapter is None and not folder.adapter.is_dir() and folder.model.is_dir():
        return [f"engine.model={folder.model.resolve()}", "engine.adapter=none"], None
    if adapter is None and not folder.adapter.is_dir():
        raise AigcError(f"{folder.root} holds no adapter yet. Train it first: `aigc-lsp finetune train`.")
    found = (adapter or folder.adapter).resolve()
    read_manifest(found)
    return [f"engine.adapter={found}"], found


def compare(
    corpus: Path, target: Path, sides: Sequence[Variant], own: Settings, options: CompareOptions, tell: Tell
) -> Comparison:
    """Compare two variants on a corpus's held-out files and on general code; write figures and report into `target`."""
    asked = Options(1, options.seed, options.trigger, False, options.timeout)
    searched = [] if options.candidates is None else [f"completion.candidates={options.candidates}"]
    with tempfile.TemporaryDirectory(prefix="aigc-corpus-") as name:
        root = Path(name).resolve() / "repository"
        root.mkdir()
        plan = Plan(
            (root,),
            kinds=options.spans,
            count=options.cases,
            resamples=options.resamples,
            options=asked,
            files=write_tree(corpus, root),
        )
        report = _run(plan, _each(sides, searched), own, tell)
    report.data["source"] = [str(corpus)]
    if options.general:
        _check_forgetting(report, sides, own, options, tell)
    return _write(report, target)


def _check_forgetting(
    report: Report, sides: Sequence[Variant], own: Settings, options: CompareOptions, tell: Tell
) -> None:
    from aigc_finetune.evaluate.general import general_files

    cases = tuple(general_cases(general_files(), options.general))
    if not cases:
        report.data["general"] = {"cases": 0}
        return
    asked = Options(1, options.seed, "invoked", False, options.timeout)
    plan = Plan((), resamples=options.resamples, options=asked, given=cases)
    general = _run(
        plan, _each(sides, _GENERAL), own, lambda what, done, all_: tell(f"general code: {what}", done, all_)
    )
    report.data["general"] = {
        name: general.data[name] for name in ("cases", "files", "resampled", "variants", "comparison")
    }
    report.data["forgetting"] = forgetting(general.data, options.forgetting)


def _each(sides: Sequence[Variant], pairs: Sequence[str]) -> list[Variant]:
    return [replace(side, settings=changed(side.settings, pairs)) for side in sides]


def _run(plan: Plan, sides: Sequence[Variant], own: Settings, tell: Tell) -> Report:
    """Evaluate whole or not at all: half a comparison is none."""
    from aigc_plugins.manager import load_plugins

    report = evaluate(plan, sides, own, load_plugins(own.plugins.disabled), tell)
    if report.interrupted:
        raise KeyboardInterrupt
    if report.error is not None:
        raise report.error
    return report


def _write(report: Report, target: Path) -> Comparison:
    from aigc_finetune.layout import write_atomically, write_json
    from aigc_lsp.evaluate.details import lines
    from aigc_lsp.evaluate.html import page

    def whole(text: str) -> str:
        return text.encode("utf-8", "replace").decode("utf-8")  # half of a surrogate pair has no UTF-8

    figures, html = target / "figures.json", _report_file(target)
    write_atomically(target / "cases.jsonl", whole(lines(report)))
    if html is not None:
        write_atomically(html, whole(page(report)))
    write_json(figures, report.data)
    return Comparison(report.data, figures, html)


def _report_file(target: Path) -> Path | None:
    """Return where the report goes, None where the package for its plots is missing."""
    from aigc_lsp.evaluate.plots import need_matplotlib

    try:
        need_matplotlib()
    except AigcError:
        return None
    return target / "report.html"


def _note(adapter: Path, data: dict[str, Any]) -> None:
    """Write the main figures into the adapter's manifest."""
    from aigc_models.adapters import read_manifest, write_manifest

    write_manifest(adapter, replace(read_manifest(adapter), figures=main_figures(data)))


def _settings() -> Settings:
    from aigc_lsp.cli import chosen

    return chosen.settings(quiet=True)

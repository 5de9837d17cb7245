"""One evaluation from its plan to its report: index, cases, engines, the run. What is printed is the CLI's."""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from aigc_lsp.completion import CompletionService
from aigc_lsp.evaluate.bootstrap import RESAMPLES
from aigc_lsp.evaluate.cases import Case, spread_evenly
from aigc_lsp.evaluate.dataset import ENDINGS, DatasetError, read_dataset
from aigc_lsp.evaluate.engines import Engines
from aigc_lsp.evaluate.masked import MaskedWorkspace
from aigc_lsp.evaluate.repository import repository_cases, source_files, source_text
from aigc_lsp.evaluate.runner import Options, Recorder, Side, run
from aigc_lsp.evaluate.summary import summary
from aigc_models.types import AigcError

if TYPE_CHECKING:
    from aigc_lsp.evaluate.elsewhere import Baseline
    from aigc_lsp.evaluate.variants import Variant
    from aigc_lsp.settings import Settings
    from aigc_plugins.manager import Plugins

# How long context may take to be found. An editor waits far less; what a busy machine misses then must not be measured.
_DEADLINE_S = 10.0

Tell = Callable[[str, int, int], None]  # what is being done, how much of it is done, and how much there is (0: unknown)


@dataclass(frozen=True)
class Plan:
    """What to evaluate: one folder, or data-set files; `count` cases at most (0: all). See `Options` for the rest.

    `files` are the held-out files of the folder, relative to it: they alone are masked, and what copying from the other
    files achieves is reported, too. `given` are cases that were made already: nothing is read then.
    """

    sources: tuple[Path, ...]
    kinds: tuple[str, ...] = ("line", "call", "block")
    count: int = 200
    languages: tuple[str, ...] = ()
    ks: tuple[int, ...] = (1,)
    resamples: int = RESAMPLES
    options: Options = field(default_factory=Options)
    files: tuple[str, ...] | None = None
    given: tuple[Case, ...] = ()

    @property
    def folder(self) -> Path | None:
        """The repository to evaluate over, None for data sets."""
        return self.sources[0] if len(self.sources) == 1 and self.sources[0].is_dir() and not self.given else None


@dataclass
class Report:
    """What came of it. `interrupted` by Ctrl-C or `error`: the figures are of what was done until then."""

    cases: list[Case]
    sides: list[Side]
    data: dict[str, Any]
    interrupted: bool = False
    error: AigcError | None = None
    baseline: Baseline | None = None


def evaluate(
    plan: Plan, variants: Sequence[Variant], own: Settings, plugins: Plugins, tell: Tell = lambda what, done, all_: None
) -> Report:
    """Run a plan under one or two variants; `own` are the settings of editors, whose engine is used where it fits.

    Raises:
        AigcError: there is nothing to evaluate, or no engine; once the run has begun, an error is part of the report.
    """
    with ExitStack() as stack:
        cases, workspace = _cases(plan, own, stack, tell)
        compared = _baseline(plan, own, cases, tell)
        sides: list[Side] = []
        interrupted, failed = False, None
        try:
            asyncio.run(_run(plan, cases, variants, own, plugins, workspace, sides, tell))
        except KeyboardInterrupt:
            interrupted = True
        except AigcError as error:
            failed = error
    if not any(side.results for side in sides):
        if failed is not None:
            raise failed
        if interrupted:
            raise KeyboardInterrupt
    tell("computing intervals", 0, 0)
    try:
        data = summary(cases, sides, ks=plan.ks, resamples=plan.resamples, seed=plan.options.seed, baseline=compared)
    except KeyboardInterrupt:  # the answers took long, the intervals are what is not waited for
        interrupted, data = True, summary(cases, sides, ks=plan.ks, resamples=0, baseline=compared)
    return Report(cases, sides, {**_about(plan), **data}, interrupted, failed, compared)


def _cases(plan: Plan, own: Settings, stack: ExitStack, tell: Tell) -> tuple[list[Case], MaskedWorkspace | None]:
    if plan.given:
        return list(plan.given), None
    root = plan.folder
    if root is None:
        language = plan.languages[0] if plan.languages else "python"
        per_file = -(-plan.count // len(plan.sources)) if plan.count else 0
        found = [spread_evenly(read_dataset(_file(path), language), per_file) for path in plan.sources]
        return [case for cases in found for case in cases], None
    from aigc_plugins.index import IndexedWorkspace, Indexer, Limits

    root = root.resolve()
    folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="aigc-index-")))
    limits = Limits(own.context.max_files, own.context.max_file_kb)
    Indexer(root, folder=folder, limits=limits).build(lambda done, all_: tell("indexing", done, all_))
    workspace = MaskedWorkspace(lambda: IndexedWorkspace([root], folder=folder, limits=limits))
    stack.callback(workspace.close)
    cases = repository_cases(
        root,
        workspace,
        kinds=plan.kinds,
        count=plan.count,
        seed=plan.options.seed,
        languages=plan.languages,
        max_file_kb=limits.max_file_kb,
        only=plan.files,
        progress=lambda done, all_: tell("choosing spans", done, all_),
    )
    return cases, workspace


def _baseline(plan: Plan, own: Settings, cases: Sequence[Case], tell: Tell) -> Baseline | None:
    """Return what copying achieves where files are held out."""
    if plan.files is None or plan.folder is None:
        return None
    from aigc_lsp.evaluate.elsewhere import Elsewhere, baseline

    root = plan.folder.resolve()
    read = ((root / path, source_text(root / path)) for path, _ in source_files(root, (), own.context.max_file_kb))
    texts = [(path, text) for path, text in read if text is not None]
    elsewhere = Elsewhere(texts, {root / path for path in plan.files})
    return baseline(cases, elsewhere, lambda done: tell("looking up copies", done, len(cases)))


def _file(path: Path) -> Path:
    if path.is_dir():
        raise DatasetError(f"{path} is a folder. Give one folder, or data-set files.")
    if not path.name.endswith(ENDINGS):
        raise DatasetError(f"{path} is no data set. Its name must end in {' or '.join(ENDINGS)}.")
    return path


async def _run(
    plan: Plan,
    cases: Sequence[Case],
    variants: Sequence[Variant],
    own: Settings,
    plugins: Plugins,
    workspace: MaskedWorkspace | None,
    sides: list[Side],
    tell: Tell,
) -> None:
    async with Engines(own, plan.options.timeout * 2, lambda text: tell(text, 0, 0)) as engines:
        for variant in variants:
            client, status = await engines.open(variant.settings)
            side = _side(variant, Recorder(client), plugins, workspace)
            side.model, side.runtime = status.model, status.runtime
            sides.append(side)
        tell("asking", 0, len(cases))
        await run(cases, sides, plan.options, lambda done: tell("asking", done, len(cases)))


def _side(variant: Variant, client: Recorder, plugins: Plugins, workspace: MaskedWorkspace | None) -> Side:
    from aigc_lsp.lsp.backend import inline_task

    context = None
    if workspace is not None and variant.settings.context.enabled:
        from aigc_plugins.context.assemble import ContextAssembler

        switches = variant.settings.context.providers
        context = ContextAssembler(
            plugins.context_providers(), workspace, enabled=switches, deadline_s=_DEADLINE_S, patience_s=_DEADLINE_S
        )
    service = CompletionService(client, inline_task(plugins), context)
    return Side(variant, service, client, workspace, context)


def _about(plan: Plan) -> dict[str, Any]:
    from aigc_models import __version__

    return {
        "aigc_lsp": __version__,
        "source": [str(path) for path in plan.sources],
        "spans": list(plan.kinds) if plan.folder is not None else None,
        "held_out": len(plan.files) if plan.files is not None else None,
        "samples": plan.options.samples,
        "trigger": plan.options.trigger,
        "seed": plan.options.seed,
        "resamples": plan.resamples,
        "tests_run": plan.options.run_tests,
    }

"""The stages of a run as `aigc-lsp finetune` carries them out: each does its part, shows it, and notes its facts."""

from __future__ import annotations

import re
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from aigc_lsp.cli import finetune_folder, output
from aigc_lsp.cli.finetune_screen import Stages, minutes

if TYPE_CHECKING:
    from collections.abc import Sequence

    from aigc_finetune.compress.recovery import Teacher
    from aigc_finetune.layout import RunFolder
    from aigc_finetune.recipe import Recipe
    from aigc_finetune.train.estimate import Estimate
    from aigc_finetune.train.hooks import TrainResult
    from aigc_lsp.evaluate.adapters import Comparison


TAUGHT = "teacher.json"  # beside a corpus that a teacher wrote: it is not collected anew


class Work:
    """Stages of one run. `facts` gathers what `--json` prints; without `json`, each stage shows its table.

    With `kept`, corpus and shards that are there stay, and so does the recipe beside them: the run was trained on them.
    """

    def __init__(self, recipe: Recipe, run: RunFolder, *, json: bool = False, kept: bool = False) -> None:
        self.recipe, self.run, self.json, self._kept = recipe, run, json, kept
        self.facts: dict[str, Any] = {"name": recipe.name, "run": str(run.root)}
        self.stages = Stages(quiet=not finetune_folder.is_main_process())

    def collect(self, *, keep: bool = False) -> None:
        """Collect and clean; show what was taken and why the rest was not."""
        from aigc_finetune import pipeline
        from aigc_finetune.collect.build import NothingToTrainOnError
        from aigc_lsp.cli import finetune_tables

        before = pipeline.known_corpus(self.run)
        if self._kept and before is not None:
            self.facts["corpus"] = finetune_tables.corpus_facts(before)
            output.note("The corpus is the one that the run was trained on; it stays.")
            return
        try:
            with self.stages as stages:
                report = pipeline.collect(self.recipe, self.run, stages, keep=keep)
        except NothingToTrainOnError:
            finetune_tables.show_rejected(self.run, stderr=True)
            raise
        self.facts["corpus"] = finetune_tables.corpus_facts(report)
        if before is not None and before.stamp == report.stamp:
            output.note("The corpus is there already, and its sources have not changed.")
        elif not self.json:
            finetune_tables.show_corpus(report, self.run)

    def encode(self) -> None:
        """Make shards of the corpus."""
        from aigc_finetune import pipeline
        from aigc_lsp.cli import finetune_tables

        if not (self._kept and finetune_tables.has_data(self.run)):
            with self.stages as stages:
                pipeline.encode(self.recipe, self.run, stages)
        self.facts["data"] = finetune_tables.data_facts(self.run)
        if not self.json:
            finetune_tables.show_data(self.facts["data"])

    def estimate(self) -> Estimate:
        """Say what training will take, before it begins."""
        from aigc_finetune.train.estimate import estimate

        found = estimate(self.recipe, self.run)
        self.facts["estimate"] = asdict(found)
        if not self.json:
            output.say()
            for line in found.lines():
                output.say(line)
        return found

    def sweep(
        self, *, trials: int = 12, steps: int | None = None, minutes: float | None = None, trial_minutes: float = 0.0
    ) -> Path:
        """Search for a better recipe, go on with that one, and return its file.

        Raises:
            KeyboardInterrupt: the search was ended; the trials that are done are kept, and the next search goes on.
        """
        from aigc_finetune.pipeline import hush
        from aigc_finetune.sweep.search import sweep

        hush()
        with self.stages as stages:
            found = sweep(
                self.recipe, self.run, trials=trials, steps=steps, minutes=minutes, trial_minutes=trial_minutes,
                progress=stages,
            )  # fmt: skip
        self.facts["sweep"] = found.data()
        if not self.json:
            columns, rows = found.table()
            output.say()
            output.table(columns, rows, right=columns[2:])
        for line in found.notes:
            output.note(line)
        if found.reason == "interrupted":
            raise KeyboardInterrupt
        self.recipe = found.best
        output.note(f"The best recipe: {found.recipe_file}")
        return found.recipe_file

    def train(self, *, resume: bool, teacher: Teacher | None = None, keep_zeros: bool = False) -> TrainResult:
        """Train, with the losses live, in the log, in TensorBoard and as a plot; a teacher's logits are learnt, too."""
        from aigc_finetune.pipeline import hush
        from aigc_finetune.train.loop import train
        from aigc_finetune.train.report.hooks import reporting

        hush()
        quiet = not finetune_folder.is_main_process()
        with reporting(self.run, title=self.recipe.name, quiet=quiet) as hooks:
            if teacher is None and not keep_zeros:
                result = train(self.recipe, self.run, resume=resume, hooks=hooks)
            else:
                from aigc_finetune.compress.recovery import recover

                result = recover(
                    self.recipe, self.run, teacher=teacher, keep_zeros=keep_zeros, resume=resume, hooks=hooks
                )
        self.facts["training"] = {name: _plain(value) for name, value in asdict(result).items()}
        if not self.json and finetune_folder.is_main_process():
            self._show_training(result)
        return result

    def evaluate(self) -> Comparison:
        """Compare the adapter with its base on what was held out."""
        from aigc_lsp.cli.evaluating import Progress
        from aigc_lsp.evaluate.adapters import CompareOptions, compare_adapter

        with Progress() as progress:
            found = compare_adapter(
                self.run.root,
                base=self._base(),
                options=CompareOptions.of(self.recipe.evaluate),
                tell=progress,
            )
        self.facts["evaluation"] = found.data
        self.facts["verdict"] = found.verdict
        if not self.json:
            for columns, rows in found.tables():
                heads = [_named(one) for one in columns]
                output.say()
                output.table(heads, rows, right=heads[1:])
            output.say()
            for line in found.remarks():
                output.say(_named(line))
        if found.report is not None:
            output.note(f"The report: {found.report}")
        return found

    def data(self, *, keep: bool = False) -> None:
        """Make what training needs, as far as it is not there.

        Raises:
            AigcError: several processes were started and it is not there: they would all make it.
        """
        if not finetune_folder.is_alone():
            finetune_folder.need_data(self.run)
            return
        if (self.run.corpus / TAUGHT).is_file():
            output.note("The corpus is what a teacher wrote.")
        else:
            self.collect(keep=keep)
        self.encode()

    def register(self) -> None:
        """Put the adapter among those that the engine can use."""
        from aigc_models.store.adapters import add_adapter

        found = add_adapter(self.run.adapter, self.recipe.name)
        self.facts["adapter"] = {"name": found.name, "folder": str(found.folder), "bytes": found.size}
        output.note(f"The adapter is registered as {found.name}: `aigc-lsp adapters list`.")

    def use(self, workspaces: Sequence[Path]) -> None:
        """Have completions in these folders come from the adapter; a server that runs follows at once."""
        from aigc_lsp.cli.adapter_use import bound

        notes: list[str] = []
        for workspace in workspaces:
            notes += bound(self.recipe.name, workspace)["notes"]
            output.note(f"Suggestions in {workspace} come from {self.recipe.name} from now on.")
        for line in dict.fromkeys(notes):
            output.note(line)
        self.facts["used"] = [str(workspace) for workspace in workspaces]

    def _base(self) -> str:
        """Return the base by the name that the engine knows."""
        from aigc_models.catalog import load_catalog

        name = self.recipe.model.name
        return load_catalog().default_model.name if name == "default" else name

    def _show_training(self, result: TrainResult) -> None:
        from aigc_finetune.train.report.curve import terminal_curve
        from aigc_finetune.train.report.log import read_history

        output.say()
        output.say(terminal_curve(read_history(self.run.log)))
        held_out = f", held out {result.eval_loss:.3f}" if result.eval_loss is not None else ""
        output.say(
            f"{result.step} steps in {minutes(result.seconds)}, {result.tokens:,} tokens: "
            f"loss {result.train_loss:.3f}{held_out}"
        )
        for note in result.notes:
            output.note(note)


def _named(text: str) -> str:
    """Return a head or a remark with what the variants A and B are here."""
    return re.sub(r"\bB\b", "base", re.sub(r"\bA\b", "adapter", text))


def _plain(value: Any) -> Any:
    return str(value) if isinstance(value, Path) else value

"""From sources to shards in a run's folder: collect, clean, encode. Each stage keeps what is there and still holds."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from typing import TYPE_CHECKING

from aigc_finetune.layout import RunFolder
from aigc_finetune.recipe import Recipe, RecipeError, load_recipe
from aigc_finetune.recipe_text import save_recipe

if TYPE_CHECKING:
    from aigc_finetune.collect.report import CorpusReport
    from aigc_finetune.encode.report import EncodeReport
    from aigc_finetune.types import Progress


@dataclass(frozen=True, slots=True)
class Prepared:
    """What a run's data is made of."""

    corpus: CorpusReport
    data: EncodeReport


def quiet(stage: str, fraction: float | None, text: str) -> None:
    """Show no progress."""


def prepare(recipe: Recipe, run: RunFolder, progress: Progress = quiet, *, keep: bool = False) -> Prepared:
    """Make the data of a run: collect, clean and encode.

    With `keep`, a finished corpus stays as it is although its sources changed: a resumed run goes on with the data that
    it began with.

    Raises:
        AigcError: a stage failed, or there is nothing to train on; the text says why.
    """
    return Prepared(collect(recipe, run, progress, keep=keep), encode(recipe, run, progress))


def collect(recipe: Recipe, run: RunFolder, progress: Progress = quiet, *, keep: bool = False) -> CorpusReport:
    """Collect and clean, unless the corpus that is there was made from these sources, as they are now, by this recipe.

    Raises:
        AigcError: a source cannot be read, or no file of any is fit.
    """
    from aigc_finetune.collect.build import build_corpus

    found = known_corpus(run) if keep and _same_sections(recipe, run, "collect", "clean") else None
    if found is None:
        found = build_corpus(recipe, run, progress)
    save_recipe(run.recipe, recipe)
    return found


def known_corpus(run: RunFolder) -> CorpusReport | None:
    """Return the report of the corpus that is there, None where there is no finished one."""
    from aigc_finetune.collect.report import read_report

    return read_report(run.corpus / "report.json") if (run.corpus / "train.jsonl").is_file() else None


def encode(recipe: Recipe, run: RunFolder, progress: Progress = quiet) -> EncodeReport:
    """Encode a run's corpus with the tokenizer of its model; shards that are there and fit are kept.

    Raises:
        AigcError: there is no corpus, or the model has no tokenizer that can be used.
    """
    from aigc_finetune.encode.build import encode_corpus
    from aigc_finetune.encode.tokenizer import load_tokenizer, resolve_template

    tokenizer = load_tokenizer(recipe.model.name)
    template, _ = resolve_template(recipe, tokenizer)
    found = encode_corpus(recipe, run, tokenizer, template, progress)
    save_recipe(run.recipe, recipe)
    return found


def hush() -> None:
    """Have the libraries show no bars and no warnings of their own between the lines of a command."""
    import warnings

    from transformers.utils import logging

    logging.set_verbosity_error()
    logging.disable_progress_bar()
    warnings.filterwarnings("ignore", category=FutureWarning)


def forget_training(run: RunFolder) -> None:
    """Remove what training and evaluation left in a run's folder; its corpus and its shards stay."""
    for folder in (run.checkpoints, run.adapter, run.model, run.tensorboard, run.evaluation):
        shutil.rmtree(folder, ignore_errors=True)
    for file in (run.log, run.curve):
        file.unlink(missing_ok=True)


def _same_sections(recipe: Recipe, run: RunFolder, *sections: str) -> bool:
    try:
        return load_recipe(run.recipe).digest(*sections) == recipe.digest(*sections)
    except RecipeError:
        return False

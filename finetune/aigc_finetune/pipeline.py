"""From sources to shards in a run's folder: collect, clean, encode. What is there already and still holds is kept.

The stages themselves are in `collect` and `encode`; this decides what has to be done again.
"""

from __future__ import annotations

import hashlib
import json
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from aigc_finetune.layout import RunFolder, write_json
from aigc_finetune.recipe_text import save_recipe

if TYPE_CHECKING:
    from aigc_finetune.collect.build import CorpusReport
    from aigc_finetune.encode.build import EncodeReport
    from aigc_finetune.recipe import Recipe
    from aigc_finetune.types import Progress

_STAMP = "stamp.json"
_GIT = ("git", "--no-pager", "-c", "core.fsmonitor=false")


@dataclass(frozen=True, slots=True)
class Prepared:
    """What `prepare` did. `corpus` is None where the corpus that was there already was kept."""

    corpus: CorpusReport | None
    data: EncodeReport


def quiet(stage: str, fraction: float | None, text: str) -> None:
    """Show no progress."""


def prepare(recipe: Recipe, run: RunFolder, progress: Progress = quiet, *, keep: bool = False) -> Prepared:
    """Make the data of a run: collect, clean and encode. With `keep`, a finished corpus stays as it is.

    Raises:
        AigcError: a stage failed, or there is nothing to train on; the text says why.
    """
    return Prepared(collect(recipe, run, progress, keep=keep), encode(recipe, run, progress))


def collect(recipe: Recipe, run: RunFolder, progress: Progress = quiet, *, keep: bool = False) -> CorpusReport | None:
    """Collect and clean, unless the corpus was made from these sources, as they are now, by this recipe; then None.

    A resumed run wants the data that it began with: `keep` takes a finished corpus even where its sources changed.

    Raises:
        AigcError: a source cannot be read, or no file of any is fit.
    """
    stamp = run.corpus / _STAMP
    now = {"recipe": recipe.digest("collect", "clean"), "sources": fingerprint(recipe.collect.sources)}
    before = _read(stamp)
    if before == now or (keep and before is not None and before["recipe"] == now["recipe"]):
        return None
    from aigc_finetune.collect.build import build_corpus

    stamp.unlink(missing_ok=True)
    save_recipe(run.recipe, recipe)
    report = build_corpus(recipe, run, progress)
    write_json(stamp, now)
    return report


def encode(recipe: Recipe, run: RunFolder, progress: Progress = quiet) -> EncodeReport:
    """Encode a run's corpus with the tokenizer of its model; shards that are there and fit are kept.

    Raises:
        AigcError: there is no corpus, or the model has no tokenizer that can be used.
    """
    from aigc_finetune.encode.build import encode_corpus
    from aigc_finetune.encode.tokenizer import load_tokenizer, resolve_template

    tokenizer = load_tokenizer(recipe.model.name)
    template, _ = resolve_template(recipe, tokenizer)
    save_recipe(run.recipe, recipe)
    return encode_corpus(recipe, run, tokenizer, template, progress)


def fingerprint(sources: tuple[str, ...]) -> str:
    """Return a SHA-256 that changes when a source does: by sizes and times of a folder's files, by a commit of git."""
    digest = hashlib.sha256()
    for source in sources:
        digest.update(json.dumps([source, *_state(source)]).encode())
    return digest.hexdigest()


def forget_training(run: RunFolder) -> None:
    """Remove what training and evaluation left in a run's folder; its corpus and its shards stay."""
    for folder in (run.checkpoints, run.adapter, run.model, run.tensorboard, run.evaluation):
        shutil.rmtree(folder, ignore_errors=True)
    for file in (run.log, run.curve):
        file.unlink(missing_ok=True)


def _state(source: str) -> list[Any]:
    if source == "stdlib":
        return [sys.version]
    if source.startswith("pypi:"):
        return []
    if source.startswith("git:"):
        path, _, revision = source[len("git:") :].rpartition("@")
        return [_commit(Path(path or revision), revision if path else "HEAD")]
    from aigc_plugins.index.ignore import Rules

    return [(name, status.st_size, status.st_mtime_ns) for name, status in Rules(Path(source)).files()]


def _commit(folder: Path, revision: str) -> str:
    """Return the commit that a revision means now; the revision itself where git cannot tell: collecting says why."""
    command = [*_GIT, "rev-parse", "--verify", "--quiet", "--end-of-options", f"{revision}^{{commit}}"]
    try:
        done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    except OSError:
        return revision
    return done.stdout.strip() or revision


def _read(path: Path) -> dict[str, Any] | None:
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return found if isinstance(found, dict) else None

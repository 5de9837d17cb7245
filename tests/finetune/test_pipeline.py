"""`prepare`: what is done again, what is kept, and what a restart removes."""

from __future__ import annotations

from pathlib import Path

import pytest

from aigc_finetune.layout import RunFolder
from aigc_finetune.pipeline import forget_training, known_corpus, prepare
from aigc_finetune.recipe import Recipe, load_recipe, parse_recipe
from aigc_finetune.types import read_corpus
from aigc_models.types import AigcError
from cli_helpers.finetune_base import project, tiny_base


@pytest.fixture
def recipe(tmp_path: Path) -> Recipe:
    project(tmp_path / "shop", files=4)
    data = {
        "model": {"name": str(tiny_base(tmp_path / "base"))},
        "collect": {"sources": [str(tmp_path / "shop")]},
        "augment": {"fim": 0.0},
        "encode": {"context_length": 128},
    }
    return parse_recipe(data)


def _texts(run: RunFolder) -> list[str]:
    return [file.text for split in ("train", "eval") for file in read_corpus(run.corpus, split)]  # type: ignore[arg-type]


def test_what_holds_is_kept_and_what_changed_is_made_again(recipe: Recipe, tmp_path: Path) -> None:
    run = RunFolder(tmp_path / "run")
    first = prepare(recipe, run)
    assert load_recipe(run.recipe) == recipe
    again = prepare(recipe, run)
    assert (again.corpus.stamp, again.data.train.reused) == (first.corpus.stamp, True)
    (tmp_path / "shop" / "more.py").write_text("def more(count):\n    return count + 1\n" * 3)
    third = prepare(recipe, run)
    assert sum(third.corpus.files.values()) == sum(first.corpus.files.values()) + 1
    assert any("def more" in text for text in _texts(run))


def test_a_resumed_run_keeps_its_corpus_unless_the_recipe_asks_for_another(recipe: Recipe, tmp_path: Path) -> None:
    run = RunFolder(tmp_path / "run")
    first = prepare(recipe, run)
    (tmp_path / "shop" / "more.py").write_text("def more(count):\n    return count + 1\n" * 3)
    assert prepare(recipe, run, keep=True).corpus.stamp == first.corpus.stamp
    other = recipe.model_copy(update={"collect": recipe.collect.model_copy(update={"seed": 2})})
    assert prepare(other, run, keep=True).corpus.stamp != first.corpus.stamp


def test_nothing_to_train_on_says_why(recipe: Recipe, tmp_path: Path) -> None:
    only = recipe.model_copy(update={"collect": recipe.collect.model_copy(update={"languages": ("go",)})})
    run = RunFolder(tmp_path / "run")
    with pytest.raises(AigcError, match=r"No file can be trained on \(.*language"):
        prepare(only, run)
    assert known_corpus(run) is None


def test_a_restart_removes_the_training_and_leaves_the_data(recipe: Recipe, tmp_path: Path) -> None:
    run = RunFolder(tmp_path / "run")
    prepare(recipe, run)
    for folder in (run.checkpoints, run.adapter, run.evaluation):
        folder.mkdir()
        (folder / "file").write_text("")
    run.log.write_text("")
    forget_training(run)
    assert sorted(path.name for path in run.root.iterdir()) == ["corpus", "data", "recipe.toml"]

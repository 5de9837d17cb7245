"""The proof on private repositories: the split is by the path, cases of packages are pooled, the page is whole."""

from __future__ import annotations

import argparse
import asyncio
import hashlib
import json
from pathlib import Path
from typing import Any

import pytest

from aigc_finetune.types import CorpusFile, corpus_line, read_corpus
from aigc_lsp.evaluate.details import lines
from aigc_lsp.evaluate.elsewhere import Elsewhere, baseline
from aigc_lsp.evaluate.runner import Options, run
from aigc_lsp.evaluate.session import Report
from aigc_lsp.evaluate.summary import summary
from evaluate_helpers import Engine, line_case, side

BENCH = Path(__file__).parents[1] / "bench"


@pytest.fixture
def bench(monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.syspath_prepend(str(BENCH))
    import finetune_private

    return finetune_private


def options(**changed: Any) -> argparse.Namespace:
    given = {"recipe": "laptop-cpu", "minutes": 3.0, "steps": 2, "adapter": None, "train": [], "set": [], "lines": 4}
    return argparse.Namespace(**{**given, "bootstrap": 50, "seed": 1, **changed})


def compared(folder: Path, right: bool) -> Path:
    """Write a comparison of two cases in two files, one of them right with the adapter where `right`."""
    cases = [line_case(number, path=folder / f"{number}.py") for number in (1, 2)]
    for place, case in enumerate(cases):
        cases[place] = type(case)(**{**vars(case), "name": f"{place}.py:3:5"})
    says = ["return result * 1\n" if right else "return 0\n", "return 0\n"]
    sides = [side(Engine(lambda _, say=say: say, logprob=-float(at + 1)), name)
             for at, (say, name) in enumerate(zip(says, "AB", strict=True))]  # fmt: skip
    asyncio.run(run(cases, sides, Options()))
    text = "def f2(value):\n    result = value + 2\n    return result * 2\n"
    known = baseline(cases, Elsewhere([(folder / "t.py", text)], set()), lambda done: None)
    data = summary(cases, sides, resamples=50, baseline=known)
    folder.mkdir(parents=True)
    (folder / "figures.json").write_text(json.dumps({**data, "resamples": 50, "trigger": "automatic"}))
    (folder / "cases.jsonl").write_text(lines(Report(cases, sides, data, baseline=known)))
    return folder


def test_packages_are_pooled_and_their_files_resampled(bench: Any, tmp_path: Path) -> None:
    from finetune_private_pool import pooled

    whole = pooled(
        {"one": compared(tmp_path / "a", True), "two": compared(tmp_path / "b", False)}, resamples=50, seed=1
    )
    assert (whole["cases"], whole["files"], whole["kinds"]) == (4, 4, {"one": 2, "two": 2})
    assert [one["metrics"]["exact"]["value"] for one in whole["variants"]] == [0.25, 0]
    assert whole["copy"]["exact"]["value"] == 0.5
    assert whole["novel"]["cases"] == 2
    assert whole["comparison"]["perplexity_ratio"]["value"] == pytest.approx(2.71828 / 2.71828**2, abs=1e-3)


def test_the_page_is_written_from_the_figures(bench: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import docs
    from finetune_private_page import section

    runs = {}
    for name in bench.PACKAGES:
        made = bench.RunFolder(tmp_path / name)
        compared(made.root / "compared-likeliest", name == "pydocket")
        made.corpus.mkdir()
        file = CorpusFile("x.py", "s", "python", "x = 1\n", "0", "MIT")
        for split in ("train", "eval"):
            (made.corpus / f"{split}.jsonl").write_text(corpus_line(file))
        (made.root / "training.json").write_text(json.dumps({"step": 9, "seconds": 120.0}))
        runs[name] = made
    found = json.loads(json.dumps(bench.figures(runs, options())))
    assert str(tmp_path) not in json.dumps(found)
    text = "\n".join(section(found, docs._table))
    for words in (
        "pydocket 0.27.0 (MIT)",
        "| 2 | 9 |",
        "both, exact match | 4 | **0.250** | 0.000 | 0.500",
        "novel lines",
    ):
        assert words in text


def test_a_fifth_is_held_out_by_the_path_and_again_the_same(
    bench: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = bench.RunFolder(tmp_path)
    made.corpus.mkdir()
    files = [CorpusFile(f"m{n}.py", "s", "python", f"x = {n}\n", str(n)) for n in range(60)]
    (made.corpus / "train.jsonl").write_text("".join(map(corpus_line, files)))
    encoded = []
    monkeypatch.setattr(bench, "collect", lambda *_: pytest.fail("the corpus that is there stays"))
    monkeypatch.setattr(bench, "encode", lambda recipe, run: encoded.append(run))
    held = []
    for _ in range(2):
        bench.prepare(bench.recipe_of("pydocket", options()), made)
        held.append([file.path for file in read_corpus(made.corpus, "eval")])
    assert held[0] == held[1] == [
        file.path for file in files if int(hashlib.sha256(file.path.encode()).hexdigest(), 16) % 5 == 0
    ]  # fmt: skip
    assert 5 < len(held[0]) < 20
    assert len(list(read_corpus(made.corpus, "train"))) == 60 - len(held[0])
    assert len(encoded) == 2


def test_the_recipe_is_the_shipped_one_with_what_was_asked_for(bench: Any) -> None:
    recipe = bench.recipe_of("inspect-swe", options(train=["train.rank=4", "augment.fim=0.5"]))
    assert recipe.collect.sources == ("pypi:inspect-swe==0.2.72",)
    assert (recipe.collect.split, recipe.train.rank, recipe.augment.fim) == ("file", 4, 0.5)
    assert (recipe.train.max_minutes, recipe.train.max_steps) == (3.0, 2)
    assert recipe.train.learning_rate == 4e-4  # the recipe's own

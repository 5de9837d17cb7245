"""Base and adapter over a run's held-out files: figures, report, manifest, verdict, and what is refused."""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from aigc_finetune.types import CorpusFile, corpus_line
from aigc_lsp.evaluate.adapters import CompareOptions, compare
from aigc_lsp.evaluate.comparison import Comparison, main_figures
from aigc_lsp.evaluate.corpus_tree import write_tree
from aigc_lsp.evaluate.heldout import HeldOutError
from aigc_lsp.evaluate.variants import Variant, changed
from aigc_lsp.settings import Settings

RIGHT, WRONG = "fake?text=value%20%3D%20base%20%2B%201%0A", "fake?text=value%20%3D%200%0A"


def file(path: str, text: str, source: str = "/project") -> CorpusFile:
    return CorpusFile(path, source, "python", text, hashlib.sha256(text.encode()).hexdigest())


def write_corpus(folder: Path, train: list[CorpusFile], held_out: list[CorpusFile]) -> Path:
    folder.mkdir()
    for name, files in (("train", train), ("eval", held_out)):
        (folder / f"{name}.jsonl").write_text("".join(map(corpus_line, files)))
    return folder


@pytest.fixture
def corpus(tmp_path: Path) -> Path:
    train = [file("a/train.py", "def f(base):\n    other = base * 3\n    return other\n")]
    held = [file(f"a/held_{n}.py", f"def g_{n}(base):\n    value = base + 1\n    return {n}\n") for n in range(4)]
    return write_corpus(tmp_path / "corpus", train, held)


def variants(one: str, other: str) -> list[Variant]:
    return [
        Variant(name, label, changed(Settings(), [f"engine.model={model}"]))
        for name, label, model in (("A", "adapter", one), ("B", "base", other))
    ]


OPTIONS = CompareOptions(cases=4, resamples=200, general=6, timeout=20)


def test_a_comparison_has_figures_a_report_and_a_verdict(corpus: Path, tmp_path: Path, home: Path) -> None:
    pytest.importorskip("matplotlib")
    target = tmp_path / "evaluation"
    found = compare(corpus, target, variants(RIGHT, WRONG), Settings(), replace(OPTIONS, cases=8), lambda *_: None)
    data = json.loads(found.figures.read_text())
    assert data == json.loads(json.dumps(found.data))
    assert (data["files"], data["resampled"], data["held_out"]) == (4, "files", 4)
    assert data["source"] == [str(corpus)]
    exact = {side["label"]: side["metrics"]["exact"]["value"] for side in data["variants"]}
    assert exact == {"adapter": 0.5, "base": 0.0}
    assert found.verdict == "better"
    assert data["general"]["cases"] == 6
    assert not data["forgetting"]["refused"]
    assert found.refusal() is None
    assert found.report is not None
    page = found.report.read_text()
    for words in ("general code: 6 lines", "novel text only", "<th>copy</th>", "A is better than B"):
        assert words in page
    assert found.tables()[0][0][0] == "figure"
    # `value = base + 1` stands in every held-out file, `return 3` in one.
    assert data["novel"]["cases"] == 4
    assert main_figures(data)["novel"]["exact"]["adapter"] == 0.0


def test_the_same_model_twice_shows_no_difference(corpus: Path, tmp_path: Path, home: Path) -> None:
    found = compare(
        corpus, tmp_path / "out", variants(RIGHT, RIGHT), Settings(), replace(OPTIONS, general=0), lambda *_: None
    )
    assert found.verdict == "no difference shown"
    assert found.data["comparison"]["difference"]["exact"] == {"value": 0.0, "low": 0.0, "high": 0.0, "cases": 4}


def judged(refused: bool) -> Comparison:
    data: dict[str, Any] = {"forgetting": {"refused": refused, "criterion": "exact match fell by 0.02", "cases": 300}}
    return Comparison(data, Path("figures.json"), None)


def test_an_adapter_that_forgets_is_refused_unless_that_is_allowed() -> None:
    assert judged(False).refusal() is None
    refusal = judged(True).refusal()
    assert refusal is not None
    assert "exact match fell by 0.02" in refusal
    assert "--allow-forgetting" in refusal
    assert judged(True).refusal(allow_forgetting=True) is None
    assert Comparison({}, Path("figures.json"), None).refusal() is None  # not checked


def test_a_corpus_lies_in_a_tree_and_sources_beside_each_other(tmp_path: Path) -> None:
    train = [file("x.py", "x = 1\n", "/project/one"), file("x.py", "x = 2\n", "git:/other/one@main")]
    folder = write_corpus(tmp_path / "corpus", train, [file("sub/y.py", "y = 1\n", "/project/one")])
    held = write_tree(folder, tmp_path / "tree")
    assert held == ("one/sub/y.py",)
    assert (tmp_path / "tree/one/x.py").read_text() == "x = 1\n"
    assert (tmp_path / "tree/one-main/x.py").read_text() == "x = 2\n"


@pytest.mark.parametrize("path", ["../out.py", "/etc/out.py"])
def test_a_path_does_not_leave_the_tree(tmp_path: Path, path: str) -> None:
    folder = write_corpus(tmp_path / "corpus", [file("x.py", "x = 1\n")], [file(path, "y = 1\n")])
    (tmp_path / "tree").mkdir()
    with pytest.raises(HeldOutError, match="no path below"):
        write_tree(folder, tmp_path / "tree")
    assert not (tmp_path / "out.py").exists()


def test_nothing_held_out_says_what_to_set(tmp_path: Path) -> None:
    folder = write_corpus(tmp_path / "corpus", [file("x.py", "x = 1\n")], [])
    with pytest.raises(HeldOutError, match=r"collect\.split"):
        write_tree(folder, tmp_path / "tree")

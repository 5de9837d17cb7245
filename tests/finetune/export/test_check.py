"""A merge is checked against the live adapter, and a merge that lost it is refused."""

from __future__ import annotations

from pathlib import Path

import pytest

from aigc_models.engine.merging import merge_to_gguf
from aigc_models.store.types import ModelRef

pytest.importorskip("torch")

from aigc_finetune.export.check import MergeCheckError, check_merge
from tests.models.engine.merging.tiny import adapted, load, tiny_folder, tiny_model, write_base

TEXTS = ["ab cd ef\n    gh ab = cd\nef gh = ab(cd)\n" * 6]


@pytest.fixture
def base(tmp_path: Path) -> ModelRef:
    tiny_folder(tmp_path / "folder", tiny_model("llama"))
    write_base(load(tmp_path / "folder"), tmp_path / "base.gguf", tokenizer=tmp_path / "folder")
    return ModelRef("tiny", tmp_path / "base.gguf", "gguf", None, "")


def test_an_exact_merge_passes(base: ModelRef, tmp_path: Path) -> None:
    adapted(load(base.path), tmp_path / "adapter")
    merge_to_gguf(base, tmp_path / "adapter", tmp_path / "merged.gguf", quantization="F32")
    report = check_merge(base, tmp_path / "adapter", tmp_path / "merged.gguf", TEXTS)
    assert report.ok
    assert report.agreement == 1.0
    assert report.exact_live == report.exact_merged
    assert report.perplexity_merged == pytest.approx(report.perplexity_live, rel=1e-4)
    assert report.tokens > 100
    assert report.lines > 10


def test_a_merge_that_lost_the_adapter_fails(base: ModelRef, tmp_path: Path) -> None:
    adapted(load(base.path), tmp_path / "adapter")
    with pytest.raises(MergeCheckError, match=r"the likeliest token is the same at \d+\.\d\d %") as caught:
        check_merge(base, tmp_path / "adapter", base.path, TEXTS)
    assert caught.value.report.agreement < 0.99
    assert not caught.value.report.ok


def test_the_scale_of_a_merge_is_the_live_adapters(base: ModelRef, tmp_path: Path) -> None:
    adapted(load(base.path), tmp_path / "adapter")
    merge_to_gguf(base, tmp_path / "adapter", tmp_path / "merged.gguf", quantization="F32", scale=0.5)
    assert check_merge(base, tmp_path / "adapter", tmp_path / "merged.gguf", TEXTS, scale=0.5).agreement == 1.0
    with pytest.raises(MergeCheckError):
        check_merge(base, tmp_path / "adapter", tmp_path / "merged.gguf", TEXTS, scale=1.0)

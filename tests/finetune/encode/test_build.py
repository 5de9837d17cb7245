"""The encoding stage: finished data are kept, a stopped run goes on as if it had not stopped."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from aigc_finetune.encode import units
from aigc_finetune.encode.build import encode_corpus, template_of
from aigc_finetune.encode.report import EncodeReport
from aigc_finetune.encode.shards import ShardReader, ShardWriter, verify
from aigc_finetune.encode.units import Units
from aigc_finetune.layout import RunFolder
from aigc_finetune.recipe import Recipe, parse_recipe
from aigc_models.types import AigcError
from tests.finetune.encode.helpers import CODE, ODD, TEMPLATE, corpus_file, small_tokenizer, text_of, write_corpus


class StoppedError(Exception):
    """What ends a run in the middle in these tests."""


def recipe(**sections: dict[str, Any]) -> Recipe:
    base: dict[str, Any] = {
        "encode": {"context_length": 128, "shard_tokens": 2048, **sections.pop("encode", {})},
        "augment": {"context": 300, "max_middle": 80, **sections.pop("augment", {})},
    }
    return parse_recipe(base | sections)


def files(count: int = 12) -> list[Any]:
    return [
        corpus_file(CODE.replace("Queue", f"Queue{n}") + ODD[n % len(ODD)], f"pkg/{n % 3}/mod{n}.py")
        for n in range(count)
    ]


def encode(run: RunFolder, chosen: Recipe | None = None) -> EncodeReport:
    return encode_corpus(chosen or recipe(), run, small_tokenizer(), TEMPLATE, lambda *_: None)


@pytest.fixture
def run(tmp_path: Path) -> RunFolder:
    folder = RunFolder(tmp_path / "run")
    write_corpus(folder.corpus, files(), files(3))
    return folder


def contents(run: RunFolder) -> dict[str, str]:
    found = sorted(path for path in run.data.rglob("*") if path.is_file())
    return {str(path.relative_to(run.data)): hashlib.sha256(path.read_bytes()).hexdigest() for path in found}


def all_samples(folder: Path) -> list[tuple[list[int], list[int]]]:
    reader = ShardReader(folder)
    return [(tokens.tolist(), mask.tolist()) for tokens, mask in map(reader.sample, range(len(reader)))]


def test_the_report_and_the_manifest_agree_with_the_shards(run: RunFolder) -> None:
    report = encode(run)
    samples = all_samples(run.data / "train")
    assert report.fim
    assert report.train.samples == len(samples) == sum(report.train.kinds.values())
    assert report.train.tokens == report.tokens == sum(len(tokens) for tokens, _ in samples)
    assert report.train.trained == sum(sum(mask) for _, mask in samples)
    assert max(len(tokens) for tokens, _ in samples) <= 128
    assert report.train.mean_length == pytest.approx(report.train.tokens / len(samples))
    manifest = ShardReader(run.data / "train").manifest
    assert manifest["report"]["kinds"] == dict(report.train.kinds)
    assert template_of(run) == TEMPLATE
    assert len(manifest["shards"]) > 2
    verify(run.data / "train")


def test_encoding_again_reuses_and_another_recipe_does_not(run: RunFolder) -> None:
    encode(run)
    before = contents(run)
    again = encode(run)
    assert again.train.reused
    assert again.eval.reused
    assert again.tokens
    assert contents(run) == before
    other = encode(run, recipe(augment={"seed": 2}))
    assert not other.train.reused
    assert contents(run) != before
    assert contents(run).keys() >= {"train/manifest.json", "eval/manifest.json"}


def test_another_corpus_is_encoded_anew(run: RunFolder) -> None:
    encode(run)
    write_corpus(run.corpus, files(4), files(3))
    report = encode(run)
    assert not report.train.reused
    assert report.eval.reused
    assert report.train.files == 4


def test_a_damaged_shard_is_found_and_made_again(run: RunFolder) -> None:
    encode(run)
    before = contents(run)
    shard = run.data / "train" / "shard-00001.safetensors"
    shard.write_bytes(shard.read_bytes()[:-1] + b"\x07")
    with pytest.raises(AigcError, match="shard-00001"):
        verify(run.data / "train")
    assert not encode(run).train.reused
    assert contents(run) == before


@pytest.mark.parametrize("stop_after", [1, 2, 3])
def test_a_stopped_run_goes_on_to_the_same_shards(
    run: RunFolder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, stop_after: int
) -> None:
    monkeypatch.setattr(units, "_UNIT", 3000)
    whole = RunFolder(tmp_path / "whole")
    write_corpus(whole.corpus, files(30), files(3))
    write_corpus(run.corpus, files(30), files(3))
    expected = encode(whole)

    flush = ShardWriter.flush
    flushed: list[int] = []

    def stopping(self: ShardWriter) -> None:
        flush(self)
        flushed.append(1)
        if len(flushed) > stop_after:
            raise StoppedError  # the shard is there, the note of it is not

    with monkeypatch.context() as patch:
        patch.setattr(ShardWriter, "flush", stopping)
        with pytest.raises(StoppedError):
            encode(run)
    left = sorted(path.name for path in (run.data / "train").iterdir())
    assert "manifest.json" not in left
    assert "progress.json" in left
    with pytest.raises(AigcError, match="no finished data"):
        ShardReader(run.data / "train")
    (run.data / "train" / ".shard-00009.safetensors.partial").write_bytes(b"torn")
    written = _written(monkeypatch)
    report = encode(run)
    assert contents(run) == contents(whole)
    assert report.train.facts() == expected.train.facts()
    assert "shard-00000.safetensors" not in [name for folder, name in written if folder == "train"]


def _written(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, str]]:
    """Return a list that will hold the shards that are written from now on."""
    names: list[tuple[str, str]] = []
    flush = ShardWriter.flush

    def noting(self: ShardWriter) -> None:
        before = len(self.entries)
        flush(self)
        names.extend((self.folder.name, entry.name) for entry in self.entries[before:])

    monkeypatch.setattr(ShardWriter, "flush", noting)
    return names


def test_samples_do_not_depend_on_the_corpus_order(run: RunFolder, tmp_path: Path) -> None:
    other = RunFolder(tmp_path / "other")
    write_corpus(other.corpus, files()[::-1], files(3))
    encode(run)
    encode(other)
    assert all_samples(run.data / "train") == all_samples(other.data / "train")


def test_plain_samples_cover_each_file_once(run: RunFolder) -> None:
    encode(run, recipe(augment={"fim": 0.0}))
    tokenizer = small_tokenizer()
    text = b"".join(text_of(tokenizer, tokens) for tokens, _ in all_samples(run.data / "train"))
    for number in range(12):
        assert text.count(f"class Queue{number}:".encode()) == 1


def test_joined_files_stand_behind_separators_and_alone_without(run: RunFolder) -> None:
    separator = small_tokenizer().special("<file_sep>")
    report = encode(run, recipe(augment={"fim": 0.0}, encode={"context_length": 1024}))
    assert report.train.kinds["plain-files"]
    assert any(tokens[0] == separator for tokens, _ in all_samples(run.data / "train"))
    encode(run, recipe(augment={"fim": 0.0}, encode={"context_length": 1024, "repository": False}))
    assert not any(separator in tokens for tokens, _ in all_samples(run.data / "train"))


def test_only_what_ends_a_file_ends_with_the_end_token(run: RunFolder) -> None:
    encode(run, recipe(augment={"fim": 0.0}, encode={"repository": False}))
    tokenizer = small_tokenizer()
    samples = all_samples(run.data / "train")
    ended = [tokens for tokens, _ in samples if tokens[-1] == tokenizer.end()]
    assert 0 < len(ended) <= 12 * 2 < len(samples)


@pytest.mark.parametrize("share", [0.0, 0.3, 0.5, 0.9, 1.0])
def test_the_share_of_fim_samples_is_the_recipes(tmp_path: Path, share: float) -> None:
    run = RunFolder(tmp_path)
    write_corpus(run.corpus, files(60), files(1))
    report = encode(run, recipe(augment={"fim": share, "context": 400}, encode={"context_length": 200}))
    fim = sum(count for kind, count in report.train.kinds.items() if not kind.startswith("plain"))
    assert fim / report.train.samples == pytest.approx(share, abs=0.15)


def test_without_a_template_everything_is_plain(run: RunFolder) -> None:
    report = encode_corpus(recipe(), run, small_tokenizer(), None, lambda *_: None)
    assert not report.fim
    assert template_of(run) is None
    assert set(report.train.kinds) <= {"plain", "plain-files"}


def test_new_tokens_follow_the_vocabulary(run: RunFolder) -> None:
    tokenizer = small_tokenizer()
    template = replace(TEMPLATE, prefix="<my_prefix>", suffix="<my_suffix>", middle="<my_middle>")
    encode_corpus(recipe(), run, tokenizer, template, lambda *_: None)
    used = set(np.concatenate([tokens for tokens, _ in all_samples(run.data / "train")]).tolist())
    assert {tokenizer.size, tokenizer.size + 1, tokenizer.size + 2} <= used
    manifest = ShardReader(run.data / "train").manifest
    assert manifest["added_tokens"] == ["<my_prefix>", "<my_suffix>", "<my_middle>"]
    assert manifest["token_ids"]["<my_middle>"] == tokenizer.size + 2
    assert manifest["token_ids"]["<file_sep>"] == tokenizer.special("<file_sep>")
    # The engine gives an adapter's tokens the same ids.
    assert tokenizer.vocabulary.extended(manifest["added_tokens"]).special_ids["<my_middle>"] == tokenizer.size + 2


def test_a_corpus_without_text_says_so(tmp_path: Path) -> None:
    run = RunFolder(tmp_path)
    with pytest.raises(AigcError, match="collect it first"):
        encode(run)
    write_corpus(run.corpus, [corpus_file("\n\n")], [])
    with pytest.raises(AigcError, match="no text to train on"):
        encode(run)


def test_a_small_file_alone_gives_samples(tmp_path: Path) -> None:
    run = RunFolder(tmp_path)
    write_corpus(run.corpus, [corpus_file("x = 1\nprint(x)\n")], [])
    report = encode(run)
    assert report.train.samples
    assert report.eval.samples == 0
    assert len(ShardReader(run.data / "eval")) == 0


def test_a_damaged_corpus_is_named(tmp_path: Path) -> None:
    (tmp_path / "train.jsonl").write_text('{"path": "a.py"\n', encoding="utf-8")
    with pytest.raises(AigcError, match=r"train\.jsonl is damaged at byte 0"):
        Units(tmp_path, "train")


def test_units_keep_folders_together_and_sources_apart(tmp_path: Path) -> None:
    many = [corpus_file(f"x = {n}\n", f"{'ab'[n % 2]}/m{n}.py", source=f"s{n % 3}") for n in range(12)]
    write_corpus(tmp_path, many, [])
    found = Units(tmp_path, "train")
    read = [found.read(number) for number in range(len(found))]
    assert len(read) == 3
    for unit in read:
        assert len({file.source for file in unit}) == 1
        folders = [file.path.partition("/")[0] for file in unit]
        assert folders == sorted(folders)
